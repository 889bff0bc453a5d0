//! What comes of a catalogue of scenarios: each with each set of senses, over all seeds, and all of
//! them together.

use serde::Serialize;

use super::{Calibration, Report, Score, calibration::Stated};

/// What the cameras tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Senses {
    /// Hands, and items seen in them.
    All,
    /// Hands, but no items.
    NoSightings,
    /// Bodies alone.
    Bodies,
}

impl Senses {
    /// All sets, the richest first.
    pub const SETS: [Self; 3] = [Self::All, Self::NoSightings, Self::Bodies];

    /// What it is called.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::All => "hands and sightings",
            Self::NoSightings => "no sightings",
            Self::Bodies => "bodies alone",
        }
    }
}

/// One scenario played with one seed.
#[derive(Clone, Debug)]
pub struct Played {
    /// The scenario.
    pub scenario: String,
    /// What the cameras told.
    pub senses: Senses,
    /// The seed.
    pub seed: u64,
    /// How right the receipts are.
    pub report: Report,
    /// How sure the lines were.
    pub stated: Vec<Stated>,
    /// What an exhaustive solver gets right that knows the true parameters; `None` when the scene has
    /// too many people for it.
    pub solver: Option<Score>,
}

/// A catalogue.
#[derive(Clone, Debug, Serialize)]
pub struct Catalogue {
    /// Every scenario, by name.
    pub scenarios: Vec<Scene>,
    /// All of them together.
    pub overall: Vec<Figures>,
}

/// One scenario.
#[derive(Clone, Debug, Serialize)]
pub struct Scene {
    /// Its name.
    pub name: String,
    /// What it is about.
    pub about: String,
    /// How it went, with each set of senses.
    pub figures: Vec<Figures>,
}

/// Days with one set of senses.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// What the cameras told.
    pub senses: Senses,
    /// All of them added up.
    pub report: Report,
    /// Whether the shop knew how sure it was.
    pub calibration: Calibration,
    /// What an exhaustive solver gets right that knows the true parameters; `None` when there are days
    /// with too many people for it.
    pub solver: Option<Score>,
}

impl Catalogue {
    /// What was played of these scenarios, each given as (name, what it is about).
    #[must_use]
    pub fn of(scenarios: &[(String, String)], played: &[Played]) -> Self {
        let scene = |(name, about): &(String, String)| Scene {
            name: name.clone(),
            about: about.clone(),
            figures: figures(played, |day| day.scenario == *name),
        };
        Self {
            scenarios: scenarios.iter().map(scene).collect(),
            overall: figures(played, |_| true),
        }
    }
}

fn figures(played: &[Played], counts: impl Fn(&Played) -> bool) -> Vec<Figures> {
    let of = |senses: Senses| {
        let days = || {
            let days = played.iter();
            days.filter(|day| day.senses == senses && counts(day))
        };
        let named = |day: &Played| {
            let name = format!("{}/seed {}", day.scenario, day.seed);
            (name, day.report.clone())
        };
        let stated: Vec<Stated> = days().flat_map(|day| day.stated.iter().copied()).collect();
        Figures {
            senses,
            report: Report::sum(days().map(named).collect()),
            calibration: Calibration::of(&stated),
            solver: days()
                .map(|day| day.solver)
                .try_fold(Score::default(), |mut sum, day| {
                    sum += day?;
                    Some(sum)
                }),
        }
    };
    Senses::SETS.map(of).to_vec()
}
