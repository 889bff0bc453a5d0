//! How the bookkeeper sees itself, for whoever looks into the shop.

use amble_proto::v1::{
    ActorDescription, BookkeeperState, DeviceKind, LeftParty, OpenInteraction, Wait,
    actor_description::State as Own,
};

use super::actor::State;
use crate::{
    inspect::{count, stamp, wait},
    message::Description,
    names::frame_name,
};

impl State {
    pub(super) fn describe(&self) -> Description {
        let shop = &self.shop;
        let zones = shop.zones().map(|zone| shop.keys.zone(zone).to_string());
        let buckets = || {
            shop.buckets()
                .map(|bucket| shop.keys.bucket(bucket).to_string())
        };
        Description(ActorDescription {
            actor: Some(shop.by_name(shop.keys.book())),
            epoch: self.writer.epoch,
            hears: zones.chain(buckets()).collect(),
            tells: buckets().collect(),
            next_round: self.zones.next().0,
            done_until: Some(stamp(self.as_of())),
            waits: self.waits(),
            unwritten: self.writer.unwritten(),
            since: Some(self.writer.since.into()),
            state: Some(Own::Bookkeeper(self.own())),
        })
    }

    fn waits(&self) -> Vec<Wait> {
        let shop = &self.shop;
        let zones = self.zones.missing_of(shop.zones());
        let zones = zones.map(|zone| shop.keys.zone(zone).to_string());
        let buckets = self.buckets.missing_of(shop.buckets());
        let buckets = buckets.map(|bucket| shop.keys.bucket(bucket).to_string());
        let waits = [
            wait(
                "the zones' reports",
                self.zones.next(),
                zones.collect(),
                self.zones.waited(),
            ),
            wait(
                "the buckets' reports",
                self.buckets.next(),
                buckets.collect(),
                self.buckets.waited(),
            ),
        ];
        waits.into_iter().flatten().collect()
    }

    fn own(&self) -> BookkeeperState {
        let shop = &self.shop;
        let left = self.leaving.iter().map(|&(at, party)| LeftParty {
            shopper_key: shop.keys.shopper(party).to_string(),
            visit_id: self
                .parties
                .all
                .get(&party)
                .and_then(|known| known.visit.clone())
                .unwrap_or_default(),
            left_at: Some(stamp(at)),
        });
        let unsettled = self.parties.all.values().filter(|known| !known.settled);
        let moving = self.unrest.values().flatten();
        let shelf = |shelf| {
            let id = shop.plan.names.shelf(shelf);
            shop.keys.device(DeviceKind::Shelf, id)
        };
        BookkeeperState {
            interactions: self.names.len() as u64,
            open_interactions: count(self.book.open_count()),
            open_parties: count(unsettled.count()),
            left: left.collect(),
            moving_shelves: moving
                .filter_map(|&(ix, _)| shelf(ix))
                .map(|key| key.to_string())
                .collect(),
            open: self.open_interactions(),
        }
    }

    fn open_interactions(&self) -> Vec<OpenInteraction> {
        let open = self.book.open_interactions().into_iter();
        let named = open.filter_map(|id| {
            let place = usize::try_from(id.0).ok()?;
            let &(shelf, sequence) = self.names.get(place)?;
            let shelf_id = self.shop.plan.names.shelf(shelf).to_owned();
            Some(OpenInteraction {
                interaction_id: frame_name(&shelf_id, sequence),
                shelf_id,
            })
        });
        named.collect()
    }
}
