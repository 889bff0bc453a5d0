//! The stream that carries a device: whose frames count, and what it is told.

use amble_cluster::NodeId;
use amble_engine::time::{Round, Time};
use amble_proto::v1::DeviceErrorCode;

use super::Desk;
use crate::{
    device::{Link, Reply},
    durable::may_lead,
    message::Standing,
    telemetry,
};

impl Desk {
    /// A stream carries the device: the newest wins. One that says so again is no other.
    pub(super) fn attach(&mut self, link: Link) -> Standing {
        self.muster.arrived(self.place, link.event_time);
        self.awaits = false;
        let stream = link.stream;
        if let Some(old) = self.link.replace(link)
            && old.stream != stream
        {
            self.shop.say(&old, Reply::Superseded);
        }
        self.credit_until = self.credit_until.max(self.credit());
        Standing {
            taken: self.taken,
            taken_until: self.taken_until,
            acked: self.acked,
            credit_until: self.credit_until,
        }
    }

    fn is_by(&self, stream: u64) -> bool {
        self.link.as_ref().is_some_and(|link| link.stream == stream)
    }

    /// A stream is gone, unless a newer one has come.
    pub(super) fn detach(&mut self, stream: u64) {
        if self.is_by(stream) {
            self.link = None;
            self.muster.gone(self.place);
        }
    }

    /// The streams of a node that is gone are gone.
    pub(super) fn node_gone(&mut self, node: &NodeId) {
        let lost = |link: &&Link| link.node().as_ref() == Some(node);
        if let Some(stream) = self.link.as_ref().filter(lost).map(|link| link.stream) {
            self.detach(stream);
        }
    }

    /// Whether this stream's frames count.
    pub(super) fn carries(&self, stream: u64) -> bool {
        !self.awaits && self.is_by(stream)
    }

    /// Goes over to a stream that is already there when the actor starts anew, and asks it for what
    /// was lost.
    pub(super) fn resume(&mut self, link: Link) {
        let again = Reply::Resend {
            from: self.taken + 1,
        };
        self.shop.say(&link, again);
        self.attach(link);
        self.awaits = true;
    }

    /// What this stream sends from now on follows from what was taken.
    pub(super) fn rewound(&mut self, stream: u64) {
        if self.is_by(stream) {
            self.awaits = false;
        }
    }

    /// What was folded up to this sequence is safe.
    pub fn ack(&mut self, sequence: u64) {
        if sequence > self.acked {
            self.acked = sequence;
            self.say_progress();
        }
    }

    /// The last sequence that is safe.
    #[must_use]
    pub fn acked(&self) -> u64 {
        self.acked
    }

    /// The zone has begun a round: the device may send some way beyond it.
    pub(super) fn grant(&mut self, begun: Round) {
        self.begun = begun;
        self.renew();
    }

    /// More credit, if there is any.
    pub(super) fn renew(&mut self) {
        let until = self.credit();
        if until > self.credit_until {
            self.credit_until = until;
            self.say_progress();
        }
    }

    /// Event time up to which the device may send: bounded by the round that the zone has begun, and in
    /// event time by what is durable and by what is decided.
    fn credit(&self) -> Time {
        let begun = self.begun.start().plus_us(self.shop.settings.credit_us());
        if !self.link.as_ref().is_some_and(|link| link.event_time) {
            return begun;
        }
        let decided = self.shop.stats.decided_until().map(may_lead);
        let bounds = [self.shop.durable.lead(), decided];
        bounds.into_iter().flatten().fold(begun, Time::min)
    }

    /// A frame was refused.
    pub fn refuse(&self, sequence: u64, code: DeviceErrorCode, message: String) {
        self.shop.stats.refused();
        telemetry::refused(code);
        tracing::warn!(device = %self.id.key, sequence, code = code.as_str_name(), "{message}");
        if let Some(link) = &self.link {
            let refused = Reply::Refused {
                sequence,
                code,
                message,
            };
            self.shop.say(link, refused);
        }
    }

    fn say_progress(&self) {
        if let Some(link) = &self.link {
            let progress = Reply::Progress {
                acked: self.acked,
                credit_until: self.credit_until,
            };
            self.shop.say(link, progress);
        }
    }
}
