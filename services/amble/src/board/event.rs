//! What a board is told.

use std::time::Duration;

/// Something to show.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Event {
    /// A cart as it is now.
    Cart(Cart),
    /// A visit was settled.
    Receipt(Receipt),
    /// How the shop is doing.
    Status(Status),
}

/// A cart as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cart {
    /// Event time of the change, in microseconds since the Unix epoch.
    pub(super) at_us: i64,
    /// The visit's id.
    pub(super) visit: String,
    /// What is in it.
    pub(super) lines: Vec<Line>,
    /// The total with its currency, as it is to be shown.
    pub(super) total: String,
    /// Where the visit stands, in a word.
    pub(super) state: String,
}

/// A product in a cart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Its name.
    pub(super) name: String,
    /// How many.
    pub(super) quantity: u32,
    /// Whether the shop is not sure of it yet.
    pub(super) open: bool,
}

/// A settled visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Receipt {
    /// Event time of the settlement, in microseconds since the Unix epoch.
    pub(super) at_us: i64,
    /// The visit's id.
    pub(super) visit: String,
    /// What was charged.
    pub(super) lines: Vec<Line>,
    /// The total with its currency, as it is to be shown.
    pub(super) total: String,
}

/// How the shop is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Status {
    /// Event time, in microseconds since the Unix epoch.
    pub(super) event_us: i64,
    /// How fast event time runs, as a multiple of the wall's clock.
    pub(super) speed: f64,
    /// People inside.
    pub(super) people: u32,
    /// Visits that are not settled.
    pub(super) open_visits: u32,
    /// Receipts since the beginning.
    pub(super) receipts: u64,
    /// How far deciding is behind the wall's clock; none where event time does not follow it.
    pub(super) lag: Option<Duration>,
}
