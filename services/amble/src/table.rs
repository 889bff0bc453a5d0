//! Tables of text: columns as wide as their widest cell, numbers to the right.

use std::fmt;

use unicode_width::UnicodeWidthStr as _;

/// Blanks between columns.
const GAP: usize = 2;

/// At which edge of its column a cell stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A table being filled.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<(String, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns and no rows.
    #[must_use]
    pub fn new(columns: &[(&str, Align)]) -> Self {
        let columns = columns
            .iter()
            .map(|&(name, align)| (name.to_owned(), align))
            .collect();
        Self {
            columns,
            rows: Vec::new(),
        }
    }

    /// One more row; cells beyond the columns are not shown.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    fn widths(&self) -> Vec<usize> {
        let cells = |at: usize| self.rows.iter().filter_map(move |row| row.get(at));
        let columns = self.columns.iter().enumerate();
        columns
            .map(|(at, (name, _))| {
                cells(at)
                    .map(|cell| cell.width())
                    .max()
                    .unwrap_or(0)
                    .max(name.width())
            })
            .collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        let names: Vec<String> = self.columns.iter().map(|(name, _)| name.clone()).collect();
        for row in [&names].into_iter().chain(&self.rows) {
            let mut line = String::new();
            for ((cell, width), (_, align)) in row.iter().zip(&widths).zip(&self.columns) {
                if !line.is_empty() {
                    line.push_str(&" ".repeat(GAP));
                }
                let blank = " ".repeat(width.saturating_sub(cell.width()));
                match align {
                    Align::Left => line.extend([cell.as_str(), &blank]),
                    Align::Right => line.extend([blank.as_str(), cell]),
                }
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_whatever_the_script() {
        let mut table = Table::new(&[("product", Align::Left), ("n", Align::Right)]);
        table.row(["お茶".to_owned(), "7".to_owned()]);
        table.row(["oat drink".to_owned(), "120".to_owned()]);
        let wanted = "product      n\nお茶         7\noat drink  120\n";
        assert_eq!(table.to_string(), wanted);
    }
}
