//! What attribution says.

use serde::{Deserialize, Serialize};

use crate::{evidence::PartyId, layout::ProductIx, time::Time};

/// Names an interaction: dense, ascending, given by the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InteractionId(pub u64);

/// Goods that changed hands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Move {
    /// Whose hands.
    pub party: PartyId,
    /// What.
    pub product: ProductIx,
    /// How many: positive when taken, negative when put back; never 0.
    pub quantity: i32,
    /// That this party moved exactly this many of this product in this interaction.
    pub probability: f64,
}

/// Another explanation of the same interaction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alternative {
    /// What it says; empty when nobody whom we know moved anything.
    pub moves: Vec<Move>,
    /// How probable it is.
    pub probability: f64,
}

/// The explanation of one interaction, until a higher revision replaces it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Of which interaction.
    pub interaction: InteractionId,
    /// Counts from 0; the highest holds.
    pub revision: u32,
    /// Who moved what, ascending by party and product; empty when nobody whom we know did.
    pub moves: Vec<Move>,
    /// Posterior of the chosen explanation, among all of them.
    pub probability: f64,
    /// Still close to another explanation.
    pub open: bool,
    /// When the shelf had come to rest: the instant whose price counts.
    pub taken_at: Time,
    /// The next best explanations, best first.
    pub alternatives: Vec<Alternative>,
}

/// What a party leaves with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settlement {
    /// The party.
    pub party: PartyId,
    /// When it was settled.
    pub at: Time,
    /// What it is charged for, ascending by product.
    pub lines: Vec<SettledLine>,
    /// Revisions that make the decisions say what the lines say; the cart's fold then agrees.
    pub decisions: Vec<Decision>,
    /// Interactions that were still open for this party, ascending: decided by expected cost.
    pub undecided: Vec<InteractionId>,
    /// What a person is to look at, because that costs less than a mistake.
    pub reviews: Vec<Review>,
}

/// What a party may have left with, for a person to say which.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Review {
    /// The interactions on which the hypotheses differ, ascending.
    pub interactions: Vec<InteractionId>,
    /// At most [`HYPOTHESES`], most probable first; exactly one of them is charged.
    pub hypotheses: Vec<Hypothesis>,
    /// What the cheapest decision would have cost on average, in the scale of [`Costs`](super::Costs).
    pub cost: f64,
}

/// Hypotheses that a person is shown; the rest is too improbable to help.
pub const HYPOTHESES: usize = 8;

/// One thing that a party may have left with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hypothesis {
    /// Of each product in doubt how many it left with in all, ascending by product; 0: none.
    pub units: Vec<(ProductIx, u32)>,
    /// How probable it is.
    pub probability: f64,
    /// Whether this is what is charged until somebody says what is right.
    pub charged: bool,
}

/// One product of a settlement.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SettledLine {
    /// What.
    pub product: ProductIx,
    /// How many; at least 1.
    pub quantity: u32,
    /// That the party left with exactly this many.
    pub probability: f64,
}

/// What is known to stand on a plate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// The product.
    pub product: ProductIx,
    /// How many of it are expected at this place, which may span the neighbouring plates.
    pub units: f64,
    /// Not where the plan wants it.
    pub misplaced: bool,
}

/// What a party is known to hold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Holding {
    /// The product.
    pub product: ProductIx,
    /// How many in the most probable world.
    pub units: i32,
    /// That it is exactly this many.
    pub probability: f64,
}
