//! Every metric of this room.

use std::time::SystemTime;

use metrics::{counter, describe_counter, describe_gauge, gauge};

use crate::pair::Pair;

const REFUSED: &str = "amble_refused_total";
const RELOADS: &str = "amble_tls_reloads_total";
const FAILING: &str = "amble_tls_reload_failing";
const ENDS: &str = "amble_tls_certificate_ends_seconds";
const UNPROTECTED: &str = "amble_unprotected";

/// Describes them, for the page's HELP and TYPE.
pub fn describe_metrics() {
    describe_counter!(
        REFUSED,
        "Connections and calls that were refused because of who made them, by door and reason."
    );
    describe_counter!(
        RELOADS,
        "Certificates that were found changed: taken, or failed and not taken."
    );
    describe_gauge!(
        FAILING,
        "1 while the certificate on disk can't be used and an older one is."
    );
    describe_gauge!(
        ENDS,
        "When the certificate in use ends, or its authority: seconds since the Unix epoch."
    );
    describe_gauge!(
        UNPROTECTED,
        "1 for each protection that was switched off: tls, operators."
    );
}

/// Says that a protection is switched off, or that it is not.
pub fn unprotected(what: &'static str, off: bool) {
    gauge!(UNPROTECTED, "what" => what).set(if off { 1.0 } else { 0.0 });
}

pub(crate) fn refused(door: &'static str, reason: &'static str) {
    counter!(REFUSED, "door" => door, "reason" => reason).increment(1);
}

pub(crate) fn certificate(pair: &Pair) {
    let since = pair.ends().duration_since(SystemTime::UNIX_EPOCH);
    gauge!(ENDS).set(since.unwrap_or_default().as_secs_f64());
    counter!(RELOADS, "outcome" => "failed").increment(0);
    gauge!(FAILING).set(0.0);
}

pub(crate) fn reloaded(taken: bool) {
    let outcome = if taken { "taken" } else { "failed" };
    counter!(RELOADS, "outcome" => outcome).increment(1);
}

pub(crate) fn failing(fails: bool) {
    gauge!(FAILING).set(if fails { 1.0 } else { 0.0 });
}
