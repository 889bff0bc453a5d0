//! Two runs side by side: what got worse, and what got better.
//!
//! 1. A run is what `--json` prints: of a catalogue, of days, of parts left out, or of less and less hardware.
//!    It has rows: each scenario with each set of senses, each day, each step, and all of them together.
//! 2. Rows with the same name are compared, figure by figure. Which differences are chance, nobody can
//!    tell from two runs: compare runs with the same seeds, which differ only by what was changed.
//! 3. Rows or figures that only one run has are not compared; rows are named, so that a scenario that was
//!    taken out is not taken for one that still passes.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// Smaller differences are none: figures are printed with four digits.
const NOTHING: f64 = 0.000_05;

/// A figure: where it stands in a row, and whether more of it is better.
struct Kind {
    name: &'static str,
    /// JSON pointer within a row.
    at: &'static str,
    more_is_better: bool,
}

const KINDS: [Kind; 9] = [
    Kind {
        name: "F1",
        at: "/report/score/f1",
        more_is_better: true,
    },
    Kind {
        name: "exact receipts",
        at: "/report/exact",
        more_is_better: true,
    },
    Kind {
        name: "undecided",
        at: "/report/undecided",
        more_is_better: false,
    },
    Kind {
        name: "calibration error",
        at: "/calibration/calibration_error",
        more_is_better: false,
    },
    Kind {
        name: "Brier score",
        at: "/calibration/brier",
        more_is_better: false,
    },
    Kind {
        name: "seconds until settled (p99)",
        at: "/report/settling/p99_s",
        more_is_better: false,
    },
    Kind {
        name: "identity switches per person-minute",
        at: "/report/tracking/switches_per_person_minute",
        more_is_better: false,
    },
    Kind {
        name: "goods given away, of sales",
        at: "/report/sales/given_away_share",
        more_is_better: false,
    },
    Kind {
        name: "overcharges, of sales",
        at: "/report/sales/overcharged_share",
        more_is_better: false,
    },
];

/// A run's rows: its figures by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Run(BTreeMap<String, Vec<(&'static str, f64)>>);

/// A figure of both runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// Which scenario with which senses, or which day.
    pub row: String,
    /// What was measured.
    pub figure: &'static str,
    /// In the earlier run.
    pub before: f64,
    /// In this one.
    pub now: f64,
}

/// Two runs, compared.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Versus {
    /// What got worse, the row with the greatest loss of F1 first.
    pub worse: Vec<Change>,
    /// What got better, in the same way.
    pub better: Vec<Change>,
    /// Rows that the earlier run had and this one has not.
    pub gone: Vec<String>,
    /// Rows that the earlier run had not.
    pub new: Vec<String>,
}

impl Run {
    /// The rows of what `--json` printed. `None`: it is no such thing.
    #[must_use]
    pub fn read(printed: &Value) -> Option<Self> {
        let mut rows = BTreeMap::new();
        let mut row = |name: String, value: &Value| {
            let figures = KINDS.iter().filter_map(|kind| {
                let figure = value.pointer(kind.at)?.as_f64()?;
                Some((kind.name, figure))
            });
            rows.insert(name, figures.collect());
        };
        if let Some(scenarios) = printed["scenarios"].as_array() {
            let all = Value::from("all scenarios");
            let overall = std::iter::once((&all, &printed["overall"]));
            let each = scenarios.iter().map(|s| (&s["name"], &s["figures"]));
            for (name, figures) in each.chain(overall) {
                for figures in figures.as_array()? {
                    let senses = figures["senses"].as_str()?.replace('_', " ");
                    row(format!("{}, {senses}", name.as_str()?), figures);
                }
            }
        } else if let Some(rows) = printed["rows"].as_array() {
            for printed in rows {
                row(printed["name"].as_str()?.to_owned(), printed);
            }
        } else {
            for day in printed["days"].as_array()? {
                let report = serde_json::json!({ "report": { "score": { "f1": day["f1"] }, "exact": day["exact"] } });
                row(day["day"].as_str()?.to_owned(), &report);
            }
            row(
                "all days".to_owned(),
                &serde_json::json!({ "report": printed }),
            );
        }
        Some(Self(rows))
    }

    /// What became of an earlier run.
    #[must_use]
    pub fn versus(&self, before: &Self) -> Versus {
        let names = |of: &Self, not: &Self| -> Vec<String> {
            let only = of.0.keys().filter(|name| !not.0.contains_key(*name));
            only.cloned().collect()
        };
        let mut versus = Versus {
            gone: names(before, self),
            new: names(self, before),
            ..Versus::default()
        };
        for (row, figures) in &self.0 {
            let known = before.0.get(row);
            for &(figure, now) in figures {
                let mut known = known.into_iter().flatten();
                let Some(&(_, before)) = known.find(|(name, _)| *name == figure) else {
                    continue;
                };
                let change = Change {
                    row: row.clone(),
                    figure,
                    before,
                    now,
                };
                match change.gain() {
                    gain if gain < -NOTHING => versus.worse.push(change),
                    gain if gain > NOTHING => versus.better.push(change),
                    _ => {}
                }
            }
        }
        for changes in [&mut versus.worse, &mut versus.better] {
            changes.sort_by(|a, b| {
                let f1 = |change: &Change| change.figure != KINDS[0].name;
                (f1(a).cmp(&f1(b))).then(b.gain().abs().total_cmp(&a.gain().abs()))
            });
        }
        versus
    }
}

impl Change {
    /// How much better it is, in the figure's own unit; less than nothing: worse.
    fn gain(&self) -> f64 {
        let kind = KINDS.iter().find(|kind| kind.name == self.figure);
        let more_is_better = kind.is_some_and(|kind| kind.more_is_better);
        let more = self.now - self.before;
        if more_is_better { more } else { -more }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn catalogue(scenes: &[(&str, f64, f64)]) -> Run {
        let figures = |f1: f64, error: f64| {
            json!([{
                "senses": "all",
                "report": { "score": { "f1": f1 }, "exact": 3 },
                "calibration": { "calibration_error": error },
            }])
        };
        let scenes: Vec<Value> = scenes
            .iter()
            .map(|&(name, f1, error)| json!({ "name": name, "figures": figures(f1, error) }))
            .collect();
        Run::read(&json!({ "scenarios": scenes, "overall": figures(0.9, 0.1) })).unwrap()
    }

    #[test]
    fn what_got_worse_is_named_the_worst_first() {
        let before = catalogue(&[
            ("calm", 1.0, 0.0),
            ("slow", 0.9, 0.1),
            ("taken-out", 1.0, 0.0),
        ]);
        let now = catalogue(&[
            ("calm", 0.95, 0.0),
            ("slow", 0.7, 0.02),
            ("fresh", 1.0, 0.0),
        ]);
        let versus = now.versus(&before);
        let rows = |changes: &[Change]| -> Vec<(String, &str)> {
            changes.iter().map(|c| (c.row.clone(), c.figure)).collect()
        };
        assert_eq!(
            rows(&versus.worse),
            [
                ("slow, all".to_owned(), "F1"),
                ("calm, all".to_owned(), "F1")
            ]
        );
        assert_eq!(
            rows(&versus.better),
            [("slow, all".to_owned(), "calibration error")]
        );
        assert_eq!((versus.gone.len(), versus.new.len()), (1, 1));
    }

    #[test]
    fn days_are_compared_by_name_and_together() {
        let days = |f1: f64| {
            let printed = json!({
                "score": { "f1": f1 }, "exact": 1, "undecided": 0,
                "days": [{ "day": "seed 1", "f1": f1, "exact": 1 }],
            });
            Run::read(&printed).unwrap()
        };
        assert_eq!(days(0.5).versus(&days(0.6)).worse.len(), 2);
        assert_eq!(days(0.5).versus(&days(0.5)), Versus::default());
        assert_eq!(Run::read(&json!({ "lines": [] })), None);
    }
}
