//! Numbers are within what a shop can be.

use std::ops::RangeInclusive;

use amble_proto::plan::{Point2, StorePlan};

use crate::plan::fault::{FaultKind, Faults, Place};

/// Coordinates on the plan, in metres.
const ON_PLAN: RangeInclusive<f64> = -10_000.0..=10_000.0;
/// Widths and depths of furniture, in metres.
const FURNITURE: RangeInclusive<f64> = 0.01..=50.0;
/// Spread of a standard deviation, in metres.
const SIGMA: RangeInclusive<f64> = 0.001..=2.0;
/// A share that must not be nothing.
const SHARE: RangeInclusive<f64> = 0.01..=1.0;
/// The range of a plate, in grams.
pub(super) const PLATE_RANGE_G: f64 = 20_000.0;

pub(super) fn judge(plan: &StorePlan, faults: &mut Faults) {
    let root = Place::Plan;
    points(&plan.floor, root.field("floor"), faults);
    for (index, zone) in plan.zones.iter().enumerate() {
        points(
            &zone.outline,
            root.field("zones").item(index).field("outline"),
            faults,
        );
    }
    for (index, gate) in plan.gates.iter().enumerate() {
        let gates = root.field("gates");
        let place = gates.item(index);
        points(&gate.line, place.field("line"), faults);
        point(gate.inside, place.field("inside"), faults);
        if let Some(reader) = gate.reader {
            point(reader, place.field("reader"), faults);
        }
    }
    for (index, camera) in plan.cameras.iter().enumerate() {
        let cameras = root.field("cameras");
        let place = cameras.item(index);
        let [x, y, z] = camera.position;
        point([x, y], place.field("position"), faults);
        number(
            z,
            0.5..=50.0,
            "m above the floor",
            place.field("position").item(2),
            faults,
        );
        points(&camera.view, place.field("view"), faults);
        number(
            camera.fps,
            0.1..=240.0,
            "frames a second",
            place.field("fps"),
            faults,
        );
    }
    gondolas(plan, faults);
    goods(plan, faults);
    sensors(plan, faults);
}

fn gondolas(plan: &StorePlan, faults: &mut Faults) {
    let gondolas = Place::Plan.field("gondolas");
    for (index, gondola) in plan.gondolas.iter().enumerate() {
        let place = gondolas.item(index);
        point(gondola.origin, place.field("origin"), faults);
        let rotation = place.field("rotation_deg");
        number(
            gondola.rotation_deg,
            -360.0..=360.0,
            "degrees",
            rotation,
            faults,
        );
        sizes(gondola.size, place.field("size"), faults);
        for (index, shelf) in gondola.shelves.iter().enumerate() {
            let shelves = place.field("shelves");
            let place = shelves.item(index);
            let height = place.field("height");
            number(
                shelf.height,
                0.0..=10.0,
                "m above the floor",
                height,
                faults,
            );
            for (index, plate) in shelf.plates.iter().enumerate() {
                let plates = place.field("plates");
                let place = plates.item(index);
                point(plate.at, place.field("at"), faults);
                sizes(plate.size, place.field("size"), faults);
            }
        }
    }
}

fn goods(plan: &StorePlan, faults: &mut Faults) {
    for (index, tax) in plan.taxes.iter().enumerate() {
        let rates = Place::Plan.field("taxes");
        let rate = f64::from(tax.rate_basis_points);
        let place = rates.item(index);
        let unit = "hundredths of a percent";
        number(
            rate,
            0.0..=10_000.0,
            unit,
            place.field("rate_basis_points"),
            faults,
        );
    }
    let products = Place::Plan.field("products");
    for (index, product) in plan.products.iter().enumerate() {
        let place = products.item(index);
        let weight = place.field("unit_weight_g");
        number(
            product.unit_weight_g,
            0.1..=PLATE_RANGE_G,
            "g",
            weight,
            faults,
        );
        let spread = place.field("weight_spread");
        number(
            product.weight_spread,
            0.0..=0.5,
            "of the weight",
            spread,
            faults,
        );
        let price = product.price_minor as f64;
        number(
            price,
            0.0..=1e9,
            "minor units",
            place.field("price_minor"),
            faults,
        );
    }
    let planogram = Place::Plan.field("planogram");
    for (index, placement) in plan.planogram.iter().enumerate() {
        let units = planogram.item(index);
        number(
            f64::from(placement.units),
            0.0..=10_000.0,
            "units",
            units.field("units"),
            faults,
        );
    }
}

fn sensors(plan: &StorePlan, faults: &mut Faults) {
    let (place, sensors) = (Place::Plan.field("sensors"), &plan.sensors);
    for (name, value, range, unit) in [
        ("position_sigma_m", sensors.position_sigma_m, SIGMA, "m"),
        ("wrist_sigma_m", sensors.wrist_sigma_m, SIGMA, "m"),
        ("recall", sensors.recall, SHARE, "of all"),
        ("precision", sensors.precision, SHARE, "of all"),
        ("plate_noise_g", sensors.plate_noise_g, 0.001..=1000.0, "g"),
        (
            "plate_hz",
            sensors.plate_hz,
            0.1..=1000.0,
            "samples a second",
        ),
    ] {
        number(value, range, unit, place.field(name), faults);
    }
}

fn points(points: &[Point2], place: Place<'_>, faults: &mut Faults) {
    for (index, &p) in points.iter().enumerate() {
        point(p, place.item(index), faults);
    }
}

fn point(point: Point2, place: Place<'_>, faults: &mut Faults) {
    for (axis, value) in point.into_iter().enumerate() {
        number(value, ON_PLAN, "m", place.item(axis), faults);
    }
}

fn sizes(size: Point2, place: Place<'_>, faults: &mut Faults) {
    for (axis, value) in size.into_iter().enumerate() {
        number(value, FURNITURE, "m", place.item(axis), faults);
    }
}

fn number(
    value: f64,
    range: RangeInclusive<f64>,
    unit: &str,
    place: Place<'_>,
    faults: &mut Faults,
) {
    if !range.contains(&value) {
        faults.error(
            FaultKind::Number,
            place,
            format!("{value} is outside what is possible"),
            format!("use {} to {} {unit}", range.start(), range.end()),
        );
    }
}
