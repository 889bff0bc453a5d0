//! For how long shards gave no service, as their bookkeeper hears it: for the metrics.
//!
//! 1. A shard is out from the last new round that it reported until the next one, when that takes longer than
//!    [`OUTAGE`]. Rounds that are told again are no service.
//! 2. In event time nobody is out: rounds come as fast as devices play them.

use std::time::{Duration, Instant};

use amble_engine::time::Round;

use crate::telemetry;

/// Three rounds: a shard that is only late is not out.
const OUTAGE: Duration = Duration::from_millis(300);

/// What was heard of each shard that reports.
#[derive(Debug)]
pub(super) struct Outages {
    /// The newest round, and when it came; none before anything was heard.
    heard: Vec<Option<(Round, Instant)>>,
    event_time: bool,
}

impl Outages {
    pub(super) fn new(shards: usize, event_time: bool) -> Self {
        Self {
            heard: vec![None; shards],
            event_time,
        }
    }

    /// A shard, by its place and its name, has reported a round.
    pub(super) fn hear(&mut self, place: usize, shard: &str, round: Round, now: Instant) {
        if let Some(outage) = self.outage(place, round, now) {
            telemetry::was_out(shard, outage);
        }
    }

    fn outage(&mut self, place: usize, round: Round, now: Instant) -> Option<Duration> {
        let heard = self.heard.get_mut(place)?;
        if heard.is_some_and(|(newest, _)| round <= newest) {
            return None;
        }
        let (_, before) = heard.replace((round, now))?;
        let outage = now.saturating_duration_since(before);
        (outage > OUTAGE && !self.event_time).then_some(outage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_is_out_until_it_says_something_new() {
        let start = Instant::now();
        let after = |ms| start + Duration::from_millis(ms);
        let mut outages = Outages::new(1, false);
        let mut hear = |round, ms| outages.outage(0, Round(round), after(ms));
        assert_eq!(hear(7, 0), None);
        assert_eq!(hear(8, 100), None);
        assert_eq!(hear(2, 500), None, "it replays");
        assert_eq!(hear(8, 600), None);
        assert_eq!(hear(9, 700), Some(Duration::from_millis(600)));
        assert_eq!(hear(10, 710), None);
    }
}
