//! What one stream sends: items as they come, acks, signs of life.
//!
//! 1. A heartbeat goes out every [`HEARTBEAT`], and at once when this node's opinion of the others
//!    changed, whatever the other side is sending meanwhile: a large message may take its time. The
//!    node that was called also answers each.
//! 2. Items go out as soon as the stream takes them; no timer holds them back.
//! 3. Every frame acks.

use std::{collections::BTreeSet, sync::Arc};

use amble_proto::cluster::v1 as wire;
use futures_util::{FutureExt, Stream, stream};
use tokio::{
    sync::watch,
    time::{Interval, MissedTickBehavior, interval},
};

use super::{
    end::End,
    item::weight,
    outbox::{Next, Turn},
};
use crate::{
    NodeId,
    beat::HEARTBEAT,
    telemetry::{self, Direction},
};

/// When a stream gives a sign of life.
pub(super) struct Rhythm {
    every: Interval,
    /// The last heartbeat that the other side sent, by its clock in microseconds, if this side
    /// answers those.
    heard: Option<watch::Receiver<u64>>,
}

impl Rhythm {
    /// That of the node that called.
    pub(super) fn own() -> Self {
        let mut every = interval(HEARTBEAT);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { every, heard: None }
    }

    /// That of the node that was called: it answers what it hears, and speaks when it hears nothing.
    pub(super) fn echo(heard: watch::Receiver<u64>) -> Self {
        Self {
            heard: Some(heard),
            ..Self::own()
        }
    }
}

pub(super) struct Pump {
    end: Arc<End>,
    turn: Turn,
    rhythm: Rhythm,
    /// Whom this node finds silent.
    silent: watch::Receiver<BTreeSet<NodeId>>,
}

impl Pump {
    pub(super) fn new(end: Arc<End>, turn: Turn, rhythm: Rhythm) -> Self {
        let silent = end.shared.detector.mine();
        Self {
            end,
            turn,
            rhythm,
            silent,
        }
    }

    /// Its frames, until the turn is over.
    pub(super) fn frames(self) -> impl Stream<Item = wire::Frame> {
        stream::unfold(self, |mut pump| async {
            pump.next().await.map(|frame| (frame, pump))
        })
    }

    /// The next frame; `None` when the turn is over. Nothing is lost when it is not waited for.
    pub(super) async fn next(&mut self) -> Option<wire::Frame> {
        loop {
            let mut heartbeat = self.heartbeat().now_or_never();
            let (first, items) = match self.end.out.next(&self.turn) {
                Next::Over => return None,
                Next::Nothing => (0, Vec::new()),
                Next::Items(first, items) => (first, items),
            };
            if heartbeat.is_none() && items.is_empty() && !self.end.inbox.overdue() {
                let turn = self.turn.clone();
                tokio::select! {
                    biased;
                    due = self.heartbeat() => heartbeat = Some(due),
                    () = turn.woken() => continue,
                }
            }
            if !items.is_empty() {
                let bytes = items.iter().map(weight).sum();
                telemetry::carried(Direction::Out, items.len(), bytes);
            }
            let received = self.end.inbox.received();
            self.end.inbox.told(received);
            return Some(wire::Frame {
                received,
                first,
                items,
                heartbeat,
            });
        }
    }

    /// Returns when the next one is due.
    async fn heartbeat(&mut self) -> wire::Heartbeat {
        let echo = tokio::select! {
            biased;
            Ok(()) = self.silent.changed() => None,
            echo = self.rhythm.due() => echo,
        };
        let sent_us = match (echo, &self.rhythm.heard) {
            (Some(heard), _) => heard,
            (None, Some(_)) => 0,
            (None, None) => self.end.shared.now_us(),
        };
        let silent = self.silent.borrow_and_update();
        wire::Heartbeat {
            sent_us,
            silent: silent.iter().map(ToString::to_string).collect(),
        }
    }
}

impl Rhythm {
    /// Returns when the next one is due; with the heartbeat that it answers, if it answers one.
    async fn due(&mut self) -> Option<u64> {
        let Some(heard) = &mut self.heard else {
            self.every.tick().await;
            return None;
        };
        tokio::select! {
            biased;
            Ok(()) = heard.changed() => {
                self.every.reset();
                Some(*heard.borrow_and_update())
            }
            _ = self.every.tick() => None,
        }
    }
}
