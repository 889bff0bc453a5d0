//! The floor and its zones: simple polygons; the zones cover the floor and don't overlap.

use amble_engine::geometry::Polygon;
use amble_proto::plan::{Point2, StorePlan};

use crate::plan::fault::{FaultKind, Faults, Place};
use crate::plan::polygon::{common_area, not_simple, polygon};

/// Areas below this, in m², come from rounded corners.
pub(super) const SLACK_M2: f64 = 0.01;
/// More corners or zones than this are a mistake, and would take long to compare.
const MOST_CORNERS: usize = 64;
const MOST_ZONES: usize = 64;

pub(super) fn judge(plan: &StorePlan, faults: &mut Faults) {
    let root = Place::Plan;
    let list = root.field("zones");
    let floor = simple(&plan.floor, root.field("floor"), faults);
    if plan.zones.is_empty() || plan.zones.len() > MOST_ZONES {
        let problem = format!("the plan has {} zones", plan.zones.len());
        let remedy = format!("cut the floor into 1 to {MOST_ZONES} zones; a small shop needs one");
        faults.error(FaultKind::Zones, list, problem, remedy);
        return;
    }
    let outlines = plan.zones.iter().enumerate();
    let outlines: Vec<Option<Polygon>> = outlines
        .map(|(index, zone)| simple(&zone.outline, list.item(index).field("outline"), faults))
        .collect();
    let Some(zones) = outlines.into_iter().collect::<Option<Vec<_>>>() else {
        return;
    };
    let shared = overlaps(plan, &zones, faults);
    if let Some(floor) = floor {
        cover(&floor, &zones, shared, faults);
    }
}

/// The polygon with these corners, if it is simple; if not, that is a fault.
pub(super) fn simple(points: &[Point2], place: Place<'_>, faults: &mut Faults) -> Option<Polygon> {
    let outline = polygon(points);
    let problem = if points.len() > MOST_CORNERS {
        Some("it has too many corners")
    } else if points.iter().flatten().all(|v| v.is_finite()) {
        not_simple(&outline)
    } else {
        Some("not all of its corners are numbers")
    };
    match problem {
        None => Some(outline),
        Some(problem) => {
            let remedy = format!("list 3 to {MOST_CORNERS} corners in order round the outline");
            faults.error(FaultKind::Polygon, place, problem, remedy);
            None
        }
    }
}

/// Names zones that overlap, and gives the area that they share.
fn overlaps(plan: &StorePlan, zones: &[Polygon], faults: &mut Faults) -> f64 {
    let list = Place::Plan.field("zones");
    let mut shared = 0.0;
    for (index, zone) in zones.iter().enumerate() {
        for (earlier, id) in zones[..index].iter().zip(plan.zones.iter().map(|z| &z.id)) {
            let area = common_area(zone, earlier);
            shared += area;
            if area > SLACK_M2 {
                faults.error(
                    FaultKind::Zones,
                    list.item(index).field("outline"),
                    format!("it overlaps zone `{id}` by {area:.2} m²"),
                    "let neighbours share a border, not floor",
                );
            }
        }
    }
    shared
}

fn cover(floor: &Polygon, zones: &[Polygon], shared: f64, faults: &mut Faults) {
    let list = Place::Plan.field("zones");
    let mut covered = -shared;
    for (index, zone) in zones.iter().enumerate() {
        let on_floor = common_area(zone, floor);
        covered += on_floor;
        let beyond = zone.area() - on_floor;
        if beyond > SLACK_M2 {
            faults.error(
                FaultKind::Zones,
                list.item(index).field("outline"),
                format!("{beyond:.2} m² of it lie outside the floor"),
                "let it end where the floor ends",
            );
        }
    }
    let bare = floor.area() - covered;
    if bare > SLACK_M2 {
        faults.error(
            FaultKind::Zones,
            list,
            format!("{bare:.2} m² of the floor belong to no zone"),
            "extend a zone over them, or add one",
        );
    }
}
