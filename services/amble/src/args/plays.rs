//! What people do on a simulated day: by chance, by a script, or along given floor paths.

use std::{fs::File, io::BufReader, path::PathBuf};

use amble_proto::plan::StorePlan;
use amble_simulator::{Day, DayConfig, Fit, FloorPaths, Script};
use clap::Args;

use crate::failure::{Explain as _, Failure};

/// What people do, if not what chance decides.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "The day")]
pub struct PlaysArgs {
    /// People do what this script says: CSV with t_s,shopper,action,gtin,gondola,shelf,plates
    #[arg(long, value_name = "FILE", conflicts_with = "paths")]
    pub script: Option<PathBuf>,

    /// People walk along these paths and take nothing: CSV with t_s,person,x_m,y_m
    #[arg(long, value_name = "FILE")]
    pub paths: Option<PathBuf>,
}

/// What people do on a simulated day.
#[derive(Clone, Debug)]
pub enum Plays {
    /// What chance decides.
    Chance,
    /// What a script says.
    Script(Script),
    /// They walk along these paths.
    Paths(FloorPaths),
}

impl PlaysArgs {
    /// Reads the files.
    ///
    /// # Errors
    /// When one of them can't be read.
    pub fn read(&self) -> Result<Plays, Failure> {
        let open = |path: &PathBuf| {
            File::open(path)
                .map(BufReader::new)
                .explain(|| format!("cannot read {}", path.display()))
        };
        if let Some(path) = &self.script {
            let script = Script::read(open(path)?);
            return Ok(Plays::Script(
                script.explain(|| path.display().to_string())?,
            ));
        }
        if let Some(path) = &self.paths {
            let paths = FloorPaths::read(open(path)?, Fit::default());
            return Ok(Plays::Paths(paths.explain(|| path.display().to_string())?));
        }
        Ok(Plays::Chance)
    }
}

impl Plays {
    /// A day on which they do it.
    ///
    /// # Errors
    /// When the plan can't be used, or has not what a script names.
    pub fn day(&self, plan: &StorePlan, config: DayConfig, seed: u64) -> Result<Day, Failure> {
        Ok(match self {
            Self::Chance => Day::new(plan, config, seed),
            Self::Script(script) => Day::with_script(plan, config, seed, script),
            Self::Paths(paths) => Day::with_paths(plan, config, seed, paths),
        }?)
    }
}
