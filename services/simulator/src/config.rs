//! What kind of day it is: how many people, how they behave, and what the sensors get wrong.

use amble_proto::plan::{Point2, Sensors, StorePlan};
use serde::{Deserialize, Serialize};

/// A shop day. Every field has a default; a file may give only some of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DayConfig {
    /// About how many people are inside at once.
    pub people: u32,
    /// The doors close after this many seconds; who is inside then finishes and leaves.
    pub seconds: u32,
    /// The sensors go on for this long after the last person has left, in seconds, so that the last
    /// visits can be settled.
    pub tail_seconds: u32,
    /// Event time of the first round, in microseconds since the Unix epoch; cut to whole 100 ms.
    pub start_us: i64,
    /// How people come.
    pub arrivals: Arrivals,
    /// How much they buy.
    pub basket: Basket,
    /// Share of the visits that are parties of two to five.
    pub parties: f64,
    /// What goes wrong, and how often.
    pub mishaps: Mishaps,
    /// Whether detections carry appearance vectors.
    pub appearance: bool,
    /// Whether detections carry heads and wrists.
    pub hands: bool,
    /// Whether detections carry item sightings.
    pub sightings: bool,
    /// What the sensors can do; absent: as the store plan says.
    pub sensors: Option<Sensors>,
    /// Share of the detections in which a wrist is seen.
    pub wrist_share: f64,
    /// Share of the takes of which a camera sees the item.
    pub sighting_share: f64,
    /// Share of these in which the right product is named first.
    pub sighting_right: f64,
    /// Mean length of a burst of misses, in frames; at least 1.
    pub miss_burst_frames: f64,
    /// Standard deviation of a device clock's offset, in milliseconds; at most 45 ms occur.
    pub clock_sigma_ms: f64,
    /// When shelves send.
    pub plate_mode: PlateMode,
    /// How fast plates drift: standard deviation of their rates, in grams an hour.
    pub drift_g_per_hour: f64,
    /// Share of the plates that always say the same.
    pub stuck_plates: f64,
    /// Share of the plates with ten times the usual noise.
    pub noisy_plates: f64,
    /// Ids of cameras that send frames but see nothing.
    pub blind_cameras: Vec<String>,
    /// Patches of floor that no camera sees, polygons on the plan in metres.
    pub unseen: Vec<Vec<Point2>>,
    /// Plates with a fault of their own.
    pub plate_faults: Vec<PlateFault>,
    /// Whether the truth keeps everybody's path at 10 Hz.
    pub truth_paths: bool,
}

/// A plate that does not say what it bears.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlateFault {
    /// Its shelf, as `gondola/shelf`.
    pub shelf: String,
    /// Its id on the shelf.
    pub plate: String,
    /// What is wrong with it.
    pub what: PlateTrouble,
}

/// What is wrong with a plate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlateTrouble {
    /// It always says the same.
    Sticks,
    /// It drifts by so many grams an hour.
    Drifts(f64),
}

/// How people come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arrivals {
    /// One by one, by chance (a Poisson process), so that about `people` are inside.
    Steady,
    /// In turn a minute in which at least 60 people come, while fewer than `people` are inside,
    /// and one in which the shop empties to half of them.
    Bursts,
}

/// How much people buy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basket {
    /// Median 5 products, 72 % of the visits at most 10.
    Grocery,
    /// One to four products.
    Snack,
}

/// When a shelf sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlateMode {
    /// One sample of all plates, ten times a second.
    EveryFrame,
    /// 60 samples a second in frames of twelve.
    Batched,
    /// A sample when a plate moved, else an empty frame once a second.
    OnChange,
}

/// What goes wrong: shares of all interactions where nothing else is said. The defaults are those
/// that Amble's figures are stated for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mishaps {
    /// Two people at one shelf within half a second, side by side.
    pub simultaneous: f64,
    /// Something is put back.
    pub put_back: f64,
    /// Share of what is put back that lands in a wrong place.
    pub wrong_place: f64,
    /// Two kinds at once, one with each hand.
    pub two_kinds: f64,
    /// Handed to somebody of another visit afterwards.
    pub handed_over: f64,
    /// Left on the floor afterwards.
    pub left_on_floor: f64,
    /// Lifted, or leaned on, and left where it stands.
    pub held: f64,
    /// Taken from well to the side, across others.
    pub reach_across: f64,
    /// Two of the same product in one grab. Not a mishap, but it belongs to the same dice.
    pub pairs: f64,
    /// Share of the parties that come in without a pass, of those who come by chance. Nobody, by default.
    pub tailgaters: f64,
}

impl Default for Mishaps {
    fn default() -> Self {
        Self {
            simultaneous: 0.05,
            put_back: 0.10,
            wrong_place: 0.20,
            two_kinds: 0.03,
            handed_over: 0.01,
            left_on_floor: 0.002,
            held: 0.02,
            reach_across: 0.05,
            pairs: 0.05,
            tailgaters: 0.0,
        }
    }
}

impl Mishaps {
    /// Nothing goes wrong.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            simultaneous: 0.0,
            put_back: 0.0,
            wrong_place: 0.0,
            two_kinds: 0.0,
            handed_over: 0.0,
            left_on_floor: 0.0,
            held: 0.0,
            reach_across: 0.0,
            pairs: 0.0,
            tailgaters: 0.0,
        }
    }
}

impl Default for DayConfig {
    fn default() -> Self {
        Self {
            people: 25,
            seconds: 600,
            tail_seconds: 12,
            start_us: 1_700_000_000_000_000,
            arrivals: Arrivals::Steady,
            basket: Basket::Grocery,
            parties: 1.0 / 3.0,
            mishaps: Mishaps::default(),
            appearance: true,
            hands: true,
            sightings: true,
            sensors: None,
            wrist_share: 0.8,
            sighting_share: 0.6,
            sighting_right: 0.8,
            miss_burst_frames: 4.0,
            clock_sigma_ms: 10.0,
            plate_mode: PlateMode::EveryFrame,
            drift_g_per_hour: 2.0,
            stuck_plates: 0.0,
            noisy_plates: 0.0,
            blind_cameras: Vec::new(),
            unseen: Vec::new(),
            plate_faults: Vec::new(),
            truth_paths: true,
        }
    }
}

impl DayConfig {
    /// The day that fits a shop: by the name of its profile, else by the size of its range.
    #[must_use]
    pub fn for_plan(plan: &StorePlan) -> Self {
        let small = plan.products.len() <= 200;
        let named = |word: &str| plan.store.contains(word);
        let people = match plan.products.len() {
            _ if named("stadium") => 60,
            _ if named("kiosk") => 4,
            0..=100 => 4,
            101..=2_000 => 25,
            _ => 350,
        };
        Self {
            people,
            arrivals: if named("stadium") {
                Arrivals::Bursts
            } else {
                Arrivals::Steady
            },
            basket: if small {
                Basket::Snack
            } else {
                Basket::Grocery
            },
            ..Self::default()
        }
    }
}
