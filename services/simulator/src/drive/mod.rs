//! Plays a day against a shop, over the public device protocol.
//!
//! One thread simulates and hands each round to the edges; each edge is a task with its own stream
//! and its own resend buffers.

mod buffer;
mod edge;
mod edges;
mod outage;
mod producer;
mod stats;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use amble_proto::v1;
use tokio::{
    sync::{broadcast, mpsc, watch},
    task::JoinHandle,
};
use tonic::transport::ClientTlsConfig;

pub use outage::Outage;
pub use stats::DriveStats;

use crate::{
    day::Day,
    error::SimulatorError,
    passes::ScannedPass,
    truth::{Action, Truth},
};

/// Rounds that an edge may be behind the simulation: about a second, which is also how far edges are
/// apart at most.
const WINDOW_ROUNDS: usize = 10;
/// Actions that a slow listener may be behind before it misses some.
const ACTIONS_KEPT: usize = 1 << 16;

/// How to drive.
#[derive(Clone, Debug)]
pub struct DriveConfig {
    /// Where the shop listens (`http://host:port`), in order of preference; an edge that loses one
    /// goes on with the next.
    pub endpoints: Vec<String>,
    /// For endpoints with TLS (`https://…`): what devices show, and what they ask for.
    pub tls: Option<ClientTlsConfig>,
    /// How event time runs.
    pub pace: Pace,
    /// Without a word from the shop for this long, an edge uses its next endpoint.
    pub silence: Duration,
    /// At the end of the day, edges wait this long for what is not acked yet.
    pub linger: Duration,
    /// Cameras an edge carries.
    pub cameras_an_edge: usize,
    /// Shelves an edge carries.
    pub shelves_an_edge: usize,
    /// Where the devices' outages go as they end; in real time only.
    pub outages: Option<mpsc::UnboundedSender<Outage>>,
    /// Where the day's passes go as they are held to a reader.
    pub passes: Option<mpsc::UnboundedSender<ScannedPass>>,
}

/// How event time runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// Capture times are the wall clock's. The day must begin about now: see [`wall_us`].
    RealTime,
    /// As fast as credit allows, but at most at this multiple of real time.
    EventTime {
        /// The multiple; `None`: no limit.
        speed: Option<f64>,
    },
}

impl DriveConfig {
    /// The usual way: eight cameras and 24 shelves an edge; 300 ms of silence in real time, ten
    /// seconds in event time, where a shop may be busy.
    #[must_use]
    pub fn new(endpoints: Vec<String>, pace: Pace) -> Self {
        Self {
            endpoints,
            tls: None,
            pace,
            silence: match pace {
                Pace::RealTime => Duration::from_millis(300),
                Pace::EventTime { .. } => Duration::from_secs(10),
            },
            linger: Duration::from_secs(3),
            cameras_an_edge: 8,
            shelves_an_edge: 24,
            outages: None,
            passes: None,
        }
    }
}

/// An action with the time on the wall's clock at which it could first be known: in real time when
/// the hand left the shelf, in event time when its round was handed to the edges.
#[derive(Clone, Debug)]
pub struct TimedAction {
    /// What was done.
    pub action: Action,
    /// When.
    pub left_at: SystemTime,
}

/// A day that is being played. Dropping it stops it.
pub struct Drive {
    stop: watch::Sender<bool>,
    stopping: Arc<AtomicBool>,
    closing: Arc<AtomicBool>,
    stats: Arc<stats::Counters>,
    truth: Arc<Mutex<Truth>>,
    actions: broadcast::Sender<TimedAction>,
    producer: Option<JoinHandle<Result<(), SimulatorError>>>,
    edges: Vec<JoinHandle<Vec<(v1::DeviceRef, u64)>>>,
}

/// What is left of a day that is over.
#[derive(Clone, Debug, PartialEq)]
pub struct Played {
    /// The whole truth.
    pub truth: Truth,
    /// The last frame of each device that the shop has acked, and so may never want again of one that is
    /// no camera; 0: none.
    pub acked: Vec<(v1::DeviceRef, u64)>,
}

/// The wall clock, in microseconds since the Unix epoch.
#[must_use]
pub fn wall_us() -> i64 {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// Begins to play a day. Must be called within a Tokio runtime.
#[must_use]
pub fn drive(day: Day, config: DriveConfig) -> Drive {
    let config = Arc::new(config);
    let stats = Arc::new(stats::Counters::default());
    let stopping = Arc::new(AtomicBool::new(false));
    let closing = Arc::new(AtomicBool::new(false));
    let truth = Arc::new(Mutex::new(Truth::default()));
    let (stop, stopped) = watch::channel(false);
    let (actions, _) = broadcast::channel(ACTIONS_KEPT);

    let groups = edges::group(
        day.devices(),
        config.cameras_an_edge,
        config.shelves_an_edge,
    );
    let mut rounds = Vec::with_capacity(groups.len());
    let mut tasks = Vec::with_capacity(groups.len());
    for (nth, group) in groups.iter().enumerate() {
        let (send, receive) = mpsc::channel(WINDOW_ROUNDS);
        rounds.push(send);
        let hello = v1::EdgeHello {
            edge_id: group.name.clone(),
            devices: group
                .devices
                .iter()
                .map(|&d| day.devices()[d].clone())
                .collect(),
            pace: match config.pace {
                Pace::RealTime => v1::Pace::RealTime,
                Pace::EventTime { .. } => v1::Pace::EventTime,
            }
            .into(),
        };
        let edge = edge::Edge::new(nth, hello, receive, Arc::clone(&config), Arc::clone(&stats));
        tasks.push(tokio::spawn(edge.run(stopped.clone())));
    }
    let producer = producer::Producer {
        places: edges::places(&groups, day.devices().len()),
        day,
        pace: config.pace,
        rounds,
        stopping: Arc::clone(&stopping),
        closing: Arc::clone(&closing),
        stats: Arc::clone(&stats),
        truth: Arc::clone(&truth),
        actions: actions.clone(),
        passes: config.passes.clone(),
    };
    Drive {
        stop,
        stopping,
        closing,
        stats,
        truth,
        actions,
        producer: Some(tokio::task::spawn_blocking(|| producer.run())),
        edges: tasks,
    }
}

impl Drive {
    /// How it is going.
    #[must_use]
    pub fn stats(&self) -> DriveStats {
        self.stats.read()
    }

    /// What people do from now on, as it happens.
    #[must_use]
    pub fn actions(&self) -> broadcast::Receiver<TimedAction> {
        self.actions.subscribe()
    }

    /// The truth so far.
    #[must_use]
    pub fn truth(&self) -> Truth {
        let truth = self.truth.lock();
        truth.map_or_else(|held| held.into_inner().clone(), |truth| truth.clone())
    }

    /// Whether the day has come to its end; edges may still be sending.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.producer.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Lets nobody in any more: the day ends when all who are inside have left.
    pub fn close_doors(&self) {
        self.closing.store(true, Ordering::Relaxed);
    }

    /// Stops the simulation at the next round and the edges at once.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        self.stop.send_replace(true);
    }

    /// Waits until the day is over (or was stopped) and everything has been sent.
    ///
    /// # Errors
    /// When a pass can't be signed.
    pub async fn finished(mut self) -> Result<Played, SimulatorError> {
        if let Some(producer) = self.producer.take()
            && let Ok(result) = producer.await
        {
            result?;
        }
        let mut acked = Vec::new();
        for edge in std::mem::take(&mut self.edges) {
            // A task that was stopped has nothing to say.
            acked.extend(edge.await.unwrap_or_default());
        }
        let truth = self.truth();
        Ok(Played { truth, acked })
    }
}

impl Drop for Drive {
    fn drop(&mut self) {
        self.stop();
    }
}
