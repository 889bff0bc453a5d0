//! `amble evaluate`.

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use figment::value::Value;

use super::DayArgs;

const AFTER: &str = "\
Examples:
  amble evaluate day.amble --truth day.truth.jsonl
  amble evaluate --receipts receipts.jsonl --truth day.truth.jsonl --json
  amble evaluate --store nanostore --script visits/cps-test-01.csv --seeds 20
  amble evaluate --store convenience --seeds 3 --no-sightings
  amble evaluate --store convenience --seconds 600 --explain
  amble evaluate --store kiosk --without-cameras 2 --without-plates 60
  amble evaluate --store kiosk --hardware --html hardware.html
  amble evaluate --catalogue tests/accuracy --seeds 20
  amble evaluate --catalogue tests/accuracy --only slow-lift
  amble evaluate --catalogue tests/accuracy --seeds 3 --ablate
  amble evaluate --catalogue tests/accuracy --seeds 20 --json > before.json
  amble evaluate --catalogue tests/accuracy --seeds 20 --baseline before.json --html report.html";

/// Where receipts come from when no days are simulated in a shop of one's choice.
const ELSEWHERE: [&str; 3] = ["recording", "receipts", "catalogue"];

/// Compares receipts with what really happened.
///
/// The receipts come from a recording that is replayed, from a file that `replay` printed, or from
/// days that are simulated for it. Counts units over (visit, product): precision, recall and F1;
/// exact and missing receipts; what was left open; what was given away and overcharged in money,
/// beside what is wanted; and how each kind of mishap went.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = AFTER,
    group(ArgGroup::new("source").args(["recording", "receipts", "store", "catalogue"]).required(true))
)]
pub struct EvaluateArgs {
    /// A recording to replay
    #[arg(requires = "truth")]
    pub recording: Option<PathBuf>,

    /// Receipts as JSON lines, as `replay` prints them
    #[arg(long, value_name = "FILE", requires = "truth")]
    pub receipts: Option<PathBuf>,

    /// What really happened, as JSON lines, as `record` and `simulate` write it
    #[arg(long, value_name = "FILE", conflicts_with = "store")]
    pub truth: Option<PathBuf>,

    /// Simulates days in this shop: a file, or a known shop
    #[arg(long, value_name = "FILE|PROFILE")]
    pub store: Option<String>,

    /// People do what this script says; may be given several times: a seed's day has all of
    /// them, one after another
    #[arg(long, value_name = "FILE", requires = "store")]
    pub script: Vec<PathBuf>,

    /// Plays every scenario (*.scene) of this folder, once with hands and sightings, once without
    /// sightings, and once with bodies alone
    #[arg(long, value_name = "DIR")]
    pub catalogue: Option<PathBuf>,

    /// Only this scenario of the catalogue; may be given several times
    #[arg(long, value_name = "NAME", requires = "catalogue")]
    pub only: Vec<String>,

    /// Takes so many cameras out of the shop: the same days with fewer of them. First go those of which others
    /// see nearly the same
    #[arg(long, value_name = "N", requires = "store", conflicts_with_all = ELSEWHERE, default_value_t = 0)]
    pub without_cameras: usize,

    /// Takes so many plates out of the shop, at equal distances in the plan's order. Goods stand on those that are left of
    /// their place; where none is left, nobody notices what is taken
    #[arg(long, value_name = "N", requires = "store", conflicts_with_all = ELSEWHERE, default_value_t = 0)]
    pub without_plates: usize,

    /// What hardware buys: the same days with all of it, with a quarter, a half and three quarters of the
    /// cameras taken out, and the same of the plates
    #[arg(long, requires = "store", conflicts_with_all = ELSEWHERE,
          conflicts_with_all = ["without_cameras", "without_plates"])]
    pub hardware: bool,

    /// Which part buys what: the same days, or scenarios with hands and sightings, decided without each
    /// source of evidence and each idea in turn
    #[arg(long, conflicts_with_all = ["recording", "receipts", "hardware"])]
    pub ablate: bool,

    /// Says of each wrong line what went wrong: what was done, what was recorded of it and who was near, and what was
    /// made of it
    #[arg(long, conflicts_with_all = ["receipts", "catalogue", "hardware", "ablate"])]
    pub explain: bool,

    /// How many seeds, from --seed on
    #[arg(long, value_name = "N", conflicts_with_all = ["recording", "receipts"], default_value_t = 1,
          value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub seeds: u64,

    /// Worker threads; without it as the setting `workers` says
    #[arg(long, value_name = "N")]
    pub workers: Option<usize>,

    /// The report as one JSON object
    #[arg(long)]
    pub json: bool,

    /// Also writes the report as one HTML file, with plots
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,

    /// An earlier run, as --json printed it: says what got worse and what got better since, and
    /// ends with status 1 when anything got worse
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,

    /// What kind of days they are.
    #[command(flatten)]
    pub day: DayArgs,
}

impl EvaluateArgs {
    /// Whether the days are simulated for it.
    #[must_use]
    pub const fn simulates(&self) -> bool {
        self.store.is_some() || self.catalogue.is_some()
    }

    /// The settings that these options set.
    #[must_use]
    pub fn settings(&self) -> Vec<(&'static str, Value)> {
        super::workers(self.workers)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        evaluate: EvaluateArgs,
    }

    #[test]
    fn hardware_is_taken_out_of_a_shop_that_is_named_and_of_nothing_else() {
        let read = |line: &str| Line::try_parse_from(["x"].into_iter().chain(line.split(' ')));
        for less in ["--without-cameras 1", "--without-plates 1", "--hardware"] {
            assert!(read(&format!("--store kiosk {less}")).is_ok());
            assert!(read(&format!("--catalogue scenes {less}")).is_err());
            assert!(read(&format!("day.amble --truth day.jsonl {less}")).is_err());
        }
        assert!(read("--store kiosk --hardware --without-plates 1").is_err());
        assert!(read("--store kiosk --hardware --ablate").is_err());
    }
}
