//! The numbers that attribution rests on, each with its reason.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Part, costs::Costs};

/// What attribution believes about people, shelves and sensors before it looks.
///
/// Probabilities are 0 to 1, weights in grams, lengths in metres. The mix of takes, returns and
/// mishaps is assumed, since nobody has measured it; the rest says where it comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Share of movements that are returns. Higher: rises are more readily somebody's return.
    pub return_share: f64,
    /// How much rarer each further unit of the same product is. Higher: two at once instead of two
    /// people or another product.
    pub further_unit: f64,
    /// Chance that the same party moves a second product in the same change.
    pub second_kind: f64,
    /// Chance that another party moves something in the same change.
    pub second_party: f64,
    /// Chance that a change is only things being pushed about on the shelf.
    pub shift: f64,
    /// Chance that a plate's change is left over from a jolt and means nothing.
    pub jolt: f64,
    /// Chance that what was put down or picked up is no known product (a bag).
    pub foreign: f64,
    /// Weights that a foreign thing may have, all equally likely, from 0 to this.
    pub foreign_range_g: f64,
    /// How much rarer a take is for each plate that it lies outside the product's place. Of 38 takes in ten
    /// real visits none did: half a take of 39 (Jeffreys' prior), to either side.
    pub off_plate: f64,
    /// Least chance of a product that stands elsewhere on the shelf.
    pub elsewhere: f64,
    /// Chance of a take from a place that should be empty. Higher: counts are trusted less.
    pub empty: f64,
    /// Chance that a product is put back here although its place is not here. A fifth of all returns
    /// go to a wrong place, and there are many wrong places.
    pub wrong_place: f64,
    /// Share of what is put where it belongs that was brought into the shop by somebody who never did
    /// so before. Higher: shoppers get back less readily what another was thought to have taken.
    pub restock: f64,
    /// Chance that what somebody puts back was handed to it by another party, who had taken it.
    pub handed_on: f64,
    /// Chance that something changes hands when hands of two parties meet and one has anything. Higher:
    /// goods are more readily charged to who was given them.
    pub handed_over: f64,
    /// Log odds that each round more in which hands met adds to its being a hand-over.
    pub longer: f64,
    /// Log odds that it adds when one of the two walks: people who hand something over stand.
    pub passing: f64,
    /// Chance that of two whose hands met the one who came gives and the one who stood gets.
    pub comes: f64,
    /// How much later, in seconds, the hand of who gets comes than that of who gives, and how much this
    /// differs from time to time (standard deviation, with the error of when a hand was seen).
    pub reply_s: f64,
    /// See `reply_s`. Higher: whose hand was first says less.
    pub reply_sigma_s: f64,
    /// Chance that what leaves somebody's hands away from the shelves is what they took last. Of 30 in simulated
    /// days, where they held several kinds, all were: 31 in 32 (Laplace's rule of succession).
    pub latest: f64,
    /// Chance that what somebody puts back is what they took last.
    pub latest_back: f64,
    /// Chance that something is left when a hand goes down to the floor. Of 29 such in simulated days all were
    /// true: 30 in 31. Higher: goods are more readily no longer charged.
    pub left_there: f64,
    /// Error of a settled change beyond the plates' noise: drift, scale factor, touch.
    pub weight_error_g: f64,
    /// How far a person stands to the side of the plate that it reaches into, and beyond arm's length
    /// from it (standard deviation). Higher: where bodies are says less.
    pub stand_m: f64,
    /// How far a wrist is from the goods that its hand grasps, with the sensor's error (standard
    /// deviation). Higher: hands say less.
    pub hand_m: f64,
    /// How far from its body's axis a wrist at rest is at most; a reaching one is farther, seen from
    /// above. Higher: hands close to the body say less.
    pub rest_m: f64,
    /// Beyond what slow hands take, this many seconds in the shelf make it e times less likely that a hand
    /// moved goods. Lower: who leans is less readily taken for who takes.
    pub stays_s: f64,
    /// Density, per metre, of the nearest approach of a hand that takes nothing near the shelf. Lower:
    /// a hand in the plate's box proves more.
    pub idle_hand: f64,
    /// Chance that the hand that did it was never seen while other hands were.
    pub hidden_hand: f64,
    /// Log-likelihood of somebody whom no camera tracked, where 0 is somebody at the plate. Higher:
    /// goods are more readily lost to nobody, and wrongly charged less often.
    pub unseen: f64,
    /// Chance that an item is seen in the hand of somebody who takes one.
    pub sighting: f64,
    /// Chance that an item is seen in the hand of somebody near who takes none.
    pub idle_sighting: f64,
    /// Probability of a product that a sighting does not list.
    pub sighting_leak: f64,
    /// Suspects that are considered, the nearest first.
    pub suspects: usize,
    /// Plates of one change that are considered, the largest first.
    pub plates: usize,
    /// Explanations kept for an interaction.
    pub explanations: usize,
    /// Joint worlds kept for a cluster. Higher: later evidence can overturn less likely beginnings,
    /// at the price of time.
    pub beam: usize,
    /// Different situations of shelf and hands, over the worlds of a cluster, for which an interaction
    /// is explained. Higher: the same as for `beam`, at a higher price.
    pub views: usize,
    /// Worlds this much less probable than the best are dropped.
    pub drop_below: f64,
    /// An interaction surer than this is no longer reopened.
    pub certain: f64,
    /// Open interactions in a cluster; then the oldest is decided.
    pub open_limit: usize,
    /// A decision is open while the runner-up has at least this share of its probability.
    pub open_ratio: f64,
    /// What mistakes and reviews cost.
    pub costs: Costs,
    /// What it does not go by: nothing is left out, but to see what it is worth.
    pub without: BTreeSet<Part>,
}

impl Settings {
    /// Whether it goes by this.
    pub(super) fn uses(&self, part: Part) -> bool {
        !self.without.contains(&part)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            return_share: 0.1,
            further_unit: 0.08,
            second_kind: 0.03,
            second_party: 0.05,
            shift: 0.01,
            jolt: 0.01,
            foreign: 0.001,
            foreign_range_g: 4_000.0,
            off_plate: 0.0065,
            elsewhere: 0.001,
            empty: 0.05,
            wrong_place: 0.01,
            restock: 0.001,
            handed_on: 0.01,
            handed_over: 0.7,
            longer: 0.7,
            passing: -3.0,
            comes: 0.75,
            reply_s: 0.3,
            reply_sigma_s: 0.25,
            latest: 0.97,
            latest_back: 0.5,
            left_there: 0.97,
            weight_error_g: 1.0,
            stand_m: 0.3,
            hand_m: 0.05,
            rest_m: 0.33,
            stays_s: 2.0,
            idle_hand: 0.15,
            hidden_hand: 0.01,
            unseen: -7.0,
            sighting: 0.6,
            idle_sighting: 0.1,
            sighting_leak: 0.02,
            suspects: 6,
            plates: 16,
            explanations: 16,
            beam: 128,
            views: 32,
            drop_below: 1e-5,
            certain: 0.9995,
            open_limit: 24,
            open_ratio: 0.05,
            costs: Costs::default(),
            without: BTreeSet::new(),
        }
    }
}
