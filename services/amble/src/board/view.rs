//! The table as lines of text: a pure function of the carts and the size of the terminal.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::{
    carts::{Carts, Row},
    event::Status,
    log::{clock, counted},
};

/// Columns of: visit, state, pieces, total, last change. The cart's content has the rest.
const VISIT: usize = 14;
const STATE: usize = 9;
const PIECES: usize = 6;
const TOTAL: usize = 13;
const CHANGE: usize = 24;
/// Lines that are no carts: the status, an empty one, the columns' names, what does not fit, and the
/// last one, where the cursor waits.
const OTHER_LINES: usize = 5;

/// How a piece of text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Like everything else.
    Plain,
    /// What names the rest, and what is over.
    Dim,
    /// What changed a moment ago.
    Fresh,
    /// What the shop is not sure of.
    Unsure,
}

/// A line of text in pieces that look different.
pub type Styled = Vec<(Look, String)>;

/// The table for a terminal of so many columns and rows; no line is wider, and it fits.
pub(super) fn view(carts: &Carts, columns: usize, rows: usize) -> Vec<Styled> {
    let (visible, more) = carts.newest(rows.saturating_sub(OTHER_LINES).max(1));
    let mut lines = vec![
        vec![(Look::Plain, status(&carts.status))],
        Vec::new(),
        vec![(
            Look::Dim,
            format!(
                "{} {} {} {} {} cart",
                left("visit", VISIT),
                left("state", STATE),
                right("pieces", PIECES),
                right("total", TOTAL),
                left("last change", CHANGE)
            ),
        )],
    ];
    lines.extend(visible.into_iter().map(|(visit, row)| cart(visit, row)));
    if more > 0 {
        lines.push(vec![(Look::Dim, format!("and {more} more"))]);
    }
    lines.into_iter().map(|line| cut(line, columns)).collect()
}

fn status(status: &Status) -> String {
    let mut line = format!(
        "{}  {:.1}x  {} inside  {}  {}",
        clock(status.event_us),
        status.speed,
        status.people,
        counted(status.open_visits, "open visit"),
        counted(status.receipts, "receipt"),
    );
    if let Some(lag) = status.lag {
        line.push_str(&format!("  lag {:.1} s", lag.as_secs_f64()));
    }
    line
}

fn cart(visit: &str, row: &Row) -> Styled {
    let look = if row.settled {
        Look::Dim
    } else if row.fresh() {
        Look::Fresh
    } else {
        Look::Plain
    };
    let head = format!(
        "{} {} {} {} {} ",
        left(visit, VISIT),
        left(&row.state, STATE),
        right(&row.pieces().to_string(), PIECES),
        right(&row.total, TOTAL),
        left(&row.change, CHANGE)
    );
    let mut line = vec![(look, head)];
    for (at, content) in row.lines.iter().enumerate() {
        if at > 0 {
            line.push((Look::Plain, ", ".to_owned()));
        }
        let text = format!("{} {}", content.quantity, content.name);
        line.push(match (content.open, row.settled) {
            (true, _) => (Look::Unsure, text + "?"),
            (false, true) => (Look::Dim, text),
            (false, false) => (Look::Plain, text),
        });
    }
    line
}

fn left(text: &str, width: usize) -> String {
    let mut text = shortened(text, width);
    text.push_str(&" ".repeat(width - text.width()));
    text
}

fn right(text: &str, width: usize) -> String {
    let text = shortened(text, width);
    format!("{}{text}", " ".repeat(width - text.width()))
}

/// At most so many columns of a line.
pub fn cut(line: Styled, mut columns: usize) -> Styled {
    let mut short = Styled::new();
    for (look, text) in line {
        let text = shortened(&text, columns);
        columns -= text.width();
        short.push((look, text));
    }
    short
}

/// At most so many columns of a text, and nothing that would command the terminal.
fn shortened(text: &str, columns: usize) -> String {
    let printable = || text.chars().filter(|c| !c.is_control());
    if printable().map(|c| c.width().unwrap_or(0)).sum::<usize>() <= columns {
        return printable().collect();
    }
    let mut short = String::new();
    for c in printable() {
        if short.width() + c.width().unwrap_or(0) + 1 > columns {
            break;
        }
        short.push(c);
    }
    if columns > 0 {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::{
        super::{
            carts::tests::{cart as changed, receipt},
            event::Event,
        },
        *,
    };

    fn text(lines: &[Styled]) -> Vec<String> {
        let line = |line: &Styled| {
            line.iter()
                .map(|(_, text)| text.as_str())
                .collect::<String>()
        };
        lines.iter().map(line).collect()
    }

    #[test]
    fn a_table_of_two_carts() {
        let mut carts = Carts::default();
        carts.apply(&Event::Status(Status {
            event_us: 3_723_000_000,
            speed: 19.96,
            people: 3,
            open_visits: 2,
            receipts: 1,
            lag: Some(Duration::from_millis(340)),
        }));
        carts.apply(&changed("v-1", &[("oat drink", 1)]));
        carts.apply(&changed("v-1", &[("oat drink", 1), ("tea?", 2)]));
        carts.apply(&receipt("v-2", &[("milk", 1)]));
        let lines = view(&carts, 100, 24);
        assert_eq!(
            text(&lines).join("\n"),
            "01:02:03  20.0x  3 inside  2 open visits  1 receipt  lag 0.3 s\n\
             \n\
             visit          state     pieces         total last change              cart\n\
             v-1            shopping       3      1.00 EUR +2 tea                   1 oat drink, 2 tea?\n\
             v-2            receipt        1      1.00 EUR +1 milk                  1 milk"
        );
        assert_eq!(lines[3].last(), Some(&(Look::Unsure, "2 tea?".to_owned())));
        assert_eq!(lines[4][0].0, Look::Dim);
    }

    proptest! {
        #[test]
        fn the_table_fits_the_terminal_whatever_the_names(
            names in proptest::collection::vec("\\PC{0,40}|[\\x00-\\x7f]{0,9}", 1..30),
            columns in 0..120_usize,
            rows in 6..30_usize,
        ) {
            let mut carts = Carts::default();
            for name in &names {
                carts.apply(&changed(name, &[(name, 1)]));
            }
            let lines = text(&view(&carts, columns, rows));
            prop_assert!(lines.len() < rows);
            for line in lines {
                prop_assert!(line.width() <= columns, "{line:?} is {} wide", line.width());
                prop_assert!(!line.chars().any(char::is_control), "{line:?}");
            }
        }
    }
}
