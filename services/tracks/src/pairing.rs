//! Who is whom: the best one-to-one choice, solved by `pathfinding`.
//!
//! 1. Each row gets at most one column, each column at most one row.
//! 2. The sum of the gains is the greatest possible; a pair without gain is never chosen.
//! 3. Gains are whole numbers, so the answer does not depend on rounding.

use pathfinding::{kuhn_munkres::kuhn_munkres, matrix::Matrix};

/// Steps of a gain that is given as a fraction: finer than any difference that matters.
pub(crate) const STEPS: f64 = 1e12;

/// The chosen pairs (row, column), ascending by row; gains at or below 0 say that two don't fit.
pub(crate) fn pairs(
    (rows, columns): (usize, usize),
    gain: impl Fn(usize, usize) -> i64,
) -> Vec<(usize, usize)> {
    if rows == 0 || columns == 0 {
        return Vec::new();
    }
    // The solver wants at least as many columns as rows.
    let turned = rows > columns;
    let (short, long) = (rows.min(columns), rows.max(columns));
    let of = |(a, b)| if turned { (b, a) } else { (a, b) };
    let weights = Matrix::from_fn(short, long, |at| {
        let (row, column) = of(at);
        gain(row, column).max(0)
    });
    let (_, chosen) = kuhn_munkres(&weights);
    let mut pairs: Vec<(usize, usize)> = chosen.into_iter().enumerate().map(of).collect();
    pairs.retain(|&(row, column)| gain(row, column) > 0);
    pairs.sort_unstable();
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_choice_in_both_shapes_and_nothing_without_gain() {
        let gains = [[5, 4, 0], [4, 0, 0]];
        let wide = pairs((2, 3), |row, column| gains[row][column]);
        assert_eq!(wide, [(0, 1), (1, 0)]);
        let tall = pairs((3, 2), |row, column| gains[column][row]);
        assert_eq!(tall, [(0, 1), (1, 0)]);
        assert_eq!(pairs((2, 2), |_, _| -3), []);
        assert_eq!(pairs((0, 2), |_, _| 1), []);
    }
}
