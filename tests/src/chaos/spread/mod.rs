//! A shop on one node and on three, and a fourth that joins: what that costs, and how even it is.

mod reading;

use std::{path::Path, thread, time::Duration};

use super::{Outages, World};
use crate::{Inspector, Outcome, Process};
use reading::Reading;

/// What is to be measured.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// For how long, in seconds.
    pub seconds: u64,
    /// How long people come before, in seconds.
    pub warm_up: u64,
    /// Chooses the people.
    pub seed: u64,
    /// The profile of the shop.
    pub store: String,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Found {}

pub fn spread(folder: &Path, wanted: &Wanted, found: &mut Found) -> Outcome {
    for nodes in std::env::var("NODES").map_or(vec![1, 3], |n| vec![n.parse().unwrap()]) {
        let own = folder.join(format!("nodes-{nodes}"));
        std::fs::create_dir(&own)?;
        let within = Duration::from_secs(wanted.warm_up + wanted.seconds + 300);
        let world = World::with_nodes(&own, &wanted.store, wanted.seed, within, &[], (nodes, nodes))?;
        let mut outages = Outages::in_file(&own.join("outages.jsonl"));
        let _people = people(&world, wanted, within)?;
        thread::sleep(Duration::from_secs(wanted.warm_up));
        let inspector = Inspector::connect(world.nodes.address(0))?;
        let first = Reading::take(&inspector)?;
        let began = super::wall_us();
        for _ in 0..wanted.seconds {
            thread::sleep(Duration::from_secs(1));
            let now = Reading::take(&inspector)?;
            if now.lag > Duration::from_secs(1) { println!("lag {:?}", now.lag); }
        }
        let last = Reading::take(&inspector)?;
        let cores = last.cores_since(&first);
        println!("{nodes}: {:.3} {cores:?} {:?} lag {:?} measured {}", cores.values().sum::<f64>(), last.loads(), last.lag, last.measured);
        println!("{:?}", super::Sample::within(began, outages.so_far()?, &[]));
        
        for (pid, n) in world.nodes.ids() { println!("{n} {pid}"); }
        if std::env::var("HOLD").is_ok() { thread::sleep(Duration::from_secs(60)); }
    }
    let _ = found;
    Ok(())
}

fn people(world: &World, wanted: &Wanted, within: Duration) -> Outcome<Process> {
    world.nodes.simulate(&[
        "--seed",
        &wanted.seed.to_string(),
        "--seconds",
        &within.as_secs().to_string(),
        "--outages",
        "outages.jsonl",
    ])
}
