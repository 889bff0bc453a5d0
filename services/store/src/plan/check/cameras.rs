//! Cameras: each sees a convex part of the floor, and of its zone. Together they should see all
//! of the floor and the front of every shelf. A view ends where the floor ends, but for a step out
//! before the gates: there it shows who scans a pass.

use amble_engine::geometry::{Polygon, Vec2};
use amble_proto::plan::StorePlan;

use super::gates::segment;
use super::zones::simple;
use crate::plan::fault::{FaultKind, Faults, Place};
use crate::plan::polygon::{common_area, is_convex, polygon};
use crate::plan::turned::Axes;

/// Below this, in m², a camera sees nothing of use.
const LEAST_SEEN_M2: f64 = 0.1;
/// Share of a view that may lie outside the floor without a word.
const BEYOND: f64 = 0.05;
/// How far a corner may lie off the floor by rounding, in metres.
const ROUNDING_M: f64 = 0.001;
/// How far before a gate a view may reach, in metres.
const FORECOURT_M: f64 = 2.0;
/// Meshes of the search for floor that no camera sees, in metres.
const MESH: f64 = 0.25;
/// Meshes that are searched at most; a larger floor gets wider ones.
const MOST_MESHES: f64 = 250_000.0;

pub(super) fn judge(plan: &StorePlan, faults: &mut Faults) {
    let list = Place::Plan.field("cameras");
    let floor = polygon(&plan.floor);
    let mut views = Vec::new();
    for (index, camera) in plan.cameras.iter().enumerate() {
        let camera_place = list.item(index);
        let place = camera_place.field("view");
        let Some(view) = simple(&camera.view, place, faults) else {
            continue;
        };
        if !is_convex(&view) {
            faults.error(
                FaultKind::Polygon,
                place,
                "what a camera sees must be convex",
                "leave out the corners that point inwards",
            );
        }
        let zone = plan.zones.iter().find(|zone| zone.id == camera.zone);
        let seen = common_area(&view, &floor);
        if seen < LEAST_SEEN_M2 {
            faults.error(
                FaultKind::Camera,
                place,
                "the camera sees nothing of the floor",
                "give the part of the floor that is in its picture",
            );
        } else if seen < view.area() * (1.0 - BEYOND) && !looks_out(&view, &floor, plan) {
            faults.warning(
                FaultKind::Camera,
                place,
                format!(
                    "{:.1} m² of the view lie outside the floor",
                    view.area() - seen
                ),
                "let it end where the floor ends",
            );
        } else if zone.is_some_and(|z| common_area(&view, &polygon(&z.outline)) < LEAST_SEEN_M2) {
            faults.error(
                FaultKind::Camera,
                camera_place.field("zone"),
                format!("the camera sees nothing of zone `{}`", camera.zone),
                "name the zone that it sees most of",
            );
        }
        views.push(view);
    }
    blind_floor(plan, &floor, &views, faults);
    blind_shelves(plan, &views, faults);
}

/// Whether a view leaves the floor only before a gate.
fn looks_out(view: &Polygon, floor: &Polygon, plan: &StorePlan) -> bool {
    let before_a_gate = |corner: Vec2| {
        plan.gates
            .iter()
            .any(|gate| segment(gate).distance(corner) <= FORECOURT_M)
    };
    let mut corners = view.corners().iter();
    corners.all(|&corner| floor.distance(corner) <= ROUNDING_M || before_a_gate(corner))
}

/// Searches each zone for floor that no camera sees and no gondola stands on.
fn blind_floor(plan: &StorePlan, floor: &Polygon, views: &[Polygon], faults: &mut Faults) {
    let furniture: Vec<Polygon> = plan
        .gondolas
        .iter()
        .map(|g| Axes::of(g).footprint())
        .collect();
    for (index, zone) in plan.zones.iter().enumerate() {
        let outline = polygon(&zone.outline);
        let (low, high) = outline.bounds();
        let (width, depth) = (high.x - low.x, high.y - low.y);
        let mesh = MESH.max((width * depth / MOST_MESHES).sqrt());
        if !(width * depth > 0.0 && width / mesh < MOST_MESHES && depth / mesh < MOST_MESHES) {
            continue;
        }
        let centres = |length: f64| {
            let count = (length / mesh).ceil();
            std::iter::successors(Some(0.5), |k| Some(k + 1.0))
                .take_while(move |&k| k < count)
                .map(move |k| k * mesh)
        };
        let points =
            centres(width).flat_map(|x| centres(depth).map(move |y| low + Vec2::new(x, y)));
        let mut blind = points.filter(|&point| {
            let within = |polygons: &[Polygon]| polygons.iter().any(|p| p.contains(point));
            outline.contains(point)
                && floor.contains(point)
                && !within(views)
                && !within(&furniture)
        });
        if let Some(first) = blind.next() {
            let area = (1 + blind.count()) as f64 * mesh * mesh;
            faults.warning(
                FaultKind::Blind,
                Place::Plan.field("zones").item(index),
                format!(
                    "no camera sees about {area:.1} m² of zone `{}`, as at [{:.2}, {:.2}]",
                    zone.id, first.x, first.y
                ),
                "hang a camera there, or correct the views",
            );
        }
    }
}

fn blind_shelves(plan: &StorePlan, views: &[Polygon], faults: &mut Faults) {
    let list = Place::Plan.field("gondolas");
    for (index, gondola) in plan.gondolas.iter().enumerate() {
        let axes = Axes::of(gondola);
        let gondola_place = list.item(index);
        for (index, shelf) in gondola.shelves.iter().enumerate() {
            let fronts = shelf.plates.iter().map(|p| axes.to_plan([p.at[0], 0.0]));
            let seen = |front| views.iter().any(|view| near(view, front));
            let blind = fronts.filter(|&front| !seen(front)).count();
            if blind > 0 {
                faults.warning(
                    FaultKind::Blind,
                    gondola_place.field("shelves").item(index),
                    format!("no camera sees the front of {blind} of its plates"),
                    "hang a camera there, or correct the views",
                );
            }
        }
    }
}

/// Whether a view holds the point or ends less than a mesh away from it.
fn near(view: &Polygon, point: Vec2) -> bool {
    let (low, high) = view.bounds();
    let in_box = (low.x - MESH..=high.x + MESH).contains(&point.x)
        && (low.y - MESH..=high.y + MESH).contains(&point.y);
    in_box && view.distance(point) < MESH
}
