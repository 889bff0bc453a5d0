//! One batch on its way from the stream to the devices' owners.
//!
//! 1. Frames are moved, never copied; a batch of good frames allocates nothing here.
//! 2. A device gets one message a batch, even when the batch names it twice.
//! 3. What the edge calls complete reaches each of its devices, also those that sent nothing; a device
//!    that was asked to send again hears it again.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use amble_proto::v1::{DeviceErrorCode, DeviceFrames, EdgeBatch};

use super::{
    door::Clock,
    hello::Edge,
    report::{Fault, Report},
};
use crate::limits::Limits;

/// Takes the batches of one edge.
pub(crate) struct Intake {
    limits: Limits,
    /// What came of the current message.
    pub(crate) report: Report,
    /// What of the current batch goes on, by device; empty between two batches.
    admitted: Vec<DeviceFrames>,
    /// The furthest that the edge has said to be complete: µs since the Unix epoch.
    complete_us: Option<i64>,
}

impl Intake {
    pub(crate) fn new(devices: usize, limits: Limits) -> Self {
        Self {
            limits,
            report: Report::default(),
            admitted: vec![DeviceFrames::default(); devices],
            complete_us: None,
        }
    }

    /// Refuses a message as a whole.
    pub(crate) fn refuse(&mut self, what: &str) {
        let fault = Fault::bad_value(what.to_owned());
        self.report.refuse(None, 0, &"the edge", fault);
    }

    /// Hands on what the doors let in.
    pub(crate) fn take(&mut self, edge: &mut Edge, batch: EdgeBatch, arrived: Instant) {
        let Edge {
            board, desks, pace, ..
        } = edge;
        board.guide(desks.iter_mut().map(|d| d.as_mut().map(|d| &mut d.door)));
        for desk in desks.iter_mut().flatten() {
            if desk.door.was_rewound() {
                desk.line.rewound();
            }
        }
        let clock = Clock::new(wall_us(), *pace, &self.limits);
        for mut frames in batch.devices {
            let place = frames.device as usize;
            let (Some(Some(desk)), Some(admitted)) =
                (desks.get_mut(place), self.admitted.get_mut(place))
            else {
                let fault = Fault {
                    code: DeviceErrorCode::UnknownDevice,
                    message: "no device is attached at this place of the hello".to_owned(),
                };
                let name = format_args!("device {place}");
                self.report.refuse(Some(frames.device), 0, &name, fault);
                continue;
            };
            desk.door.admit(&mut frames, &clock, &mut self.report);
            merge(admitted, frames);
        }
        let complete_us = self.completed(batch.complete_until_us, &clock);
        for (desk, admitted) in desks.iter_mut().zip(&mut self.admitted) {
            let Some(desk) = desk else { continue };
            let frames = std::mem::take(admitted);
            let complete_us = complete_us.map_or(0, |until| desk.door.complete(until));
            if !is_empty(&frames) || complete_us != 0 {
                desk.line.send(frames, complete_us, arrived);
            }
        }
    }

    /// The time up to which the edge is complete, when it says a good one. Whether that is news to a
    /// device its door knows.
    fn completed(&mut self, until_us: i64, clock: &Clock) -> Option<i64> {
        if until_us <= 0 {
            return None;
        }
        if let Err(fault) = clock.judge(until_us, self.complete_us) {
            let name = "complete_until_us of the edge";
            self.report.refuse(None, 0, &name, fault);
            return None;
        }
        self.complete_us = self.complete_us.max(Some(until_us));
        Some(until_us)
    }
}

fn is_empty(frames: &DeviceFrames) -> bool {
    frames.camera.is_empty() && frames.shelf.is_empty() && frames.gate.is_empty()
}

/// Adds a device's frames to those that it sent earlier in the same batch.
fn merge(into: &mut DeviceFrames, mut more: DeviceFrames) {
    if is_empty(into) {
        *into = more;
        return;
    }
    into.camera.append(&mut more.camera);
    into.shelf.append(&mut more.shelf);
    into.gate.append(&mut more.gate);
}

/// Wall time in µs since the Unix epoch; a clock before it counts as 0.
fn wall_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    since
        .and_then(|d| i64::try_from(d.as_micros()).ok())
        .unwrap_or(0)
}
