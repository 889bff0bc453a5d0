//! A shop cut into shards: what is placed on a node.
//!
//! 1. A plan's shards are its zones, buckets of visits, and one bookkeeper. The same plan gives the
//!    same shards, in the same order.
//! 2. How many buckets there are depends on the number of cameras only, so that moving a shelf
//!    moves nobody's visit.
//! 3. A key is `zone/ID`, `bucket/NUMBER` or `bookkeeper`; whoever uses it puts the store's id in
//!    front.

use std::collections::BTreeSet;

use amble_proto::plan::{StorePlan, Zone};

use super::polygon::{common_area, polygon};

/// A shard as it is declared to whoever places it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardSpec {
    /// Its key within the store.
    pub key: String,
    /// How much work it is: microseconds of one core in a second, as far as one can tell from a
    /// plan. Only the ratios matter.
    pub load: u64,
    /// Keys of shards that it should be near.
    pub affinities: Vec<String>,
}

// As a full supermarket measured them, in proportion.

/// What a frame of a camera costs in its zone, in microseconds.
const FRAME_US: f64 = 15.0;
/// What a sample of a plate costs in its zone.
const SAMPLE_US: f64 = 0.2;
/// What a person costs in a bucket in a second.
const PERSON_US: f64 = 50.0;
/// What a plate costs the bookkeeper in a second.
const PLATE_US: f64 = 0.06;
/// Buckets are cut for this many people each.
const PEOPLE_A_BUCKET: usize = 4;
const FEWEST_BUCKETS: usize = 4;
/// Each bucket hears of each zone and each other bucket in every round: their messages grow with the
/// square of this.
const MOST_BUCKETS: usize = 16;
/// Zones are neighbours when a camera of one sees this much of the other, in m².
const SEEN_M2: f64 = 0.1;

/// The key of the shard that decides and settles.
pub const BOOKKEEPER: &str = "bookkeeper";

/// The key of a zone's shard.
#[must_use]
pub fn zone_key(zone: &str) -> String {
    format!("zone/{zone}")
}

/// The key of a bucket of visits.
#[must_use]
pub fn bucket_key(bucket: usize) -> String {
    format!("bucket/{bucket}")
}

/// How many buckets the visits of a shop are spread over.
///
/// The shops that were counted have about one person a camera when they are full.
#[must_use]
pub fn buckets(plan: &StorePlan) -> usize {
    let people = plan.cameras.len();
    let buckets = people.div_ceil(PEOPLE_A_BUCKET).next_power_of_two();
    buckets.clamp(FEWEST_BUCKETS, MOST_BUCKETS)
}

/// The shop's shards, in the order in which they move when several shall: buckets, zones in the plan's
/// order, bookkeeper. A bucket asks the zones for more rounds than a zone has that has just moved.
#[must_use]
pub fn shards(plan: &StorePlan) -> Vec<ShardSpec> {
    let buckets = buckets(plan);
    let people = plan.cameras.len() as f64 / buckets as f64;
    let plates = plan.gondolas.iter().map(plates).sum::<usize>();
    let zones = plan.zones.iter().map(|zone| ShardSpec {
        key: zone_key(&zone.id),
        load: zone_load(plan, zone),
        affinities: neighbours(plan, zone),
    });
    let visits = (0..buckets).map(|bucket| ShardSpec {
        key: bucket_key(bucket),
        load: whole(people * PERSON_US),
        affinities: Vec::new(),
    });
    let bookkeeper = ShardSpec {
        key: BOOKKEEPER.to_owned(),
        load: whole(plates as f64 * PLATE_US),
        affinities: Vec::new(),
    };
    visits.chain(zones).chain([bookkeeper]).collect()
}

fn plates(gondola: &amble_proto::plan::Gondola) -> usize {
    gondola.shelves.iter().map(|shelf| shelf.plates.len()).sum()
}

fn zone_load(plan: &StorePlan, zone: &Zone) -> u64 {
    let cameras = plan.cameras.iter().filter(|c| c.zone == zone.id);
    let frames: f64 = cameras.map(|c| c.fps).sum();
    let gondolas = plan.gondolas.iter().filter(|g| g.zone == zone.id);
    let samples = gondolas.map(plates).sum::<usize>() as f64 * plan.sensors.plate_hz;
    whole(frames * FRAME_US + samples * SAMPLE_US)
}

/// The zones that people walk to and from while cameras of both see them.
fn neighbours(plan: &StorePlan, zone: &Zone) -> Vec<String> {
    let outline = polygon(&zone.outline);
    let mut near = BTreeSet::new();
    for camera in &plan.cameras {
        let own = camera.zone == zone.id;
        if !own && common_area(&polygon(&camera.view), &outline) > SEEN_M2 {
            near.insert(&camera.zone);
        }
    }
    near.into_iter().map(|id| zone_key(id)).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a cast saturates, and a load is not negative"
)]
fn whole(load: f64) -> u64 {
    load.round().max(1.0) as u64
}
