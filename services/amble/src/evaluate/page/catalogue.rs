//! A catalogue as a page.

use maud::{Markup, html};

use super::{LOW, bar, page};
use crate::evaluate::{
    Calibration, Catalogue, Report, Versus,
    catalogue::Figures,
    plot::{SIDE, at},
};

/// A catalogue as a page.
#[must_use]
pub fn catalogue_page(catalogue: &Catalogue, versus: Option<&Versus>) -> String {
    let about = html! {
        h2 { "All scenarios" }
        (overall(&catalogue.overall))
        @for figures in &catalogue.overall {
            figure {
                (reliability(&figures.calibration))
                figcaption { (figures.senses.words()) ": what was stated, and what came true" }
            }
        }
        h2 { "Each scenario" }
        table {
            tr {
                th { "scenario" }
                @for figures in &catalogue.overall { th { "F1, " (figures.senses.words()) } }
                th {}
                th { "exact" } th { "open" } th { "wrong" } th { "settled, p99" }
                th { "switches per person-min" }
            }
            @for scene in &catalogue.scenarios {
                tr title=(scene.about) {
                    td { (scene.name) }
                    @for figures in &scene.figures { (f1(figures)) }
                    @if let Some(first) = scene.figures.first() {
                        td { (bar(first.report.score.f1())) }
                        td { (first.report.exact) "/" (first.report.visits) }
                        td { (first.report.undecided) }
                        td { (first.report.wrong_lines.len()) }
                        td { (settled(&first.report)) }
                        td { (switches(&first.report)) }
                    }
                }
            }
        }
        p { "The bar and all figures to its right are those with hands and sightings." }
    };
    page("The catalogue of scenarios", versus, &about)
}

fn overall(all: &[Figures]) -> Markup {
    html! {
        table {
            tr {
                th { "cameras tell of" } th { "visits" } th { "exact" } th { "precision" }
                th { "recall" } th { "F1" } th { "open" } th { "calibration error" } th { "Brier" }
                th { "settled, p99" } th { "switches per person-min" }
            }
            @for figures in all {
                @let (report, calibration) = (&figures.report, &figures.calibration);
                tr {
                    td { (figures.senses.words()) }
                    td { (report.visits) } td { (report.exact) }
                    td { (format!("{:.4}", report.score.precision())) }
                    td { (format!("{:.4}", report.score.recall())) }
                    (f1(figures))
                    td { (report.undecided) }
                    td { (format!("{:.4}", calibration.calibration_error)) }
                    td { (format!("{:.4}", calibration.brier)) }
                    td { (settled(report)) }
                    td { (switches(report)) }
                }
            }
        }
    }
}

/// How long 99 of 100 receipts took at most.
fn settled(report: &Report) -> String {
    let p99 = report.settling.percentile_s(99);
    p99.map_or_else(String::new, |s| format!("{s:.1} s"))
}

/// Identity switches per person-minute.
fn switches(report: &Report) -> String {
    let figures = report.tracking.map(|tracking| tracking.figures());
    figures.map_or_else(String::new, |f| {
        format!("{:.3}", f.switches_per_person_minute)
    })
}

fn f1(figures: &Figures) -> Markup {
    let f1 = figures.report.score.f1();
    html! { td class=[(f1 < LOW).then_some("low")] { (format!("{f1:.4}")) } }
}

/// Stated probability to the right, the share that came true upwards; on the diagonal both are the same.
/// The larger a dot, the more lines.
fn reliability(calibration: &Calibration) -> Markup {
    let lines = calibration.lines.max(1) as f64;
    html! {
        svg viewBox=(format!("-30 -10 {} {}", SIDE + 40.0, SIDE + 40.0)) width=(SIDE) role="img" aria-label="reliability" {
            path class="axis" d=(format!("M0 0V{SIDE}H{SIDE}M0 {SIDE}L{SIDE} 0")) {}
            text x="-5" y=(SIDE + 15.0) { "0" }
            text x=(SIDE - 60.0) y=(SIDE + 15.0) { "stated 1" }
            text x="5" y="8" { "right 1" }
            @for class in &calibration.classes {
                circle class="dot" cx=(at(class.stated)) cy=(at(1.0 - class.right))
                    r=(format!("{:.1}", 2.0 + 12.0 * (class.lines as f64 / lines).sqrt())) {
                    title { (class.lines) " lines, stated " (format!("{:.4}", class.stated)) ", right " (format!("{:.4}", class.right)) }
                }
            }
        }
    }
}
