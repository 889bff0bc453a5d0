//! What hardware buys, as a page.

use maud::html;

use super::page;
use crate::evaluate::{
    Report, Sales, Versus,
    hardware::{Curve, Step, curve_text},
    plot::line,
};

/// A figure of a report.
type Figure = fn(&Report) -> f64;

/// What hardware buys, as a page.
#[must_use]
pub fn curve_page(curve: &Curve, versus: Option<&Versus>) -> String {
    let [cameras, plates] = curve.axes();
    let points = |steps: &[&Step], x: fn(&Step) -> usize, y: Figure| -> Vec<_> {
        let points = steps.iter().map(|step| (x(step) as f64, y(&step.report)));
        points.collect()
    };
    let shown: [(&str, Figure); 4] = [
        ("F1", |report| report.score.f1()),
        ("share of visits to review", Report::reviews),
        ("share of sales given away", |report| {
            report.sales.as_ref().map_or(0.0, Sales::given_away)
        }),
        ("share of sales overcharged", |report| {
            report.sales.as_ref().map_or(0.0, Sales::overcharged)
        }),
    ];
    let about = html! {
        @for (what, y) in shown {
            h2 { (what) }
            @let both: [(&str, Vec<(f64, f64)>); 2] = [
                ("cameras, with all plates", points(&cameras, |step| step.kit.cameras, y)),
                ("plates, with all cameras", points(&plates, |step| step.kit.plates, y)),
            ];
            @for (number, points) in &both {
                figure {
                    (line(what, points))
                    figcaption { (what) " against the number of " (number) }
                }
            }
        }
        h2 { "Each step" }
        pre { (curve_text(curve)) }
    };
    page("What hardware buys", versus, &about)
}
