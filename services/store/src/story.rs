//! How a visit's receipt came about, step by step, as the ledger has it.
//!
//! 1. Nothing but the ledger is read: any node can tell, and a visit that is long over as well.
//! 2. An interaction belongs to a visit's story when any explanation of it ever named the visit, or a guest
//!    that turned out to belong to it.
//! 3. Reading is bounded: at most [`PAGES`] pages of what the whole store decided meanwhile. What is cut off
//!    is said.

use std::collections::{BTreeMap, BTreeSet};

use amble_engine::{
    attribution::{Decision, Move},
    evidence::{Interaction, PartyId},
    time::{Round, Time},
};
use amble_ledger::LedgerError;

use crate::{
    codec,
    keys::visit_party,
    message::VisitEvent,
    review::{Evidence, Explained},
    shop::Shop,
};

/// What is read at once.
const PAGE: u32 = 1_000;
/// How often: a quarter of an hour of a full supermarket.
const PAGES: usize = 16;

/// Something that happened to a visit.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Its pass was scanned, for so many people.
    Opened(u32),
    /// A guest turned out to belong to it: the guest's key.
    Joined(String),
    /// What it may have caused.
    Interaction(Evidence),
    /// What was decided of that.
    Decision {
        /// How often it had been decided before.
        revision: u32,
        /// Nothing was decided of it after that.
        last: bool,
        /// The explanations.
        of: Evidence,
    },
    /// Its last person has left.
    Left,
}

/// A visit's steps, in order.
#[derive(Clone, Debug, Default)]
pub struct Story {
    /// When each happened, and what.
    pub steps: Vec<(Time, Step)>,
    /// More was decided meanwhile than is read at once.
    pub cut: bool,
}

impl Shop {
    /// The steps of a visit between two event times.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub async fn story(&self, visit: &str, from: Time, to: Time) -> Result<Story, LedgerError> {
        let (first, last) = (from.round(), to.round());
        let party = visit_party(visit);
        let mut story = Story::default();
        let mut own = BTreeSet::from([party]);
        self.events_of(party, (first, last), &mut own, &mut story)
            .await?;
        let decided = self.decisions_on(&own, (first, last), &mut story).await?;
        let teller = Teller {
            shop: self,
            visit,
            own: &own,
        };
        for (name, decisions) in decided {
            teller.tell(name, decisions, &mut story).await?;
        }
        story
            .steps
            .sort_by_key(|(time, step)| (*time, step.order()));
        Ok(story)
    }

    /// Opening, joining, leaving; whoever joined is noted in `own`.
    async fn events_of(
        &self,
        party: PartyId,
        (mut from, to): (Round, Round),
        own: &mut BTreeSet<PartyId>,
        story: &mut Story,
    ) -> Result<(), LedgerError> {
        for _ in 0..PAGES {
            let page = self.ledger.visit_events_from(None, from.0, PAGE).await?;
            let Some(last) = page.last().map(|stored| Round(stored.round)) else {
                return Ok(());
            };
            let events = page.iter().filter(|stored| stored.round <= to.0);
            for event in events.filter_map(|stored| codec::decode(&stored.body)) {
                match event {
                    VisitEvent::Opened {
                        party: whose,
                        party_size,
                        at,
                        ..
                    } if whose == party => story.steps.push((at, Step::Opened(party_size))),
                    VisitEvent::Joined { guest, into, at } if into == party => {
                        own.insert(guest);
                        let guest = self.keys.shopper(guest).to_string();
                        story.steps.push((at, Step::Joined(guest)));
                    }
                    VisitEvent::Left {
                        party: whose, at, ..
                    } if whose == party => story.steps.push((at, Step::Left)),
                    _ => {}
                }
            }
            if last >= to {
                return Ok(());
            }
            from = last.plus(1);
        }
        story.cut = true;
        Ok(())
    }

    /// All decisions on the interactions in which these parties may have had a hand (rule 2), by name.
    async fn decisions_on(
        &self,
        own: &BTreeSet<PartyId>,
        (from, to): (Round, Round),
        story: &mut Story,
    ) -> Result<BTreeMap<String, Vec<(Round, Decision)>>, LedgerError> {
        let mut decided: BTreeMap<String, Vec<(Round, Decision)>> = BTreeMap::new();
        let mut after = from.plus(-1);
        let mut whole = false;
        for _ in 0..PAGES {
            let page = self.ledger.decisions_after(after.0, PAGE).await?;
            let last = page.last().map(|stored| Round(stored.round));
            for stored in page.into_iter().filter(|stored| stored.round <= to.0) {
                if let Some(decision) = codec::decode::<Decision>(&stored.body) {
                    let of = decided.entry(stored.interaction).or_default();
                    of.push((Round(stored.round), decision));
                }
            }
            match last {
                Some(last) if last < to => after = last,
                _ => {
                    whole = true;
                    break;
                }
            }
        }
        story.cut |= !whole;
        decided.retain(|_, all| all.iter().any(|(_, decision)| names(decision, own)));
        Ok(decided)
    }
}

/// Whether a decision, or an alternative to it, says that one of these parties moved something.
fn names(decision: &Decision, own: &BTreeSet<PartyId>) -> bool {
    let others = decision.alternatives.iter().map(|other| &other.moves);
    let mut ways = [&decision.moves].into_iter().chain(others);
    ways.any(|moves| moves.iter().any(|m| own.contains(&m.party)))
}

impl Step {
    /// What comes first of what has the same time.
    const fn order(&self) -> u8 {
        match self {
            Self::Opened(_) => 0,
            Self::Joined(_) => 1,
            Self::Interaction(_) => 2,
            Self::Decision { .. } => 3,
            Self::Left => 4,
        }
    }
}

/// Tells one visit's interactions.
struct Teller<'a> {
    shop: &'a Shop,
    visit: &'a str,
    own: &'a BTreeSet<PartyId>,
}

impl Teller<'_> {
    /// An interaction, and each thing that was said of it.
    async fn tell(
        &self,
        name: String,
        decisions: Vec<(Round, Decision)>,
        story: &mut Story,
    ) -> Result<(), LedgerError> {
        let mut shelf = String::new();
        if let Some(stored) = self.shop.ledger.interaction(&name).await? {
            shelf.clone_from(&stored.shelf);
            if let Some(found) = codec::decode::<Interaction>(&stored.body) {
                let closed = found.change.closed;
                let seen = self.seen(&name, stored.shelf, &found);
                story.steps.push((closed, Step::Interaction(seen)));
            }
        }
        let newest = decisions.iter().map(|(_, d)| d.revision).max();
        for (round, decision) in decisions {
            let said = Step::Decision {
                revision: decision.revision,
                last: Some(decision.revision) == newest,
                of: Evidence {
                    interaction: name.clone(),
                    shelf: shelf.clone(),
                    explanations: self.explanations(&decision),
                    ..Evidence::default()
                },
            };
            story.steps.push((round.end(), said));
        }
        Ok(())
    }

    /// The visit itself and its guests are called by the visit's name.
    fn who(&self, party: PartyId) -> String {
        if self.own.contains(&party) {
            self.visit.to_owned()
        } else {
            self.shop.keys.shopper(party).to_string()
        }
    }

    fn seen(&self, name: &str, shelf: String, found: &Interaction) -> Evidence {
        let plates = found.change.plates.iter();
        let plate = |plate| self.shop.plan.names.plate(plate).to_owned();
        let suspects: BTreeSet<_> = found.evidence.iter().map(|e| self.who(e.party)).collect();
        Evidence {
            interaction: name.to_owned(),
            shelf,
            moved: Some((found.change.start, found.change.end)),
            plates: plates.map(|p| (plate(p.plate), p.delta_g)).collect(),
            suspects: suspects.into_iter().collect(),
            explanations: Vec::new(),
        }
    }

    fn explanations(&self, decision: &Decision) -> Vec<Explained> {
        let moved = |m: &Move| {
            let product = self.shop.plan.names.product(m.product).to_owned();
            (self.who(m.party), product, m.quantity)
        };
        let explained = |moves: &[Move], probability| Explained {
            moves: moves.iter().map(moved).collect(),
            probability,
        };
        let others = decision.alternatives.iter();
        let others = others.map(|other| explained(&other.moves, other.probability));
        let chosen = explained(&decision.moves, decision.probability);
        [chosen].into_iter().chain(others).collect()
    }
}
