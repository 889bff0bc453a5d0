//! Who comes in, when, and through which gate.

use std::{collections::VecDeque, sync::Arc};

use super::{Party, World};
use crate::{
    chance::{Dice, micros},
    config::{Arrivals, DayConfig},
    floor_paths::{FloorPaths, Track},
    geometry::V2,
    person::{Errand, Person, Phase, TRAIL, Then},
    scenario::Scenario,
    script::{Script, ScriptVisit},
    shop::{Gate, Shop},
    stock::{Stock, Unit},
};

/// How far inside the line one stands after the gate, in metres.
pub(super) const THROUGH_M: f64 = 0.7;
/// How long it takes until most of the people that are missing have come, in seconds.
const FILL_S: f64 = 5.0;
/// How far outside the line people appear and vanish, in metres.
const OUTSIDE_M: f64 = 1.5;

/// How far behind one another the people of a party come, in seconds; and how far behind them the
/// next party's leader.
const SPACING_S: (f64, f64) = (0.85, 1.15);
const NEXT_S: f64 = 0.8;

/// What is played instead of chance.
pub(crate) enum Plays<'a> {
    Chance,
    Script(&'a Script),
    Scenario(&'a Scenario),
    Paths(&'a FloorPaths),
}

/// Where people come from.
pub(crate) enum Source {
    Chance { next_us: i64 },
    Script(VecDeque<ScriptVisit>),
    Paths { tracks: Vec<Track>, next: usize },
}

impl Plays<'_> {
    pub(super) fn source(
        &self,
        config: &DayConfig,
        shop: &Shop,
        suffix: &str,
        stock: &mut Stock,
        dice: &mut Dice,
    ) -> Source {
        match self {
            Self::Chance => Source::Chance {
                next_us: config.start_us + micros(1.0),
            },
            Self::Script(script) => {
                Source::Script(script.visits(config.start_us, suffix, shop, stock, dice))
            }
            Self::Scenario(scenario) => {
                Source::Script(scenario.visits(config.start_us, suffix, shop, stock, dice))
            }
            Self::Paths(paths) => Source::Paths {
                tracks: paths.tracks(config.start_us),
                next: 0,
            },
        }
    }
}

impl World {
    pub(super) fn doors_closed(&self) -> bool {
        let open =
            self.now_us() - self.config.start_us < i64::from(self.config.seconds) * 1_000_000;
        !open && matches!(self.source, Source::Chance { .. })
    }

    pub(super) fn no_more_guests(&self) -> bool {
        match &self.source {
            Source::Chance { .. } => self.doors_closed(),
            Source::Script(visits) => visits.is_empty(),
            Source::Paths { tracks, next } => *next >= tracks.len(),
        }
    }

    /// Lets in who comes at this tick.
    pub(super) fn admit(&mut self) {
        let now = self.now_us();
        match &mut self.source {
            Source::Chance { next_us } if *next_us <= now => {
                *next_us = now;
                self.admit_by_chance();
            }
            Source::Script(visits) => {
                if visits.front().is_some_and(|visit| visit.enter_us <= now)
                    && let Some(gate) = self.free_gate()
                    && let Source::Script(visits) = &mut self.source
                    && let Some(visit) = visits.pop_front()
                {
                    self.admit_visit(visit, gate);
                }
            }
            Source::Paths { .. } => self.admit_on_rails(),
            Source::Chance { .. } => {}
        }
    }

    /// Lets in who plays a part in a script or scenario.
    fn admit_visit(&mut self, visit: ScriptVisit, gate: usize) {
        let size = u32::try_from(visit.members.len()).unwrap_or(u32::MAX);
        if visit.wishes {
            self.admit_party(visit.name, size, gate);
            return;
        }
        let party = self.add_party(visit.name, size, gate, true);
        for (nth, member) in visit.members.into_iter().enumerate() {
            // Members stand behind the leader until the pass is scanned.
            let appear_us = if nth == 0 { self.now_us() } else { i64::MAX };
            let at = self.add_person(party, gate, appear_us);
            // A script's moments are hard to keep; a scenario's leave time enough.
            let speed = match member.role {
                Some(_) => self.dice.between(0.9, 1.5),
                None => 1.6,
            };
            let person = &mut self.people[at];
            person.speed = speed;
            person.errands = member.errands;
            person.role = member.role;
            let id = person.id;
            for product in member.brings {
                let unit = Unit::new(product, &self.shop, &mut self.dice);
                self.parties[party].basket.push((unit, id));
            }
        }
    }

    fn admit_by_chance(&mut self) {
        let now = self.now_us();
        if self.doors_closed() {
            return;
        }
        let inside = self.people.len() as f64;
        let people = f64::from(self.config.people);
        let minute = (now - self.config.start_us) / 60_000_000;
        let (wanted, at_most_s) = match self.config.arrivals {
            Arrivals::Steady => (people, f64::INFINITY),
            Arrivals::Bursts if minute % 2 == 0 => (people, 1.0),
            Arrivals::Bursts => (0.5 * people, f64::INFINITY),
        };
        let missing = wanted > inside;
        // The mean time between two people: the more are missing, the less.
        let mean_people_s = (FILL_S / (wanted - inside).max(1.0)).min(at_most_s);
        let mut wait_s = mean_people_s;
        if missing && let Some(gate) = self.free_gate() {
            let size = if self.dice.chance(self.config.parties) {
                [2, 2, 2, 3, 3, 4, 5][self.dice.below(7)]
            } else {
                1
            };
            // As many as were missing: a party counts for its size.
            wait_s *= f64::from(size);
            let tailgaters = self.config.mishaps.tailgaters;
            // No dice where nobody does: days without them stay as they are.
            let name = if tailgaters > 0.0 && self.dice.chance(tailgaters) {
                String::new()
            } else {
                format!("{}-{}", self.parties.len() + 1, self.suffix)
            };
            self.admit_party(name, size, gate);
        } else if missing {
            wait_s = 0.2;
        }
        let wait = micros(self.dice.exponential(wait_s).max(0.05));
        if let Source::Chance { next_us } = &mut self.source {
            *next_us = now + wait;
        }
    }

    fn admit_party(&mut self, name: String, size: u32, gate: usize) {
        let party = self.add_party(name, size, gate, false);
        let now = self.now_us();
        let speed = self.dice.between(0.6, 1.4);
        for member in 0..size {
            // Members stand behind the leader until the pass is scanned.
            let at = self.add_person(party, gate, if member == 0 { now } else { i64::MAX });
            let own = self.dice.between(-0.1, 0.1);
            self.people[at].speed = (speed + own).clamp(0.6, 1.4);
        }
        self.plan_visit(party);
    }

    /// An entry at which nobody is waiting, by chance among those.
    fn free_gate(&mut self) -> Option<usize> {
        let now = self.now_us();
        let free: Vec<usize> = (0..self.gates.len())
            .filter(|&g| self.shop.gates[g].enters && self.gates[g] <= now)
            .collect();
        let gate = *free.get(self.dice.below(free.len()))?;
        // Until the one who comes has scanned.
        self.gates[gate] = i64::MAX;
        Some(gate)
    }

    fn add_party(&mut self, visit: String, size: u32, gate: usize, scripted: bool) -> usize {
        self.parties.push(Party {
            visit: Arc::from(visit),
            size,
            gate,
            entered_us: self.now_us(),
            inside: size,
            members: Vec::new(),
            basket: Vec::new(),
            scripted,
        });
        self.parties.len() - 1
    }

    /// Adds somebody who will appear before a gate.
    fn add_person(&mut self, party: usize, gate: usize, appear_us: i64) -> usize {
        let id = self.next_person;
        self.next_person += 1;
        self.last_entry_us = self.now_us();
        let gate = &self.shop.gates[gate];
        let position = gate.middle - gate.inward * OUTSIDE_M;
        self.parties[party].members.push(id);
        self.people.push(Person {
            id,
            party,
            visible: false,
            position,
            trail: [position; TRAIL],
            since_us: i64::MAX,
            velocity: V2::default(),
            facing: gate.inward,
            speed: 1.0,
            height: self.dice.between(1.55, 1.9),
            appearance: self.dice.direction(),
            phase: Phase::Stand(appear_us, Then::Appear),
            path: Vec::new(),
            free: true,
            stuck: 0,
            nearest: f64::INFINITY,
            errands: VecDeque::<Errand>::new(),
            hands: [None; 2],
            pending: Vec::new(),
            look: None,
            paused_until_us: 0,
            meeting: None,
            role: None,
        });
        self.people.len() - 1
    }

    /// Somebody appears before the gate and goes to the reader, or straight through behind others.
    pub(super) fn appear(&mut self, at: usize) {
        let now = self.now_us();
        let aside = self.dice.between(-0.2, 0.2);
        let person = &mut self.people[at];
        let party = &self.parties[person.party];
        let gate = &self.shop.gates[party.gate];
        let leads = party.members.first() == Some(&person.id);
        let line = gate.middle - gate.half * 0.3;
        let start = gate.middle - gate.inward * OUTSIDE_M - gate.half * 0.3;
        person.position = start + gate.half.unit() * aside;
        person.trail = [person.position; TRAIL];
        person.visible = true;
        person.since_us = now;
        if leads {
            let reader = gate.reader.unwrap_or(line - gate.inward * 0.4);
            person.set_out(vec![reader], Then::Queue);
        } else {
            person.set_out(vec![line + gate.inward * THROUGH_M, line], Then::Decide);
        }
    }

    /// The leader's pass is read; everybody goes through, one after another.
    pub(super) fn scan(&mut self, at: usize) {
        let now = self.now_us();
        let person = &mut self.people[at];
        let party = &mut self.parties[person.party];
        party.entered_us = now;
        let gate = &self.shop.gates[party.gate];
        let line = gate.middle - gate.half * 0.3;
        person.set_out(vec![line + gate.inward * THROUGH_M, line], Then::Decide);
        // Who has no pass just goes in.
        if !party.visit.is_empty() {
            self.events.scans.push(super::Scan {
                time_us: now,
                gate: party.gate,
                visit: Arc::clone(&party.visit),
                party: party.size,
            });
        }
        let members = party.members.clone();
        // The next party comes up to the reader behind the last of this one.
        self.gates[party.gate] = now + micros(SPACING_S.1 * (members.len() - 1) as f64 + NEXT_S);
        for (nth, &id) in members.iter().enumerate().skip(1) {
            let wait = self.dice.between(SPACING_S.0, SPACING_S.1) * nth as f64;
            if let Some(member) = self.place_of(id) {
                self.people[member].phase = Phase::Stand(now + micros(wait), Then::Appear);
            }
        }
    }

    fn nearest_exit(&self, from: V2) -> Option<&Gate> {
        let leaves = self.shop.gates.iter().filter(|gate| gate.leaves);
        leaves.min_by(|a, b| {
            let (a, b) = (a.middle.distance(from), b.middle.distance(from));
            a.total_cmp(&b)
        })
    }

    /// Turns to the nearest exit.
    pub(super) fn head_out(&mut self, at: usize) {
        let from = self.people[at].position;
        let aside = self.dice.between(0.1, 0.5);
        let Some(gate) = self.nearest_exit(from) else {
            return;
        };
        let before = gate.middle + gate.half * aside + gate.inward * THROUGH_M;
        let path = self.floor.route(from, before);
        let path = path.unwrap_or_else(|| vec![before]);
        self.people[at].set_out(path, Then::Out);
    }

    /// From the exit's inner side to the street.
    pub(super) fn go_through(&mut self, at: usize) {
        let path = self.nearest_exit(self.people[at].position).map(|gate| {
            let line = gate.middle + gate.half * 0.3;
            vec![line - gate.inward * OUTSIDE_M, line]
        });
        let person = &mut self.people[at];
        person.set_out(path.unwrap_or_default(), Then::Vanish);
        person.free = true;
    }

    /// Has left; the last one closes the visit.
    pub(super) fn vanish(&mut self, at: usize) {
        let party = self.people[at].party;
        self.people[at].phase = Phase::Gone;
        self.people[at].visible = false;
        self.parties[party].inside -= 1;
        if self.parties[party].inside == 0 {
            self.close_party(party);
        }
    }

    fn admit_on_rails(&mut self) {
        let now = self.now_us();
        loop {
            let Source::Paths { tracks, next } = &mut self.source else {
                return;
            };
            let Some(track) = tracks.get(*next).filter(|t| t.start_us() <= now) else {
                return;
            };
            let (number, start) = (*next, track.position(track.start_us()));
            *next += 1;
            if self.parties.is_empty() {
                self.add_party(String::new(), 1, 0, true);
            }
            let at = self.add_person(0, 0, i64::MAX);
            let person = &mut self.people[at];
            let start = start.unwrap_or_default();
            person.position = start;
            person.trail = [start; TRAIL];
            person.visible = true;
            person.since_us = now;
            person.phase = Phase::Rails(number);
        }
    }

    /// Where a given path leads at a time; `None` when it is over.
    pub(super) fn track_position(&self, track: usize, time_us: i64) -> Option<V2> {
        match &self.source {
            Source::Paths { tracks, .. } => tracks.get(track)?.position(time_us),
            _ => None,
        }
    }
}
