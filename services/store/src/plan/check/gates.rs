//! Gates: on the floor, with the shop on the side that they say, and at least one each way.

use amble_engine::geometry::{Polygon, Segment, Vec2};
use amble_proto::plan::{Gate, GateKind, StorePlan};

use crate::plan::fault::{FaultKind, Faults, Place};
use crate::plan::polygon::polygon;

/// How far outside the floor a gate's end may be, in metres: the depth of a wall.
const WALL: f64 = 0.5;
/// How far a reader may be from its gate, in metres.
const READER: f64 = 5.0;
/// How far `inside` must be from the line, in metres, so that its side is no question of rounding.
const BESIDE: f64 = 0.05;

pub(super) fn judge(plan: &StorePlan, faults: &mut Faults) {
    let list = Place::Plan.field("gates");
    for (way, other) in [(GateKind::Entry, "entry"), (GateKind::Exit, "exit")] {
        let serves = |gate: &Gate| gate.kind == way || gate.kind == GateKind::Both;
        if !plan.gates.iter().any(serves) {
            faults.error(
                FaultKind::Gate,
                list,
                format!("the shop has no {other}"),
                format!("add a gate of kind `{other}` or `both`"),
            );
        }
    }
    let floor = polygon(&plan.floor);
    for (index, gate) in plan.gates.iter().enumerate() {
        let place = list.item(index);
        line(gate, &floor, place, faults);
        reader(gate, place, faults);
        let zone = plan.zones.iter().find(|zone| zone.id == gate.zone);
        let inside = Vec2::new(gate.inside[0], gate.inside[1]);
        if zone.is_some_and(|z| polygon(&z.outline).distance(inside) > BESIDE) {
            faults.error(
                FaultKind::Gate,
                place.field("zone"),
                format!("the gate doesn't lead into zone `{}`", gate.zone),
                "name the zone that `inside` is in",
            );
        }
    }
}

/// The line of a gate.
pub(super) fn segment(gate: &Gate) -> Segment {
    let [from, to] = gate.line.map(|[x, y]| Vec2::new(x, y));
    Segment { from, to }
}

fn line(gate: &Gate, floor: &Polygon, place: Place<'_>, faults: &mut Faults) {
    let line = segment(gate);
    let length = line.from.distance(line.to);
    if !(0.3..=30.0).contains(&length) {
        faults.error(
            FaultKind::Gate,
            place.field("line"),
            format!("the line is {length:.2} m long"),
            "give the two ends of a line that people walk across, 0.3 to 30 m apart",
        );
        return;
    }
    if [line.from, line.to]
        .iter()
        .any(|&end| floor.distance(end) > WALL)
    {
        faults.error(
            FaultKind::Gate,
            place.field("line"),
            "the line isn't at the floor",
            "put both of its ends on the floor or on its border",
        );
    }
    let inside = Vec2::new(gate.inside[0], gate.inside[1]);
    let beside = line.side(inside).abs() >= BESIDE;
    if !(beside && floor.contains(inside)) {
        faults.error(
            FaultKind::Gate,
            place.field("inside"),
            "this point isn't on the shop's side of the line",
            "give a point on the floor, about half a metre behind the line",
        );
    }
}

fn reader(gate: &Gate, place: Place<'_>, faults: &mut Faults) {
    match (gate.kind, gate.reader) {
        (GateKind::Exit, Some(_)) => faults.warning(
            FaultKind::Gate,
            place.field("reader"),
            "nobody scans a pass at an exit",
            "take it out, or make the gate one of kind `both`",
        ),
        (GateKind::Entry | GateKind::Both, None) => faults.error(
            FaultKind::Gate,
            place,
            "this entry has no reader",
            "add `reader`: the point where one stands to scan a pass",
        ),
        (GateKind::Entry | GateKind::Both, Some([x, y])) => {
            let distance = segment(gate).distance(Vec2::new(x, y));
            if distance > READER {
                faults.error(
                    FaultKind::Gate,
                    place.field("reader"),
                    format!("the reader is {distance:.1} m away from its gate"),
                    format!("put it within {READER} m of the line"),
                );
            }
        }
        (GateKind::Exit, None) => {}
    }
}
