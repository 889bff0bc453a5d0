//! Values of the store room that one may want to change, each with its reason.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a shop waits, and for whom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How long a connected but silent sensor is waited for after its round is over. Longer: a
    /// sensor that stutters is not missed, and every cart waits for it. Rule T2 says 300 ms.
    pub silent_after_ms: u64,
    /// How long a sensor whose stream is gone is waited for. Longer: an edge that starts again is
    /// not missed, and every cart waits for it. Rule T2 says 2 s.
    pub lost_after_ms: u64,
    /// The same for edges in event time, which wait for the shop when it is away.
    pub lost_in_event_time_after_ms: u64,
    /// How far ahead of the round that is being decided a device in event time may send. More:
    /// faster replays; more memory.
    pub credit_ms: u64,
    /// How long a settled or ended party's shopper stays to answer its phone, in event time.
    pub linger_s: u64,
    /// The longest that a settlement waits for a shelf that does not come to rest, in event time:
    /// someone may lean on it all day. Longer: fewer receipts without what was still moving, and
    /// later ones.
    pub unrest_s: u64,
    /// How far from the plates a person may stand and still be a suspect, in metres. An arm reaches
    /// 0.8 m from the body; positions are wrong by up to 0.3 m.
    pub suspect_radius_m: f64,
    /// How long before a change the evidence begins, and how much of a long change it covers, in
    /// event time. Longer: more for the attribution to see; more to send and to store.
    pub evidence_before_ms: u64,
    /// See `evidence_before_ms`: the longest stretch of a change that evidence covers. One may lean on a
    /// shelf for long while others take from it. Of paths a minute is kept.
    pub evidence_longest_ms: u64,
    /// A track that comes nearer to a zone than this is made known to it, in metres.
    pub subscribe_within_m: f64,
    /// A track that goes farther from a zone than this is no longer made known to it, in metres;
    /// larger than `subscribe_within_m`, so that a border is not crossed to and fro.
    pub unsubscribe_beyond_m: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            silent_after_ms: 300,
            lost_after_ms: 2_000,
            lost_in_event_time_after_ms: 10_000,
            credit_ms: 3_000,
            linger_s: 60,
            unrest_s: 10,
            suspect_radius_m: 2.0,
            evidence_before_ms: 800,
            evidence_longest_ms: 45_000,
            subscribe_within_m: 3.0,
            unsubscribe_beyond_m: 4.0,
        }
    }
}

impl Settings {
    pub(crate) fn silent_after(&self) -> Duration {
        Duration::from_millis(self.silent_after_ms)
    }

    pub(crate) fn lost_after(&self, event_time: bool) -> Duration {
        let ms = if event_time {
            self.lost_in_event_time_after_ms
        } else {
            self.lost_after_ms
        };
        Duration::from_millis(ms)
    }

    pub(crate) fn credit_us(&self) -> i64 {
        micros(self.credit_ms)
    }

    pub(crate) fn linger_us(&self) -> i64 {
        micros(self.linger_s * 1_000)
    }

    pub(crate) fn unrest_us(&self) -> i64 {
        micros(self.unrest_s * 1_000)
    }

    pub(crate) fn evidence_before_us(&self) -> i64 {
        micros(self.evidence_before_ms)
    }

    pub(crate) fn evidence_longest_us(&self) -> i64 {
        micros(self.evidence_longest_ms)
    }
}

fn micros(ms: u64) -> i64 {
    i64::try_from(ms)
        .unwrap_or(i64::MAX / 1_000_000)
        .saturating_mul(1_000)
}
