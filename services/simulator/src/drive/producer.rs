//! The thread that simulates, at the pace that is wanted.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant, SystemTime},
};

use amble_proto::v1;
use tokio::sync::{broadcast, mpsc};

use super::{Pace, TimedAction, stats::Counters, wall_us};
use crate::{
    day::{Day, RoundOutput},
    error::SimulatorError,
    passes::ScannedPass,
    truth::{Action, Truth},
};

/// What one edge gets of a round.
pub(super) struct EdgeRound {
    /// Place in the edge's hello, frames, and until when they are complete.
    pub(super) devices: Vec<(usize, v1::DeviceFrames, i64)>,
}

/// Simulates and deals out.
pub(super) struct Producer {
    pub(super) day: Day,
    /// For each device its edge and its place there.
    pub(super) places: Vec<(usize, usize)>,
    pub(super) pace: Pace,
    pub(super) rounds: Vec<mpsc::Sender<EdgeRound>>,
    pub(super) stopping: Arc<AtomicBool>,
    pub(super) closing: Arc<AtomicBool>,
    pub(super) stats: Arc<Counters>,
    pub(super) truth: Arc<Mutex<Truth>>,
    pub(super) actions: broadcast::Sender<TimedAction>,
    pub(super) passes: Option<mpsc::UnboundedSender<ScannedPass>>,
}

impl Producer {
    /// Plays the day to its end, or until it is told to stop.
    pub(super) fn run(mut self) -> Result<(), SimulatorError> {
        let began = Instant::now();
        let first_us = self.day.next_start_us();
        let mut waiting: Vec<Action> = Vec::new();
        while !self.stopping.load(Relaxed) {
            if self.closing.load(Relaxed) {
                self.day.close_doors();
            }
            let Some(mut round) = self.day.next_round()? else {
                break;
            };
            self.wait_until(round.end_us, first_us, began);
            self.tell(round.end_us, &mut waiting);
            for pass in std::mem::take(&mut round.passes) {
                // Nobody may be listening.
                let _ = self.passes.as_ref().map(|listener| listener.send(pass));
            }
            let end_us = round.end_us;
            if !self.deal(round) {
                break;
            }
            self.stats.simulated_until_us.store(end_us, Relaxed);
        }
        self.tell(i64::MAX, &mut waiting);
        Ok(())
    }

    fn wait_until(&self, end_us: i64, first_us: i64, began: Instant) {
        let left_us = match self.pace {
            Pace::RealTime => end_us - wall_us(),
            Pace::EventTime { speed: Some(speed) } => {
                let due = crate::chance::seconds(end_us - first_us) / speed.max(1e-3);
                crate::chance::micros(due - began.elapsed().as_secs_f64())
            }
            Pace::EventTime { speed: None } => return,
        };
        match u64::try_from(left_us) {
            Ok(wait) => thread::sleep(Duration::from_micros(wait)),
            Err(_) => {
                let late = left_us.unsigned_abs();
                self.stats.worst_delay_us.fetch_max(late, Relaxed);
            }
        }
    }

    /// Keeps the truth, and tells those actions that lie before the end of the round.
    fn tell(&mut self, end_us: i64, waiting: &mut Vec<Action>) {
        let truth = self.day.take_truth();
        waiting.extend(truth.actions.iter().cloned());
        let (told, later) = waiting
            .drain(..)
            .partition(|action| action.time_us < end_us);
        *waiting = later;
        let told: Vec<Action> = told;
        for action in told {
            let left_at = match (self.pace, u64::try_from(action.time_us)) {
                (Pace::RealTime, Ok(time)) => SystemTime::UNIX_EPOCH + Duration::from_micros(time),
                _ => SystemTime::now(),
            };
            // Nobody may be listening.
            let _ = self.actions.send(TimedAction { action, left_at });
        }
        if let Ok(mut kept) = self.truth.lock() {
            kept.append(truth);
        }
    }

    /// Hands a round to the edges; waits for those that are behind. False when nobody is there.
    fn deal(&self, round: RoundOutput) -> bool {
        let mut parts: Vec<EdgeRound> = self
            .rounds
            .iter()
            .map(|_| EdgeRound {
                devices: Vec::new(),
            })
            .collect();
        for (device, &(edge, place)) in round.devices.into_iter().zip(&self.places) {
            let part = (place, device.frames, device.complete_until_us);
            parts[edge].devices.push(part);
        }
        let mut anybody = false;
        for (edge, part) in self.rounds.iter().zip(parts) {
            anybody |= edge.blocking_send(part).is_ok();
        }
        anybody
    }
}
