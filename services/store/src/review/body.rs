//! What the ledger keeps of a review and of its answer: JSON, with names instead of indices.

use serde::{Deserialize, Serialize};

/// Some units of a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Units {
    /// Its code in the store plan.
    pub product: String,
    /// How many.
    pub quantity: u32,
}

/// One thing that the party may have left with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Possible {
    /// Of each product in doubt, how many in all; 0: none.
    pub units: Vec<Units>,
    /// How probable it is, 0 to 1.
    pub probability: f64,
    /// Whether this is what is charged until the review is answered.
    pub charged: bool,
}

/// What there is to look at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReviewBody {
    /// What the party may have left with, most probable first.
    pub hypotheses: Vec<Possible>,
    /// The interactions that are the evidence, by name.
    pub interactions: Vec<String>,
    /// What it would cost on average to ask nobody, in the scale of the settings; none of a dispute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerdictBody {
    /// How many of each product the party left with, ascending by product; those that are not named were
    /// charged rightly.
    pub lines: Vec<Units>,
    /// What the reviewer says about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// The JSON of plain data of ours, which has no way to fail.
pub(super) fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

impl ReviewBody {
    /// What is charged for each product in doubt.
    #[must_use]
    pub fn charged(&self) -> &[Units] {
        let charged = self.hypotheses.iter().find(|possible| possible.charged);
        charged.map_or(&[], |possible| &possible.units)
    }
}
