//! From a scenario's lines to visits with errands.

use std::collections::VecDeque;

use super::{
    JITTER_S, Scenario,
    line::{Act, Deed},
};
use crate::{
    chance::{Dice, micros},
    person::{Errand, Goal, Manner},
    script::{ScriptMember, ScriptVisit},
    shop::Shop,
    stock::Stock,
    truth::Mishap,
};

/// How far apart visits come in at least, in seconds, when nothing else is said.
const ENTRY_S: f64 = 3.0;
/// How long a slow hand is in the shelf, and how long the load takes to go over, in seconds.
const SLOW_S: [f64; 2] = [4.0, 3.0];

impl Scenario {
    /// The visits in order of entry; gives those who bring goods what they bring.
    pub(crate) fn visits(
        &self,
        start_us: i64,
        suffix: &str,
        shop: &Shop,
        stock: &Stock,
        dice: &mut Dice,
    ) -> VecDeque<ScriptVisit> {
        let span = shop.floor.high - shop.floor.low;
        // Everybody can be at their first shelf by then.
        let walk_s = 4.0 + 1.5 * (span.x + span.y);
        let zero_us = start_us + micros(walk_s + ENTRY_S * self.parties.len() as f64);
        let slots: Vec<Option<usize>> = self
            .goods
            .iter()
            .map(|goods| {
                let own = |slot: &crate::stock::Slot| {
                    shop.products[slot.place.product].code == goods.name
                };
                stock.slots.iter().position(own)
            })
            .collect();
        let mut visits: Vec<ScriptVisit> = Vec::new();
        for (party, nth) in self.parties.iter().zip(0..) {
            let mut visit = ScriptVisit {
                name: if self.tailgaters.contains(&party[0]) {
                    String::new()
                } else {
                    format!("{}-{suffix}", self.people[party[0]])
                },
                enter_us: start_us + micros(1.0 + ENTRY_S * f64::from(nth)),
                members: Vec::new(),
                wishes: false,
            };
            let mut first_us: Option<i64> = None;
            for &who in party {
                let mut errands = VecDeque::new();
                for act in self.acts.iter().filter(|act| act.who == who) {
                    let at_us = act.at_s.map(|at_s| {
                        let missed = dice.between(-JITTER_S, JITTER_S);
                        zero_us + micros(at_s + missed)
                    });
                    if errands.is_empty() {
                        let early = at_us.map(|at_us| at_us - micros(walk_s));
                        first_us = early.map(|e| first_us.map_or(e, |known| known.min(e)));
                    }
                    errands.extend(errand(act, at_us, &slots, stock));
                }
                visit.members.push(ScriptMember {
                    role: Some(who),
                    errands,
                    brings: self.brought(who, &slots, stock),
                });
            }
            visit.enter_us = visit.enter_us.max(first_us.unwrap_or(i64::MIN));
            visits.push(visit);
        }
        if let Some(crowd) = self.crowd {
            visits.extend((1..=crowd.people).map(|nth| ScriptVisit {
                name: format!("crowd-{nth}-{suffix}"),
                enter_us: start_us + micros(1.0 + dice.between(0.0, crowd.seconds)),
                members: vec![ScriptMember::default()],
                wishes: true,
            }));
        }
        visits.sort_by_key(|visit| visit.enter_us);
        visits.into()
    }

    /// The products that somebody comes with, one entry for each unit.
    fn brought(&self, who: usize, slots: &[Option<usize>], stock: &Stock) -> Vec<usize> {
        let own = self.brings.iter().filter(|brings| brings.who == who);
        own.flat_map(|brings| {
            let product = slots[brings.goods].map(|slot| stock.slots[slot].place.product);
            product
                .into_iter()
                .flat_map(move |product| (0..brings.count).map(move |_| product))
        })
        .collect()
    }
}

/// What an act is for the one who does it; `None` when its goods stand nowhere.
fn errand(act: &Act, at_us: Option<i64>, slots: &[Option<usize>], stock: &Stock) -> Option<Errand> {
    let product = |goods: usize| slots[goods].map(|slot| stock.slots[slot].place.product);
    let mut manner = Manner {
        aside_m: act.aside_m,
        ..Manner::default()
    };
    if act.slowly {
        [manner.grip_us, manner.slow_us] = SLOW_S.map(|seconds| Some(micros(seconds)));
    }
    let goal = match act.deed {
        Deed::Take { goods, count } => Goal::Take {
            slot: slots[goods]?,
            count: count as usize,
        },
        Deed::TakeTwo {
            goods: [one, other],
        } => Goal::TakeTwo {
            slots: [slots[one]?, slots[other]?],
        },
        Deed::TakeMisplaced { at } => Goal::TakeStranger { slot: slots[at]? },
        Deed::Return { goods, to } => Goal::PutBack {
            product: product(goods)?,
            slot: slots[to]?,
        },
        Deed::Hold {
            goods,
            seconds,
            leans,
        } => {
            manner.grip_us = Some(micros(seconds));
            manner.leans = Some(leans);
            Goal::Hold {
                slot: slots[goods]?,
            }
        }
        Deed::GoTo { goods } => Goal::Visit {
            slot: slots[goods]?,
        },
        Deed::Wait { seconds } => Goal::Wait {
            for_us: micros(seconds),
        },
        Deed::Hand { goods, to } => Goal::Pass {
            product: product(goods)?,
            to,
        },
        Deed::SwapJackets { with } => Goal::SwapJackets { with },
        Deed::Drop { goods } => Goal::Drop {
            product: product(goods)?,
        },
    };
    Some(Errand {
        goal,
        mishap: Mishap::Script,
        at_us,
        manner,
    })
}
