//! Reports as text.

use std::fmt::Write as _;

use amble_simulator::Mishap;

use super::{
    Goal, Report, Sales, Series, Versus, WrongLine, explain::explained_text, goals,
    hardware::kit_text, score::share, tracks::figures_table,
};
use crate::table::{Align::Left, Align::Right, Table};

/// Wrong lines that are listed; JSON has them all.
const LISTED: usize = 30;
/// Visits that are named in one line.
const NAMED: usize = 8;

/// A report as tables.
#[must_use]
pub fn report_text(report: &Report) -> String {
    let score = &report.score;
    let mut text = format!(
        "visits     {} over, {} receipts, {} exact ({})\n\
         pieces     {} right, {} charged but not taken, {} taken but not charged\n\
         precision  {:.4}\nrecall     {:.4}\nF1         {:.4}\n\
         lines      {} wrong of {}\n\
         undecided  {} weight changes on {} receipts\n\
         settled    {} after leaving, 99 of 100 within {}\n",
        report.visits,
        report.receipts,
        report.exact,
        percent(report.exact as u64, report.visits as u64),
        score.right,
        score.extra,
        score.lacking,
        score.precision(),
        score.recall(),
        score.f1(),
        report.wrong_lines.len(),
        report.true_lines,
        report.undecided,
        report.undecided_receipts,
        seconds(report.settling.percentile_s(50)),
        seconds(report.settling.percentile_s(99)),
    );
    if let Some(reviewed) = report.reviewed {
        let share = percent(reviewed as u64, report.visits as u64);
        let _ = writeln!(text, "reviews    {reviewed} visits ({share})");
    }
    named(&mut text, "without a receipt", &report.missing);
    named(
        &mut text,
        "with a receipt, but not known to be over",
        &report.unknown,
    );
    let _ = write!(text, "\n{}", goals_table(&goals(report)));
    if let Some(tracking) = report.tracking {
        let rows = [("all".to_owned(), tracking.figures())];
        let _ = write!(text, "\n{}", figures_table("tracking", &rows));
    }
    if !report.mishaps.is_empty() {
        let _ = write!(text, "\n{}", mishaps(report));
    }
    if !report.wrong_lines.is_empty() {
        let _ = write!(text, "\n{}", wrong_lines(&report.wrong_lines));
    }
    if !report.explained.is_empty() {
        let _ = write!(text, "\n{}", explained_text(&report.explained));
    }
    text
}

/// Several days as tables.
#[must_use]
pub fn series_text(series: &Series) -> String {
    let mut text = series.hardware.as_ref().map_or_else(String::new, kit_text);
    text.push_str(&report_text(&series.total));
    if let (Some(worst), true) = (&series.worst, series.days.len() > 1) {
        let mut days = Table::new(&[
            ("day", Left),
            ("visits", Right),
            ("exact", Right),
            ("wrong lines", Right),
            ("F1", Right),
        ]);
        for day in &series.days {
            days.row([
                day.day.clone(),
                day.visits.to_string(),
                day.exact.to_string(),
                day.wrong_lines.to_string(),
                format!("{:.4}", day.f1),
            ]);
        }
        let _ = write!(
            text,
            "\n{days}\nF1 over {} days: {:.4} in the mean, {:.4} at worst ({})\n",
            series.days.len(),
            series.mean_f1,
            worst.f1,
            worst.day,
        );
        let tracked = series.days.iter();
        let tracked = tracked.filter_map(|day| Some((day.day.clone(), day.tracking?.figures())));
        let tracked: Vec<_> = tracked.collect();
        if !tracked.is_empty() {
            let _ = write!(text, "\n{}", figures_table("tracking", &tracked));
        }
    }
    text
}

/// Two runs beside one another.
#[must_use]
pub fn versus_text(versus: &Versus) -> String {
    let mut text = String::new();
    for (what, changes) in [("got worse", &versus.worse), ("got better", &versus.better)] {
        if changes.is_empty() {
            let _ = writeln!(text, "nothing {what}");
            continue;
        }
        let mut table = Table::new(&[
            (what, Left),
            ("figure", Left),
            ("before", Right),
            ("now", Right),
        ]);
        for change in changes {
            table.row([
                change.row.clone(),
                change.figure.to_owned(),
                format!("{:.4}", change.before),
                format!("{:.4}", change.now),
            ]);
        }
        let _ = write!(text, "{table}");
    }
    named(&mut text, "not in this run", &versus.gone);
    named(&mut text, "not in the earlier run", &versus.new);
    text
}

/// What must be kept, beside what was.
#[must_use]
pub fn goals_table(goals: &[Goal]) -> Table {
    let mut table = Table::new(&[
        ("goal", Left),
        ("found", Right),
        ("at most", Right),
        ("", Left),
        ("of", Left),
    ]);
    for goal in goals {
        table.row([
            goal.what.to_owned(),
            small(goal.found),
            small(goal.at_most),
            if goal.kept { "kept" } else { "missed" }.to_owned(),
            goal.out_of.clone(),
        ]);
    }
    table
}

/// A small share.
pub(super) fn small(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

/// A share of the sales; a dash where prices are not known.
pub(super) fn of_sales(report: &Report, share: fn(&Sales) -> f64) -> String {
    let sales = report.sales.as_ref();
    sales.map_or_else(|| "-".to_owned(), |sales| small(share(sales)))
}

fn seconds(s: Option<f64>) -> String {
    s.map_or_else(|| "nothing".to_owned(), |s| format!("{s:.1} s"))
}

fn percent(part: u64, whole: u64) -> String {
    format!("{:.1} %", 100.0 * share(part, whole))
}

fn named(text: &mut String, what: &str, visits: &[String]) {
    if visits.is_empty() {
        return;
    }
    let first = visits
        .iter()
        .take(NAMED)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    let rest = visits.len().saturating_sub(NAMED);
    let more = if rest > 0 {
        format!(" and {rest} more")
    } else {
        String::new()
    };
    let _ = writeln!(text, "{what}: {first}{more}");
}

fn mishaps(report: &Report) -> Table {
    let mut table = Table::new(&[
        ("mishap", Left),
        ("actions", Right),
        ("right", Right),
        ("share", Right),
    ]);
    for (mishap, counts) in &report.mishaps {
        table.row([
            words(*mishap),
            counts.actions.to_string(),
            counts.right.to_string(),
            percent(counts.right, counts.actions),
        ]);
    }
    table
}

fn wrong_lines(lines: &[WrongLine]) -> String {
    let mut table = Table::new(&[
        ("wrong line of", Left),
        ("product", Left),
        ("taken", Right),
        ("charged", Right),
        ("mishaps", Left),
    ]);
    for line in lines.iter().take(LISTED) {
        table.row([
            line.visit.clone(),
            format!("{} {}", line.product, line.name)
                .trim_end()
                .to_owned(),
            line.taken.to_string(),
            line.charged.to_string(),
            line.mishaps
                .iter()
                .map(|&mishap| words(mishap))
                .collect::<Vec<_>>()
                .join(", "),
        ]);
    }
    match lines.len().saturating_sub(LISTED) {
        0 => table.to_string(),
        more => format!("{table}and {more} more: `--json` lists them all\n"),
    }
}

/// "put back" out of the simulator's own name.
fn words(mishap: Mishap) -> String {
    let name = serde_json::to_value(mishap).ok();
    let name = name
        .as_ref()
        .and_then(|name| name.as_str())
        .unwrap_or_default();
    name.replace('_', " ")
}
