//! Whether each simulated visit got its receipt, asked as its phone would ask.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use amble_proto::v1::{GetReceiptRequest, Receipt, shopper_service_client::ShopperServiceClient};
use amble_simulator::Visit;
use serde::Serialize;
use tonic::Code;

use super::passes::Passes;
use crate::{client::WayArgs, failure::Failure};

/// A receipt that is not there by then is missing: a settlement waits ten seconds at most for a shelf that
/// moves, and a node that dies costs one.
const WITHIN: Duration = Duration::from_secs(30);
/// How often it is asked for.
const EVERY: Duration = Duration::from_millis(200);

/// What the shop made of the visits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Receipts {
    /// Visits that are over.
    visits: usize,
    /// Those whose receipt says what they left with.
    exact: usize,
    /// Those that left with something and have no receipt.
    missing: Vec<String>,
}

impl Receipts {
    /// Asks for the receipts of all.
    ///
    /// # Errors
    /// When the shop can't be asked.
    pub(super) async fn ask(
        shop: &WayArgs,
        passes: &Passes,
        visits: &[Visit],
    ) -> Result<Self, Failure> {
        let mut client = ShopperServiceClient::new(shop.connect().await?);
        let until = Instant::now() + WITHIN;
        let mut found = Self {
            visits: visits.len(),
            ..Self::default()
        };
        for visit in visits {
            let receipt = loop {
                let question = GetReceiptRequest {
                    visit_id: visit.visit.to_string(),
                };
                let request = passes.ask(question, &visit.visit, visit.party, visit.entered_us)?;
                match client.get_receipt(request).await {
                    Ok(answer) => break answer.into_inner().receipt,
                    Err(status) if !is_passing(status.code()) => return Err(status.into()),
                    Err(_) if Instant::now() >= until => break None,
                    Err(_) => tokio::time::sleep(EVERY).await,
                }
            };
            match receipt {
                Some(receipt) if lines(&receipt) == goods(visit) => found.exact += 1,
                None if !visit.items.is_empty() => found.missing.push(visit.visit.to_string()),
                _ => {}
            }
        }
        Ok(found)
    }

    /// # Errors
    /// When nobody came, or somebody left with goods and has no receipt.
    pub(super) fn whole(&self) -> Result<(), Failure> {
        if self.visits == 0 {
            return Err(Failure::new(
                "nobody came and left; give the day more --seconds",
            ));
        }
        if self.missing.is_empty() {
            return Ok(());
        }
        Err(Failure::new(format!(
            "{} of {} visits left with goods and have no receipt: {}",
            self.missing.len(),
            self.visits,
            self.missing.join(", ")
        )))
    }
}

/// It is not there yet, or the node that was asked has just gone.
const fn is_passing(code: Code) -> bool {
    matches!(
        code,
        Code::NotFound | Code::Unavailable | Code::FailedPrecondition | Code::Unknown
    )
}

fn lines(receipt: &Receipt) -> BTreeMap<&str, u32> {
    let mut lines = BTreeMap::new();
    for line in &receipt.lines {
        *lines.entry(line.product.as_str()).or_default() += line.quantity;
    }
    lines
}

fn goods(visit: &Visit) -> BTreeMap<&str, u32> {
    let items = visit.items.iter();
    items
        .map(|item| (item.product.as_str(), item.quantity))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goods_without_a_receipt_are_an_error_and_so_is_a_day_without_visits() {
        let all = |visits, missing: &[&str]| Receipts {
            visits,
            exact: 0,
            missing: missing.iter().map(ToString::to_string).collect(),
        };
        assert!(all(3, &[]).whole().is_ok());
        assert!(all(0, &[]).whole().is_err());
        let error = all(3, &["7"]).whole().unwrap_err().to_string();
        assert!(error.contains("1 of 3") && error.ends_with('7'), "{error}");
    }
}
