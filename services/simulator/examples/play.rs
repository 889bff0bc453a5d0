//! Plays a script of takes and returns without a shop and prints its truth: `play PLAN SCRIPT [SEED]`.

use std::{error::Error, fs::File};

use amble_proto::plan::StorePlan;
use amble_simulator::{Day, DayConfig, Script};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let plan = arguments.next().ok_or("which store plan?")?;
    let script = arguments.next().ok_or("which script?")?;
    let seed = arguments.next().map_or(Ok(1), |text| text.parse())?;
    let plan: StorePlan = serde_json::from_reader(File::open(plan)?)?;
    let script = Script::read(File::open(script)?)?;
    let config = DayConfig {
        truth_paths: false,
        ..DayConfig::for_plan(&plan)
    };
    let mut day = Day::with_script(&plan, config, seed, &script)?;
    while day.next_round()?.is_some() {}
    day.truth().write_lines(&mut std::io::stdout())?;
    Ok(())
}
