//! How a bucket sees itself, for whoever looks into the shop.

use amble_proto::v1::{
    ActorDescription, BucketState, Subscription, Wait, actor_description::State as Own,
};

use super::actor::State;
use crate::{
    inspect::{count, stamp, wait},
    keys::is_guest,
    message::Description,
};

impl State {
    pub(super) fn describe(&self) -> Description {
        let shop = &self.shop;
        let key = shop.keys.bucket(self.bucket);
        let zones = || shop.zones().map(|zone| shop.keys.zone(zone).to_string());
        let buckets = || {
            shop.buckets()
                .map(|bucket| shop.keys.bucket(bucket).to_string())
        };
        let next = self.zones.next();
        Description(ActorDescription {
            actor: Some(shop.by_name(key)),
            epoch: self.writer.epoch,
            hears: zones().chain(buckets()).collect(),
            tells: zones()
                .chain(buckets())
                .chain([shop.keys.book().to_string()])
                .collect(),
            next_round: next.0,
            done_until: Some(stamp(next.start())),
            waits: self.waits(),
            unwritten: self.writer.unwritten(),
            since: Some(self.writer.since.into()),
            state: Some(Own::Bucket(self.own())),
        })
    }

    fn waits(&self) -> Vec<Wait> {
        let shop = &self.shop;
        if let Some(running) = &self.running {
            let parties = running.waiting.iter();
            let from = parties.map(|&party| shop.keys.shopper(party).to_string());
            let waited = self.zones.waited();
            let wait = wait(
                "its shoppers' answers",
                running.round,
                from.collect(),
                waited,
            );
            return wait.into_iter().collect();
        }
        let zones = self.zones.missing_of(shop.zones());
        let zones = zones.map(|zone| shop.keys.zone(zone).to_string());
        let buckets = self.transfers.missing_of(shop.buckets());
        let buckets = buckets.map(|bucket| shop.keys.bucket(bucket).to_string());
        let waits = [
            wait(
                "the zones' round",
                self.zones.next(),
                zones.collect(),
                self.zones.waited(),
            ),
            wait(
                "tracks that may come from other buckets",
                self.transfers.next(),
                buckets.collect(),
                self.transfers.waited(),
            ),
        ];
        waits.into_iter().flatten().collect()
    }

    fn own(&self) -> BucketState {
        let shop = &self.shop;
        let guests = self
            .members
            .keys()
            .filter(|&&party| is_guest(party))
            .count();
        let subscriptions = self
            .subscriptions
            .iter()
            .map(|(track, zones)| Subscription {
                track: format!("{:016x}", track.0),
                shopper_key: self
                    .owners
                    .get(track)
                    .map_or_else(String::new, |&party| shop.keys.shopper(party).to_string()),
                zone_keys: zones
                    .iter()
                    .map(|&zone| shop.keys.zone(zone).to_string())
                    .collect(),
            });
        BucketState {
            visits: count(self.members.len() - guests),
            guests: count(guests),
            subscriptions: subscriptions.collect(),
            parties: self.parties(),
        }
    }
}
