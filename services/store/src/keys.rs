//! The keys under which a shop's actors are found.

use std::{collections::BTreeMap, hash::Hasher};

use amble_cluster::Key;
use amble_engine::{
    evidence::{PartyId, TrackId},
    layout::ZoneIx,
};
use amble_proto::{
    plan::{Camera, Gate, Shelf, StorePlan},
    v1::DeviceKind,
};
use fnv::FnvHasher;

use crate::plan;

/// A bucket of visits: the shard that a party's shopper lives in.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct BucketIx(pub u32);

impl BucketIx {
    /// Its place in a list of buckets.
    #[must_use]
    pub const fn at(self) -> usize {
        self.0 as usize
    }
}

/// The keys of one store.
#[derive(Clone, Debug)]
pub struct Keys {
    zones: Vec<Key>,
    buckets: Vec<Key>,
    book: Key,
    /// The zone of each device, by the device's name.
    homes: BTreeMap<String, Key>,
}

impl Keys {
    /// The keys of a store.
    #[must_use]
    pub fn new(plan: &StorePlan) -> Self {
        let shard = |name: &str| Key::shard_named(&format!("{}/{name}", plan.store));
        let zones = plan.zones.iter();
        let buckets = 0..plan::buckets(plan);
        Self {
            zones: zones.map(|zone| shard(&plan::zone_key(&zone.id))).collect(),
            buckets: buckets
                .map(|bucket| shard(&plan::bucket_key(bucket)))
                .collect(),
            book: shard(plan::BOOKKEEPER),
            homes: homes(plan, shard),
        }
    }

    /// How many buckets there are.
    #[must_use]
    pub fn bucket_count(&self) -> usize {
        self.buckets.len()
    }

    /// How many zones there are.
    #[must_use]
    pub fn zone_count(&self) -> usize {
        self.zones.len()
    }

    /// A zone.
    #[must_use]
    pub fn zone(&self, zone: ZoneIx) -> &Key {
        &self.zones[zone.at()]
    }

    /// A bucket.
    #[must_use]
    pub fn bucket(&self, bucket: BucketIx) -> &Key {
        &self.buckets[bucket.at()]
    }

    /// The bookkeeper.
    #[must_use]
    pub fn book(&self) -> &Key {
        &self.book
    }

    /// All shards: zones, buckets, the bookkeeper.
    pub fn shards(&self) -> impl Iterator<Item = &Key> {
        self.zones.iter().chain(&self.buckets).chain([&self.book])
    }

    /// A camera, shelf or gate, by the id that its edge uses: it lives in its zone. `None`: the plan
    /// has no such device.
    #[must_use]
    pub fn device(&self, kind: DeviceKind, id: &str) -> Option<Key> {
        let name = format!("{}/{id}", kind.word());
        self.homes.get(&name).map(|zone| zone.child(name))
    }

    /// A party's shopper: it lives in its bucket.
    #[must_use]
    pub fn shopper(&self, party: PartyId) -> Key {
        let bucket = self.bucket(self.bucket_of(party));
        bucket.child(format_args!("shopper/{:016x}", party.0))
    }

    /// Which bucket a party lives in.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the remainder is below a u32"
    )]
    pub fn bucket_of(&self, party: PartyId) -> BucketIx {
        BucketIx((mix(party.0) % self.buckets.len() as u64) as u32)
    }
}

/// The zone of each device, by the name that it has in its zone.
fn homes(plan: &StorePlan, shard: impl Fn(&str) -> Key) -> BTreeMap<String, Key> {
    let camera = |c: &Camera| (DeviceKind::Camera, c.id.clone(), c.zone.clone());
    let gate = |g: &Gate| (DeviceKind::Gate, g.id.clone(), g.zone.clone());
    let shelves = plan.gondolas.iter().flat_map(|gondola| {
        let shelf = |shelf: &Shelf| {
            let id = format!("{}/{}", gondola.id, shelf.id);
            (DeviceKind::Shelf, id, gondola.zone.clone())
        };
        gondola.shelves.iter().map(shelf)
    });
    let cameras = plan.cameras.iter().map(camera);
    let devices = cameras.chain(shelves).chain(plan.gates.iter().map(gate));
    devices
        .map(|(kind, id, zone)| {
            let zone = shard(&plan::zone_key(&zone));
            (format!("{}/{id}", kind.word()), zone)
        })
        .collect()
}

/// Spreads neighbouring numbers over all buckets (the finaliser of splitmix64).
const fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// The top bit tells a visit from a guest.
const VISIT: u64 = 1 << 63;

/// The party of a visit: a number made from its name (64-bit FNV-1a), the same on every node and in
/// every version.
#[must_use]
pub fn visit_party(visit: &str) -> PartyId {
    let mut hasher = FnvHasher::default();
    hasher.write(visit.as_bytes());
    PartyId(hasher.finish() | VISIT)
}

/// The party of a track that no visit has claimed.
#[must_use]
pub const fn guest_party(track: TrackId) -> PartyId {
    PartyId(track.0 & !VISIT)
}

/// Whether no visit has claimed this party.
#[must_use]
pub const fn is_guest(party: PartyId) -> bool {
    party.0 & VISIT == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visit_s_party_is_the_published_fnv_1a_of_its_name() {
        // From the test vectors of the algorithm's authors.
        assert_eq!(
            visit_party("foobar"),
            PartyId(0x8594_4171_f739_67e8 | VISIT)
        );
        assert_eq!(visit_party("fo"), PartyId(0x0898_5907_b541_d342 | VISIT));
    }

    #[test]
    fn parties_spread_evenly_over_the_buckets() {
        let keys = Keys::new(&plan::profile("convenience", 1).unwrap());
        assert_eq!(keys.bucket_count(), 8);
        let mut count = [0; 8];
        for n in 0..8_000 {
            let party = if n % 2 == 0 {
                guest_party(TrackId(n))
            } else {
                visit_party(&n.to_string())
            };
            assert_eq!(is_guest(party), n % 2 == 0);
            count[keys.bucket_of(party).at()] += 1;
        }
        assert!(
            count.iter().all(|&c| (900..1_100).contains(&c)),
            "{count:?}"
        );
    }
}
