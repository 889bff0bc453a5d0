//! The cheapest one-to-one assignment, in which anybody may be left out.
//!
//! Properties:
//!
//! - A1 Each row gets at most one column, each column at most one row.
//! - A2 The sum of the costs of the chosen pairs is the least possible; leaving out costs nothing,
//!   so only pairs below zero are worth choosing.
//! - A3 The answer is a function of the matrix; buffers are scratch.
//!
//! Method: rows enter one by one by a shortest augmenting path with potentials (R. Jonker,
//! A. Volgenant, "A shortest augmenting path algorithm for dense and sparse linear assignment
//! problems", *Computing* 38, 1987). Each row has a way out of its own at cost 0. O(rows² × columns).

/// Solver with its buffers.
#[derive(Clone, Debug, Default)]
pub(super) struct Assignment {
    /// Each row's column.
    column_of: Vec<Option<usize>>,
    /// Each column's row.
    row_of: Vec<Option<usize>>,
    row_price: Vec<f64>,
    column_price: Vec<f64>,
    /// For the row that enters: shortest distance to each column, the row before it, and whether
    /// the distance is final.
    distance: Vec<f64>,
    before: Vec<usize>,
    done: Vec<bool>,
}

/// Where an augmenting path ends.
enum End {
    /// At a column that nobody has.
    Column(usize),
    /// At a row that goes without.
    Row(usize),
}

impl Assignment {
    /// Assigns the columns of a row-major matrix to its rows; infinite costs forbid a pair.
    /// The answer names each row's column.
    pub(super) fn solve(&mut self, columns: usize, costs: &[f64]) -> &[Option<usize>] {
        let rows = costs.len().checked_div(columns).unwrap_or(0);
        reset(&mut self.column_of, rows, None);
        reset(&mut self.row_price, rows, 0.0);
        reset(&mut self.row_of, columns, None);
        reset(&mut self.column_price, columns, 0.0);
        reset(&mut self.before, columns, 0);
        for row in 0..rows {
            let (end, length) = self.search(row, columns, costs);
            self.reprice(row, length);
            self.augment(row, &end);
        }
        &self.column_of
    }

    /// Shortest path from `first` to anything free, over reduced costs (all ≥ 0).
    fn search(&mut self, first: usize, columns: usize, costs: &[f64]) -> (End, f64) {
        reset(&mut self.distance, columns, f64::INFINITY);
        reset(&mut self.done, columns, false);
        let line = |row: usize| &costs[row * columns..(row + 1) * columns];
        self.row_price[first] = line(first)
            .iter()
            .zip(&self.column_price)
            .map(|(cost, price)| cost - price)
            .fold(0.0, f64::min);
        let mut out = (first, f64::INFINITY);
        let (mut row, mut reached) = (first, 0.0);
        loop {
            let base = reached - self.row_price[row];
            if base < out.1 {
                out = (row, base);
            }
            let mut nearest = (columns, f64::INFINITY);
            for (column, cost) in line(row).iter().enumerate() {
                if self.done[column] {
                    continue;
                }
                let through = base + cost - self.column_price[column];
                if through < self.distance[column] {
                    self.distance[column] = through;
                    self.before[column] = row;
                }
                if self.distance[column] < nearest.1 {
                    nearest = (column, self.distance[column]);
                }
            }
            let (column, length) = nearest;
            if out.1 <= length {
                return (End::Row(out.0), out.1);
            }
            let Some(owner) = self.row_of[column] else {
                return (End::Column(column), length);
            };
            self.done[column] = true;
            (row, reached) = (owner, length);
        }
    }

    /// Keeps the reduced costs ≥ 0, and 0 on chosen pairs.
    fn reprice(&mut self, first: usize, length: f64) {
        self.row_price[first] += length;
        for (column, done) in self.done.iter().enumerate() {
            if let (true, Some(owner)) = (done, self.row_of[column]) {
                let spare = length - self.distance[column];
                self.row_price[owner] += spare;
                self.column_price[column] -= spare;
            }
        }
    }

    /// Gives each row of the path the column after it, from the end back to `first`.
    fn augment(&mut self, first: usize, end: &End) {
        let mut next = match *end {
            End::Column(column) => Some(column),
            End::Row(row) => self.column_of[row].take(),
        };
        while let Some(column) = next {
            let row = self.before[column];
            self.row_of[column] = Some(row);
            next = self.column_of[row].replace(column);
            if row == first {
                break;
            }
        }
    }
}

fn reset<T: Clone>(buffer: &mut Vec<T>, length: usize, value: T) {
    buffer.clear();
    buffer.resize(length, value);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The least sum over all one-to-one choices.
    fn brute(columns: usize, costs: &[f64], taken: u32) -> f64 {
        let Some((line, rest)) = costs
            .split_at_checked(columns)
            .filter(|(l, _)| !l.is_empty())
        else {
            return 0.0;
        };
        line.iter()
            .enumerate()
            .filter(|(column, _)| taken >> column & 1 == 0)
            .map(|(column, cost)| cost + brute(columns, rest, taken | 1 << column))
            .fold(brute(columns, rest, taken), f64::min)
    }

    fn matrix() -> impl Strategy<Value = (usize, Vec<f64>)> {
        (1..=6usize, 0..=6usize).prop_flat_map(|(columns, rows)| {
            let cost = prop_oneof![
                4 => -10.0..5.0f64,
                2 => (-3..3i32).prop_map(f64::from),
                2 => Just(f64::INFINITY),
            ];
            (Just(columns), prop::collection::vec(cost, rows * columns))
        })
    }

    proptest! {
        #[test]
        fn a1_a2_as_cheap_as_the_best_of_all_choices((columns, costs) in matrix()) {
            let mut solver = Assignment::default();
            // A3: what an earlier problem left behind does not matter.
            solver.solve(3, &[-1.0, -2.0, 0.5, -3.0, -1.0, -4.0]);
            let chosen = solver.solve(columns, &costs);
            let mut seen = vec![false; columns];
            let mut sum = 0.0;
            for (row, column) in chosen.iter().enumerate() {
                if let Some(column) = *column {
                    prop_assert!(!std::mem::replace(&mut seen[column], true), "taken twice");
                    sum += costs[row * columns + column];
                }
            }
            let best = brute(columns, &costs, 0);
            prop_assert!((sum - best).abs() < 1e-9, "{sum} instead of {best}");
        }
    }
}
