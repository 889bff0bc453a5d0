//! What each part is worth, as a page.

use maud::html;

use super::{LOW, bar, page};
use crate::evaluate::{Ablation, Versus, ablation_text};

/// What each part is worth, as a page.
#[must_use]
pub fn ablation_page(ablation: &Ablation, versus: Option<&Versus>) -> String {
    let whole = ablation.rows.first().map_or(&[][..], |row| &row.each);
    let about = html! {
        table {
            tr { th { "goes by" } th { "F1" } th {} }
            @for row in &ablation.rows {
                @let f1 = row.report.score.f1();
                tr {
                    td { (row.name) }
                    td { (format!("{f1:.4}")) }
                    td { (bar(f1)) }
                }
            }
        }
        pre { (ablation_text(ablation)) }
        h2 { "F1 of each" }
        table {
            tr { th {} @for row in &ablation.rows { th { (row.name) } } }
            @for (at, each) in whole.iter().enumerate() {
                tr {
                    td { (each.name) }
                    @for row in &ablation.rows {
                        @if let Some(each) = row.each.get(at) {
                            td class=[(each.f1 < LOW).then_some("low")] { (format!("{:.4}", each.f1)) }
                        }
                    }
                }
            }
        }
    };
    page("Which part buys what", versus, &about)
}
