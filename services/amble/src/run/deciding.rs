//! `amble bench --attribution`: what deciding alone costs, of what happens in a full shop.
//!
//! 1. A simulated day is played through the shop once; what happened to parties and what was recorded is read
//!    from its ledger.
//! 2. A book alone folds that again, as the bookkeeper does, [`RUNS`] times. Each call counts with the
//!    shortest of its times, so that what else the machine did meanwhile does not count.
//! 3. What happens while the shop fills is folded, but not counted.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::BufWriter,
    process::ExitCode,
    time::{Duration, Instant},
};

use amble_engine::{
    attribution::{self, Book, InteractionId},
    evidence::{Interaction, PartyId},
    planogram::{self, Planogram},
    time::{Round, Time},
};
use amble_ledger::Ledger;
use amble_simulator::{Day, DayConfig, PlateMode, Truth};
use amble_store::{Plan, VisitEvent};
use serde::Serialize;

use super::{
    evaluate::Folder,
    replay::{self, How},
};
use crate::{
    args::{BenchArgs, BenchPlates},
    config::Config,
    failure::Failure,
    output::{print, print_json},
    plan_file,
};

/// How often everything is folded.
const RUNS: usize = 5;
/// How long the shop fills, in seconds of event time.
const FILLING_S: u32 = 180;
/// After a party has left, so much time passes until it is settled: about as in a shop.
const SETTLED_US: i64 = 1_000_000;

/// What was measured.
#[derive(Debug, Serialize)]
struct Figures {
    profile: String,
    seconds: u64,
    /// How many people were inside, in the mean.
    people: f64,
    interactions: usize,
    interactions_per_s: f64,
    /// Share of one CPU core that deciding takes in real time: interactions, and parties that come, join and
    /// are settled.
    cores: f64,
    interaction_mean_us: f64,
    interaction_p99_us: f64,
    interaction_worst_us: f64,
}

/// Measures what attribution costs.
///
/// # Errors
/// When the day can't be simulated or played.
pub(super) async fn bench(args: &BenchArgs, config: &Config) -> Result<ExitCode, Failure> {
    let plan = plan_file::by_name(&args.profile, plan_file::SEED)?;
    let fitting = DayConfig::for_plan(&plan);
    let seconds = u32::try_from(args.seconds).unwrap_or(u32::MAX - FILLING_S);
    let day = DayConfig {
        people: args.people.unwrap_or(fitting.people),
        seconds: FILLING_S + seconds,
        plate_mode: match args.plates {
            BenchPlates::Slow => PlateMode::EveryFrame,
            BenchPlates::Fast => PlateMode::Batched,
        },
        ..fitting
    };
    let begin = Time(day.start_us);
    let folder = Folder::new()?;
    let recording = folder.0.join("day.amble");
    let mut output = BufWriter::new(File::create(&recording)?);
    let day = Day::new(&plan, day, args.seed)?;
    let truth = amble_simulator::record(day, Vec::new(), &mut output)?;
    drop(output);
    let replayed = replay::replayed(&recording, &How::usual(config)).await?;
    let steps = steps(&*replayed.ledger).await?;
    let plan = Plan::new(plan)?;
    let from = begin.plus_us(i64::from(FILLING_S) * 1_000_000);
    let counted = (
        from.round(),
        from.plus_us(i64::from(seconds) * 1_000_000).round(),
    );
    let figures = figures(args, &truth, counted, &measured(&plan, &steps));
    if args.json {
        print_json(&figures)?;
    } else {
        print(&text(&figures))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Something that the bookkeeper is told.
enum Step {
    /// Of a party.
    Party(VisitEvent),
    /// Of a shelf, or of hands.
    Recorded(Interaction),
}

/// All of a day, in the order in which the bookkeeper takes it.
async fn steps(ledger: &dyn Ledger) -> Result<Vec<(Round, Step)>, Failure> {
    let all = u32::MAX >> 1;
    let events = ledger.visit_events_from(None, i64::MIN, all).await?;
    let events = events.iter().filter_map(|stored| {
        let event = amble_store::visit_event(&stored.body)?;
        Some((Round(stored.round), event))
    });
    let mut events: Vec<(Round, VisitEvent)> = events.collect();
    events.sort_by_key(|(round, event)| (*round, event.order()));
    let recorded = ledger.interactions_after(i64::MIN, all).await?;
    let recorded = recorded.iter().filter_map(|stored| {
        let interaction = amble_store::interaction(&stored.body)?;
        Some((Round(stored.round), Step::Recorded(interaction)))
    });
    let events = events
        .into_iter()
        .map(|(round, event)| (round, Step::Party(event)));
    let mut steps: Vec<(Round, Step)> = events.chain(recorded).collect();
    // Within a round what happened to parties comes first; the sort keeps that.
    steps.sort_by_key(|step| step.0);
    Ok(steps)
}

/// How long a call took.
#[derive(Clone, Copy)]
struct Took {
    round: Round,
    interaction: bool,
    time: Duration,
}

/// Every call with the shortest of its times.
fn measured(plan: &Plan, steps: &[(Round, Step)]) -> Vec<Took> {
    let mut best: Vec<Took> = Vec::new();
    for _ in 0..RUNS {
        let run = Fold::new(plan).all(steps);
        if best.is_empty() {
            best = run;
        } else {
            for (best, took) in best.iter_mut().zip(run) {
                best.time = best.time.min(took.time);
            }
        }
    }
    best
}

/// A bookkeeper without a shop.
struct Fold {
    book: Book,
    planogram: Planogram,
    joined: BTreeMap<PartyId, PartyId>,
    leaving: BTreeSet<(Time, PartyId)>,
    recorded: u64,
    took: Vec<Took>,
}

impl Fold {
    fn new(plan: &Plan) -> Self {
        Self {
            book: Book::new(plan.layout.clone(), attribution::Settings::default()),
            planogram: Planogram::restore(plan.layout.clone(), planogram::Memory::default()),
            joined: BTreeMap::new(),
            leaving: BTreeSet::new(),
            recorded: 0,
            took: Vec::new(),
        }
    }

    fn all(mut self, steps: &[(Round, Step)]) -> Vec<Took> {
        for (round, step) in steps {
            self.settle(*round);
            match step {
                Step::Party(event) => self.happened(*round, event),
                Step::Recorded(interaction) => self.record(*round, interaction),
            }
        }
        self.took
    }

    fn call(&mut self, round: Round, interaction: bool, call: impl FnOnce(&mut Book)) {
        let began = Instant::now();
        call(&mut self.book);
        let known = self.book.take_known();
        self.planogram.settled(&known, &self.book, round.end());
        let time = began.elapsed();
        self.took.push(Took {
            round,
            interaction,
            time,
        });
    }

    fn happened(&mut self, round: Round, event: &VisitEvent) {
        match event {
            VisitEvent::Opened { party, at, .. } | VisitEvent::Appeared { party, at } => {
                self.call(round, false, |book| book.open(*party, *at));
            }
            VisitEvent::Joined { guest, into, at } => {
                self.joined.insert(*guest, *into);
                self.call(round, false, |book| {
                    book.join(*guest, *into, *at);
                });
            }
            VisitEvent::Left { party, at, .. } => {
                self.leaving.insert((*at, *party));
            }
        }
    }

    fn record(&mut self, round: Round, interaction: &Interaction) {
        let id = InteractionId(self.recorded);
        self.recorded += 1;
        let mut interaction = interaction.clone();
        for evidence in &mut interaction.evidence {
            while let Some(&into) = self.joined.get(&evidence.party) {
                evidence.party = into;
            }
        }
        self.planogram.recorded(id, &interaction.change);
        self.call(round, true, |book| {
            book.record(id, &interaction);
        });
    }

    /// Settles who left long enough before a round.
    fn settle(&mut self, round: Round) {
        let due = round.start().plus_us(-SETTLED_US);
        while let Some(&(left, party)) = self.leaving.first()
            && left <= due
        {
            self.leaving.pop_first();
            self.call(round, false, |book| {
                book.settle(party, round.end());
            });
        }
    }
}

fn figures(args: &BenchArgs, truth: &Truth, (from, to): (Round, Round), took: &[Took]) -> Figures {
    let counted = || took.iter().filter(|took| (from..to).contains(&took.round));
    let us = |time: Duration| time.as_secs_f64() * 1e6;
    let mut each: Vec<Duration> = counted()
        .filter(|t| t.interaction)
        .map(|t| t.time)
        .collect();
    each.sort_unstable();
    let at = |percent: usize| {
        let rank = (each.len() * percent).div_ceil(100).max(1) - 1;
        each.get(rank).copied().map_or(0.0, us)
    };
    let all: Duration = counted().map(|took| took.time).sum();
    let inside = truth.paths.iter();
    let inside = inside.filter(|point| (from..to).contains(&Time(point.time_us).round()));
    let (seconds, interactions) = (args.seconds as f64, each.len());
    Figures {
        profile: args.profile.clone(),
        seconds: args.seconds,
        // Everybody's place is told ten times a second.
        people: inside.count() as f64 / 10.0 / seconds,
        interactions,
        interactions_per_s: interactions as f64 / seconds,
        cores: all.as_secs_f64() / seconds,
        interaction_mean_us: us(each.iter().sum()) / interactions.max(1) as f64,
        interaction_p99_us: at(99),
        interaction_worst_us: at(100),
    }
}

fn text(f: &Figures) -> String {
    format!(
        "{} for {} s, {:.0} people: attribution alone\n\
         interactions   {:>10}, {:.2} a second\n\
         of one core    {:>10.3} % in real time\n\
         interaction    {:>10.3} ms in the mean, {:.3} ms p99, {:.3} ms at worst\n",
        f.profile,
        f.seconds,
        f.people,
        f.interactions,
        f.interactions_per_s,
        100.0 * f.cores,
        f.interaction_mean_us * 1e-3,
        f.interaction_p99_us * 1e-3,
        f.interaction_worst_us * 1e-3,
    )
}
