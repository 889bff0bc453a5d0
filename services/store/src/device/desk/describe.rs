//! How a device's actor sees itself, for whoever looks into the shop.

use amble_cluster::Key;
use amble_proto::v1::{ActorDescription, DeviceState, actor_description::State as Own};
use tokio::sync::oneshot;

use super::Desk;
use crate::{
    device::Link,
    inspect::{stamp, wait},
    message::Description,
};

impl Desk {
    /// All but what is its kind's own.
    pub(super) fn describe(&self) -> ActorDescription {
        let zone = Key::shard_named(self.id.key.shard()).to_string();
        let stream = self.link.as_ref().map(|link| link.to.to_string());
        let mut waits = Vec::new();
        if self.next.end() > self.until {
            let from = stream.clone().unwrap_or_else(|| "an edge".to_owned());
            let waited = self.newest.elapsed();
            waits.extend(wait(
                "all frames of its round",
                self.next,
                vec![from],
                waited,
            ));
        }
        ActorDescription {
            actor: Some(self.shop.by_name(&self.id.key)),
            epoch: self.writer.epoch,
            hears: [zone.clone()].into_iter().chain(stream.clone()).collect(),
            tells: [zone].into_iter().chain(stream).collect(),
            next_round: self.next.0,
            done_until: Some(stamp(self.next.start())),
            waits,
            state: Some(Own::Device(self.progress())),
            ..ActorDescription::default()
        }
    }

    fn progress(&self) -> DeviceState {
        let node = self.link.as_ref().and_then(Link::node);
        DeviceState {
            connected: self.link.is_some(),
            stream_node_id: node.map_or_else(String::new, |node| node.to_string()),
            awaits_resend: self.awaits,
            passed_over: self.muster.is_silent(self.place),
            taken_sequence: self.taken,
            taken_until: self.taken_until.map(stamp),
            acked_sequence: self.acked,
            unacked: self.taken.saturating_sub(self.acked),
            credit_until: Some(stamp(self.credit_until)),
            ..DeviceState::default()
        }
    }

    /// Answers with what is its kind's own.
    pub fn say_how_it_is(
        mut said: Box<ActorDescription>,
        answer: oneshot::Sender<Description>,
        own: impl FnOnce(&mut DeviceState),
    ) {
        if let Some(Own::Device(state)) = &mut said.state {
            own(state);
        }
        // Whoever asked may have gone.
        let _ = answer.send(Description(*said));
    }
}
