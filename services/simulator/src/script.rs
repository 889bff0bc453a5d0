//! Scripts of takes and returns: CSV with the columns
//! `t_s,shopper,action,gtin,gondola,shelf,plates`.
//!
//! 1. Actions at one instant happen in file order, [`APART_S`] apart.
//! 2. Each shopper is one visit, and keeps the order of their actions.
//! 3. An action that would come before its shopper can be there comes as soon as they can.
//! 4. What a script takes stands on exactly the plates that it names, whatever the planogram says.

use std::{
    collections::{HashMap, VecDeque},
    io::Read,
};

use serde::Deserialize;

use crate::{
    chance::{Dice, micros},
    error::SimulatorError,
    person::{Errand, Goal, Manner},
    shop::{Placement, Shop, plates},
    stock::Stock,
    truth::Mishap,
};

/// How far apart actions of one instant are played, in seconds.
const APART_S: f64 = 1.5;
/// How far apart shoppers come in, in seconds.
const ENTRY_S: f64 = 3.0;

/// A script as it was read.
#[derive(Clone, Debug, Default)]
pub struct Script {
    rows: Vec<Row>,
}

#[derive(Clone, Debug, Deserialize)]
struct Row {
    t_s: f64,
    shopper: String,
    action: ScriptAction,
    gtin: String,
    gondola: String,
    shelf: String,
    plates: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ScriptAction {
    Take,
    Return,
}

/// One visit of a script or scenario.
pub(crate) struct ScriptVisit {
    /// The id of its pass; empty: it has none.
    pub(crate) name: String,
    pub(crate) enter_us: i64,
    /// Who comes, the one with the pass first; at least one.
    pub(crate) members: Vec<ScriptMember>,
    /// Whether chance decides what they take.
    pub(crate) wishes: bool,
}

/// One of those who come on a pass.
#[derive(Default)]
pub(crate) struct ScriptMember {
    /// Whom they play in a scenario.
    pub(crate) role: Option<usize>,
    pub(crate) errands: VecDeque<Errand>,
    /// Products that they come with, one for each unit.
    pub(crate) brings: Vec<usize>,
}

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// When a line has not the columns named above.
    pub fn read(input: impl Read) -> Result<Self, SimulatorError> {
        let mut rows = Vec::new();
        for (nth, row) in csv::Reader::from_reader(input)
            .deserialize::<Row>()
            .enumerate()
        {
            let row = row.map_err(|error| SimulatorError::Table {
                file: "script",
                line: nth as u64 + 2,
                what: error.to_string(),
            })?;
            rows.push(row);
        }
        Ok(Self { rows })
    }

    /// Checks that the shop has what the script names.
    pub(crate) fn check(&self, shop: &Shop) -> Result<(), SimulatorError> {
        for (nth, row) in self.rows.iter().enumerate() {
            resolve(row, shop).map_err(|what| SimulatorError::Table {
                file: "script",
                line: nth as u64 + 2,
                what,
            })?;
        }
        Ok(())
    }

    /// The visits in order of entry; puts what they take on its plates.
    pub(crate) fn visits(
        &self,
        start_us: i64,
        suffix: &str,
        shop: &Shop,
        stock: &mut Stock,
        dice: &mut Dice,
    ) -> VecDeque<ScriptVisit> {
        let mut rows: Vec<&Row> = self.rows.iter().collect();
        rows.sort_by(|a, b| a.t_s.total_cmp(&b.t_s));
        let mut names: Vec<&str> = Vec::new();
        for row in &rows {
            if !names.contains(&row.shopper.as_str()) {
                names.push(&row.shopper);
            }
        }
        let span = shop.floor.high - shop.floor.low;
        // Everybody can be at their first shelf by then.
        let walk_s = 4.0 + 1.5 * (span.x + span.y);
        let zero_us = start_us + micros(walk_s + ENTRY_S * names.len() as f64);
        let mut visits: Vec<ScriptVisit> = names
            .iter()
            .enumerate()
            .map(|(nth, name)| ScriptVisit {
                name: format!("{name}-{suffix}"),
                enter_us: start_us + micros(1.0 + ENTRY_S * nth as f64),
                members: vec![ScriptMember::default()],
                wishes: false,
            })
            .collect();
        let mut slots = HashMap::new();
        let (mut instant, mut nth) = (f64::NEG_INFINITY, 0.0);
        for row in rows {
            nth = if row.t_s > instant {
                0.0
            } else {
                nth + APART_S
            };
            instant = row.t_s;
            let Ok(place) = resolve(row, shop) else {
                continue;
            };
            let product = place.product;
            let key = (place.shelf, place.plates.clone(), product);
            let slot = *slots
                .entry(key)
                .or_insert_with(|| stock.add(place, true, shop, dice));
            let goal = match row.action {
                ScriptAction::Take => {
                    stock.grow(slot, shop, dice);
                    Goal::Take { slot, count: 1 }
                }
                ScriptAction::Return => Goal::PutBack { product, slot },
            };
            let moment_us = zero_us + micros(row.t_s + nth);
            let who = names.iter().position(|name| *name == row.shopper);
            if let Some(visit) = who.and_then(|who| visits.get_mut(who))
                && let Some(shopper) = visit.members.first_mut()
            {
                if shopper.errands.is_empty() {
                    // Not long before it begins.
                    let early = moment_us - micros(walk_s);
                    visit.enter_us = visit.enter_us.max(early);
                }
                shopper.errands.push_back(Errand {
                    goal,
                    mishap: Mishap::Script,
                    at_us: Some(moment_us),
                    manner: Manner::default(),
                });
            }
        }
        visits.sort_by_key(|visit| visit.enter_us);
        visits.into()
    }
}

fn resolve(row: &Row, shop: &Shop) -> Result<Placement, String> {
    let product = shop
        .products
        .iter()
        .position(|p| p.code == row.gtin)
        .ok_or_else(|| format!("the plan has no product {}", row.gtin))?;
    let shelf = shop
        .shelf(&row.gondola, &row.shelf)
        .ok_or_else(|| format!("the plan has no shelf {}/{}", row.gondola, row.shelf))?;
    let names = row.plates.split_whitespace();
    let plates = plates(&shop.shelves[shelf], names).ok_or_else(|| {
        format!(
            "shelf {}/{} has not all of the plates \"{}\"",
            row.gondola, row.shelf, row.plates
        )
    })?;
    Ok(Placement {
        product,
        shelf,
        plates,
        units: 0,
    })
}
