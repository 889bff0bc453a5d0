//! Prices from a time on, from the ledger.

use amble_engine::price::Money;
use amble_gateway::ports::OperatorError;
use amble_ledger::PriceChange as Stored;
use amble_proto::v1::PriceChange;
use amble_store::Shop;

use super::not_now;
use crate::assembly::present;

/// Those that hold from after a time, and of each product the one that held then.
pub(super) async fn since(shop: &Shop, since_us: i64) -> Result<Vec<PriceChange>, OperatorError> {
    let stored = shop.ledger.price_changes(since_us).await;
    let stored = stored.map_err(|error| not_now(&error))?;
    Ok(stored.iter().map(|change| told(shop, change)).collect())
}

/// A product that the plan no longer has is listed without a name.
fn told(shop: &Shop, change: &Stored) -> PriceChange {
    let known = shop.plan.names.find_product(&change.product);
    let name = known.map(|ix| shop.plan.plan.products[ix.at()].name.clone());
    PriceChange {
        product: change.product.clone(),
        name: name.unwrap_or_default(),
        price: Some(present::money(Money::new(
            change.price_minor,
            shop.currency,
        ))),
        valid_from_us: change.valid_from_us,
    }
}
