//! What a wrong line costs, what a review costs, and who is favoured while nobody knows.

use serde::{Deserialize, Serialize};

/// Costs on one scale, for units of goods: only their ratios matter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Costs {
    /// Charging a unit that was not taken. Higher: doubt falls more in the shopper's favour.
    pub overcharge: f64,
    /// Not charging a unit that was taken: usually 1, by which the others are measured.
    pub given_away: f64,
    /// Charging a wrong product for a taken one.
    pub swap: f64,
    /// Having a person look. Lower: more is reviewed. By default it is so much that what is tracked as it
    /// should be asks hardly anybody.
    pub review: f64,
    /// Who is favoured until a review is answered.
    pub favours: Favoured,
}

/// Who is favoured by what is charged until a review is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Favoured {
    /// The shopper is charged the least that is plausible: the shop bears the doubt.
    #[default]
    Shopper,
    /// The shopper is charged the most that is plausible, and gets back what was too much.
    Shop,
}

impl Default for Costs {
    fn default() -> Self {
        Self {
            overcharge: 2.0,
            given_away: 1.0,
            swap: 1.0,
            review: 3.0,
            favours: Favoured::Shopper,
        }
    }
}
