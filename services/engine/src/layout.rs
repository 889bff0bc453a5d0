//! The shop as the engine sees it: dense indices instead of names, plan coordinates instead of
//! gondola coordinates.
//!
//! An index is a place in one of [`Layout`]'s lists and means nothing outside that layout.

use serde::{Deserialize, Serialize};

use crate::geometry::{Polygon, Segment, Vec2, Vec3};

macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub u32);

        impl $name {
            /// Its place in the list.
            #[must_use]
            pub const fn at(self) -> usize {
                self.0 as usize
            }
        }
    };
}

index!(
    /// A place in [`Layout::zones`].
    ZoneIx
);
index!(
    /// A place in [`Layout::gates`].
    GateIx
);
index!(
    /// A place in [`Layout::cameras`].
    CameraIx
);
index!(
    /// A place in [`Layout::shelves`].
    ShelfIx
);
index!(
    /// A place in [`Layout::plates`].
    PlateIx
);
index!(
    /// A place in [`Layout::products`].
    ProductIx
);

/// One shop.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// The floor.
    pub floor: Polygon,
    /// Patches that cover the floor without overlap.
    pub zones: Vec<Zone>,
    /// Entries and exits.
    pub gates: Vec<Gate>,
    /// Cameras.
    pub cameras: Vec<Camera>,
    /// Boards.
    pub shelves: Vec<Shelf>,
    /// Load cells; those of one shelf are neighbours in this list.
    pub plates: Vec<Plate>,
    /// What is sold.
    pub products: Vec<Product>,
    /// What stands where when the shop opens.
    pub placements: Vec<Placement>,
    /// What the sensors can do.
    pub sensors: Sensors,
}

impl Layout {
    /// A floor with nothing on it.
    #[must_use]
    pub fn empty(floor: Polygon, sensors: Sensors) -> Self {
        Self {
            floor,
            zones: Vec::new(),
            gates: Vec::new(),
            cameras: Vec::new(),
            shelves: Vec::new(),
            plates: Vec::new(),
            products: Vec::new(),
            placements: Vec::new(),
            sensors,
        }
    }
}

/// A patch of floor.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    /// Where it is.
    pub outline: Polygon,
}

/// An entry or an exit.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// The zone that it belongs to.
    pub zone: ZoneIx,
    /// The line that people cross, with the shop on its left.
    pub line: Segment,
    /// Whether people come in here.
    pub entry: bool,
    /// Whether people go out here.
    pub exit: bool,
    /// Where one stands to scan a pass.
    pub reader: Option<Vec2>,
}

/// A camera.
#[derive(Clone, Debug, PartialEq)]
pub struct Camera {
    /// The zone that it belongs to.
    pub zone: ZoneIx,
    /// Where it hangs.
    pub position: Vec3,
    /// The part of the floor that it sees.
    pub view: Polygon,
}

/// A board.
#[derive(Clone, Debug, PartialEq)]
pub struct Shelf {
    /// The zone that it belongs to.
    pub zone: ZoneIx,
    /// Its first plate.
    pub first_plate: PlateIx,
    /// How many plates it has; they follow the first.
    pub plate_count: u32,
}

impl Shelf {
    /// Its plates.
    pub fn plates(&self) -> impl Iterator<Item = PlateIx> + Clone {
        let first = self.first_plate.0;
        (first..first + self.plate_count).map(PlateIx)
    }
}

/// A load cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Plate {
    /// The shelf that it belongs to.
    pub shelf: ShelfIx,
    /// Its centre on the board.
    pub centre: Vec3,
    /// Unit vector out of the shelf, towards the people.
    pub outward: Vec2,
    /// Its width along the shelf.
    pub width: f64,
    /// Its depth into the shelf.
    pub depth: f64,
}

impl Plate {
    /// The middle of its front edge: where a hand goes in.
    #[must_use]
    pub fn front(&self) -> Vec2 {
        self.centre.floor() + self.outward * (self.depth * 0.5)
    }
}

/// Something that is sold.
#[derive(Clone, Debug, PartialEq)]
pub struct Product {
    /// Weight of one in grams.
    pub unit_weight_g: f64,
    /// Standard deviation of that weight in grams.
    pub weight_sigma_g: f64,
}

/// A product's place.
#[derive(Clone, Debug, PartialEq)]
pub struct Placement {
    /// The product.
    pub product: ProductIx,
    /// The plates of one shelf that it stands on, ascending.
    pub plates: Vec<PlateIx>,
    /// How many stand there when the shop opens.
    pub units: u32,
}

/// What the sensors can do.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
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
}

impl Default for Sensors {
    /// What good detectors and the plates of a real shop were measured to do.
    fn default() -> Self {
        Self {
            position_sigma_m: 0.09,
            wrist_sigma_m: 0.05,
            recall: 0.95,
            precision: 0.94,
            plate_noise_g: 0.67,
        }
    }
}
