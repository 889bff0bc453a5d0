//! What hardware buys, as text.

use super::{Curve, Kit};
use crate::{
    evaluate::{
        Sales,
        text::{of_sales, small},
    },
    table::{Align::Left, Align::Right, Table},
};

/// A curve as a table.
#[must_use]
pub fn curve_text(curve: &Curve) -> String {
    let mut table = Table::new(&[
        ("hardware", Left),
        ("not weighed", Right),
        ("F1", Right),
        ("exact", Right),
        ("to review", Right),
        ("given away", Right),
        ("overcharged", Right),
        ("switches per person-min", Right),
    ]);
    for step in &curve.rows {
        let (kit, report) = (&step.kit, &step.report);
        let switches = report.tracking.map(|t| t.figures());
        table.row([
            step.name.clone(),
            format!("{} of {}", kit.unweighed, kit.of_places),
            format!("{:.4}", report.score.f1()),
            format!("{}/{}", report.exact, report.visits),
            small(report.reviews()),
            of_sales(report, Sales::given_away),
            of_sales(report, Sales::overcharged),
            switches.map_or_else(
                || "-".to_owned(),
                |figures| format!("{:.3}", figures.switches_per_person_minute),
            ),
        ]);
    }
    format!(
        "{}\n{table}not weighed: places of products whose plates are all gone; what is taken there is not noticed\n\
         what the hardware costs: `amble store cost`\n",
        curve.store
    )
}

/// What is left, in a line.
#[must_use]
pub fn kit_text(kit: &Kit) -> String {
    format!(
        "hardware   {} of {} cameras, {} of {} plates; {} of {} places of products are weighed by none\n",
        kit.cameras, kit.of_cameras, kit.plates, kit.of_plates, kit.unweighed, kit.of_places
    )
}
