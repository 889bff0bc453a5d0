//! The shop with its people and goods, tick by tick of 100 ms. Knows nothing of sensors.

mod acting;
mod basket;
mod coming;
mod dropping;
mod meeting;
mod moving;
mod reaching;

use std::sync::Arc;

use crate::{
    chance::Dice,
    config::DayConfig,
    floor::Floor,
    geometry::V2,
    person::Person,
    shop::Shop,
    stock::{Stock, Unit},
    truth::{Action, ActionKind, Item, Mishap, PathPoint, Truth, Visit},
};

pub(crate) use coming::Plays;
use coming::Source;
use meeting::Meeting;

/// Length of a tick in microseconds.
pub(crate) const TICK_US: i64 = 100_000;

/// No visit takes longer, in microseconds.
const LONGEST_STAY_US: i64 = 7_200_000_000;

/// Everything that is true in the shop.
pub(crate) struct World {
    pub(crate) config: DayConfig,
    pub(crate) shop: Shop,
    pub(crate) stock: Stock,
    /// Ascending by id.
    pub(crate) people: Vec<Person>,
    pub(crate) tick: i64,
    pub(crate) events: Events,
    pub(crate) truth: Truth,
    floor: Floor,
    dice: Dice,
    /// Ends the ids of all passes, so that no two days have one in common.
    suffix: String,
    source: Source,
    parties: Vec<Party>,
    meetings: Vec<Meeting>,
    gates: Vec<i64>,
    next_person: u32,
    last_entry_us: i64,
    /// What lies on the floor.
    littered: Vec<Unit>,
    crowd: moving::Crowd,
}

/// What sensors can notice of the last tick, beyond where people are.
#[derive(Default)]
pub(crate) struct Events {
    pub(crate) touches: Vec<Touch>,
    pub(crate) scans: Vec<Scan>,
}

/// A hand at a shelf. Announced when the hand starts, at least 0.3 s before the plates feel it.
#[derive(Clone, Debug)]
pub(crate) struct Touch {
    pub(crate) shelf: usize,
    pub(crate) touch_us: i64,
    /// When the change is done and the hand leaves.
    pub(crate) moment_us: i64,
    /// Plate, and by how many grams it changes; 0 for a hand that only presses or lifts.
    pub(crate) changes: Vec<(usize, f64)>,
    /// Grams by which the hand presses (positive) or lifts (negative) while it is there.
    pub(crate) press_g: f64,
    /// How long the load takes to go over, when that is out of the ordinary.
    pub(crate) slow_us: Option<i64>,
}

/// A pass held to a reader.
#[derive(Clone, Debug)]
pub(crate) struct Scan {
    pub(crate) time_us: i64,
    pub(crate) gate: usize,
    pub(crate) visit: Arc<str>,
    pub(crate) party: u32,
}

/// Who shops together.
struct Party {
    /// The id of its pass; empty: it has none, and is no visit.
    visit: Arc<str>,
    size: u32,
    gate: usize,
    entered_us: i64,
    /// How many have not left yet.
    inside: u32,
    members: Vec<u32>,
    /// What they hold, and who of them.
    basket: Vec<(Unit, u32)>,
    scripted: bool,
}

impl World {
    pub(crate) fn new(shop: Shop, config: DayConfig, seed: u64, plays: &coming::Plays<'_>) -> Self {
        let mut dice = Dice::new(seed, 0);
        let mut stock = Stock::new(&shop, &mut dice);
        let floor = Floor::new(&shop);
        let start = config.start_us;
        let suffix = format!("{:x}-{seed:x}", start / 1_000_000);
        let source = plays.source(&config, &shop, &suffix, &mut stock, &mut dice);
        Self {
            gates: vec![start; shop.gates.len()],
            crowd: moving::Crowd::new(&shop),
            config,
            shop,
            stock,
            people: Vec::new(),
            tick: 0,
            events: Events::default(),
            truth: Truth::default(),
            floor,
            dice,
            suffix,
            source,
            parties: Vec::new(),
            meetings: Vec::new(),
            next_person: 1,
            last_entry_us: start,
            littered: Vec::new(),
        }
    }

    /// Event time of the newest tick.
    pub(crate) fn now_us(&self) -> i64 {
        self.config.start_us + self.tick * TICK_US
    }

    /// One tick on.
    pub(crate) fn step(&mut self) {
        self.tick += 1;
        self.admit();
        for at in 0..self.people.len() {
            self.act(at);
        }
        self.move_people();
        self.note_paths();
        self.people
            .retain(|person| person.phase != crate::person::Phase::Gone);
    }

    /// Whether nobody is inside and nobody will come any more. Nobody stays for hours: who does is
    /// lost in a corner of an odd plan, and the day ends without them.
    pub(crate) fn over(&self) -> bool {
        let waited = self.now_us() - self.last_entry_us;
        self.no_more_guests() && (self.people.is_empty() || waited > LONGEST_STAY_US)
    }

    /// Units on shelves, with parties (and in hands), and on the floor; also those bought.
    #[cfg(test)]
    pub(crate) fn goods(&self) -> [usize; 4] {
        let in_hands: usize = self
            .people
            .iter()
            .flat_map(|p| &p.pending)
            .filter(|p| p.deed != crate::person::Deed::Hold)
            .map(|p| p.units.len())
            .sum();
        let held: usize = self.parties.iter().map(|p| p.basket.len()).sum();
        [self.stock.count(), in_hands, held, self.littered.len()]
    }

    fn place_of(&self, id: u32) -> Option<usize> {
        self.people.binary_search_by_key(&id, |p| p.id).ok()
    }

    fn note_paths(&mut self) {
        let slot = crate::person::place(self.tick);
        let time_us = self.now_us();
        for person in &mut self.people {
            person.trail[slot] = person.position;
            if person.visible && self.config.truth_paths {
                self.truth.paths.push(PathPoint {
                    time_us,
                    visit: Arc::clone(&self.parties[person.party].visit),
                    person: person.id,
                    x: person.position.x as f32,
                    y: person.position.y as f32,
                });
            }
        }
    }

    fn note_action(&mut self, deed: &Noted<'_>) {
        let (gondola, shelf, plates) = match deed.shelf {
            Some(at) => {
                let shelf = &self.shop.shelves[at];
                let mut places = deed.plates.to_vec();
                places.sort_unstable();
                places.dedup();
                let plates = places.iter().map(|&p| shelf.plates[p].id.clone()).collect();
                (shelf.gondola_id.clone(), shelf.shelf_id.clone(), plates)
            }
            None => Default::default(),
        };
        self.truth.actions.push(Action {
            time_us: deed.time_us,
            visit: Arc::clone(&self.parties[deed.party].visit),
            person: deed.person,
            kind: deed.kind,
            product: self.shop.products[deed.product].code.clone(),
            quantity: deed.quantity,
            gondola,
            shelf,
            plates,
            mishap: deed.mishap,
            to_visit: deed.to.map(|party| Arc::clone(&self.parties[party].visit)),
        });
    }

    /// The last of a party has left.
    fn close_party(&mut self, party: usize) {
        let left_us = self.now_us();
        let party = &self.parties[party];
        if party.visit.is_empty() {
            return;
        }
        let mut codes: Vec<&str> = party
            .basket
            .iter()
            .map(|(unit, _)| self.shop.products[unit.product].code.as_str())
            .collect();
        codes.sort_unstable();
        let items = codes
            .chunk_by(|a, b| a == b)
            .map(|same| Item {
                product: same[0].to_owned(),
                quantity: u32::try_from(same.len()).unwrap_or(u32::MAX),
            })
            .collect();
        self.truth.visits.push(Visit {
            visit: Arc::clone(&party.visit),
            party: party.size,
            entered_us: party.entered_us,
            left_us,
            items,
        });
    }

    /// Where to stand for a slot, `aside` metres to the right of it as one faces the shelf.
    fn standing_place(&mut self, slot: usize, aside: f64) -> Option<V2> {
        let place = &self.stock.slots[slot].place;
        let gondola = self.shop.gondolas[self.shop.shelves[place.shelf].gondola];
        let across = self.shop.centre(place).x;
        let before = self.dice.between(0.38, 0.6);
        let entry = self.shop.gates.iter().find(|g| g.enters)?;
        let entry = entry.middle + entry.inward * coming::THROUGH_M;
        [before, 0.4, 0.5, 0.6, 0.75]
            .into_iter()
            .flat_map(|d| [aside, 0.5 * aside, 0.0, 0.25, -0.25].map(|a| V2::new(across + a, -d)))
            .map(|own| gondola.to_plan(own))
            .find(|&p| self.floor.walkable(&self.shop, p) && self.floor.joined(p, entry))
    }
}

/// What [`World::note_action`] writes down.
struct Noted<'a> {
    time_us: i64,
    party: usize,
    person: u32,
    kind: ActionKind,
    product: usize,
    quantity: u32,
    shelf: Option<usize>,
    plates: &'a [usize],
    mishap: Mishap,
    to: Option<usize>,
}
