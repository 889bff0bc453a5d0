//! How a shopper sees itself, for whoever looks into the shop. Which zones hear of its tracks, its
//! bucket knows.

use std::time::Duration;

use amble_cluster::Key;
use amble_proto::v1::{
    ActorDescription, ShopperState, TrackedPerson, VisitState, actor_description::State as Own,
};

use super::{Stage, actor::State, held::Held};
use crate::{
    inspect::{count, duration, stamp},
    message::Description,
};

impl State {
    pub(super) fn describe(&self) -> Description {
        let key = self.shop.keys.shopper(self.party.party);
        let bucket = Key::shard_named(key.shard()).to_string();
        let next = self.round.next();
        Description(ActorDescription {
            actor: Some(self.shop.by_name(&key)),
            hears: vec![bucket.clone()],
            tells: vec![bucket],
            next_round: next.0,
            done_until: Some(stamp(next.start())),
            state: Some(Own::Shopper(self.own())),
            ..ActorDescription::default()
        })
    }

    fn own(&self) -> ShopperState {
        let view = self.view.borrow();
        let lines = view.cart.lines();
        ShopperState {
            visit_id: self.party.visit.clone().unwrap_or_default(),
            party_size: self.party.size,
            visit_state: state(view.stage).into(),
            people: self.party.tracks.values().map(person).collect(),
            came: self.party.came,
            expected: self.party.expected,
            cart_version: view.version,
            cart_lines: count(lines.len()),
            open_lines: count(lines.iter().filter(|line| line.open).count()),
            cart_until: Some(stamp(view.as_of)),
        }
    }
}

fn person(held: &Held) -> TrackedPerson {
    let place = held.track.position();
    let unseen = Duration::try_from_secs_f64(held.track.unseen_s());
    TrackedPerson {
        track: format!("{:016x}", held.track.id().0),
        x_m: place.x,
        y_m: place.y,
        // Seen in this very round: a little less than nothing.
        unseen: Some(duration(unseen.unwrap_or_default())),
    }
}

/// Where a visit stands, in the protocol's words.
pub(crate) fn state(stage: Stage) -> VisitState {
    match stage {
        Stage::Open => VisitState::Open,
        Stage::Shopping => VisitState::Shopping,
        Stage::Left => VisitState::Left,
        Stage::Settled => VisitState::Settled,
    }
}
