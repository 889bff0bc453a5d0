//! The carts that are shown, and what last changed in each.

use std::collections::BTreeMap;

use super::event::{Event, Line, Status};

/// Refreshes for which a change stands out: about a second.
const FRESH: u32 = 10;
/// Refreshes after which a settled visit goes: about three seconds.
const GONE: u32 = 30;

/// A row of the table.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Row {
    pub(super) state: String,
    pub(super) lines: Vec<Line>,
    pub(super) total: String,
    /// What changed last, such as "+1 tea".
    pub(super) change: String,
    /// Refreshes since then.
    pub(super) age: u32,
    pub(super) settled: bool,
}

impl Row {
    /// Whether it changed a moment ago.
    pub(super) const fn fresh(&self) -> bool {
        self.age < FRESH
    }

    /// Pieces in the cart.
    pub(super) fn pieces(&self) -> u32 {
        pieces(&self.lines)
    }
}

/// Pieces over all lines.
pub(super) fn pieces(lines: &[Line]) -> u32 {
    lines
        .iter()
        .fold(0, |sum, line| sum.saturating_add(line.quantity))
}

/// Everything that is shown.
#[derive(Clone, Debug, Default)]
pub(super) struct Carts {
    pub(super) status: Status,
    rows: BTreeMap<String, Row>,
}

impl Carts {
    /// Takes an event in, and says what it changed in the visit's lines.
    pub(super) fn apply(&mut self, event: &Event) -> String {
        let (visit, lines, total, state, settled) = match event {
            Event::Status(status) => {
                self.status = *status;
                return String::new();
            }
            Event::Cart(cart) => (
                &cart.visit,
                &cart.lines,
                &cart.total,
                cart.state.as_str(),
                false,
            ),
            Event::Receipt(receipt) => (
                &receipt.visit,
                &receipt.lines,
                &receipt.total,
                "receipt",
                true,
            ),
        };
        let row = self.rows.entry(visit.clone()).or_default();
        if row.settled && !settled {
            // A cart that comes after its receipt is the same cart.
            return String::new();
        }
        let change = difference(&row.lines, lines);
        if !change.is_empty() {
            row.change.clone_from(&change);
        }
        if !change.is_empty() || settled || row.state != state {
            row.age = 0;
        }
        row.lines.clone_from(lines);
        row.total.clone_from(total);
        state.clone_into(&mut row.state);
        row.settled = settled;
        change
    }

    /// A refresh has passed: settled visits go in the end.
    pub(super) fn age(&mut self) {
        for row in self.rows.values_mut() {
            row.age = row.age.saturating_add(1);
        }
        self.rows.retain(|_, row| !(row.settled && row.age > GONE));
    }

    /// At most `room` rows, those that changed last, settled ones only where there is room left, in
    /// the order of their visits' ids; and how many more are not settled.
    pub(super) fn newest(&self, room: usize) -> (Vec<(&str, &Row)>, usize) {
        let mut rows: Vec<(&str, &Row)> = self
            .rows
            .iter()
            .map(|(visit, row)| (visit.as_str(), row))
            .collect();
        rows.sort_by_key(|(_, row)| (row.settled, row.age));
        let more = rows
            .iter()
            .skip(room)
            .filter(|(_, row)| !row.settled)
            .count();
        rows.truncate(room);
        // Shorter first, so that visit 9 comes before visit 10.
        rows.sort_by_key(|(visit, _)| (visit.len(), *visit));
        (rows, more)
    }
}

/// What `new` has more and less than `old`: "+1 tea, -2 milk".
fn difference(old: &[Line], new: &[Line]) -> String {
    let mut changes: BTreeMap<&str, i64> = BTreeMap::new();
    for line in new {
        *changes.entry(&line.name).or_default() += i64::from(line.quantity);
    }
    for line in old {
        *changes.entry(&line.name).or_default() -= i64::from(line.quantity);
    }
    let changes = changes.iter().filter(|(_, change)| **change != 0);
    let changes: Vec<String> = changes
        .map(|(name, change)| format!("{change:+} {name}"))
        .collect();
    changes.join(", ")
}

#[cfg(test)]
pub(super) mod tests {
    use super::{super::event::*, *};

    pub(crate) fn lines(lines: &[(&str, u32)]) -> Vec<Line> {
        let line = |&(name, quantity): &(&str, u32)| Line {
            name: name.trim_end_matches('?').to_owned(),
            quantity,
            open: name.ends_with('?'),
        };
        lines.iter().map(line).collect()
    }

    pub(crate) fn cart(visit: &str, content: &[(&str, u32)]) -> Event {
        Event::Cart(Cart {
            at_us: 3_723_000_000,
            visit: visit.to_owned(),
            lines: lines(content),
            total: "1.00 EUR".to_owned(),
            state: "shopping".to_owned(),
        })
    }

    pub(crate) fn receipt(visit: &str, content: &[(&str, u32)]) -> Event {
        Event::Receipt(Receipt {
            at_us: 3_724_000_000,
            visit: visit.to_owned(),
            lines: lines(content),
            total: "1.00 EUR".to_owned(),
        })
    }

    #[test]
    fn a_change_is_what_came_and_what_went() {
        let mut carts = Carts::default();
        assert_eq!(
            carts.apply(&cart("a", &[("tea", 2), ("milk", 1)])),
            "+1 milk, +2 tea"
        );
        assert_eq!(
            carts.apply(&cart("a", &[("tea", 1), ("milk", 1), ("rice", 1)])),
            "+1 rice, -1 tea"
        );
        assert_eq!(
            carts.apply(&cart("a", &[("tea", 1), ("milk", 1), ("rice?", 1)])),
            ""
        );
    }

    #[test]
    fn a_settled_visit_stays_settled_and_goes_after_a_while() {
        let mut carts = Carts::default();
        carts.apply(&cart("a", &[("tea", 1)]));
        carts.apply(&receipt("a", &[("tea", 1)]));
        carts.apply(&cart("a", &[]));
        assert_eq!(carts.newest(9).0[0].1.state, "receipt");
        (0..=GONE).for_each(|_| carts.age());
        assert!(carts.newest(9).0.is_empty());
    }

    #[test]
    fn where_not_all_fit_the_newest_are_shown_in_order_of_their_ids() {
        let mut carts = Carts::default();
        carts.apply(&cart("v-7", &[("tea", 1)]));
        carts.age();
        carts.apply(&receipt("v-8", &[]));
        carts.apply(&cart("v-10", &[("tea", 1)]));
        carts.apply(&cart("v-9", &[("tea", 1)]));
        let shown = |room| {
            let (rows, more) = carts.newest(room);
            (rows.iter().map(|row| row.0).collect::<Vec<_>>(), more)
        };
        assert_eq!(shown(2), (vec!["v-9", "v-10"], 1));
        assert_eq!(shown(3), (vec!["v-7", "v-9", "v-10"], 0));
        assert_eq!(shown(4), (vec!["v-7", "v-8", "v-9", "v-10"], 0));
    }
}
