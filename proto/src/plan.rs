//! The store plan file, format `amble.store/1`: what a shop is made of, and what stands where.
//!
//! These types are the file, field by field; nothing here judges it. Finding faults is the shop's
//! business (`amble store check`). Lengths are metres, weights grams, money integer minor units of
//! the store's currency. The plan's axes: x to the right, y up the page, z above the floor; angles
//! turn counter-clockwise.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The value of [`StorePlan::format`] that this version reads and writes.
pub const FORMAT: &str = "amble.store/1";

/// A point on the floor, `[x, y]` in metres.
pub type Point2 = [f64; 2];
/// A point in the shop, `[x, y, z]` in metres.
pub type Point3 = [f64; 3];

/// One shop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StorePlan {
    /// Always `amble.store/1`.
    pub format: String,
    /// The store's id: letters, digits, `-` and `_`; every key of the shop starts with it.
    pub store: String,
    /// What the shop is called.
    pub name: String,
    /// ISO 4217 code of the currency of every price.
    pub currency: String,
    /// Whether prices already contain the tax.
    #[serde(default = "yes")]
    pub prices_include_tax: bool,
    /// The tax rates that products refer to.
    pub taxes: Vec<Tax>,
    /// The floor, a simple polygon.
    pub floor: Vec<Point2>,
    /// The floor cut into zones; together they cover it and they do not overlap.
    pub zones: Vec<Zone>,
    /// Where people come in and go out.
    pub gates: Vec<Gate>,
    /// The cameras.
    pub cameras: Vec<Camera>,
    /// The furniture with its shelves and plates.
    pub gondolas: Vec<Gondola>,
    /// What is sold.
    pub products: Vec<Product>,
    /// What stands where.
    pub planogram: Vec<Placement>,
    /// What the sensors can do.
    #[serde(default)]
    pub sensors: Sensors,
}

fn yes() -> bool {
    true
}

/// A tax rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tax {
    /// Its id, as products name it.
    pub id: String,
    /// Hundredths of a percent: 1900 is 19 %.
    pub rate_basis_points: u32,
}

/// A patch of floor with its cameras and shelves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// Its id.
    pub id: String,
    /// A simple polygon.
    pub outline: Vec<Point2>,
}

/// An entry or an exit: a line on the floor that people cross.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// Its id.
    pub id: String,
    /// Which way people go.
    pub kind: GateKind,
    /// The zone that it belongs to.
    pub zone: String,
    /// The two ends of the line.
    pub line: [Point2; 2],
    /// A point on the shop's side of the line.
    pub inside: Point2,
    /// Where one stands to scan a pass; only entries have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader: Option<Point2>,
}

/// Which way people go through a gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum GateKind {
    /// In only.
    Entry,
    /// Out only.
    Exit,
    /// Both ways.
    Both,
}

/// A camera.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Camera {
    /// Its id, also its device id.
    pub id: String,
    /// The zone that it belongs to.
    pub zone: String,
    /// Where it hangs.
    pub position: Point3,
    /// The part of the floor that it sees, a convex polygon.
    pub view: Vec<Point2>,
    /// Frames a second.
    #[serde(default = "ten")]
    pub fps: f64,
}

fn ten() -> f64 {
    10.0
}

/// A piece of furniture with shelves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gondola {
    /// Its id.
    pub id: String,
    /// The zone that it belongs to.
    pub zone: String,
    /// The corner of its footprint that is the origin of its own axes.
    pub origin: Point2,
    /// How far its own x axis is turned from the plan's, in degrees counter-clockwise.
    #[serde(default)]
    pub rotation_deg: f64,
    /// Its footprint along its own x and y axes. People reach in over the side y = 0.
    pub size: Point2,
    /// Its boards.
    pub shelves: Vec<Shelf>,
}

/// One board.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shelf {
    /// Its id within the gondola; the device id is `gondola/shelf`.
    pub id: String,
    /// Height of the board above the floor.
    pub height: f64,
    /// Its load cells, in the order in which its frames give their weights.
    pub plates: Vec<Plate>,
}

/// One load cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plate {
    /// Its id within the shelf.
    pub id: String,
    /// Its centre on the gondola's own axes.
    pub at: Point2,
    /// Its width and depth along the gondola's own axes.
    pub size: Point2,
}

/// Something that is sold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// A GTIN (8, 12, 13 or 14 digits with its check digit), or a local code.
    pub code: String,
    /// What it is called on the receipt.
    pub name: String,
    /// Weight of one.
    pub unit_weight_g: f64,
    /// Standard deviation of that weight, as a fraction of it.
    #[serde(default = "two_percent")]
    pub weight_spread: f64,
    /// Price of one in minor units of the store's currency.
    pub price_minor: i64,
    /// The id of its tax rate.
    pub tax: String,
}

fn two_percent() -> f64 {
    0.02
}

/// A product's place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Placement {
    /// The product's code.
    pub product: String,
    /// The gondola's id.
    pub gondola: String,
    /// The shelf's id.
    pub shelf: String,
    /// The plates that it stands on; several products may share one.
    pub plates: Vec<String>,
    /// How many stand there when the shop opens.
    #[serde(default = "twelve")]
    pub units: u32,
}

fn twelve() -> u32 {
    12
}

/// What the sensors can do; the defaults were measured in real shops.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Sensors {
    /// Standard deviation of a detection's position on each axis, in metres.
    pub position_sigma_m: f64,
    /// Standard deviation of a wrist's position on each axis, in metres.
    pub wrist_sigma_m: f64,
    /// Share of the people in view that a camera finds in one frame.
    pub recall: f64,
    /// Share of a camera's detections that are people.
    pub precision: f64,
    /// Standard deviation of one plate sample, in grams.
    pub plate_noise_g: f64,
    /// Samples a second of a plate.
    pub plate_hz: f64,
}

impl Default for Sensors {
    fn default() -> Self {
        Self {
            position_sigma_m: 0.09,
            wrist_sigma_m: 0.05,
            recall: 0.95,
            precision: 0.94,
            plate_noise_g: 0.67,
            plate_hz: 10.0,
        }
    }
}

/// The JSON schema of the store plan file.
#[must_use]
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(StorePlan)
}
