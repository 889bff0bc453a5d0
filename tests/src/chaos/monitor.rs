//! Looks at every node all the time: whether the shop is well, and how long its bookkeeper was away.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
    time::{Duration, SystemTime},
};

use super::{Gap, Outages};
use crate::{Fault, Outcome, shop::Page, until};

/// How often each node is looked at: short against an outage, and cheap.
const LOOK: Duration = Duration::from_millis(40);
/// A node that does not answer within this is away.
const PATIENCE: Duration = Duration::from_millis(400);
/// How far behind the wall clock a shop that is well decides at most.
const LAG_US: i64 = 1_000_000;
/// A round, and what looking and saying may add to it.
const ROUND_US: i64 = 100_000;

/// The wall clock, in microseconds since the Unix epoch.
#[must_use]
pub fn wall_us() -> i64 {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// Looks until it is dropped.
#[derive(Debug)]
pub struct Monitor {
    seen: Arc<Mutex<Seen>>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct Seen {
    /// How many devices the shop has.
    devices: f64,
    nodes: Vec<Node>,
    /// Up to when everything is decided, as far as any node knows.
    decided_us: i64,
    /// When that was seen first.
    since_us: i64,
    bookkeeper: Vec<Gap>,
    /// When something was last seen that was not well, and what.
    unwell: (i64, String),
}

/// What one node said last.
#[derive(Clone, Debug, Default)]
struct Node {
    /// It is meant to run.
    wanted: bool,
    /// It answered.
    answers: bool,
    attached: f64,
    /// How many shards the map places at each node, as this one has it.
    placed: BTreeMap<String, String>,
}

impl Monitor {
    /// Looks at the nodes that have these pages, in a shop with so many devices. All are wanted.
    #[must_use]
    pub fn start(pages: &[SocketAddr], devices: u32) -> Self {
        let wanted = Node {
            wanted: true,
            ..Node::default()
        };
        let seen = Arc::new(Mutex::new(Seen {
            devices: devices.into(),
            nodes: vec![wanted; pages.len()],
            decided_us: 0,
            since_us: wall_us(),
            bookkeeper: Vec::new(),
            unwell: (wall_us(), "nothing was seen yet".to_owned()),
        }));
        let stop = Arc::new(AtomicBool::new(false));
        let looks = pages.iter().enumerate().map(|(at, &page)| {
            let (seen, stop) = (Arc::clone(&seen), Arc::clone(&stop));
            thread::spawn(move || {
                while !stop.load(Relaxed) {
                    let page = Page::get(page, "/metrics", PATIENCE).ok();
                    lock(&seen).note(at, page.as_ref());
                    thread::sleep(LOOK);
                }
            })
        });
        let threads = looks.collect();
        Self {
            seen,
            stop,
            threads,
        }
    }

    /// Only these nodes are meant to run from now on.
    pub fn want(&self, running: &[usize]) {
        let mut seen = lock(&self.seen);
        for (at, node) in seen.nodes.iter_mut().enumerate() {
            node.wanted = running.contains(&at);
        }
        seen.unwell = (wall_us(), "a node came or went".to_owned());
    }

    /// When the bookkeeper was away so far.
    #[must_use]
    pub fn bookkeeper(&self) -> Vec<Gap> {
        lock(&self.seen).bookkeeper.clone()
    }

    /// Waits until all has been well for so long: every node that is meant to run answers and has shards,
    /// which do not move; every device is attached once, and none waited in vain; and it is decided what
    /// happened a second ago.
    ///
    /// # Errors
    /// When that takes too long; with what was not well.
    pub fn all_well(&self, outages: &mut Outages, during: Duration, within: Duration) -> Outcome {
        let during_us = i64::try_from(during.as_micros()).unwrap_or(i64::MAX);
        let waited = until("for a shop that is well", within, || {
            let since_us = lock(&self.seen).unwell.0.max(outages.last_us()?);
            Ok((wall_us() - since_us > during_us).then_some(()))
        });
        waited.map_err(|fault| {
            let seen = lock(&self.seen);
            let nodes = &seen.nodes;
            Fault::new(format!("{fault:?}: at last {}\n{nodes:?}", seen.unwell.1))
        })
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
        for thread in self.threads.drain(..) {
            // One that failed has nothing to say.
            let _ = thread.join();
        }
    }
}

/// A thread that failed leaves it as it was: each note is whole.
fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Seen {
    fn note(&mut self, at: usize, page: Option<&Page>) {
        let now_us = wall_us();
        let node = &mut self.nodes[at];
        node.answers = page.is_some();
        if let Some(page) = page {
            node.attached = page.sum("amble_device_attached", &[]);
            node.placed = page.series("amble_cluster_shards");
            node.placed.retain(|_, count| count != "0");
            self.decided(page.decided_until_us(), now_us);
        }
        if let Some(why) = self.not_well(at, now_us) {
            self.unwell = (now_us, why);
        }
    }

    fn decided(&mut self, decided_us: i64, now_us: i64) {
        if decided_us <= self.decided_us {
            return;
        }
        let due_us = self.since_us + ROUND_US;
        if self.decided_us > 0 && now_us - due_us > ROUND_US {
            self.bookkeeper.push(Gap {
                began_us: due_us,
                ended_us: now_us,
                of: "bookkeeper".to_owned(),
            });
        }
        (self.decided_us, self.since_us) = (decided_us, now_us);
    }

    fn not_well(&self, at: usize, now_us: i64) -> Option<String> {
        let wanted = || self.nodes.iter().filter(|node| node.wanted);
        if let Some(away) = self.nodes.iter().position(|n| n.wanted && !n.answers) {
            return Some(format!("node {away} does not answer"));
        }
        let lag_us = now_us - self.decided_us;
        if lag_us > LAG_US {
            return Some(format!("decided is what happened {lag_us} µs ago"));
        }
        let attached: f64 = wanted().map(|node| node.attached).sum();
        if (attached - self.devices).abs() > 0.5 {
            return Some(format!(
                "{attached} of {} devices are attached",
                self.devices
            ));
        }
        let placed = &self.nodes[at].placed;
        if self.nodes[at].wanted && placed.len() != wanted().count() {
            return Some(format!("shards are placed so: {placed:?}"));
        }
        wanted()
            .any(|node| node.placed != *placed)
            .then(|| "the nodes do not agree on where the shards are".to_owned())
            .filter(|_| self.nodes[at].wanted)
    }
}
