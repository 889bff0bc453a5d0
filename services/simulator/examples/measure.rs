//! How much a simulated second costs: `measure PLAN [SECONDS] [PEOPLE] [PLATE_MODE]`.

use std::{collections::BTreeMap, error::Error, time::Instant};

use amble_proto::plan::StorePlan;
use amble_simulator::{Day, DayConfig};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("which store plan?")?;
    let seconds: u32 = arguments.next().map_or(Ok(300), |text| text.parse())?;
    let plan: StorePlan = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    let mut config = DayConfig {
        seconds,
        ..DayConfig::for_plan(&plan)
    };
    if let Some(people) = arguments.next() {
        config.people = people.parse()?;
    }
    if let Some(mode) = arguments.next() {
        config.plate_mode = serde_json::from_value(mode.into())?;
    }
    let built = Instant::now();
    let mut day = Day::new(&plan, config, 1)?;
    println!("built in {:.2?}", built.elapsed());

    let (mut rounds, mut detections, mut samples) = (0_u32, 0_usize, 0_usize);
    let mut began = Instant::now();
    let mut slowest = 0.0_f64;
    let mut minute = (0, 0, 0);
    loop {
        let before = Instant::now();
        let Some(round) = day.next_round()? else {
            break;
        };
        slowest = slowest.max(before.elapsed().as_secs_f64());
        rounds += 1;
        for device in &round.devices {
            detections += count(&device.frames.camera, |f| f.detections.len());
            samples += count(&device.frames.shelf, |f| f.grams.len());
        }
        if rounds.is_multiple_of(600) {
            println!(
                "minute {:>3}: {:>4} people, {:>6} detections/s, {:>8} samples/s, {:>6.2} ms a simulated second, slowest round {:.2} ms",
                rounds / 600,
                day.people(),
                (detections - minute.0) / 60,
                (samples - minute.1) / 60,
                began.elapsed().as_secs_f64() / 60.0 * 1e3,
                slowest * 1e3,
            );
            minute = (detections, samples, 0);
            began = Instant::now();
            slowest = 0.0;
        }
    }
    let truth = day.truth();
    let mut kinds = BTreeMap::new();
    for action in &truth.actions {
        *kinds.entry((action.kind, action.mishap)).or_insert(0) += 1;
    }
    println!(
        "{} s, {} visits, {} actions",
        rounds / 10,
        truth.visits.len(),
        truth.actions.len()
    );
    for ((kind, mishap), n) in kinds {
        let share = 100.0 * f64::from(n) / truth.actions.len() as f64;
        println!("{kind:?} {mishap:?}: {n} ({share:.1} %)");
    }
    let mut stays: Vec<i64> = truth
        .visits
        .iter()
        .map(|v| v.left_us - v.entered_us)
        .collect();
    stays.sort_unstable();
    if let Some(median) = stays.get(stays.len() / 2) {
        let longest = stays.last().copied().unwrap_or(0);
        println!(
            "a visit takes {} s, at most {} s",
            median / 1_000_000,
            longest / 1_000_000
        );
    }
    Ok(())
}

fn count<T>(frames: &[T], size: impl Fn(&T) -> usize) -> usize {
    frames.iter().map(size).sum()
}
