//! What receipts are worth beside what was taken, in money, by the plan's prices.
//!
//! 1. What was taken and not charged is given away; what was charged and not taken is overcharged. One
//!    product charged for another is both.
//! 2. Shares are of what was taken; of nothing, they are nothing.
//! 3. A product without a price counts nothing.

use std::collections::BTreeMap;

use amble_proto::plan::StorePlan;
use serde::{Serialize, Serializer, ser::SerializeStruct as _};

/// What products cost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prices {
    /// ISO 4217.
    pub currency: String,
    /// By product, in minor units.
    pub minor: BTreeMap<String, i64>,
}

impl Prices {
    /// Those of a plan.
    #[must_use]
    pub fn of(plan: &StorePlan) -> Self {
        let products = plan.products.iter();
        Self {
            currency: plan.currency.clone(),
            minor: products.map(|p| (p.code.clone(), p.price_minor)).collect(),
        }
    }

    /// What so many pieces cost.
    #[must_use]
    pub fn amount(&self, product: &str, pieces: u64) -> i64 {
        let one = self.minor.get(product).copied().unwrap_or(0);
        one.saturating_mul(i64::try_from(pieces).unwrap_or(i64::MAX))
    }
}

/// Goods and mistakes, in minor units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sales {
    /// ISO 4217.
    pub currency: String,
    /// What visits left with.
    pub taken_minor: i64,
    /// What of it was not charged.
    pub given_away_minor: i64,
    /// What was charged beyond it.
    pub overcharged_minor: i64,
}

impl Sales {
    /// Some pieces taken and some charged.
    pub fn add_line(&mut self, prices: &Prices, product: &str, taken: u64, charged: u64) {
        let amount = |pieces| prices.amount(product, pieces);
        self.taken_minor = self.taken_minor.saturating_add(amount(taken));
        let given = amount(taken.saturating_sub(charged));
        self.given_away_minor = self.given_away_minor.saturating_add(given);
        let over = amount(charged.saturating_sub(taken));
        self.overcharged_minor = self.overcharged_minor.saturating_add(over);
    }

    /// Takes in others of the same currency.
    pub fn add(&mut self, other: &Self) {
        self.currency.clone_from(&other.currency);
        self.taken_minor = self.taken_minor.saturating_add(other.taken_minor);
        self.given_away_minor = self.given_away_minor.saturating_add(other.given_away_minor);
        let over = other.overcharged_minor;
        self.overcharged_minor = self.overcharged_minor.saturating_add(over);
    }

    /// Given away of what was taken.
    #[must_use]
    pub fn given_away(&self) -> f64 {
        self.share(self.given_away_minor)
    }

    /// Overcharged, as a share of what was taken.
    #[must_use]
    pub fn overcharged(&self) -> f64 {
        self.share(self.overcharged_minor)
    }

    fn share(&self, part: i64) -> f64 {
        // Sums of money are far below 2^52 minor units.
        part as f64 / self.taken_minor.max(1) as f64
    }
}

impl Serialize for Sales {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sales = serializer.serialize_struct("Sales", 6)?;
        sales.serialize_field("currency", &self.currency)?;
        sales.serialize_field("taken_minor", &self.taken_minor)?;
        sales.serialize_field("given_away_minor", &self.given_away_minor)?;
        sales.serialize_field("overcharged_minor", &self.overcharged_minor)?;
        sales.serialize_field("given_away_share", &self.given_away())?;
        sales.serialize_field("overcharged_share", &self.overcharged())?;
        sales.end()
    }
}
