//! What mistakes and reviews cost.

use amble_engine::attribution::{Costs, Favoured};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// What mistakes and reviews cost, on one scale for units of goods: only the ratios matter. Whatever
/// costs least on average is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DoubtConfig {
    /// What it costs to charge a unit that was not taken. Higher: doubt falls more in the shopper's
    /// favour.
    pub overcharge_cost: f64,
    /// What it costs not to charge a unit that was taken. Higher: less is given away, and more is
    /// charged wrongly.
    pub given_away_cost: f64,
    /// What it costs to charge a wrong product for a taken one.
    pub swap_cost: f64,
    /// What it costs to have a person look. Lower: more is reviewed; higher: less. What it would cost
    /// on average to decide alone must be more than this for a review to be opened.
    pub review_cost: f64,
    /// Who is favoured by what is charged until a review is answered: `shopper` is charged the least
    /// that is plausible, `shop` has it charge the most, and gives back what was too much.
    pub favours: Favours,
}

/// Who is favoured until a review is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Favours {
    /// The shopper.
    #[default]
    Shopper,
    /// The shop.
    Shop,
}

impl Default for DoubtConfig {
    fn default() -> Self {
        let Costs {
            overcharge,
            given_away,
            swap,
            review,
            favours: _,
        } = Costs::default();
        Self {
            overcharge_cost: overcharge,
            given_away_cost: given_away,
            swap_cost: swap,
            review_cost: review,
            favours: Favours::default(),
        }
    }
}

impl DoubtConfig {
    /// Whether every value makes sense.
    ///
    /// # Errors
    /// The first that makes none.
    pub fn check(&self) -> Result<(), Failure> {
        for (name, cost) in [
            ("overcharge_cost", self.overcharge_cost),
            ("given_away_cost", self.given_away_cost),
            ("swap_cost", self.swap_cost),
            ("review_cost", self.review_cost),
        ] {
            if !cost.is_finite() || cost < 0.0 {
                return Err(Failure::usage(format!(
                    "doubt.{name} is {cost}, and must be 0 or more"
                )));
            }
        }
        Ok(())
    }

    /// As the engine has it.
    pub fn costs(&self) -> Costs {
        Costs {
            overcharge: self.overcharge_cost,
            given_away: self.given_away_cost,
            swap: self.swap_cost,
            review: self.review_cost,
            favours: match self.favours {
                Favours::Shopper => Favoured::Shopper,
                Favours::Shop => Favoured::Shop,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_of_the_engine() {
        let config = DoubtConfig::default();
        assert_eq!(config.costs(), Costs::default());
        assert!(config.check().is_ok());
    }

    #[test]
    fn a_cost_below_nothing_or_none_at_all_is_named() {
        for cost in [-1.0, f64::NAN, f64::INFINITY] {
            let config = DoubtConfig {
                review_cost: cost,
                ..DoubtConfig::default()
            };
            let failure = config.check().unwrap_err().to_string();
            assert!(failure.contains("doubt.review_cost"), "{failure}");
        }
    }
}
