//! A shop that was measured: its furniture, plates, goods and their places are real; its floor,
//! gates, cameras and prices are not known and are made up.
//!
//! Gondolas 1–4 stand side by side along a wall, gondola 5 at a right angle to it, facing left.
//! x runs along the wall, y into the wall: people walk where y is negative. Three of its codes are
//! no GTINs.

mod range;

use amble_proto::plan::{
    Camera, FORMAT, Gate, GateKind, Gondola, Placement, Product, Sensors, StorePlan, Zone,
};

use super::profile::{FOOD_TAX, PLATE, metres, rectangle, shelf, sight, taxes, view};

const ZONE: &str = "1";
/// Low and high corner of the floor, in metres.
const FLOOR: [[f64; 2]; 2] = [[-0.3, -3.9], [5.2, 0.6]];
/// Cameras along the wall and away from it, and their height in metres.
const CAMERAS: ([usize; 2], f64) = ([4, 2], 2.7);
/// Heights of the boards in metres; those of the first gondola differ.
const FIRST_BOARDS: [f64; 6] = [0.3302, 0.5556, 0.8096, 1.089, 1.3748, 1.6986];
const BOARDS: [f64; 6] = [0.3302, 0.5937, 0.889, 1.1684, 1.4224, 1.6478];
/// Where the front left corners of gondolas 1–4 are along the wall, and their plates a shelf.
const WALL: [(&str, f64, usize); 4] = [
    ("1", 0.0254, 12),
    ("2", 1.2446, 9),
    ("3", 2.159, 12),
    ("4", 3.3782, 9),
];
/// Front of gondolas 1–4.
const WALL_Y: f64 = 0.0857;
/// Front left corner of gondola 5.
const FIFTH: [f64; 2] = [4.5085, -0.3016];

/// The measured shop.
#[must_use]
pub fn nanostore() -> StorePlan {
    StorePlan {
        format: FORMAT.to_owned(),
        store: "nanostore".to_owned(),
        name: "Nanostore".to_owned(),
        currency: "EUR".to_owned(),
        prices_include_tax: true,
        taxes: taxes(),
        floor: rectangle(FLOOR[0], FLOOR[1]),
        zones: vec![Zone {
            id: ZONE.to_owned(),
            outline: rectangle(FLOOR[0], FLOOR[1]),
        }],
        gates: gates().to_vec(),
        cameras: cameras(),
        gondolas: gondolas(),
        products: range::ITEMS.map(product).to_vec(),
        planogram: range::PLACES.map(placement).to_vec(),
        sensors: Sensors::default(),
    }
}

fn gates() -> [Gate; 2] {
    [
        gate("entry", GateKind::Entry, 0.4),
        gate("exit", GateKind::Exit, 3.3),
    ]
}

fn gate(id: &str, kind: GateKind, left: f64) -> Gate {
    let [_, y] = FLOOR[0];
    let (middle, right) = (metres(left + 0.6), metres(left + 1.2));
    Gate {
        id: id.to_owned(),
        kind,
        zone: ZONE.to_owned(),
        line: [[left, y], [right, y]],
        inside: [middle, metres(y + 0.5)],
        reader: (kind == GateKind::Entry).then_some([middle, metres(y - 0.4)]),
    }
}

fn cameras() -> Vec<Camera> {
    let ([columns, rows], ceiling) = CAMERAS;
    let [[x0, y0], [x1, y1]] = FLOOR;
    let places = (0..rows).flat_map(|j| (0..columns).map(move |i| (i, j)));
    (1..)
        .zip(places)
        .map(|(number, (i, j)): (u32, _)| {
            let (x, left, right) = sight(i, columns, x1 - x0);
            let (y, front, back) = sight(j, rows, y1 - y0);
            Camera {
                id: format!("cam-{number}"),
                zone: ZONE.to_owned(),
                position: [metres(x0 + x), metres(y0 + y), ceiling],
                view: view([x0 + left, y0 + front], [x0 + right, y0 + back], &gates()),
                fps: 10.0,
            }
        })
        .collect()
}

fn gondolas() -> Vec<Gondola> {
    let wall = WALL.map(|(id, x, plates)| {
        let boards = if id == "1" { FIRST_BOARDS } else { BOARDS };
        gondola(id, [x, WALL_Y], 0.0, plates, boards)
    });
    let fifth = gondola("5", FIFTH, -90.0, 9, BOARDS);
    wall.into_iter().chain([fifth]).collect()
}

fn gondola(
    id: &str,
    origin: [f64; 2],
    rotation_deg: f64,
    plates: usize,
    boards: [f64; 6],
) -> Gondola {
    let shelves = (1..).zip(boards);
    Gondola {
        id: id.to_owned(),
        zone: ZONE.to_owned(),
        origin,
        rotation_deg,
        size: [metres(PLATE[0] * plates as f64), PLATE[1]],
        shelves: shelves
            .map(|(number, height): (u32, _)| shelf(number.to_string(), height, plates, 0.0))
            .collect(),
    }
}

fn product((code, name, unit_weight_g, price_minor): range::Item) -> Product {
    Product {
        code: code.to_owned(),
        name: name.to_owned(),
        unit_weight_g,
        weight_spread: 0.02,
        price_minor,
        tax: FOOD_TAX.to_owned(),
    }
}

fn placement((code, gondola, shelf, plates): range::Place) -> Placement {
    Placement {
        product: code.to_owned(),
        gondola: gondola.to_owned(),
        shelf: shelf.to_owned(),
        plates: plates.iter().map(u8::to_string).collect(),
        units: 12,
    }
}
