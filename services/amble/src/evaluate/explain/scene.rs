//! What was done and said in each interaction, and who was there.

use std::collections::BTreeMap;

use amble_engine::{
    attribution::Scene,
    evidence::{Interaction, PartyId, TrackEvidence},
    layout::ProductIx,
};
use amble_simulator::{Action, ActionKind, PathPoint, Truth};
use amble_store::visit_party;
use serde::Serialize;

use super::{NEAR_M, Written};
use crate::evaluate::WrongLine;

/// A plate moves and rests about when a hand does, give or take so many microseconds.
const SLACK_US: i64 = 800_000;
/// Hands are seen to have met within so many microseconds.
const CONTACT_US: i64 = 1_500_000;
/// Paths are told ten times a second.
const FRAME_US: i64 = 100_000;

/// Net quantities by party and product.
pub(super) type Net = Vec<(PartyId, ProductIx, i32)>;

/// Where everybody truly was.
pub(super) struct People<'a> {
    frames: BTreeMap<i64, Vec<&'a PathPoint>>,
}

impl<'a> People<'a> {
    pub(super) fn of(truth: &'a Truth) -> Self {
        let mut frames: BTreeMap<i64, Vec<&PathPoint>> = BTreeMap::new();
        for point in &truth.paths {
            frames
                .entry(point.time_us.div_euclid(FRAME_US))
                .or_default()
                .push(point);
        }
        Self { frames }
    }

    /// Whether it is known where people were.
    pub(super) fn known(&self) -> bool {
        !self.frames.is_empty()
    }

    /// Whose a track truly was while it was looked at.
    pub(super) fn who(&self, track: &TrackEvidence) -> Option<PartyId> {
        let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
        for point in track.path.iter().filter(|point| point.seen) {
            let there = self.frames.get(&point.time.0.div_euclid(FRAME_US));
            let away = |p: &PathPoint| {
                let (x, y) = (f64::from(p.x), f64::from(p.y));
                (point.position.x - x).hypot(point.position.y - y)
            };
            let near = there.into_iter().flatten().map(|p| (away(p), p));
            if let Some((metres, person)) = near.min_by(|a, b| a.0.total_cmp(&b.0))
                && metres <= NEAR_M
            {
                *votes.entry(&person.visit).or_insert(0) += 1;
            }
        }
        let most = votes.into_iter().max_by_key(|vote| vote.1)?;
        Some(visit_party(most.0))
    }
}

/// The true actions, by interaction.
pub(super) struct Deeds {
    /// For each action, its interaction.
    found: Vec<Option<usize>>,
    /// For each interaction, what was truly moved.
    nets: Vec<Net>,
}

impl Deeds {
    pub(super) fn of(truth: &Truth, written: &Written<'_>, people: &People<'_>) -> Self {
        let mut nets: Vec<Net> = vec![Net::new(); written.interactions.len()];
        let found = truth.actions.iter().map(|action| {
            let at = find(action, written, people)?;
            nets[at].extend(moved(action, written));
            Some(at)
        });
        Self {
            found: found.collect(),
            nets,
        }
    }

    /// What was truly moved in an interaction.
    pub(super) fn net(&self, at: usize) -> &[(PartyId, ProductIx, i32)] {
        &self.nets[at]
    }

    /// What was said of it.
    pub(super) fn said(&self, written: &Written<'_>, at: usize) -> Net {
        let decision = written.decisions.get(&written.interactions[at].0);
        let moves = decision.into_iter().flat_map(|d| &d.moves);
        moves
            .map(|m| (written.finally(m.party), m.product, m.quantity))
            .collect()
    }

    /// Whether it says or should say something of a line.
    pub(super) fn concerns(
        &self,
        written: &Written<'_>,
        at: usize,
        party: PartyId,
        product: ProductIx,
    ) -> bool {
        let of =
            |net: &[(PartyId, ProductIx, i32)]| net.iter().any(|n| (n.0, n.1) == (party, product));
        of(self.net(at)) || of(&self.said(written, at))
    }

    /// The actions of a line that nothing recorded.
    pub(super) fn unrecorded(&self, truth: &Truth, line: &WrongLine) -> Vec<String> {
        let all = truth.actions.iter().zip(&self.found);
        let own = all.filter(|(action, found)| {
            let visits = [Some(&action.visit), action.to_visit.as_ref()];
            found.is_none()
                && action.kind != ActionKind::Hold
                && action.product == line.product
                && action.to_visit.as_ref() != Some(&action.visit)
                && visits.iter().flatten().any(|v| ***v == *line.visit)
        });
        own.map(|(action, _)| words(action, truth)).collect()
    }
}

/// The interaction that recorded an action.
fn find(action: &Action, written: &Written<'_>, people: &People<'_>) -> Option<usize> {
    let shelf = format!("{}/{}", action.gondola, action.shelf);
    let names = &written.plan.names;
    let shelf_ix = names.find_shelf(&shelf);
    let records = |interaction: &Interaction| {
        let change = &interaction.change;
        if action.gondola.is_empty() {
            let parties = || {
                [Some(&action.visit), action.to_visit.as_ref()]
                    .into_iter()
                    .flatten()
            };
            let there = || {
                let who: Vec<Option<PartyId>> =
                    interaction.evidence.iter().map(|e| people.who(e)).collect();
                parties().all(|visit| who.contains(&Some(visit_party(visit))))
            };
            return interaction.contact.is_some()
                && (change.end.0 - action.time_us).abs() <= CONTACT_US
                && there();
        }
        let moved = |p: &amble_engine::evidence::PlateChange| {
            let name = names.plate(p.plate);
            let id = name.rsplit('/').next().unwrap_or_default();
            action.plates.iter().any(|plate| plate == id)
        };
        Some(interaction.shelf) == shelf_ix
            && change.start.0 <= action.time_us + SLACK_US
            && change.end.0 >= action.time_us - SLACK_US
            && change.plates.iter().any(moved)
    };
    let all = written.interactions.iter().enumerate();
    let those = all.filter(|(_, (_, interaction))| records(interaction));
    let nearest = those.min_by_key(|(_, (_, i))| (i.change.end.0 - action.time_us).abs());
    nearest.map(|(at, _)| at)
}

/// What an action moves, by party.
fn moved(action: &Action, written: &Written<'_>) -> Net {
    let Some(product) = written.plan.names.find_product(&action.product) else {
        return Net::new();
    };
    let units = i32::try_from(action.quantity).unwrap_or(i32::MAX);
    let own = visit_party(&action.visit);
    let gets = match action.kind {
        ActionKind::Take => units,
        ActionKind::Return | ActionKind::WrongReturn | ActionKind::Handover | ActionKind::Drop => {
            -units
        }
        ActionKind::Hold => 0,
    };
    let mut net = vec![(own, product, gets)];
    net.extend(
        action
            .to_visit
            .as_ref()
            .map(|to| (visit_party(to), product, units)),
    );
    if action.to_visit.as_ref() == Some(&action.visit) {
        net.clear();
    }
    net.retain(|n| n.2 != 0);
    net
}

/// An action in words.
fn words(action: &Action, truth: &Truth) -> String {
    let kind = serde_json::to_value(action.kind).ok();
    let kind = kind.as_ref().and_then(|k| k.as_str()).unwrap_or_default();
    let to = action.to_visit.as_ref();
    format!(
        "{:.1} s: {} {} {} × {}{}",
        since(truth, action.time_us),
        action.visit,
        kind.replace('_', " "),
        action.quantity,
        action.product,
        to.map_or_else(String::new, |to| format!(" to {to}")),
    )
}

/// Seconds since the day's first place.
fn since(truth: &Truth, time_us: i64) -> f64 {
    let begin = truth.paths.iter().map(|p| p.time_us).min();
    let begin = begin.or_else(|| truth.visits.iter().map(|v| v.entered_us).min());
    // Microseconds of a day are far below 2^52.
    (time_us - begin.unwrap_or(0)) as f64 / 1e6
}

/// Somebody who may have done it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suspected {
    /// The track.
    pub track: u64,
    /// The visit that it was taken for; empty for a guest.
    pub taken_for: String,
    /// The visit that it truly was; empty when nobody stood there, or it is not known.
    pub truly: String,
    /// Log-likelihood ratio that its party reached where the weight changed most; absent for a contact.
    pub reach: Option<f64>,
}

/// One interaction as it was, and as it was taken.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Happened {
    /// Its name.
    pub interaction: String,
    /// When it ended, in seconds of the day.
    pub at_s: f64,
    /// How long it took, in seconds.
    pub took_s: f64,
    /// The plates that changed, with grams.
    pub plates: Vec<(String, f64)>,
    /// What was truly done, in words.
    pub truly: Vec<String>,
    /// What was said last, in words; empty: nobody did anything.
    pub said: Vec<String>,
    /// How probable that was.
    pub probability: f64,
    /// What else may have been, in words, with its probability.
    pub else_may: Vec<(Vec<String>, f64)>,
    /// Who was near.
    pub suspects: Vec<Suspected>,
}

impl Happened {
    pub(super) fn of(
        written: &Written<'_>,
        truth: &Truth,
        deeds: &Deeds,
        people: &People<'_>,
        at: usize,
    ) -> Self {
        let (name, interaction) = &written.interactions[at];
        let (change, names) = (&interaction.change, &written.plan.names);
        let visit = |party: PartyId| {
            let party = written.finally(party);
            let visits = truth.visits.iter();
            let mut own = visits.filter(|v| visit_party(&v.visit) == party);
            own.next().map_or_else(String::new, |v| v.visit.to_string())
        };
        let said = |moves: &[amble_engine::attribution::Move]| -> Vec<String> {
            let of = |m: &amble_engine::attribution::Move| {
                let who = Some(visit(m.party)).filter(|v| !v.is_empty());
                let who = who.unwrap_or_else(|| "guest".to_owned());
                format!("{who} {:+} {}", m.quantity, names.product(m.product))
            };
            moves.iter().map(of).collect()
        };
        let actions = truth.actions.iter().zip(&deeds.found);
        let truly = actions.filter(|(_, found)| **found == Some(at));
        let decision = written.decisions.get(name);
        let scene = Scene::of(written.layout(), interaction, written.settings);
        let reach = |party: PartyId| {
            let suspect = scene.suspects.iter().position(|s| s.party == Some(party))?;
            let most = scene
                .spans
                .iter()
                .max_by(|a, b| a.sum_g.abs().total_cmp(&b.sum_g.abs()))?;
            most.reach.get(suspect).copied()
        };
        let suspects = interaction.evidence.iter().map(|track| Suspected {
            track: track.track.0,
            taken_for: visit(track.party),
            truly: people.who(track).map_or_else(String::new, visit),
            reach: reach(track.party),
        });
        Self {
            interaction: name.clone(),
            at_s: since(truth, change.end.0),
            took_s: change.end.since(change.start),
            plates: change
                .plates
                .iter()
                .map(|p| (names.plate(p.plate).to_owned(), p.delta_g))
                .collect(),
            truly: truly.map(|(action, _)| words(action, truth)).collect(),
            said: decision.map_or_else(Vec::new, |d| said(&d.moves)),
            probability: decision.map_or(0.0, |d| d.probability),
            else_may: decision
                .into_iter()
                .flat_map(|d| &d.alternatives)
                .map(|a| (said(&a.moves), a.probability))
                .collect(),
            suspects: suspects.collect(),
        }
    }
}
