//! The bucket's parties and where their people are, for whoever looks.
//!
//! Nothing is kept for it: places are those of the round that the zones were told last, carts those that phones
//! see. So it costs nothing until somebody asks.

use std::{collections::BTreeMap, time::Duration};

use amble_engine::evidence::{PartyId, TrackId};
use amble_proto::v1::{Money, PartyState, TrackedPerson};

use super::actor::{Member, State};
use crate::{
    inspect::{count, duration},
    keys::is_guest,
    message::Outlook,
    shopper,
};

impl State {
    pub(super) fn parties(&self) -> Vec<PartyState> {
        // A track near a border is told to several zones.
        let mut people: BTreeMap<PartyId, BTreeMap<TrackId, TrackedPerson>> = BTreeMap::new();
        for told in self.to_zones.iter().filter_map(|sent| sent.newest()) {
            for outlook in &told.outlooks {
                let track = outlook.prediction.track;
                let of = people.entry(outlook.party).or_default();
                of.entry(track).or_insert_with(|| person(outlook));
            }
        }
        let members = self.members.iter();
        let party = |(&id, member): (&PartyId, &Member)| {
            let people = people.remove(&id).unwrap_or_default();
            self.party(id, member, people.into_values().collect())
        };
        members.map(party).collect()
    }

    fn party(&self, id: PartyId, member: &Member, people: Vec<TrackedPerson>) -> PartyState {
        let view = member.watched.borrow();
        let lines = view.cart.lines();
        let total = view.cart.taxed().total;
        let visit = !is_guest(id);
        PartyState {
            shopper_key: self.shop.keys.shopper(id).to_string(),
            visit_id: view.visit.clone(),
            party_size: view.size,
            visit_state: shopper::state(view.stage).into(),
            people,
            units: lines.iter().map(|line| line.quantity).sum(),
            open_lines: count(lines.iter().filter(|line| line.open).count()),
            total: visit.then(|| Money {
                currency: total.currency.code().to_owned(),
                minor: total.minor,
            }),
        }
    }
}

fn person(outlook: &Outlook) -> TrackedPerson {
    let prediction = &outlook.prediction;
    let place = prediction.position_at(prediction.time).0;
    let unseen = Duration::try_from_secs_f64(prediction.unseen_s);
    TrackedPerson {
        track: format!("{:016x}", prediction.track.0),
        x_m: place.x,
        y_m: place.y,
        unseen: Some(duration(unseen.unwrap_or_default())),
    }
}
