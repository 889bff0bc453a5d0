//! One end of a session: what a peer sent becomes messages, and what it asks gets an answer.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use amble_proto::cluster::v1::{self as wire, answer::Outcome, item::Item as Kind};

use amble_trust::call::Mutual;

use super::{
    inbox::{Gap, Inbox},
    item,
    outbox::{Outbox, Turn},
    settings::{KEPT_BYTES, LARGEST},
};
use crate::{
    Back, Epoch, NodeId, Owner, Table,
    detector::Detector,
    directory::{Inlet, Landing},
    telemetry::{self, Direction, Loss},
};

/// What all streams of a node share.
pub(super) struct Shared {
    /// This node.
    pub(super) me: NodeId,
    pub(super) table: Arc<Table>,
    pub(super) detector: Arc<Detector>,
    /// Where messages go in.
    pub(super) inlet: Arc<dyn Inlet>,
    /// The begin of its clock.
    pub(super) began: Instant,
    /// What it asks of its peers. Without it, whoever reaches its port is one.
    pub(super) trust: Option<Mutual>,
}

impl Shared {
    /// Microseconds on this node's own clock.
    pub(super) fn now_us(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

/// One end of the session with a peer. It outlives the streams that carry it.
pub(super) struct End {
    pub(super) peer: NodeId,
    pub(super) out: Arc<Outbox>,
    pub(super) inbox: Inbox,
    pub(super) shared: Arc<Shared>,
    /// It was said that the peer's messages can't be read: one of another version sends many.
    unreadable: AtomicBool,
}

impl End {
    pub(super) fn new(shared: Arc<Shared>, peer: NodeId, session: u64) -> Self {
        Self {
            peer,
            out: Arc::new(Outbox::new(session, KEPT_BYTES)),
            inbox: Inbox::default(),
            shared,
            unreadable: AtomicBool::new(false),
        }
    }

    /// Takes what came on the stream of this turn.
    ///
    /// # Errors
    /// When items are missing: then the stream is no good.
    pub(super) fn take(&self, turn: &Turn, frame: wire::Frame) -> Result<(), Gap> {
        let detector = &self.shared.detector;
        detector.heard(&self.peer);
        if let Some(heartbeat) = frame.heartbeat {
            let silent = heartbeat.silent.iter().map(|text| NodeId::new(text));
            detector.says(&self.peer, silent.collect());
        }
        self.out.acked(turn, frame.received);
        let (mut messages, mut bytes) = (0, 0);
        let mut corrected = BTreeSet::new();
        let taken = self.inbox.take(frame.first, frame.items, |number, item| {
            messages += 1;
            bytes += item::weight(&item);
            self.one(turn, number, item, &mut corrected);
        });
        if messages > 0 {
            telemetry::carried(Direction::In, messages, bytes);
            if self.inbox.overdue() {
                self.out.wake();
            }
        }
        taken
    }

    fn one(&self, turn: &Turn, number: u64, item: wire::Item, corrected: &mut BTreeSet<String>) {
        let table = &self.shared.table;
        match item.item {
            Some(Kind::Message(message)) => self.message(number, message, corrected),
            Some(Kind::Announcement(new)) => {
                table.learn(&new.shard, owner(self.peer.clone(), new.epoch));
            }
            Some(Kind::WrongOwner(wrong)) => {
                table.learn(&wrong.shard, owner(NodeId::new(&wrong.node), wrong.epoch));
            }
            Some(Kind::Answer(answer)) => {
                let Some(question) = self.out.question(turn, answer.question) else {
                    return;
                };
                match answer.outcome {
                    Some(Outcome::Payload(payload)) => question.answered(payload),
                    Some(Outcome::Failure(failure)) if failure == NOBODY => question.found_nobody(),
                    _ => drop(question),
                }
            }
            None => telemetry::dropped(Loss::Malformed, 1),
        }
    }

    fn message(&self, number: u64, message: wire::Message, corrected: &mut BTreeSet<String>) {
        if !self.shared.inlet.has(&message.key) {
            let shard = item::shard(&message);
            if !corrected.contains(shard) {
                self.correct(shard);
                corrected.insert(shard.to_owned());
            }
            telemetry::dropped(Loss::NotHere, 1);
            if message.question {
                self.reply(number, Outcome::Failure(NOBODY));
            }
            return;
        }
        let back = message.question.then(|| self.back(number));
        match self.shared.inlet.land(&message.key, message.payload, back) {
            Landing::Taken => {}
            Landing::NotHere => telemetry::dropped(Loss::NotHere, 1),
            Landing::Malformed => {
                telemetry::dropped(Loss::Malformed, 1);
                if !self.unreadable.swap(true, Ordering::Relaxed) {
                    tracing::warn!(
                        peer = %self.peer,
                        key = message.key,
                        "a peer's message can't be read, and is dropped: see whether both nodes run one version"
                    );
                }
            }
        }
    }

    /// Tells the peer who owns a shard that it believes to be here.
    fn correct(&self, shard: &str) {
        let known = self.shared.table.owner(shard);
        if let Some(owner) = known.filter(|owner| owner.node != self.shared.me) {
            telemetry::wrong_owner();
            self.send(item::wrong_owner(shard, &owner));
        }
    }

    fn send(&self, item: wire::Item) {
        send(&self.out, &self.peer, item);
    }

    fn reply(&self, question: u64, outcome: Outcome) {
        self.send(item::answer(question, outcome));
    }

    fn back(&self, question: u64) -> Back {
        let reply = Reply {
            out: self.out.clone(),
            peer: self.peer.clone(),
            question,
            outcome: Some(Outcome::Failure(DROPPED)),
        };
        Box::new(move |payload| {
            let mut reply = reply;
            if payload.len() > LARGEST {
                telemetry::dropped(Loss::TooLarge, 1);
                return;
            }
            reply.outcome = Some(Outcome::Payload(payload));
        })
    }
}

const NOBODY: i32 = wire::Failure::Nobody as i32;
const DROPPED: i32 = wire::Failure::Dropped as i32;

fn owner(node: NodeId, epoch: u64) -> Owner {
    Owner {
        node,
        epoch: Epoch(epoch),
    }
}

/// Sends what belongs to nobody's order.
fn send(out: &Outbox, peer: &NodeId, item: wire::Item) {
    if let Err(given_up) = out.push(item, None) {
        telemetry::given_up(peer, Loss::Behind, given_up.0);
    }
}

/// The answer to a question: sent when it is dropped, whatever it is by then.
struct Reply {
    out: Arc<Outbox>,
    peer: NodeId,
    question: u64,
    outcome: Option<Outcome>,
}

impl Drop for Reply {
    fn drop(&mut self) {
        if let Some(outcome) = self.outcome.take() {
            send(&self.out, &self.peer, item::answer(self.question, outcome));
        }
    }
}
