//! Days as a page.

use maud::{Markup, html};

use super::page;
use crate::evaluate::{
    Goal, Series, Versus,
    plot::{SIDE, at},
    series_text,
    text::small,
};

/// Days as a page.
#[must_use]
pub fn series_page(series: &Series, versus: Option<&Versus>) -> String {
    let about = html! {
        figure {
            (days(series))
            figcaption { "Each day's F1, from the lowest that occurred to 1" }
        }
        (goals(&series.goals))
        pre { (series_text(series)) }
    };
    page("Receipts and what really happened", versus, &about)
}

/// What must be kept, beside what was.
fn goals(goals: &[Goal]) -> Markup {
    html! {
        table {
            tr { th { "goal" } th { "found" } th { "at most" } th { "of" } }
            @for goal in goals {
                tr {
                    td { (goal.what) }
                    td class=[(!goal.kept).then_some("low")] { (small(goal.found)) }
                    td { (small(goal.at_most)) }
                    td { (goal.out_of) }
                }
            }
        }
    }
}

fn days(series: &Series) -> Markup {
    let lowest = series.worst.as_ref().map_or(0.0, |worst| worst.f1);
    let room = (1.0 - lowest).max(1e-9);
    let steps = series.days.len().saturating_sub(1).max(1) as f64;
    let point = |(nth, f1): (usize, f64)| {
        let (x, y) = (at(nth as f64 / steps), at((1.0 - f1) / room));
        format!("{x},{y}")
    };
    let points = series.days.iter().map(|day| day.f1).enumerate().map(point);
    let points: Vec<String> = points.collect();
    html! {
        svg viewBox=(format!("-30 -10 {} {}", SIDE + 40.0, SIDE + 40.0)) width=(SIDE) role="img" aria-label="F1 of each day" {
            path class="axis" d=(format!("M0 0V{SIDE}H{SIDE}")) {}
            text x="5" y="8" { "F1 1" }
            text x="5" y=(SIDE - 4.0) { (format!("{lowest:.4}")) }
            polyline class="line" points=(points.join(" ")) {}
        }
    }
}
