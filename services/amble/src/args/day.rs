//! What kind of day is simulated.

use amble_proto::plan::StorePlan;
use amble_simulator::{DayConfig, Mishaps, PlateMode};
use clap::{Args, ValueEnum};
use serde_json::Value;

use crate::failure::Failure;

/// What kind of day is simulated. What is not given is as the shop's size suggests.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "The day")]
pub struct DayArgs {
    /// About how many people are inside at once; without it, what fits the shop
    #[arg(long, value_name = "N")]
    pub people: Option<u32>,

    /// After how many seconds of event time the doors close; who is inside then finishes and leaves
    #[arg(long, value_name = "N", default_value_t = 600)]
    pub seconds: u32,

    /// The same seed gives the same day
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// Whether things go wrong as often as in real shops, or never
    #[arg(long, value_enum, default_value_t = MishapSet::Default)]
    pub mishaps: MishapSet,

    /// How often one thing goes wrong, as a share of all interactions; may be given several times
    #[arg(long = "mishap", value_name = "NAME=RATE", value_parser = mishap)]
    pub mishap: Vec<(String, f64)>,

    /// Cameras see no heads and wrists
    #[arg(long)]
    pub no_hands: bool,

    /// Cameras don't see what is taken
    #[arg(long)]
    pub no_sightings: bool,

    /// Cameras don't tell what people look like
    #[arg(long)]
    pub no_appearance: bool,

    /// When shelves send their weights
    #[arg(long, value_enum, default_value_t = Plates::Steady)]
    pub plates: Plates,
}

/// How much goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MishapSet {
    /// As often as in real shops
    Default,
    /// Never
    None,
}

/// When shelves send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Plates {
    /// All plates ten times a second
    Steady,
    /// All plates 60 times a second, in frames of twelve samples
    Batched,
    /// When a plate moved, else an empty frame once a second
    OnChange,
}

impl From<Plates> for PlateMode {
    fn from(plates: Plates) -> Self {
        match plates {
            Plates::Steady => Self::EveryFrame,
            Plates::Batched => Self::Batched,
            Plates::OnChange => Self::OnChange,
        }
    }
}

impl DayArgs {
    /// The day in a shop.
    ///
    /// # Errors
    /// When a mishap has a name that the simulator doesn't know.
    pub fn config(&self, plan: &StorePlan) -> Result<DayConfig, Failure> {
        let fitting = DayConfig::for_plan(plan);
        Ok(DayConfig {
            people: self.people.unwrap_or(fitting.people),
            seconds: self.seconds,
            mishaps: self.mishaps()?,
            hands: !self.no_hands,
            sightings: !self.no_sightings,
            appearance: !self.no_appearance,
            plate_mode: self.plates.into(),
            ..fitting
        })
    }

    fn mishaps(&self) -> Result<Mishaps, Failure> {
        let all = match self.mishaps {
            MishapSet::Default => Mishaps::default(),
            MishapSet::None => Mishaps::none(),
        };
        // Through JSON, so that names and the list of them are the simulator's own.
        let mut table = serde_json::to_value(all)?;
        for (name, rate) in &self.mishap {
            table[name.as_str()] = Value::from(*rate);
        }
        serde_json::from_value(table).map_err(|error| Failure::usage(format!("--mishap: {error}")))
    }
}

fn mishap(text: &str) -> Result<(String, f64), String> {
    let parsed = text.split_once('=').and_then(|(name, rate)| {
        let rate = rate
            .parse()
            .ok()
            .filter(|rate| (0.0..=1.0).contains(rate))?;
        Some((name.replace('-', "_"), rate))
    });
    parsed.ok_or_else(|| "use NAME=RATE with a rate from 0 to 1, such as put_back=0.2".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        day: DayArgs,
    }

    fn config(words: &[&str]) -> Result<DayConfig, String> {
        let words = ["x"].iter().chain(words);
        let line = Line::try_parse_from(words).map_err(|error| error.to_string())?;
        let plan = crate::plan_file::open("kiosk").map_err(|error| error.to_string())?;
        line.day.config(&plan).map_err(|error| error.to_string())
    }

    #[test]
    fn single_mishaps_are_set_upon_the_chosen_set() {
        let day = config(&["--mishaps", "none", "--mishap", "put-back=0.5"]).unwrap();
        assert_eq!(
            day.mishaps,
            Mishaps {
                put_back: 0.5,
                ..Mishaps::none()
            }
        );
        assert_eq!(config(&[]).unwrap().mishaps, Mishaps::default());
    }

    #[test]
    fn an_unknown_mishap_or_a_rate_that_is_none_is_named() {
        let error = config(&["--mishap", "theft=0.1"]).unwrap_err();
        assert!(
            error.contains("theft") && error.contains("put_back"),
            "{error}"
        );
        for bad in ["put_back", "put_back=2", "put_back=nan"] {
            assert!(
                config(&["--mishap", bad])
                    .unwrap_err()
                    .contains("NAME=RATE"),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_day_without_options_fits_the_shop() {
        assert_eq!(config(&[]).unwrap().people, 4);
        assert!(!config(&["--no-hands"]).unwrap().hands);
    }
}
