//! The ledger's metrics, each described where it is named.

use std::time::Duration;

use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};

use crate::{
    entry::{Appended, Entry, Outcome},
    error::LedgerError,
};

const ENTRIES: &str = "amble_ledger_entries_total";
const REFUSED: &str = "amble_ledger_refused_appends_total";
const APPEND: &str = "amble_ledger_append_seconds";
const COMMIT: &str = "amble_ledger_commit_seconds";
const GROUP: &str = "amble_ledger_commit_requests";
const REPEATED: &str = "amble_ledger_repeated_commits_total";
const QUEUED: &str = "amble_ledger_queued_requests";

/// Says what each metric means, and begins the counters at 0; to be called once a recorder is installed.
pub fn describe_metrics() {
    counter!(REPEATED).increment(0);
    for kind in Entry::KINDS {
        counter!(ENTRIES, "kind" => kind, "outcome" => Outcome::Differs.as_str()).increment(0);
    }
    for reason in LedgerError::REASONS {
        counter!(REFUSED, "reason" => reason).increment(0);
    }
    describe_counter!(
        ENTRIES,
        "Entries of durable appends, by kind and outcome; `differs` means a replay that computed something else."
    );
    describe_counter!(
        REFUSED,
        "Appends that were not written, by reason; `fenced` means that an owner was replaced."
    );
    describe_histogram!(
        APPEND,
        Unit::Seconds,
        "From the request of an append to its answer."
    );
    describe_histogram!(
        COMMIT,
        Unit::Seconds,
        "Time of one group commit, flush included."
    );
    describe_histogram!(GROUP, "Requests that shared one commit.");
    describe_counter!(
        REPEATED,
        "Group commits that the database undid and that were tried again at once."
    );
    describe_gauge!(QUEUED, "Requests that waited when the last commit ended.");
}

pub(crate) fn appended(
    kinds: &[&'static str],
    answer: Result<&Appended, &LedgerError>,
    took: Duration,
) {
    match answer {
        Ok(appended) => {
            for (kind, outcome) in kinds.iter().zip(&appended.outcomes) {
                counter!(ENTRIES, "kind" => *kind, "outcome" => outcome.as_str()).increment(1);
            }
        }
        Err(error) => counter!(REFUSED, "reason" => error.as_str()).increment(1),
    }
    histogram!(APPEND).record(took);
}

#[expect(clippy::cast_precision_loss, reason = "counts of at most thousands")]
pub(crate) fn committed(requests: usize, waiting: usize, took: Duration) {
    histogram!(COMMIT).record(took);
    histogram!(GROUP).record(requests as f64);
    gauge!(QUEUED).set(waiting as f64);
}

pub(crate) fn repeated() {
    counter!(REPEATED).increment(1);
}
