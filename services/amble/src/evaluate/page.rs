//! A run as one HTML file that needs nothing else: tables, and plots as SVG.

mod ablation;
mod catalogue;
mod hardware;
mod series;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::Versus;

pub use ablation::ablation_page;
pub use catalogue::catalogue_page;
pub use hardware::curve_page;
pub use series::series_page;

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

/// How much of a whole, as a bar.
fn bar(share: f64) -> Markup {
    html! {
        svg width="100" height="10" role="img" aria-label=(format!("{share:.4}")) {
            rect class="bar" width=(format!("{:.1}", 100.0 * share)) height="10" {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::{Report, Series, baseline::Change};

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
