//! Fault after fault against a shop with people in real time.
//!
//! 1. A fault begins when everything has been well for a while, at a random moment of the second after.
//! 2. What was lost comes back when the shop goes on without it, so that both can be measured apart: the
//!    fault, and the moves of shards when it comes back.
//! 3. Outages are what the devices measured (`amble simulate --outages`).
//! 4. In the end the books are compared: see [`Books`].
//! 5. What single moves cost that were planned, the shop's own history tells: see [`Moves`].
//! 6. The same seed gives the same faults in the same order on the same people; the moments differ, as in
//!    real time everything does. What was said is in the folder.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::Write as _,
    path::Path,
    thread,
    time::{Duration, Instant, SystemTime},
};

use super::{
    Books, Day, Gap, Happening, Mend, Monitor, Moves, Outages, Sample, Table, World, wall_us,
};
use crate::{Fault, Inspector, Outcome, Process, run};

/// How long everything is well before the next fault.
const CALM: Duration = Duration::from_secs(3);
/// How long it takes at most until everything is well again.
const WELL_WITHIN: Duration = Duration::from_secs(60);
/// How long the people are among themselves before the first fault: the stadium's first burst is in.
const WARM_UP: Duration = Duration::from_secs(20);
/// How long a fault may take on the average, with all the waiting.
const A_FAULT: Duration = Duration::from_secs(120);
/// How long visitors may take to leave when the doors are closed.
const LEAVE_WITHIN: Duration = Duration::from_secs(900);

/// What is to happen.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// How many faults.
    pub faults: u32,
    /// Chooses faults, nodes, moments and people.
    pub seed: u64,
    /// Which faults; all of them in turn when there are no more faults than that, else by chance.
    pub only: Vec<Happening>,
    /// The profile of the shop.
    pub store: String,
}

/// Lets it happen and says what it cost, in `table`, also of what happened before something went wrong.
///
/// # Errors
/// When the shop does not recover, or its books are not right.
pub fn soak(folder: &Path, wanted: &Wanted, table: &mut Table) -> Outcome {
    println!(
        "seed {}; what is said goes to {}",
        wanted.seed,
        folder.display()
    );
    Soak::open(folder, wanted)?.run(wanted, table)
}

struct Soak {
    world: World,
    people: Process,
    monitor: Monitor,
    outages: Outages,
    timeline: File,
    day: Day,
    began: Instant,
    /// When nothing moved, from when to when.
    still: Vec<(i64, i64)>,
}

impl Soak {
    fn open(folder: &Path, wanted: &Wanted) -> Outcome<Self> {
        let within = A_FAULT * (wanted.faults + 1) + LEAVE_WITHIN;
        let seed = wanted.seed.to_string();
        let world = World::new(folder, &wanted.store, wanted.seed, within, &[])?;
        let outages = folder.join("outages.jsonl");
        let people = world.nodes.simulate(&[
            "--seed",
            &seed,
            "--seconds",
            &within.as_secs().to_string(),
            // What the shop can't tell anyway must not look like a loss.
            "--mishaps",
            "none",
            "--outages",
            "outages.jsonl",
            "--json",
        ])?;
        Ok(Self {
            monitor: Monitor::start(&world.nodes.pages(), devices(folder, &wanted.store)?),
            outages: Outages::in_file(&outages),
            timeline: File::create(folder.join("timeline.txt"))?,
            day: Day {
                folder: folder.to_owned(),
                store: wanted.store.clone(),
                seed: wanted.seed,
                seconds: 0,
            },
            began: Instant::now(),
            still: Vec::new(),
            world,
            people,
        })
    }

    fn run(mut self, wanted: &Wanted, table: &mut Table) -> Outcome {
        self.all_well()?;
        thread::sleep(WARM_UP);
        let faults = usize::try_from(wanted.faults)?;
        for nth in 0..faults {
            self.all_well()?;
            let what = self.choose(nth, &wanted.only, faults);
            let moment = Duration::from_millis(self.world.chance(0, 1_000));
            let well_us = wall_us();
            thread::sleep(moment);
            self.still.push((well_us, wall_us()));
            self.happen(nth, what, table)?;
        }
        self.all_well()?;
        println!("{}", self.moves()?);
        self.say("the doors are closed")?;
        let Self {
            mut world,
            people,
            mut day,
            began,
            ..
        } = self;
        day.seconds = began.elapsed().as_secs() + 1;
        let sent = people.terminate()?.well()?;
        println!("{}", sent.text()?.trim());
        let books = Books::close(&mut world, &day)?;
        println!("{books}");
        books.are_right()
    }

    fn moves(&mut self) -> Outcome<Moves> {
        let history = Inspector::connect(self.world.nodes.address(0))?.history("")?;
        let waits: Vec<Gap> = self.outages.waits()?.cloned().collect();
        Ok(Moves::of(&history, &waits, &self.still))
    }

    fn choose(&mut self, nth: usize, among: &[Happening], faults: usize) -> Happening {
        let any = self.world.chance(0, among.len() as u64);
        let any = usize::try_from(any).unwrap_or_default();
        among[if faults <= among.len() { nth } else { any }]
    }

    fn happen(&mut self, nth: usize, what: Happening, table: &mut Table) -> Outcome {
        let from_us = wall_us();
        self.say(&format!("{nth}: {what}"))?;
        let mend = self.world.strike(what)?;
        self.monitor.want(&self.world.well_without(&mend));
        self.say(&format!("{nth}: {mend:?}"))?;
        if !what.is_survived() {
            // The fault itself, not a wait for anything.
            thread::sleep(what.lasts());
            self.back(mend)?;
            return self.note(nth, what.name(), from_us, table);
        }
        self.all_well()?;
        self.note(nth, what.name(), from_us, table)?;
        if mend.is_nothing() {
            return Ok(());
        }
        let from_us = wall_us();
        self.back(mend)?;
        self.note(nth, &format!("{what}, back"), from_us, table)
    }

    fn back(&mut self, mend: Mend) -> Outcome {
        self.world.mend(mend)?;
        self.monitor.want(&self.world.nodes.running());
        self.say("mended")?;
        self.all_well()
    }

    fn note(&mut self, nth: usize, what: &str, from_us: i64, table: &mut Table) -> Outcome {
        let sample = Sample::within(from_us, self.outages.so_far()?, &self.monitor.bookkeeper());
        self.say(&format!("{nth}: {what}: {sample:?}"))?;
        table.add(what, sample);
        Ok(())
    }

    fn all_well(&mut self) -> Outcome {
        let well = self.monitor.all_well(&mut self.outages, CALM, WELL_WITHIN);
        well.map_err(|fault| Fault::new(format!("{fault:?}\n{}", self.world.nodes.errors())))
    }

    fn say(&mut self, what: &str) -> Outcome {
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        let mut line = String::new();
        write!(line, "{}.{:03} {what}", now.as_secs(), now.subsec_millis())?;
        println!("{line}");
        Ok(writeln!(self.timeline, "{line}")?)
    }
}

/// How many devices a shop has.
fn devices(folder: &Path, store: &str) -> Outcome<u32> {
    let plan = ["store", "new", store, "--output", "counted.json"];
    run(folder, Duration::from_secs(20), &plan)?.well()?;
    let plan: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(folder.join("counted.json"))?)?;
    let count = |list: &serde_json::Value| list.as_array().map_or(0, Vec::len);
    let gondolas = plan["gondolas"].as_array().into_iter().flatten();
    let shelves: usize = gondolas.map(|gondola| count(&gondola["shelves"])).sum();
    let devices = count(&plan["cameras"]) + count(&plan["gates"]) + shelves;
    u32::try_from(devices).map_err(Fault::from)
}
