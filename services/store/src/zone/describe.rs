//! How a zone sees itself, for whoever looks into the shop.

use amble_proto::v1::{
    ActorDescription, DeviceKind, Wait, ZoneState, actor_description::State as Own,
};

use super::actor::State;
use crate::{
    inspect::{count, stamp, wait},
    message::Description,
};

impl State {
    pub(super) fn describe(&self) -> Description {
        let shop = &self.shop;
        let devices = self.devices.keys().map(ToString::to_string);
        let buckets = || {
            shop.buckets()
                .map(|bucket| shop.keys.bucket(bucket).to_string())
        };
        let zones = || {
            let zones = self.neighbours.iter();
            zones.map(|&zone| shop.keys.zone(zone).to_string())
        };
        Description(ActorDescription {
            actor: Some(shop.by_name(shop.keys.zone(self.zone))),
            epoch: self.writer.epoch,
            hears: buckets().chain(zones()).chain(devices).collect(),
            tells: buckets()
                .chain(zones())
                .chain([shop.keys.book().to_string()])
                .collect(),
            next_round: self.close.0,
            done_until: Some(stamp(self.close.start())),
            waits: self.waits(),
            unwritten: self.writer.unwritten(),
            since: Some(self.writer.since.into()),
            state: Some(Own::Zone(self.own())),
        })
    }

    /// Who keeps each of its steps from being taken.
    fn waits(&self) -> Vec<Wait> {
        let shop = &self.shop;
        let mut waits = Vec::new();
        if self.buckets.next() < self.close {
            let buckets = self.buckets.missing_of(shop.buckets());
            waits.extend(wait(
                "the buckets' round",
                self.buckets.next(),
                buckets
                    .map(|bucket| shop.keys.bucket(bucket).to_string())
                    .collect(),
                self.buckets.waited(),
            ));
        }
        if self.look > self.border {
            let missing = self.muster.roll.missing(self.border).into_iter();
            waits.extend(wait(
                "its devices' round",
                self.border,
                missing
                    .map(|place| self.devices.key(place).to_string())
                    .collect(),
                self.borders.waited(),
            ));
        }
        if self.border > self.close {
            let zones = self.borders.missing_of(self.neighbours.iter());
            let from = zones.map(|&zone| shop.keys.zone(zone).to_string());
            waits.extend(wait(
                "what its neighbours saw on its floor",
                self.borders.next(),
                from.collect(),
                self.borders.waited(),
            ));
        }
        waits
    }

    fn own(&self) -> ZoneState {
        let (unrecorded, unreported) = self.records.open();
        let names = &self.shop.plan.names;
        let shelf = |shelf| {
            let key = self.shop.keys.device(DeviceKind::Shelf, names.shelf(shelf));
            key.map(|key| key.to_string())
        };
        let devices = self.devices.keys().count();
        let absent = (0..devices).filter(|&place| self.muster.present(place).is_none());
        ZoneState {
            look_round: self.look.0,
            border_round: self.border.0,
            close_round: self.close.0,
            unrecorded_rounds: count(unrecorded),
            unreported_rounds: count(unreported),
            moving_shelves: self.unrest.keys().filter_map(|&ix| shelf(ix)).collect(),
            devices: count(devices),
            absent_devices: count(absent.count()),
        }
    }
}
