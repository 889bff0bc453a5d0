//! Events as lines of a plain log.

use super::{
    carts::pieces,
    event::{Event, Line},
};

/// An event as a line; none for what would only fill the log. `change`: what changed in the lines.
pub(super) fn line(event: &Event, change: &str) -> Option<String> {
    match event {
        Event::Status(_) => None,
        // Totals and states also change with the lines; a cart may be told again unchanged.
        Event::Cart(_) if change.is_empty() => None,
        Event::Cart(cart) => Some(format!(
            "{}  {}  {change}  ({}, {})",
            clock(cart.at_us),
            cart.visit,
            content(&cart.lines),
            cart.total,
        )),
        Event::Receipt(receipt) => Some(format!(
            "{}  {}  receipt: {}  ({})",
            clock(receipt.at_us),
            receipt.visit,
            receipt.total,
            content(&receipt.lines),
        )),
    }
}

/// "3 pieces" or "3 pieces, 1 unsure".
fn content(lines: &[Line]) -> String {
    let unsure = lines.iter().filter(|line| line.open).count();
    match (pieces(lines), unsure) {
        (pieces, 0) => counted(pieces, "piece"),
        (pieces, unsure) => format!("{}, {unsure} unsure", counted(pieces, "piece")),
    }
}

/// "1 piece", "2 pieces".
pub(super) fn counted(count: impl Into<u64>, what: &str) -> String {
    match count.into() {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

/// The time of day, UTC.
pub(super) fn clock(time_us: i64) -> String {
    let second = time_us.div_euclid(1_000_000).rem_euclid(86_400);
    format!(
        "{:02}:{:02}:{:02}",
        second / 3_600,
        second / 60 % 60,
        second % 60
    )
}

#[cfg(test)]
mod tests {
    use super::{super::carts::Carts, super::carts::tests::*, *};

    #[test]
    fn the_log_has_a_line_for_each_change_and_each_receipt_and_no_other() {
        let mut carts = Carts::default();
        let events = [
            cart("v-1", &[]),
            cart("v-1", &[("tea?", 2)]),
            cart("v-1", &[("tea?", 2)]),
            receipt("v-1", &[("tea", 2)]),
        ];
        let lines: Vec<String> = events
            .iter()
            .filter_map(|event| line(event, &carts.apply(event)))
            .collect();
        assert_eq!(
            lines,
            [
                "01:02:03  v-1  +2 tea  (2 pieces, 1 unsure, 1.00 EUR)",
                "01:02:04  v-1  receipt: 1.00 EUR  (2 pieces)",
            ]
        );
    }
}
