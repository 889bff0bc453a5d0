//! What every device's actor keeps: who carries it, how far it has come, what it owes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
    time::Instant,
};

use amble_cluster::Key;
use amble_engine::time::{Round, Time};
use amble_proto::v1::{
    DeviceFrames, DeviceKind, DeviceRef, RecordedFrames, RecordedPassOver, recording_entry::Entry,
};

use super::{
    Link, Reply,
    poison::{DEADLY, Poison},
};
use ractor::ActorRef;

use crate::{
    keys::kind_word,
    message::{Standing, ToZone},
    round::RollCall,
    shop::Shop,
    telemetry,
    writer::Writer,
};

/// A device of the store plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceId {
    /// What it is.
    pub kind: DeviceKind,
    /// Its id, as its edge uses it.
    pub id: String,
    /// Where its actor is found.
    pub key: Key,
}

impl DeviceId {
    /// Its name in the ledger.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}", kind_word(self.kind), self.id)
    }

    fn reference(&self) -> DeviceRef {
        DeviceRef {
            kind: self.kind.into(),
            device_id: self.id.clone(),
        }
    }
}

/// A zone's devices: who is here, and who has finished which round. Shared by them and their zone.
#[derive(Debug)]
pub struct Muster {
    /// Who has finished which round.
    pub roll: RollCall,
    /// Messages that ended their actor.
    pub poison: Poison,
    presence: Vec<AtomicU8>,
    /// Per device: the last sequence whose state was given to the ledger by its actor.
    saved: Vec<AtomicU64>,
}

const ABSENT: u8 = 0;
const REAL_TIME: u8 = 1;
const EVENT_TIME: u8 = 2;

impl Muster {
    /// So many devices, none of them here yet, all of which have finished every round before
    /// `next`.
    #[must_use]
    pub fn new(devices: usize, next: Round) -> Self {
        Self {
            roll: RollCall::new(devices, next),
            poison: Poison::new(devices),
            presence: (0..devices).map(|_| AtomicU8::new(ABSENT)).collect(),
            saved: (0..devices).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// The ledger has the state that a device's actor stores by itself, as of a sequence.
    pub fn has_saved(&self, device: usize, sequence: u64) {
        self.saved[device].fetch_max(sequence, Ordering::AcqRel);
    }

    /// Whether a stream carries the device, and if so, whether it runs in event time.
    #[must_use]
    pub fn present(&self, device: usize) -> Option<bool> {
        match self.presence[device].load(Ordering::Acquire) {
            ABSENT => None,
            pace => Some(pace == EVENT_TIME),
        }
    }
}

/// The common part of a device's actor.
#[derive(Debug)]
pub struct Desk {
    /// The shop.
    pub shop: Arc<Shop>,
    /// The device.
    pub id: DeviceId,
    zone: ActorRef<ToZone>,
    /// The zone's devices.
    pub muster: Arc<Muster>,
    /// Its place among them.
    pub place: usize,
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
    /// Whether the zone has gone on without it since it was last heard.
    silent: bool,
    /// The zone's hand at the ledger.
    writer: Writer,
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
            silent: false,
            writer,
        }
    }

    /// A stream carries the device: the newest wins.
    pub fn attach(&mut self, link: Link) -> Standing {
        self.shop.links.insert(self.id.key.clone(), link.clone());
        let pace = if link.event_time {
            EVENT_TIME
        } else {
            REAL_TIME
        };
        self.awaits = false;
        if let Some(old) = self.link.replace(link) {
            old.say(Reply::Superseded);
        }
        self.muster.presence[self.place].store(pace, Ordering::Release);
        self.credit_until = self.credit_until.max(self.credit());
        Standing {
            taken: self.taken,
            taken_until: self.taken_until,
            acked: self.acked,
            credit_until: self.credit_until,
        }
    }

    /// A stream is gone, unless a newer one has come.
    pub fn detach(&mut self, stream: u64) {
        if self.link.as_ref().is_some_and(|link| link.stream == stream) {
            self.link = None;
            self.shop.links.remove(&self.id.key);
            self.muster.presence[self.place].store(ABSENT, Ordering::Release);
        }
    }

    /// Whether this stream's frames count.
    #[must_use]
    pub fn carries(&self, stream: u64) -> bool {
        !self.awaits && self.link.as_ref().is_some_and(|link| link.stream == stream)
    }

    /// Goes over to a stream that is already there when the actor starts anew, and asks it for what
    /// was lost.
    pub fn resume(&mut self, link: Link) {
        link.say(Reply::Resend {
            from: self.taken + 1,
        });
        self.attach(link);
        self.awaits = true;
    }

    /// What this stream sends from now on follows from what was taken.
    pub fn rewound(&mut self, stream: u64) {
        if self.link.as_ref().is_some_and(|link| link.stream == stream) {
            self.awaits = false;
        }
    }

    /// Notes a frame as taken.
    pub fn take(&mut self, sequence: u64, time: Time) {
        self.taken = sequence;
        self.taken_until = Some(time);
        self.until = self.until.max(time);
    }

    /// Nothing older than this comes any more.
    pub fn complete(&mut self, until: Time, arrived: Instant) {
        self.until = self.until.max(until);
        self.newest = arrived;
        if std::mem::take(&mut self.silent) {
            tracing::info!(device = %self.id.key, "a silent device is back");
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

    /// The zone wants to go on without it. Whether that still changes anything.
    pub fn pass_over(&mut self, until: Time) -> bool {
        if until <= self.until {
            return false;
        }
        self.until = until;
        telemetry::passed_over(self.id.kind);
        self.shop.stats.passed_over();
        if !std::mem::replace(&mut self.silent, true) {
            tracing::warn!(device = %self.id.key, until_us = until.0, "passed over a silent device");
        }
        self.shop.record(|| {
            Entry::PassOver(RecordedPassOver {
                device: Some(self.id.reference()),
                until_us: until.0,
            })
        });
        true
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

    /// What was folded up to this sequence is safe.
    pub fn ack(&mut self, sequence: u64) {
        if sequence > self.acked {
            self.acked = sequence;
            self.say_progress();
        }
    }

    /// Stores a state that no ack waits for, as of a sequence and its capture time, in the order of
    /// the zone's writes.
    pub fn save(&self, (sequence, captured): (u64, Time), state: impl FnOnce() -> Vec<u8>) {
        let saved = &self.muster.saved[self.place];
        let continues_from = saved.load(Ordering::Acquire);
        // What is replayed was stored before.
        if sequence <= continues_from {
            return;
        }
        saved.store(sequence, Ordering::Release);
        let entry = amble_ledger::Entry::DeviceState {
            device: self.id.name(),
            continues_from,
            sequence,
            capture_us: captured.0,
            state: state(),
        };
        self.writer.write(vec![entry], |_| {});
    }

    /// The last sequence that is safe.
    #[must_use]
    pub fn acked(&self) -> u64 {
        self.acked
    }

    /// The zone has begun a round: the device may send some way beyond it.
    pub fn grant(&mut self, begun: Round) {
        self.begun = begun;
        self.renew();
    }

    /// More credit, if there is any.
    pub fn renew(&mut self) {
        let until = self.credit();
        if until > self.credit_until {
            self.credit_until = until;
            self.say_progress();
        }
    }

    /// Event time up to which the device may send: bounded by the round that is decided, and in
    /// event time by what is durable.
    fn credit(&self) -> Time {
        let until = self.begun.start().plus_us(self.shop.settings.credit_us());
        let lead = match &self.link {
            Some(link) if link.event_time => self.shop.durable.lead(),
            _ => None,
        };
        lead.map_or(until, |lead| until.min(lead))
    }

    /// A frame was refused.
    pub fn refuse(&self, sequence: u64, code: amble_proto::v1::DeviceErrorCode, message: String) {
        self.shop.stats.refused();
        telemetry::refused(code);
        tracing::warn!(device = %self.id.key, sequence, code = code.as_str_name(), "{message}");
        if let Some(link) = &self.link {
            link.say(Reply::Refused {
                sequence,
                code,
                message,
            });
        }
    }

    fn say_progress(&self) {
        if let Some(link) = &self.link {
            link.say(Reply::Progress {
                acked: self.acked,
                credit_until: self.credit_until,
            });
        }
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
            self.refuse(sequence, amble_proto::v1::DeviceErrorCode::Poison, message);
        }
        good
    }

    /// The frame that was begun did no harm.
    pub fn end(&self) {
        self.muster.poison.end(self.place);
    }
}
