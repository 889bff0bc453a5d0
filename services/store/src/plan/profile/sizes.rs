//! How large each made-up shop is, and where its furniture stands.
//!
//! The plan's origin is the front left corner of the floor; the front is the side y = 0. A gondola
//! is 1.26 m wide and 0.45 m deep and has twelve plates a shelf. Wall gondolas have six shelves,
//! most islands only five, so that one sees across them.

use super::floor::Facing::{Back, Front, Left, Right};
use super::floor::{Facing, Row};

/// A made-up shop.
#[derive(Debug)]
pub struct Profile {
    /// What the command line calls it.
    pub name: &'static str,
    /// What the shop is called.
    pub title: &'static str,
    /// Width and depth of its floor in metres.
    pub floor: [f64; 2],
    /// How many cameras it has.
    pub cameras: usize,
    /// How many plates it has.
    pub plates: usize,
    /// How many products it sells.
    pub products: usize,
    /// How many people are in it when it is full.
    pub people: usize,
    /// Cameras from left to right and from front to back.
    pub(super) camera_grid: [usize; 2],
    /// How high they hang, in metres.
    pub(super) ceiling: f64,
    /// Where the floor is cut into zones: every pair of neighbouring xs and ys makes one.
    pub(super) zone_xs: &'static [f64],
    /// See `zone_xs`.
    pub(super) zone_ys: &'static [f64],
    /// The left ends of the entries in the front; each is `gate_width` wide.
    pub(super) entries: &'static [f64],
    /// The left ends of the exits in the front.
    pub(super) exits: &'static [f64],
    /// How wide a gate is, in metres.
    pub(super) gate_width: f64,
    /// Gondolas side by side, placed on the floor.
    pub(super) rows: &'static [Row],
    /// Gondolas side by side, placed in each zone, relative to its front left corner.
    pub(super) zone_rows: &'static [Row],
}

const fn row(x: f64, y: f64, facing: Facing, gondolas: usize, shelves: usize) -> Row {
    Row {
        middle: [x, y],
        facing,
        gondolas,
        shelves,
    }
}

/// The made-up shops, the smallest first.
pub const PROFILES: &[Profile] = &[
    Profile {
        name: "kiosk",
        title: "Kiosk",
        floor: [4.0, 3.0],
        cameras: 6,
        plates: 300,
        products: 80,
        people: 4,
        camera_grid: [3, 2],
        ceiling: 2.6,
        zone_xs: &[0.0, 4.0],
        zone_ys: &[0.0, 3.0],
        entries: &[0.2],
        exits: &[2.8],
        gate_width: 1.0,
        rows: &[
            row(2.0, 3.0, Front, 2, 5),
            row(0.0, 1.7, Right, 1, 5),
            row(4.0, 1.7, Left, 1, 5),
            row(2.0, 0.0, Back, 1, 5),
        ],
        zone_rows: &[],
    },
    Profile {
        name: "convenience",
        title: "Corner shop",
        floor: [17.0, 10.0],
        cameras: 30,
        plates: 2400,
        products: 1200,
        people: 25,
        camera_grid: [6, 5],
        ceiling: 3.0,
        zone_xs: &[0.0, 8.5, 17.0],
        zone_ys: &[0.0, 6.0, 10.0],
        entries: &[3.0],
        exits: &[12.5],
        gate_width: 1.5,
        rows: &[
            row(4.4, 10.0, Front, 6, 6),
            row(12.6, 10.0, Front, 6, 6),
            row(0.0, 3.2, Right, 3, 6),
            row(17.0, 3.2, Left, 3, 6),
            row(0.0, 7.4, Right, 1, 6),
            row(17.0, 7.4, Left, 1, 6),
        ],
        zone_rows: &[row(4.25, 1.8, Front, 2, 5), row(4.25, 1.8, Back, 2, 5)],
    },
    Profile {
        name: "stadium",
        title: "Stadium shop",
        floor: [15.0, 8.0],
        cameras: 24,
        plates: 1200,
        products: 150,
        people: 60,
        camera_grid: [6, 4],
        ceiling: 3.5,
        zone_xs: &[0.0, 7.5, 15.0],
        zone_ys: &[0.0, 4.0, 8.0],
        entries: &[0.4, 2.4, 4.4],
        exits: &[8.6, 12.6],
        gate_width: 1.6,
        rows: &[
            row(4.3, 8.0, Front, 4, 6),
            row(10.7, 8.0, Front, 4, 6),
            row(0.0, 5.4, Right, 1, 6),
            row(15.0, 5.4, Left, 1, 6),
        ],
        zone_rows: &[row(3.75, 1.8, Front, 1, 5), row(3.75, 1.8, Back, 1, 5)],
    },
    Profile {
        name: "supermarket",
        title: "Supermarket",
        floor: [80.0, 50.0],
        cameras: 480,
        plates: 19_200,
        products: 12_000,
        people: 350,
        camera_grid: [24, 20],
        ceiling: 4.5,
        zone_xs: &[0.0, 20.0, 40.0, 60.0, 80.0],
        zone_ys: &[0.0, 12.5, 25.0, 37.5, 50.0],
        entries: &[3.0, 7.0, 11.0, 15.0],
        exits: &[45.0, 55.0, 65.0],
        gate_width: 2.0,
        rows: &[],
        zone_rows: &[
            row(10.0, 4.2, Front, 5, 6),
            row(10.0, 4.2, Back, 5, 6),
            row(10.0, 8.4, Front, 4, 5),
            row(10.0, 8.4, Back, 4, 5),
        ],
    },
];
