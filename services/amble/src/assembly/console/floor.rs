//! One look at the floor: every shard says how it is, all at once.

use std::{sync::Arc, time::Duration};

use amble_cluster::Key;
use amble_proto::{
    Timestamp,
    v1::{ActorDescription, Floor, FloorZone, PartyState, ShardKind, actor_description::State},
};
use amble_store::Shop;
use futures_util::future::join_all;

use super::alerts::{self, Slow};
use crate::assembly::doors::wall_us;

/// How long a shard may take to answer. Who takes longer is named, and the floor is shown without.
const WITHIN: Duration = Duration::from_millis(500);
/// An arm reaches so far from its body, in metres: what is drawn around people.
const ARM_M: f64 = 0.8;

/// The floor now.
pub(super) async fn look(shop: &Arc<Shop>, slow: &Slow) -> Floor {
    let declared = shop.declared();
    let asked = declared
        .iter()
        .map(|shard| shop.describe(&shard.key, WITHIN));
    let answers = join_all(asked).await;
    let mut floor = Floor {
        arm_m: ARM_M,
        suspect_radius_m: shop.settings.suspect_radius_m,
        open_reviews: slow.reviews.count,
        oldest_review_us: slow.reviews.oldest_us,
        ..Floor::default()
    };
    let mut as_of = i64::MAX;
    for (shard, answer) in declared.iter().zip(answers) {
        let said = answer.ok();
        match &said {
            None => floor.unanswered.push(shard.key.to_string()),
            Some(said) if shard.kind == ShardKind::Bookkeeper => {
                floor.decided_until_us = done_until(said);
            }
            Some(said) => as_of = as_of.min(done_until(said)),
        }
        match said.as_ref().and_then(|said| said.state.as_ref()) {
            Some(State::Bucket(bucket)) => floor.parties.extend(bucket.parties.clone()),
            Some(State::Bookkeeper(book)) => floor.open_interactions.clone_from(&book.open),
            _ if shard.kind == ShardKind::Zone => {
                floor.zones.push(zone(shop, &shard.key, said.as_ref()));
            }
            _ => {}
        }
    }
    floor.parties.retain(is_here);
    floor.as_of_us = if as_of == i64::MAX { 0 } else { as_of };
    let decided = Some(floor.decided_until_us).filter(|us| *us > 0);
    floor.lag_us = decided
        .filter(|_| !shop.event_time)
        .map(|us| wall_us().saturating_sub(us));
    floor.alerts = alerts::of(&floor, slow);
    floor
}

/// Who is over, or has nobody on the floor that one could see, is none of the floor's.
fn is_here(party: &PartyState) -> bool {
    use amble_proto::v1::VisitState::Settled;
    !party.people.is_empty() || (!party.visit_id.is_empty() && party.visit_state() != Settled)
}

fn zone(shop: &Shop, key: &Key, said: Option<&ActorDescription>) -> FloorZone {
    let id = key.as_str().rsplit('/').next().unwrap_or_default();
    let mut zone = FloorZone {
        zone_id: id.to_owned(),
        ..FloorZone::default()
    };
    let Some(said) = said else {
        // It may be placed without being served: then that is what is known of it.
        if let Some(owner) = shop.placed(key) {
            zone.epoch = owner.epoch.0;
        }
        return zone;
    };
    zone.epoch = said.epoch;
    if let Some(actor) = &said.actor {
        zone.node_id.clone_from(&actor.node_id);
    }
    if let Some(State::Zone(state)) = &said.state {
        let shelf = |key: &String| key.split_once("/shelf/").map(|(_, id)| id.to_owned());
        zone.moving_shelves = state.moving_shelves.iter().filter_map(shelf).collect();
        zone.devices = state.devices;
        zone.absent_devices = state.absent_devices;
    }
    zone
}

fn done_until(said: &ActorDescription) -> i64 {
    let micros = |stamp: &Timestamp| stamp.seconds * 1_000_000 + i64::from(stamp.nanos) / 1_000;
    said.done_until.as_ref().map_or(0, micros)
}

#[cfg(test)]
mod tests {
    use amble_proto::v1::{TrackedPerson, VisitState};

    use super::*;

    #[test]
    fn who_is_over_and_gone_is_not_on_the_floor() {
        let party = |visit: &str, state: VisitState, people| PartyState {
            visit_id: visit.to_owned(),
            visit_state: state.into(),
            people: vec![TrackedPerson::default(); people],
            ..PartyState::default()
        };
        assert!(is_here(&party("v", VisitState::Open, 0)));
        assert!(is_here(&party("v", VisitState::Left, 0)));
        assert!(is_here(&party("v", VisitState::Settled, 1)));
        assert!(is_here(&party("", VisitState::Shopping, 1)));
        assert!(!is_here(&party("v", VisitState::Settled, 0)));
        assert!(!is_here(&party("", VisitState::Shopping, 0)));
    }
}
