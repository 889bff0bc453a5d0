//! Several days as one figure: the mean, the worst, and everything added up.

use amble_tracks::Tally;
use serde::Serialize;

use super::{Goal, Report, goals, hardware::Kit};

/// Several days.
#[derive(Clone, Debug, Serialize)]
pub struct Series {
    /// All days added up; where there are several, visits have their day's name before them.
    #[serde(flatten)]
    pub total: Report,
    /// What must be kept, beside what was.
    pub goals: Vec<Goal>,
    /// What hardware the shop was left with, when some was taken out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hardware: Option<Kit>,
    /// The mean over the days of each day's F1.
    pub mean_f1: f64,
    /// The day with the lowest F1.
    pub worst: Option<Worst>,
    /// Each day.
    pub days: Vec<DayReport>,
}

/// The worst day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Worst {
    /// Its name.
    pub day: String,
    /// Its F1.
    pub f1: f64,
}

/// One day in short.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DayReport {
    /// Its name.
    pub day: String,
    /// Visits that are over.
    pub visits: usize,
    /// Visits with an exact receipt.
    pub exact: usize,
    /// Its F1.
    pub f1: f64,
    /// How many lines were wrong.
    pub wrong_lines: usize,
    /// How people were tracked.
    pub tracking: Option<Tally>,
}

impl Series {
    /// These days, each with its name.
    #[must_use]
    pub fn of(days: Vec<(String, Report)>) -> Self {
        let in_short = |(day, report): &(String, Report)| DayReport {
            day: day.clone(),
            visits: report.visits,
            exact: report.exact,
            f1: report.score.f1(),
            wrong_lines: report.wrong_lines.len(),
            tracking: report.tracking,
        };
        let short: Vec<DayReport> = days.iter().map(in_short).collect();
        let worst = short.iter().min_by(|a, b| a.f1.total_cmp(&b.f1));
        let total = Report::sum(days);
        Self {
            goals: goals(&total),
            total,
            hardware: None,
            mean_f1: short.iter().map(|day| day.f1).sum::<f64>() / short.len().max(1) as f64,
            worst: worst.map(|day| Worst {
                day: day.day.clone(),
                f1: day.f1,
            }),
            days: short,
        }
    }
}
