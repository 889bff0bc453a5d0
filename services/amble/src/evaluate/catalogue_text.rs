//! A catalogue as tables.

use std::fmt::Write as _;

use super::{Calibration, Catalogue, Report, catalogue::Figures, goals, text::goals_table};
use crate::table::{Align::Left, Align::Right, Table};

/// A catalogue as tables: each scenario's F1, everything together, and what was stated beside what
/// came true.
#[must_use]
pub fn catalogue_text(catalogue: &Catalogue) -> String {
    let mut scenes = Table::new(&[
        ("F1 of scenario", Left),
        ("hands, sightings", Right),
        ("solver", Right),
        ("no sightings", Right),
        ("solver", Right),
        ("bodies alone", Right),
        ("solver", Right),
        ("exact", Right),
        ("open", Right),
        ("wrong", Right),
        ("expected", Right),
        ("settled", Right),
        ("switches", Right),
    ]);
    for scene in &catalogue.scenarios {
        let f1 = scene
            .figures
            .iter()
            .flat_map(|figures| [f1(figures), solver(figures)]);
        let first = scene.figures.first();
        let rest = first.map_or_else(Vec::new, |figures| {
            let (report, calibration) = (&figures.report, &figures.calibration);
            vec![
                format!("{}/{}", report.exact, report.visits),
                report.undecided.to_string(),
                report.wrong_lines.len().to_string(),
                format!(
                    "{:.1}",
                    calibration.expected_error * calibration.lines as f64
                ),
                settled(report),
                switches(report),
            ]
        });
        scenes.row(std::iter::once(scene.name.clone()).chain(f1).chain(rest));
    }
    let mut text = format!(
        "{scenes}exact, open, wrong and expected wrong lines, settled (99 of 100 within), switches of identity \
         per person-minute: with hands and sightings; solver: what an exhaustive one gets right that knows \
         the true parameters\n"
    );

    let mut overall = Table::new(&[
        ("all scenarios", Left),
        ("visits", Right),
        ("exact", Right),
        ("precision", Right),
        ("recall", Right),
        ("F1", Right),
        ("open", Right),
        ("calibration error", Right),
        ("Brier", Right),
        ("settled p50", Right),
        ("p99", Right),
        ("switches per person-min", Right),
    ]);
    for figures in &catalogue.overall {
        let (report, calibration) = (&figures.report, &figures.calibration);
        overall.row([
            figures.senses.words().to_owned(),
            report.visits.to_string(),
            report.exact.to_string(),
            format!("{:.4}", report.score.precision()),
            format!("{:.4}", report.score.recall()),
            f1(figures),
            report.undecided.to_string(),
            format!("{:.4}", calibration.calibration_error),
            format!("{:.4}", calibration.brier),
            seconds(report.settling.percentile_s(50)),
            settled(report),
            switches(report),
        ]);
    }
    let _ = write!(text, "\n{overall}");
    if let Some(first) = catalogue.overall.first() {
        let _ = write!(text, "\n{}", goals_table(&goals(&first.report)));
    }
    for figures in &catalogue.overall {
        let (words, calibration) = (figures.senses.words(), &figures.calibration);
        let _ = write!(text, "\n{words}:\n{}", reliability(calibration));
        if let Some(doubtful) = &calibration.doubtful {
            let _ = writeln!(
                text,
                "stated below 0.99: {} lines, calibration error {:.4}, Brier {:.4}",
                doubtful.lines, doubtful.calibration_error, doubtful.brier
            );
        }
    }
    text
}

/// How long 99 of 100 receipts took at most.
fn settled(report: &Report) -> String {
    seconds(report.settling.percentile_s(99))
}

fn seconds(s: Option<f64>) -> String {
    s.map_or_else(|| "-".to_owned(), |s| format!("{s:.1} s"))
}

/// Identity switches per person-minute.
fn switches(report: &Report) -> String {
    let figures = report.tracking.map(|tracking| tracking.figures());
    figures.map_or_else(
        || "-".to_owned(),
        |f| format!("{:.3}", f.switches_per_person_minute),
    )
}

fn f1(figures: &Figures) -> String {
    format!("{:.4}", figures.report.score.f1())
}

/// What the solver reaches; a dash where there are too many people for it.
fn solver(figures: &Figures) -> String {
    let score = figures.solver.map(|score| format!("{:.4}", score.f1()));
    score.unwrap_or_else(|| "-".to_owned())
}

/// Stated beside right, class by class.
fn reliability(calibration: &Calibration) -> Table {
    let mut table = Table::new(&[
        ("stated from", Right),
        ("lines", Right),
        ("stated", Right),
        ("right", Right),
    ]);
    for class in &calibration.classes {
        table.row([
            class.from.to_string(),
            class.lines.to_string(),
            format!("{:.4}", class.stated),
            format!("{:.4}", class.right),
        ]);
    }
    table
}
