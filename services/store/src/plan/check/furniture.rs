//! Gondolas stand on the floor, in their zone and clear of each other; plates lie in their
//! gondola and, on one board, beside each other.

use amble_engine::geometry::Polygon;
use amble_proto::plan::{Gondola, Plate, Shelf, StorePlan};

use super::zones::SLACK_M2;
use crate::plan::fault::{FaultKind, Faults, Place};
use crate::plan::polygon::{common_area, polygon};
use crate::plan::turned::Axes;

/// Lengths below this, in metres, come from rounding.
const SLACK_M: f64 = 0.001;

pub(super) fn judge(plan: &StorePlan, faults: &mut Faults) {
    let list = Place::Plan.field("gondolas");
    let footprints = plan.gondolas.iter().map(|g| Axes::of(g).footprint());
    let footprints: Vec<Polygon> = footprints.collect();
    let floor = polygon(&plan.floor);
    for (index, (gondola, footprint)) in plan.gondolas.iter().zip(&footprints).enumerate() {
        let place = list.item(index);
        stands(plan, gondola, footprint, &floor, place, faults);
        for (earlier, other) in footprints[..index].iter().zip(&plan.gondolas) {
            let area = common_area(footprint, earlier);
            if area > SLACK_M2 {
                faults.error(
                    FaultKind::Gondola,
                    place.field("origin"),
                    format!("it stands on {area:.2} m² of gondola `{}`", other.id),
                    "move or turn one of them",
                );
            }
        }
        for (index, shelf) in gondola.shelves.iter().enumerate() {
            plates(gondola, shelf, place.field("shelves").item(index), faults);
        }
    }
}

fn stands(
    plan: &StorePlan,
    gondola: &Gondola,
    footprint: &Polygon,
    floor: &Polygon,
    place: Place<'_>,
    faults: &mut Faults,
) {
    let beyond = footprint.area() - common_area(footprint, floor);
    if beyond > SLACK_M2 {
        faults.error(
            FaultKind::Gondola,
            place.field("origin"),
            format!("{beyond:.2} m² of the gondola stand outside the floor"),
            "correct `origin`, `rotation_deg` or `size`",
        );
        return;
    }
    let zone = plan.zones.iter().find(|zone| zone.id == gondola.zone);
    let inside = zone.map(|zone| common_area(footprint, &polygon(&zone.outline)));
    if inside.is_some_and(|inside| footprint.area() - inside > SLACK_M2) {
        faults.error(
            FaultKind::Gondola,
            place.field("zone"),
            format!(
                "the gondola doesn't stand in zone `{}` as a whole",
                gondola.zone
            ),
            "name the zone that it stands in, or move the border between the zones",
        );
    }
}

fn plates(gondola: &Gondola, shelf: &Shelf, place: Place<'_>, faults: &mut Faults) {
    if shelf.plates.is_empty() {
        faults.warning(
            FaultKind::Empty,
            place.field("plates"),
            "the shelf has no plates",
            "add them, or take the shelf out",
        );
    }
    for (index, plate) in shelf.plates.iter().enumerate() {
        let within = |axis: usize| {
            let (low, high) = extent(plate, axis);
            low >= -SLACK_M && high <= gondola.size[axis] + SLACK_M
        };
        if !(within(0) && within(1)) {
            faults.error(
                FaultKind::Plate,
                place.field("plates").item(index).field("at"),
                "the plate reaches beyond its gondola",
                format!(
                    "keep it within {} × {} m on the gondola's own axes",
                    gondola.size[0], gondola.size[1]
                ),
            );
        }
        let beside = |other: &&Plate| {
            let common = |axis: usize| {
                let ((a, b), (c, d)) = (extent(plate, axis), extent(other, axis));
                b.min(d) - a.max(c) > SLACK_M
            };
            common(0) && common(1)
        };
        if let Some(other) = shelf.plates[..index].iter().find(beside) {
            faults.error(
                FaultKind::Plate,
                place.field("plates").item(index).field("at"),
                format!("the plate overlaps plate `{}`", other.id),
                "correct `at` or `size` of one of them",
            );
        }
    }
}

/// From where to where a plate reaches on an axis of its gondola.
fn extent(plate: &Plate, axis: usize) -> (f64, f64) {
    let (at, half) = (plate.at[axis], plate.size[axis] / 2.0);
    (at - half, at + half)
}
