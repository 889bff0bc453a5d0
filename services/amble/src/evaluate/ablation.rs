//! Which part buys what: the same recordings, decided without one part of the attribution after another.

use std::collections::BTreeSet;

use amble_engine::attribution::Part;
use serde::Serialize;

use super::{Goal, Report, Sales, goals, text::of_sales};
use crate::table::{Align::Left, Align::Right, Table};

/// What is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Without {
    /// In words.
    pub name: &'static str,
    /// The parts.
    pub parts: BTreeSet<Part>,
}

/// Nothing; each part; and, last, everything but the weight.
#[must_use]
pub fn ablations() -> Vec<Without> {
    let all: [(&str, &[Part]); 9] = [
        ("everything", &[]),
        ("no sightings", &[Part::Sightings]),
        ("no hands", &[Part::Hands]),
        ("no bodies", &[Part::Bodies]),
        ("no place on the shelf", &[Part::Place]),
        ("no reach over the interval", &[Part::Interval]),
        ("no living planogram", &[Part::LivingPlanogram]),
        ("no open hypotheses", &[Part::OpenHypotheses]),
        (
            "weight only",
            &[Part::Sightings, Part::Hands, Part::Bodies, Part::Place],
        ),
    ];
    let without = |(name, parts): (&'static str, &[Part])| Without {
        name,
        parts: parts.iter().copied().collect(),
    };
    all.into_iter().map(without).collect()
}

/// What each part is worth.
#[derive(Clone, Debug, Serialize)]
pub struct Ablation {
    /// Everything first.
    pub rows: Vec<Row>,
}

/// All recordings, decided without something.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// What is left out.
    pub name: &'static str,
    /// The parts that this means.
    pub without: BTreeSet<Part>,
    /// All recordings added up.
    pub report: Report,
    /// What must be kept, beside what was.
    pub goals: Vec<Goal>,
    /// Each scenario's or day's F1.
    pub each: Vec<Each>,
}

/// One scenario or day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Each {
    /// Its name.
    pub name: String,
    /// Its F1.
    pub f1: f64,
}

impl Row {
    /// What came of recordings. `days` are (name, report); several of one name are one scenario.
    #[must_use]
    pub fn of(without: &Without, days: Vec<(String, Report)>) -> Self {
        let mut names: Vec<&str> = days.iter().map(|day| day.0.as_str()).collect();
        names.dedup();
        let each = names.into_iter().map(|name| {
            let days = days.iter().filter(|day| day.0 == name).cloned();
            Each {
                name: name.to_owned(),
                f1: Report::sum(days.collect()).score.f1(),
            }
        });
        let each = each.collect();
        let report = Report::sum(days);
        Self {
            name: without.name,
            without: without.parts.clone(),
            goals: goals(&report),
            report,
            each,
        }
    }
}

impl Ablation {
    /// For each row, which scenario or day loses most beside everything, and how much.
    #[must_use]
    pub fn losses(&self) -> Vec<Option<(&str, f64)>> {
        let whole = self.rows.first().map_or(&[][..], |row| &row.each);
        let loss = |row: &Row| {
            let each = row.each.iter().zip(whole);
            let lost = each.map(|(now, with)| (now.name.clone(), with.f1 - now.f1));
            let most = lost.max_by(|a, b| a.1.total_cmp(&b.1));
            most.filter(|most| most.1 > 0.0)
        };
        let named = |(name, lost): (String, f64)| {
            let name = whole.iter().find(|each| each.name == name)?;
            Some((name.name.as_str(), lost))
        };
        self.rows.iter().map(|row| named(loss(row)?)).collect()
    }
}

/// What each part is worth, as a table.
#[must_use]
pub fn ablation_text(ablation: &Ablation) -> String {
    let mut table = Table::new(&[
        ("goes by", Left),
        ("precision", Right),
        ("recall", Right),
        ("F1", Right),
        ("exact", Right),
        ("open", Right),
        ("given away", Right),
        ("overcharged", Right),
        ("loses most", Left),
    ]);
    for (row, loss) in ablation.rows.iter().zip(ablation.losses()) {
        let (report, score) = (&row.report, &row.report.score);
        table.row([
            row.name.to_owned(),
            format!("{:.4}", score.precision()),
            format!("{:.4}", score.recall()),
            format!("{:.4}", score.f1()),
            format!("{}/{}", report.exact, report.visits),
            report.undecided.to_string(),
            of_sales(report, Sales::given_away),
            of_sales(report, Sales::overcharged),
            loss.map_or_else(String::new, |(name, lost)| format!("{name} (−{lost:.4})")),
        ]);
    }
    table.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::Score;

    fn day(name: &str, right: u64, lacking: u64) -> (String, Report) {
        let score = Score {
            right,
            extra: 0,
            lacking,
        };
        let report = Report {
            score,
            ..Report::default()
        };
        (name.to_owned(), report)
    }

    #[test]
    fn a_part_is_worth_what_is_lost_without_it() {
        let [everything, without, ..] = &ablations()[..] else {
            panic!("there are parts")
        };
        let days = |right: u64| vec![day("calm", 9, 1), day("calm", 9, 1), day("crowd", right, 0)];
        let lost = vec![day("calm", 9, 1), day("calm", 9, 1), day("crowd", 5, 5)];
        let ablation = Ablation {
            rows: vec![Row::of(everything, days(10)), Row::of(without, lost)],
        };
        assert_eq!(ablation.rows[0].each.len(), 2);
        let losses = ablation.losses();
        assert_eq!(losses[0], None);
        let (name, lost) = losses[1].unwrap();
        assert_eq!(name, "crowd");
        assert!((lost - 1.0 / 3.0).abs() < 1e-12, "{lost}");
    }

    #[test]
    fn each_row_leaves_out_something_else_and_the_first_nothing() {
        let all = ablations();
        assert!(all[0].parts.is_empty());
        let kinds: BTreeSet<_> = all.iter().map(|without| &without.parts).collect();
        assert_eq!(kinds.len(), all.len());
    }
}
