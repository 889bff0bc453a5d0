//! Checkout's metrics, each described where it is named.

use std::time::Duration;

use amble_ledger::OutboxKind;
use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};

const ATTEMPTS: &str = "amble_checkout_attempts_total";
const SECONDS: &str = "amble_checkout_attempt_seconds";
const IN_HAND: &str = "amble_checkout_entries_in_hand";
const LEDGER: &str = "amble_checkout_ledger_errors_total";

/// Says what each metric means, and begins the counters at 0; to be called once a recorder is installed.
pub fn describe_metrics() {
    counter!(LEDGER).increment(0);
    for kind in OutboxKind::ALL {
        for result in ["delivered", "refused", "again"] {
            counter!(ATTEMPTS, "kind" => kind.as_str(), "result" => result).increment(0);
        }
    }
    describe_counter!(
        ATTEMPTS,
        "Attempts at outbox entries by kind and result: delivered, refused (somebody has to look), again."
    );
    describe_histogram!(
        SECONDS,
        Unit::Seconds,
        "Time of one attempt at an outbox entry, by kind."
    );
    describe_gauge!(IN_HAND, "Outbox entries that are being carried out now.");
    describe_counter!(
        LEDGER,
        "Times that the outbox could not read or write the ledger."
    );
}

pub(crate) fn attempted(kind: OutboxKind, result: &'static str, took: Duration) {
    counter!(ATTEMPTS, "kind" => kind.as_str(), "result" => result).increment(1);
    histogram!(SECONDS, "kind" => kind.as_str()).record(took);
}

#[expect(clippy::cast_precision_loss, reason = "at most hundreds")]
pub(crate) fn in_hand(entries: usize) {
    gauge!(IN_HAND).set(entries as f64);
}

pub(crate) fn ledger_failed() {
    counter!(LEDGER).increment(1);
}
