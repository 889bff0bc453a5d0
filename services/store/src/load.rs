//! What the shards that are served here cost, for whoever places them.
//!
//! 1. A shard costs the time that its actors spend on their messages, by the monotonic clock: one addition
//!    a message, and no lock. What carrying messages costs, at the doors and between nodes, is nobody's.
//! 2. Who begins replays seven seconds in one; that is not what it costs. Its first measure is of the
//!    second whole interval in which it is here.
//! 3. Measures are smoothed: each counts for a quarter. Moving costs more than a gust of shoppers.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use amble_cluster::{Epoch, beat::LOAD_EVERY};
use tokio::time::{MissedTickBehavior, interval};

use crate::{shop::Shop, telemetry};

/// Adds up the time that the actors of one shard spend, here.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<AtomicU64>);

impl Meter {
    /// A message was worked on since then.
    pub fn spent(&self, since: Instant) {
        let ns = u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.0.fetch_add(ns, Relaxed);
    }

    fn read(&self) -> Duration {
        Duration::from_nanos(self.0.load(Relaxed))
    }
}

/// A shard that is served here, and what was spent on it since the process began.
#[derive(Clone, Debug)]
struct Served {
    shard: String,
    epoch: Epoch,
    spent: Duration,
}

/// What is known of a shard's cost.
#[derive(Clone, Copy, Debug)]
struct Course {
    epoch: Epoch,
    /// Whole intervals in which it was here.
    intervals: u32,
    at: Instant,
    spent: Duration,
    /// Microseconds a second, smoothed.
    smooth: Option<f64>,
}

/// What is known of all shards that are served here.
#[derive(Debug, Default)]
struct Courses(BTreeMap<String, Course>);

impl Courses {
    /// An interval is over. What each shard costs that has been here for long enough, in microseconds a
    /// second.
    fn go_on(&mut self, at: Instant, served: Vec<Served>) -> BTreeMap<String, u64> {
        let mut before = std::mem::take(&mut self.0);
        for Served {
            shard,
            epoch,
            spent,
        } in served
        {
            let known = before.remove(&shard).filter(|known| known.epoch == epoch);
            let course = match known {
                Some(known) => known.then(at, spent),
                None => Course {
                    epoch,
                    intervals: 0,
                    at,
                    spent,
                    smooth: None,
                },
            };
            self.0.insert(shard, course);
        }
        let measured = self.0.iter().filter_map(|(shard, course)| {
            let us = Duration::from_secs_f64(course.smooth? * 1e-6).as_micros();
            Some((shard.clone(), u64::try_from(us).unwrap_or(u64::MAX)))
        });
        measured.collect()
    }
}

impl Course {
    fn then(self, at: Instant, spent: Duration) -> Self {
        let seconds = (at - self.at).as_secs_f64();
        let new = (spent - self.spent).as_secs_f64() * 1e6 / seconds;
        let smooth = match self.smooth {
            Some(smooth) => Some(smooth + (new - smooth) / 4.0),
            None => (self.intervals > 0).then_some(new),
        };
        Self {
            intervals: self.intervals + 1,
            at,
            spent,
            smooth,
            ..self
        }
    }
}

impl Shop {
    /// Tells whoever places shards what those here cost, for as long as the shop is open.
    pub(crate) fn report_load(self: &Arc<Self>) {
        let shop = Arc::downgrade(self);
        tokio::spawn(async move {
            let mut courses = Courses::default();
            let mut every = interval(LOAD_EVERY);
            every.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                every.tick().await;
                let Some(shop) = shop.upgrade() else {
                    return;
                };
                let Some(placing) = &shop.placing else {
                    return;
                };
                let load = courses.go_on(Instant::now(), shop.served());
                for shard in shop.meters.keys() {
                    telemetry::shard_load(shard, load.get(shard).copied().unwrap_or_default());
                }
                placing.member.report_load(load);
            }
        });
    }

    /// The shards that are placed here.
    fn served(&self) -> Vec<Served> {
        let meters = self.meters.iter().filter_map(|(shard, meter)| {
            let placing = self.placing.as_ref()?;
            let owner = placing.table.owner(shard)?;
            (owner.node == placing.me).then(|| Served {
                shard: shard.clone(),
                epoch: owner.epoch,
                spent: meter.read(),
            })
        });
        meters.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A shard that has cost so much, in milliseconds.
    fn served(epoch: u64, spent_ms: u64) -> Vec<Served> {
        vec![Served {
            shard: "zone".to_owned(),
            epoch: Epoch(epoch),
            spent: Duration::from_millis(spent_ms),
        }]
    }

    #[test]
    fn r2_a_shard_is_measured_when_it_has_caught_up_and_anew_when_it_comes_back() {
        let mut courses = Courses::default();
        let begin = Instant::now();
        let mut costs = |second: u64, served| {
            let load = courses.go_on(begin + Duration::from_secs(second), served);
            load.get("zone").copied()
        };
        assert_eq!(costs(0, served(1, 500)), None);
        assert_eq!(costs(10, served(1, 5_000)), None);
        assert_eq!(costs(20, served(1, 6_000)), Some(100_000));
        assert_eq!(costs(30, vec![]), None);
        assert_eq!(costs(40, served(3, 9_000)), None);
        assert_eq!(costs(50, served(3, 10_000)), None);
        assert_eq!(costs(60, served(3, 10_500)), Some(50_000));
    }

    #[test]
    fn r3_a_gust_moves_a_measure_by_a_quarter_and_what_lasts_moves_it_whole() {
        let mut courses = Courses::default();
        let begin = Instant::now();
        let (mut spent_ms, mut last) = (0, BTreeMap::new());
        let mut costs = |nth: u64, ms: u64| {
            spent_ms += ms;
            last = courses.go_on(begin + Duration::from_secs(nth * 10), served(1, spent_ms));
            last.get("zone").copied().unwrap_or_default()
        };
        for nth in 0..10 {
            costs(nth, 1_000);
        }
        let gust = costs(10, 2_000);
        assert!((124_999..=125_000).contains(&gust), "{gust}");
        for nth in 11..40 {
            costs(nth, 2_000);
        }
        let lasting = costs(40, 2_000);
        assert!((199_900..=200_000).contains(&lasting), "{lasting}");
    }
}
