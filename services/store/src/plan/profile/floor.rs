//! The furniture, cameras, zones and gates of a made-up shop.

use amble_proto::plan::{Camera, Gate, GateKind, Gondola, Plate, Point2, Shelf, Zone};

use super::sizes::Profile;

/// The pitch of the plates along a shelf, and their depth, in metres (measured in a real shop).
pub(in crate::plan) const PLATE: Point2 = [0.1016, 0.4064];
const PLATES_A_SHELF: usize = 12;
/// Width and depth of a gondola: its plates, and 2 cm of frame round them.
const GONDOLA: Point2 = [1.26, 0.45];
/// Heights of the boards, in metres (measured in a real shop).
const BOARDS: [f64; 6] = [0.33, 0.59, 0.89, 1.17, 1.42, 1.65];
const FPS: f64 = 10.0;
/// How far out before a gate the cameras see, in metres: past its reader.
const FORECOURT_M: f64 = 1.7;

/// Where people stand who take from a gondola.
#[derive(Clone, Copy, Debug)]
pub(super) enum Facing {
    /// In front of it, towards the shop's front side.
    Front,
    /// Between it and the shop's back side.
    Back,
    /// To the left of it on the plan.
    Left,
    /// To the right of it on the plan.
    Right,
}

/// Gondolas side by side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// The middle of its back side: the wall, or the middle line of an island.
    pub(super) middle: Point2,
    pub(super) facing: Facing,
    pub(super) gondolas: usize,
    pub(super) shelves: usize,
}

/// Rounded to tenths of a millimetre, so that the file reads well.
pub(in crate::plan) fn metres(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

/// The upright rectangle between two corners, counter-clockwise.
pub(in crate::plan) fn rectangle(low: Point2, high: Point2) -> Vec<Point2> {
    let ([x0, y0], [x1, y1]) = (low.map(metres), high.map(metres));
    vec![[x0, y0], [x1, y0], [x1, y1], [x0, y1]]
}

/// The zones as (id, low corner, high corner), row by row from the front left.
fn zone_boxes(profile: &Profile) -> Vec<(String, Point2, Point2)> {
    let boxes = profile.zone_ys.windows(2).flat_map(|ys| {
        let row = profile.zone_xs.windows(2);
        row.map(move |xs| ([xs[0], ys[0]], [xs[1], ys[1]]))
    });
    (1..)
        .zip(boxes)
        .map(|(number, (low, high))| (number.to_string(), low, high))
        .collect()
}

fn zone_at(profile: &Profile, [x, y]: Point2) -> String {
    let holds = |(_, low, high): &(String, Point2, Point2)| {
        low[0] <= x && x < high[0] && low[1] <= y && y < high[1]
    };
    let zone = zone_boxes(profile).into_iter().find(holds);
    zone.map_or_else(String::new, |(id, _, _)| id)
}

pub(super) fn zones(profile: &Profile) -> Vec<Zone> {
    let zone = |(id, low, high)| Zone {
        id,
        outline: rectangle(low, high),
    };
    zone_boxes(profile).into_iter().map(zone).collect()
}

/// Gates in the front; the reader stands 0.4 m before the line of an entry.
pub(super) fn gates(profile: &Profile) -> Vec<Gate> {
    let gate = |kind, id: String, &left: &f64| {
        let middle = metres(left + profile.gate_width / 2.0);
        Gate {
            id,
            kind,
            zone: zone_at(profile, [middle, 0.0]),
            line: [[left, 0.0], [metres(left + profile.gate_width), 0.0]],
            inside: [middle, 0.5],
            reader: (kind == GateKind::Entry).then_some([middle, -0.4]),
        }
    };
    let named = |name: &'static str| (1..).map(move |number| format!("{name}-{number}"));
    let entries = named("entry").zip(profile.entries);
    let exits = named("exit").zip(profile.exits);
    entries
        .map(|(id, left)| gate(GateKind::Entry, id, left))
        .chain(exits.map(|(id, left)| gate(GateKind::Exit, id, left)))
        .collect()
}

/// A grid of cameras. Each sees a little more than its own and its neighbours' half of the grid's
/// meshes; those in the first two ranks at a wall see as far as the wall, and through the gates.
pub(super) fn cameras(profile: &Profile) -> Vec<Camera> {
    let ([columns, rows], [width, depth]) = (profile.camera_grid, profile.floor);
    let gates = gates(profile);
    let places = (0..rows).flat_map(|j| (0..columns).map(move |i| (i, j)));
    (1..)
        .zip(places)
        .map(|(number, (i, j)): (u32, _)| {
            let ((x, x0, x1), (y, y0, y1)) = (sight(i, columns, width), sight(j, rows, depth));
            Camera {
                id: format!("cam-{number}"),
                zone: zone_at(profile, [x, y]),
                position: [metres(x), metres(y), profile.ceiling],
                view: view([x0, y0], [x1, y1], &gates),
                fps: FPS,
            }
        })
        .collect()
}

/// The upright rectangle between two corners; where its front side has gates, it reaches out through
/// them, so that who scans a pass is seen. Convex, counter-clockwise.
pub(in crate::plan) fn view(low: Point2, high: Point2, gates: &[Gate]) -> Vec<Point2> {
    let mut view = rectangle(low, high);
    let ([x0, y0], [x1, _]) = (low.map(metres), high.map(metres));
    let ends = gates.iter().filter_map(|gate| {
        let [[from, y], [to, _]] = gate.line;
        let (from, to) = (from.max(x0), to.min(x1));
        let in_front = (y - y0).abs() < 0.001;
        (in_front && from < to).then_some((from, to))
    });
    let (left, right) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(left, right), end| {
        (left.min(end.0), right.max(end.1))
    });
    if left < right {
        let out = metres(y0 - FORECOURT_M);
        view.splice(1..1, [[left, out], [right, out]]);
    }
    view
}

/// Place and sight of camera `index` of `count` along one side of the floor: (at, from, to).
pub(in crate::plan) fn sight(index: usize, count: usize, length: f64) -> (f64, f64, f64) {
    let mesh = length / count as f64;
    let at = (index as f64 + 0.5) * mesh;
    let reach = 1.05 * mesh;
    let from = if index < 2 { 0.0 } else { at - reach };
    let to = if index + 2 >= count {
        length
    } else {
        at + reach
    };
    (at, from, to)
}

pub(super) fn gondolas(profile: &Profile) -> Vec<Gondola> {
    let in_zones = zone_boxes(profile).into_iter().flat_map(|(_, low, _)| {
        profile.zone_rows.iter().map(move |row| Row {
            middle: [row.middle[0] + low[0], row.middle[1] + low[1]],
            ..*row
        })
    });
    let places = profile
        .rows
        .iter()
        .copied()
        .chain(in_zones)
        .flat_map(|row| (0..row.gondolas).map(move |index| (row, index)));
    (1..)
        .zip(places)
        .map(|(number, (row, index)): (u32, _)| gondola(profile, number, row, index))
        .collect()
}

fn gondola(profile: &Profile, number: u32, row: Row, index: usize) -> Gondola {
    let (rotation_deg, along, back) = match row.facing {
        Facing::Front => (0.0, [1.0, 0.0], [0.0, 1.0]),
        Facing::Back => (180.0, [-1.0, 0.0], [0.0, -1.0]),
        Facing::Right => (90.0, [0.0, 1.0], [-1.0, 0.0]),
        Facing::Left => (-90.0, [0.0, -1.0], [1.0, 0.0]),
    };
    let start = (index as f64 - row.gondolas as f64 / 2.0) * GONDOLA[0];
    let corner = |x: f64| {
        let axis = |k: usize| row.middle[k] + along[k] * x - back[k] * GONDOLA[1];
        [axis(0), axis(1)]
    };
    let centre = {
        let [x, y] = corner(start + GONDOLA[0] / 2.0);
        let half = GONDOLA[1] / 2.0;
        [x + back[0] * half, y + back[1] * half]
    };
    Gondola {
        id: format!("g{number}"),
        zone: zone_at(profile, centre),
        origin: corner(start).map(metres),
        rotation_deg,
        size: GONDOLA,
        shelves: (1..)
            .zip(&BOARDS[..row.shelves.min(BOARDS.len())])
            .map(|(shelf, &height)| self::shelf(format!("s{shelf}"), height, PLATES_A_SHELF, 0.02))
            .collect(),
    }
}

/// A board full of plates, the first of which begins `margin` metres from the left end, as do
/// all of them from the front.
pub(in crate::plan) fn shelf(id: String, height: f64, plates: usize, margin: f64) -> Shelf {
    let plate = |index: usize| Plate {
        id: (index + 1).to_string(),
        at: [
            metres(margin + (index as f64 + 0.5) * PLATE[0]),
            metres(margin + PLATE[1] / 2.0),
        ],
        size: PLATE,
    };
    Shelf {
        id,
        height,
        plates: (0..plates).map(plate).collect(),
    }
}
