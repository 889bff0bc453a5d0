//! A full shop on one node and on three, and a fourth that joins: what that costs, and how even it is.
//!
//! 1. The same people with the same sensors in real time, by the same simulator, in a process of its own.
//! 2. CPU is that of the nodes' processes, as the kernel counts it; etcd and PostgreSQL are not in it.
//! 3. A shard's load is what its node measured; evenness is judged by that.
//! 4. Nothing else looks at the nodes meanwhile, but for one question every few seconds.

mod found;
mod reading;

use std::{fs, path::Path, thread, time::Duration};

use super::{Outages, Sample, World, wall_us};
use crate::{Inspector, Nodes, Outcome, Process, until};
use amble_servers::Place;
pub use found::Found;
use found::{Joined, Stretch};
use reading::Reading;

/// How many nodes share the shop before another one joins.
const NODES: usize = 3;
/// How often the nodes are asked while it is measured.
const ASK_EVERY: Duration = Duration::from_secs(5);
/// How often it is looked whether shards still move.
const LOOK: Duration = Duration::from_millis(500);
/// Nothing moves any more when nothing has moved for so long: much longer than between two handfuls.
const AT_REST: Duration = Duration::from_secs(5);
/// How long a node that joins may take to get its shards, and to measure them.
const SETTLES_WITHIN: Duration = Duration::from_secs(120);
/// How long all else may take.
const STARTING: Duration = Duration::from_secs(120);

/// What is to be measured.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// For how long, in seconds.
    pub seconds: u64,
    /// How long people come before, in seconds: until the shop is full and its shards are measured.
    pub warm_up: u64,
    /// Chooses the people.
    pub seed: u64,
    /// The profile of the shop.
    pub store: String,
}

impl Wanted {
    fn within(&self) -> Duration {
        Duration::from_secs(self.warm_up + 2 * self.seconds) + SETTLES_WITHIN + STARTING
    }
}

/// Measures, into `found`, also what was measured before something went wrong.
///
/// # Errors
/// When the shop does not open, or a node does not answer.
pub fn spread(folder: &Path, wanted: &Wanted, found: &mut Found) -> Outcome {
    let within = wanted.within();
    let own = |name: &str| {
        let own = folder.join(name);
        fs::create_dir(&own).map(|()| own)
    };

    let alone = own("alone")?;
    let ledger = ["--ledger", "ledger.sqlite"].map(str::to_owned);
    let here = Place::here();
    let places = [here.clone()];
    let mut nodes = Nodes::new(&alone, &wanted.store, &places, &here, within, &ledger)?;
    nodes.start(0)?;
    nodes.opened()?;
    let mut watch = Watch::begin(&alone, &nodes, wanted)?;
    found
        .stretches
        .push(watch.measure("one node, SQLite", wanted)?);
    drop((watch, nodes));

    let one = own("one")?;
    let world = World::with_nodes(&one, &wanted.store, wanted.seed, within, &[], (1, 1))?;
    let mut watch = Watch::begin(&one, &world.nodes, wanted)?;
    let name = "one node, PostgreSQL, etcd";
    found.stretches.push(watch.measure(name, wanted)?);
    drop((watch, world));

    let several = own("several")?;
    let room = (NODES, NODES + 1);
    let mut world = World::with_nodes(&several, &wanted.store, wanted.seed, within, &[], room)?;
    let mut watch = Watch::begin(&several, &world.nodes, wanted)?;
    let three = watch.measure("three nodes", wanted)?;
    found.stretches.push(three);
    let before = watch.ask()?;
    let from_us = wall_us();
    world.nodes.start(NODES)?;
    let after = watch.at_rest(NODES + 1)?;
    let sample = Sample::within(from_us, watch.outages.so_far()?, &[]);
    found.joined = Some(Joined::between(&before, &after, sample));
    watch.all_measured()?;
    found
        .stretches
        .push(watch.stretch("four nodes", wanted.seconds)?);
    Ok(())
}

/// People in a shop, and who looks at its nodes.
struct Watch {
    inspector: Inspector,
    outages: Outages,
    _people: Process,
}

impl Watch {
    fn begin(folder: &Path, nodes: &Nodes, wanted: &Wanted) -> Outcome<Self> {
        let seed = wanted.seed.to_string();
        let seconds = wanted.within().as_secs().to_string();
        let people = nodes.simulate(&[
            "--seed",
            &seed,
            "--seconds",
            &seconds,
            "--outages",
            "outages.jsonl",
        ])?;
        Ok(Self {
            inspector: Inspector::connect(nodes.address(0))?,
            outages: Outages::in_file(&folder.join("outages.jsonl")),
            _people: people,
        })
    }

    fn ask(&self) -> Outcome<Reading> {
        Reading::take(&self.inspector)
    }

    /// What is used once the shop is full.
    fn measure(&mut self, name: &str, wanted: &Wanted) -> Outcome<Stretch> {
        println!("{name}: {} s until the shop is full", wanted.warm_up);
        thread::sleep(Duration::from_secs(wanted.warm_up));
        self.stretch(name, wanted.seconds)
    }

    fn stretch(&mut self, name: &str, seconds: u64) -> Outcome<Stretch> {
        println!("{name}: {seconds} s are measured");
        let from_us = wall_us();
        let first = self.ask()?;
        let mut last = first.clone();
        let mut lag = Duration::ZERO;
        while last.since(&first) < Duration::from_secs(seconds) {
            thread::sleep(ASK_EVERY);
            last = self.ask()?;
            lag = lag.max(last.lag);
        }
        let waits = Sample::within(from_us, self.outages.so_far()?, &[]);
        let stretch = Stretch::between(name, &first, &last, lag, waits);
        println!("{stretch}");
        Ok(stretch)
    }

    /// Waits until so many nodes have shards, which do not move any more.
    fn at_rest(&self, nodes: usize) -> Outcome<Reading> {
        let mut resting = self.ask()?;
        until("for shards that are at rest", SETTLES_WITHIN, || {
            thread::sleep(LOOK);
            let now = self.ask()?;
            if now.placed != resting.placed || now.homes() != nodes {
                resting = now;
                return Ok(None);
            }
            Ok((now.since(&resting) > AT_REST).then_some(now))
        })
    }

    /// Waits until every shard is measured where it is.
    fn all_measured(&self) -> Outcome {
        until("for shards that are measured", SETTLES_WITHIN, || {
            thread::sleep(LOOK);
            Ok(self.ask()?.all_measured.then_some(()))
        })
    }
}
