//! Scenarios: short scenes out of a shop's day, told line by line, played with the chances of a seed.
//!
//! A line says one thing; empty lines and what follows a `#` say nothing. The comment at the top is
//! what the scenario is about.
//!
//! ```text
//! shop NAME                                       a known shop, or a plan's file
//! goods NAME WEIGHT g at GONDOLA/SHELF PLATE …    what stands there instead of what the plan says
//! plan swaps GOODS GOODS                          what the shop believes is the other way round
//! plate GONDOLA/SHELF PLATE sticks                says the same for ever
//! plate GONDOLA/SHELF PLATE drifts N g/h
//! camera ID is blind                              sends frames and sees nobody
//! gondola ID is unseen                            no camera sees who stands before it
//! crowd N in N s                                  so many people come and take what they like
//! party WHO WHO …                                 come on one pass
//! WHO tailgates                                   comes in without a pass, after whoever came before
//! WHO brings N GOODS                              comes with goods that are not yet in the shop
//! [at N] WHO takes [N] GOODS [and GOODS] [slowly] [from N cm left|right]
//! [at N] WHO takes GOODS left at GOODS            what somebody put into that wrong place
//! [at N] WHO returns GOODS [to GOODS]             where it belongs, or to another's place
//! [at N] WHO holds GOODS for N s                  in the hand, resting on the plate; then leaves it
//! [at N] WHO leans on GOODS for N s
//! [at N] WHO goes to GOODS
//! [at N] WHO waits N s
//! [at N] WHO hands GOODS to WHO
//! [at N] WHO drops GOODS                          on the floor
//! [at N] WHO swaps jackets with WHO               wherever both are: each now looks as the other did
//! ```
//!
//! 1. Each person does their lines in the order of the file, and leaves after the last.
//! 2. `at N` is the moment, in seconds, at which the hand leaves the shelf, give or take
//!    [`JITTER_S`]; who can't be there by then comes as soon as possible. Second 0 is when everybody can be
//!    at their first shelf. A line without a moment follows when the person is ready.
//! 3. The shop that is told and the shop that is true differ only in what `plan swaps`.

mod line;
mod playing;
mod staging;
mod words;

use std::io::{self, Read};

use amble_proto::plan::StorePlan;

use crate::{config::DayConfig, error::SimulatorError, shop::Shop};
use line::{Act, Fault, Goods, Line};

/// Moments are missed by at most this, in seconds.
const JITTER_S: f64 = 0.25;

/// A scenario as it was read.
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    about: String,
    shop: String,
    goods: Vec<Goods>,
    swaps: Vec<[usize; 2]>,
    faults: Vec<(u64, Fault)>,
    crowd: Option<Crowd>,
    /// Who comes on one pass: places in `people`.
    parties: Vec<Vec<usize>>,
    people: Vec<String>,
    /// Who has no pass: places in `people`.
    tailgaters: Vec<usize>,
    acts: Vec<Act>,
    brings: Vec<Brings>,
}

#[derive(Clone, Copy, Debug)]
struct Crowd {
    people: u32,
    seconds: f64,
}

#[derive(Clone, Copy, Debug)]
struct Brings {
    who: usize,
    goods: usize,
    count: u32,
}

/// A scenario in a shop: what is true, what the shop is told, and what kind of day it is.
#[derive(Clone, Debug)]
pub struct Staged {
    /// The shop as it is.
    pub(crate) truth: StorePlan,
    /// The shop as its plan says.
    pub(crate) told: StorePlan,
    /// The day, with the scenario's faults.
    pub(crate) config: DayConfig,
}

impl Staged {
    /// The shop as it is, whatever the plan says.
    #[must_use]
    pub const fn truth(&self) -> &StorePlan {
        &self.truth
    }

    /// The day, with the scenario's faults.
    #[must_use]
    pub const fn config(&self) -> &DayConfig {
        &self.config
    }

    /// The codes of the products, in the plan's order.
    pub fn products(&self) -> impl Iterator<Item = &str> {
        self.told
            .products
            .iter()
            .map(|product| product.code.as_str())
    }
}

impl Scenario {
    /// Reads a scenario.
    ///
    /// # Errors
    /// When a line says nothing that is known, or names what no line before it did.
    pub fn read(mut input: impl Read) -> Result<Self, SimulatorError> {
        let mut text = String::new();
        input
            .read_to_string(&mut text)
            .map_err(|error| match error.kind() {
                io::ErrorKind::InvalidData => fault(1, "it is not text (UTF-8)".to_owned()),
                _ => SimulatorError::Read(error),
            })?;
        let mut scenario = Self::default();
        for (line, number) in text.lines().zip(1..) {
            if let Some(about) = line.strip_prefix('#') {
                if scenario.shop.is_empty() {
                    scenario.about = format!("{} {}", scenario.about, about.trim());
                }
                continue;
            }
            let line = line.split('#').next().unwrap_or_default();
            if !line.trim().is_empty() {
                scenario
                    .add(number, line)
                    .map_err(|what| fault(number, what))?;
            }
        }
        scenario.about = scenario.about.trim().to_owned();
        if scenario.shop.is_empty() {
            return Err(fault(
                1,
                "it does not say in which shop it is: add a line like `shop nanostore`".to_owned(),
            ));
        }
        scenario.join_parties();
        Ok(scenario)
    }

    /// What it is about.
    #[must_use]
    pub fn about(&self) -> &str {
        &self.about
    }

    /// The shop in which it plays: a profile's name, or a plan's file.
    #[must_use]
    pub fn shop(&self) -> &str {
        &self.shop
    }

    /// Puts the scenario's goods and faults into a shop and a day.
    ///
    /// # Errors
    /// When the shop has not what the scenario names; the error says in which line.
    pub fn stage(&self, shop: &StorePlan, config: DayConfig) -> Result<Staged, SimulatorError> {
        let staged = staging::stage(self, shop, config)?;
        Shop::new(&staged.truth)?;
        Ok(staged)
    }

    fn add(&mut self, number: u64, text: &str) -> Result<(), String> {
        match line::parse(self, number, text)? {
            Line::Shop(name) => self.shop = name,
            Line::Goods(goods) => {
                if self.goods.iter().any(|known| known.name == goods.name) {
                    return Err(format!("there are goods {} already", goods.name));
                }
                self.goods.push(goods);
            }
            Line::Swaps(pair) => self.swaps.push(pair),
            Line::Fault(fault) => self.faults.push((number, fault)),
            Line::Crowd { people, seconds } => self.crowd = Some(Crowd { people, seconds }),
            Line::Party(names) => {
                if let Some(name) = names.iter().find(|&name| self.people.contains(name)) {
                    return Err(format!("{name} has come already: name parties first"));
                }
                let first = self.people.len();
                self.parties.push((first..first + names.len()).collect());
                self.people.extend(names);
            }
            Line::Tailgates(who) => {
                let who = self.person(who);
                self.tailgaters.push(who);
            }
            Line::Brings { who, goods, count } => {
                let who = self.person(who);
                self.brings.push(Brings { who, goods, count });
            }
            Line::Act { who, act } => {
                let who = self.person(who);
                self.acts.push(Act { who, ..act });
            }
        }
        Ok(())
    }

    /// The place of a person, who is new when nobody is called so.
    fn person(&mut self, name: String) -> usize {
        let known = self.people.iter().position(|known| *known == name);
        known.unwrap_or_else(|| {
            self.people.push(name);
            self.people.len() - 1
        })
    }

    /// Who is in no party is one alone.
    fn join_parties(&mut self) {
        for who in 0..self.people.len() {
            if !self.parties.iter().any(|party| party.contains(&who)) {
                self.parties.push(vec![who]);
            }
        }
    }
}

/// What is wrong in a line.
fn fault(line: u64, what: String) -> SimulatorError {
    SimulatorError::Table {
        file: "scenario",
        line,
        what,
    }
}
