//! A run as one HTML file that needs nothing else: tables, and plots as SVG.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Calibration, Catalogue, Series, Versus, catalogue::Figures, series_text};

/// The side of a plot, in its own units.
const SIDE: f64 = 300.0;

const STYLE: &str = "\
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}\
body{max-width:60rem;margin:2rem auto;padding:0 1rem}\
table{border-collapse:collapse;margin:1rem 0;font-variant-numeric:tabular-nums}\
th,td{padding:.2rem .8rem;text-align:right;border-bottom:1px solid #8885}\
th:first-child,td:first-child{text-align:left}\
pre{overflow-x:auto}figure{display:inline-block;margin:0 2rem 1rem 0}\
svg{max-width:100%;font-size:11px}svg *{stroke-width:1.5}\
.low{font-weight:bold;color:#c33}.bar{fill:#47a}.axis{stroke:currentColor;fill:none;opacity:.4}\
.line{stroke:#47a;fill:none}.dot{fill:#47a}text{fill:currentColor}";

/// Below this a scenario's F1 is marked.
const LOW: f64 = 0.9;

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
                th { "exact" } th { "open" } th { "wrong" }
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
                    }
                }
            }
        }
        p { "The bar, exact, open and wrong are those with hands and sightings." }
    };
    page("The catalogue of scenarios", versus, &about)
}

/// Days as a page.
#[must_use]
pub fn series_page(series: &Series, versus: Option<&Versus>) -> String {
    let about = html! {
        figure {
            (days(series))
            figcaption { "Each day's F1, from the lowest that occurred to 1" }
        }
        pre { (series_text(series)) }
    };
    page("Receipts and what really happened", versus, &about)
}

fn page(title: &str, versus: Option<&Versus>, about: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { (title) }
                @if let Some(versus) = versus { (compared(versus)) }
                (about)
            }
        }
    };
    page.into_string()
}

fn compared(versus: &Versus) -> Markup {
    html! {
        h2 { "Beside the earlier run" }
        @for (what, changes) in [("worse", &versus.worse), ("better", &versus.better)] {
            @if changes.is_empty() {
                p { "Nothing got " (what) "." }
            } @else {
                table {
                    tr { th { "got " (what) } th { "figure" } th { "before" } th { "now" } }
                    @for change in changes {
                        tr {
                            td { (change.row) } td { (change.figure) }
                            td { (format!("{:.4}", change.before)) }
                            td { (format!("{:.4}", change.now)) }
                        }
                    }
                }
            }
        }
        @for (what, rows) in [("Not in this run", &versus.gone), ("New", &versus.new)] {
            @if !rows.is_empty() { p { (what) ": " (rows.join("; ")) } }
        }
    }
}

fn overall(all: &[Figures]) -> Markup {
    html! {
        table {
            tr {
                th { "cameras tell of" } th { "visits" } th { "exact" } th { "precision" }
                th { "recall" } th { "F1" } th { "open" } th { "calibration error" } th { "Brier" }
                th { "settled, p99" }
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
                    td { @if let Some(s) = report.settling.percentile_s(99) { (format!("{s:.1} s")) } }
                }
            }
        }
    }
}

fn f1(figures: &Figures) -> Markup {
    let f1 = figures.report.score.f1();
    html! { td class=[(f1 < LOW).then_some("low")] { (format!("{f1:.4}")) } }
}

/// How much of a whole, as a bar.
fn bar(share: f64) -> Markup {
    html! {
        svg width="100" height="10" role="img" aria-label=(format!("{share:.4}")) {
            rect class="bar" width=(format!("{:.1}", 100.0 * share)) height="10" {}
        }
    }
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

/// A share of the plot's side.
fn at(share: f64) -> String {
    format!("{:.1}", SIDE * share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::{Report, baseline::Change};

    #[test]
    fn a_page_needs_nothing_else_and_escapes_what_it_shows() {
        let versus = Versus {
            worse: vec![Change {
                row: "<script>".to_owned(),
                figure: "F1",
                before: 1.0,
                now: 0.5,
            }],
            ..Versus::default()
        };
        let days = vec![("seed 1".to_owned(), Report::default())];
        let page = series_page(&Series::of(days), Some(&versus));
        assert!(page.contains("&lt;script&gt;") && !page.contains("<script"));
        assert!(!page.contains("src=") && !page.contains("href=") && !page.contains("url("));
        assert!(page.contains("Nothing got better."));
    }
}
