//! What every device's actor keeps: who carries it, how far it has come, what it owes.
//!
//! Most of what a device is told is the same for all: [`Desk::handle`] sees to that, and leaves to
//! the actor what is its own.

mod describe;
mod stream;

use std::{sync::Arc, time::Instant};

use amble_engine::{
    time::{Round, Time},
    tracking::Prediction,
};
use amble_proto::v1::{
    ActorDescription, DeviceErrorCode, DeviceFrames, RecordedFrames, RecordedPassOver,
    recording_entry::Entry,
};
use ractor::ActorRef;
use tokio::sync::oneshot;

use super::{DeviceId, Link, Muster, poison::DEADLY};
use crate::{
    inspect::What,
    load::Meter,
    message::{Description, Input, Scan, ToDevice, ToZone},
    pass::PassError,
    round::RollCall,
    shop::Shop,
    telemetry,
    writer::Writer,
};

/// What is left to a device's own actor.
#[derive(Debug)]
pub enum Task {
    /// Frames that count, and when they came in. They are in the recording.
    Frames(DeviceFrames, Instant),
    /// What its zone expects to be seen in a round (cameras only).
    View(Round, Arc<Vec<Prediction>>),
    /// A phone has this pass (gates only).
    Phone(String, oneshot::Sender<Result<String, PassError>>),
    /// The pass of this scan had opened a visit before (gates only).
    Used(Scan),
    /// How it sees itself; what is its kind's own is still to be added.
    Describe(Box<ActorDescription>, oneshot::Sender<Description>),
}

/// The common part of a device's actor.
#[derive(Debug)]
pub struct Desk {
    /// The shop.
    pub shop: Arc<Shop>,
    /// The device.
    pub id: DeviceId,
    zone: ActorRef<ToZone>,
    muster: Arc<Muster>,
    /// Its place among the zone's devices.
    place: usize,
    /// The last sequence taken.
    pub taken: u64,
    /// Its capture time.
    pub taken_until: Option<Time>,
    /// The first round that was not reported yet.
    pub next: Round,
    link: Option<Link>,
    acked: u64,
    until: Time,
    begun: Round,
    credit_until: Time,
    newest: Instant,
    /// The stream was asked to send again: what it sent before that does not follow.
    awaits: bool,
    /// The zone's hand at the ledger.
    writer: Writer,
    /// Where the time goes that it takes.
    pub meter: Meter,
}

impl Desk {
    /// A desk for a device whose fold stands at `taken`, which is also acked, and whose first open
    /// round is the one after what it reported last.
    #[must_use]
    pub fn new(
        shop: Arc<Shop>,
        id: DeviceId,
        zone: ActorRef<ToZone>,
        muster: Arc<Muster>,
        place: usize,
        (taken, taken_until): (u64, Option<Time>),
        writer: Writer,
    ) -> Self {
        let next = muster.roll.finished(place).next();
        // What is stored of a fold covers the rounds up to its last frame: nobody sends them again,
        // and what they came to is in the ledger.
        let until = taken_until.map_or(next.start(), |taken| taken.max(next.start()));
        Self {
            begun: next,
            credit_until: Time::default(),
            meter: shop.meter(&id.key),
            shop,
            id,
            zone,
            muster,
            place,
            taken,
            taken_until,
            next,
            link: None,
            acked: taken,
            until,
            newest: Instant::now(),
            awaits: false,
            writer,
        }
    }

    /// Sees to a message; what is left is the actor's own task.
    pub fn handle(&mut self, message: ToDevice) -> Option<Task> {
        match message {
            ToDevice::Attach(link, answer) => {
                let _ = answer.send(self.attach(link));
            }
            ToDevice::Detach(stream) => self.detach(stream),
            ToDevice::Resume(link) => self.resume(link),
            ToDevice::NodeGone(node) => self.node_gone(&node),
            ToDevice::Rewound(stream) => self.rewound(stream),
            ToDevice::PassOver(until) => self.pass_over(until),
            ToDevice::Durable(sequence) => self.ack(sequence),
            ToDevice::Begun(round) => self.grant(round),
            ToDevice::Stored => self.renew(),
            ToDevice::Frames(input) => return self.receive(*input),
            ToDevice::View(round, view) => return Some(Task::View(round, view)),
            ToDevice::Phone(token, answer) => return Some(Task::Phone(token, answer)),
            ToDevice::Used(scan) => return Some(Task::Used(*scan)),
            ToDevice::Describe(answer) => {
                return Some(Task::Describe(Box::new(self.describe()), answer));
            }
        }
        None
    }

    fn receive(&mut self, input: Input) -> Option<Task> {
        if !self.carries(input.stream) {
            return None;
        }
        self.record(&input.frames, input.complete_until);
        self.complete(input.complete_until.unwrap_or_default(), input.arrived);
        Some(Task::Frames(input.frames, input.arrived))
    }

    /// Notes a frame as taken.
    pub fn take(&mut self, sequence: u64, time: Time) {
        self.taken = sequence;
        self.taken_until = Some(time);
        self.until = self.until.max(time);
    }

    /// Nothing older than this comes any more.
    fn complete(&mut self, until: Time, arrived: Instant) {
        self.until = self.until.max(until);
        self.newest = arrived;
        if self.muster.heard(self.place) {
            tracing::info!(device = %self.id.key, "a silent device is back");
            self.shop.happened(What::Back(self.id.key.clone()));
        }
    }

    /// The next round, when the device has told all of it. What an edge calls complete may be far
    /// ahead; what is reported may not.
    #[must_use]
    pub fn finished(&self) -> Option<Round> {
        let near = self.next < self.begun.plus(RollCall::AHEAD / 2);
        (self.next.end() <= self.until && near).then_some(self.next)
    }

    /// Reports rounds up to and including this one.
    pub fn report(&mut self, round: Round) {
        self.next = round.next();
        let arrived = self.newest;
        self.muster.roll.done(self.place, round, |whole| {
            let _ = self.zone.cast(ToZone::Whole(whole, arrived));
        });
    }

    /// The zone goes on without it.
    fn pass_over(&mut self, until: Time) {
        if until <= self.until {
            return;
        }
        self.until = until;
        telemetry::passed_over(self.id.kind);
        self.shop.stats.passed_over();
        if !self.muster.passed_over(self.place) {
            tracing::warn!(device = %self.id.key, until_us = until.0, "passed over a silent device");
            self.shop.happened(What::PassedOver(self.id.key.clone()));
        }
        self.shop.record(|| {
            Entry::PassOver(RecordedPassOver {
                device: Some(self.id.reference()),
                until_us: until.0,
            })
        });
    }

    /// Keeps what was taken for the recording, before it is folded.
    pub fn record(&self, frames: &DeviceFrames, complete_until: Option<Time>) {
        self.shop.record(|| {
            Entry::Frames(RecordedFrames {
                device: Some(self.id.reference()),
                frames: Some(frames.clone()),
                complete_until_us: complete_until.map_or(0, |t| t.0),
            })
        });
    }

    /// Stores a state that no ack waits for, as of a sequence and its capture time, in the order of
    /// the zone's writes.
    pub fn save(&self, (sequence, captured): (u64, Time), state: impl FnOnce() -> Vec<u8>) {
        // What is replayed was stored before.
        let Some(continues_from) = self.muster.save(self.place, sequence) else {
            return;
        };
        let entry = amble_ledger::Entry::DeviceState {
            device: self.id.name(),
            continues_from,
            sequence,
            capture_us: captured.0,
            state: state(),
        };
        self.writer.write(vec![entry], |_| {});
    }

    /// Sends to its zone, which ends its devices when it ends itself.
    pub fn tell_zone(&self, message: ToZone) {
        let _ = self.zone.cast(message);
    }

    /// Begins a frame. `false`: it has ended this actor too often, and counts as a gap.
    pub fn begin<M: prost::Message>(&self, sequence: u64, frame: &M) -> bool {
        let good = self
            .muster
            .poison
            .begin(self.place, sequence, || frame.encode_to_vec());
        if !good {
            let message = format!(
                "frame {sequence} has ended its actor {DEADLY} times and is set aside; \
                 the ledger keeps it to be looked at"
            );
            self.refuse(sequence, DeviceErrorCode::Poison, message);
        }
        good
    }

    /// The frame that was begun did no harm.
    pub fn end(&self) {
        self.muster.poison.end(self.place);
    }
}
