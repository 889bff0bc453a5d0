//! Figures of tracking as a table.

use amble_tracks::Figures;

use crate::table::{Align::Left, Align::Right, Table};

/// One row for each of these.
#[must_use]
pub fn figures_table(what: &str, rows: &[(String, Figures)]) -> Table {
    let mut table = Table::new(&[
        (what, Left),
        ("MOTA", Right),
        ("MOTP m", Right),
        ("IDF1", Right),
        ("HOTA", Right),
        ("DetA", Right),
        ("AssA", Right),
        ("switches", Right),
        ("per person-min", Right),
        ("fragments", Right),
        ("missed", Right),
        ("nobody", Right),
    ]);
    for (name, f) in rows {
        table.row([
            name.clone(),
            format!("{:.4}", f.mota),
            format!("{:.3}", f.motp_m),
            format!("{:.4}", f.idf1),
            format!("{:.4}", f.hota),
            format!("{:.4}", f.deta),
            format!("{:.4}", f.assa),
            f.switches.to_string(),
            format!("{:.3}", f.switches_per_person_minute),
            f.fragmentations.to_string(),
            f.misses.to_string(),
            f.false_positives.to_string(),
        ]);
    }
    table
}
