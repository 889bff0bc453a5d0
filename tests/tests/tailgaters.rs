//! Who comes in without a pass gets no silent free lunch: operators hear of it while they are in the shop, and again
//! when they leave with goods.

use std::{collections::BTreeSet, fs, time::Duration};

use amble_proto::v1::{Event, EventKind};
use amble_tests::{Inspector, Outcome, Start, until};
use serde_json::Value;

const LIFE: Duration = Duration::from_secs(180);
const SOON: Duration = Duration::from_secs(60);

#[test]
fn operators_hear_of_goods_that_nobody_pays_for() -> Outcome {
    let folder = tempfile::tempdir()?;
    let start = Start::new(folder.path(), "kiosk", &["--event-time"])?;
    let _shop = start.open(LIFE)?;
    let day = ["--speed", "max", "--seconds", "60", "--mishaps", "none"];
    let day = [&day[..], &["--mishap", "tailgaters=0.4"]].concat();
    start.simulate(LIFE, &day)?.finish()?.well()?;

    // Who has no pass is no visit, in the truth either.
    let truth = fs::read_to_string(start.truth())?;
    let lines: Vec<Value> = truth
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    let free = lines
        .iter()
        .filter(|line| line["what"] == "action" && line["visit"] == "");
    let free = free.count();
    assert!(free > 0, "nobody came without a pass: {truth}");

    let inspector = Inspector::connect(start.address())?;
    let of = |events: &[Event], kind: EventKind| -> Vec<(String, u64)> {
        let own = events.iter().filter(|event| event.kind() == kind);
        own.map(|event| (event.actor_key.clone(), event.count))
            .collect()
    };
    let left = until("for guests who left with goods", SOON, || {
        let left = of(&inspector.history("")?, EventKind::GuestLeftWithGoods);
        let units: u64 = left.iter().map(|(_, units)| units).sum();
        Ok((units >= free as u64).then_some(left))
    })?;
    let held = of(&inspector.history("")?, EventKind::GuestHoldsGoods);
    let held: BTreeSet<&String> = held.iter().map(|(who, _)| who).collect();
    for (who, _) in &left {
        assert!(held.contains(who), "{who} was not told of before leaving");
    }
    Ok(())
}
