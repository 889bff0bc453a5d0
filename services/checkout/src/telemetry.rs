//! Checkout's metrics, each described where it is named.

use std::time::Duration;

use amble_ledger::OutboxKind;
use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};

const ATTEMPTS: &str = "amble_checkout_attempts_total";
const SECONDS: &str = "amble_checkout_attempt_seconds";
const IN_HAND: &str = "amble_checkout_entries_in_hand";
const TOLD: &str = "amble_checkout_webhooks_total";
const LEDGER: &str = "amble_checkout_ledger_errors_total";

/// Says what each metric means, and begins the counters at 0; to be called once a recorder is installed.
pub fn describe_metrics() {
    counter!(LEDGER).increment(0);
    let kinds = OutboxKind::ALL.map(OutboxKind::as_str);
    for kind in kinds.into_iter().chain(["hold"]) {
        for result in ["delivered", "refused", "again"] {
            counter!(ATTEMPTS, "kind" => kind, "result" => result).increment(0);
        }
    }
    describe_counter!(
        ATTEMPTS,
        "Attempts at outbox entries and holds by kind and result: delivered, refused (somebody has to look), again."
    );
    describe_histogram!(
        SECONDS,
        Unit::Seconds,
        "Time of one attempt at an outbox entry, by kind."
    );
    describe_gauge!(IN_HAND, "Outbox entries that are being carried out now.");
    for result in [
        "settled",
        "left",
        "noted",
        "again",
        "look",
        "bad_signature",
        "unreadable",
        "not_now",
    ] {
        counter!(TOLD, "result" => result).increment(0);
    }
    describe_counter!(
        TOLD,
        "Events that the payment service told: settled (they ended an entry), left (to the repeated request), noted, \
         again (known already), look (somebody has to look), bad_signature, unreadable, not_now (the ledger is away)."
    );
    describe_counter!(
        LEDGER,
        "Times that the outbox could not read or write the ledger."
    );
}

pub(crate) fn attempted(kind: &'static str, result: &'static str, took: Duration) {
    counter!(ATTEMPTS, "kind" => kind, "result" => result).increment(1);
    histogram!(SECONDS, "kind" => kind).record(took);
}

#[expect(clippy::cast_precision_loss, reason = "at most hundreds")]
pub(crate) fn in_hand(entries: usize) {
    gauge!(IN_HAND).set(entries as f64);
}

pub(crate) fn ledger_failed() {
    counter!(LEDGER).increment(1);
}

pub(crate) fn told(result: &'static str) {
    counter!(TOLD, "result" => result).increment(1);
}
