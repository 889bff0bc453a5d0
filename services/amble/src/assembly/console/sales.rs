//! Receipts, and what was sold, from the ledger.
//!
//! 1. A list is read page by page; a sum reads at most [`MOST`] receipts, the newest of them, and says so when
//!    there were more.
//! 2. A receipt counts when it was settled. Corrections are documents of their own, and not in it.

use std::{cmp::Reverse, collections::BTreeMap};

use amble_checkout::ReceiptDocument;
use amble_gateway::ports::{OperatorError, ReceiptPage, SalesQuery};
use amble_ledger::{Receipt, ReceiptPlace};
use amble_proto::v1::{GetSalesResponse, Money, ReceiptSummary, SalesPart, SalesProduct};
use amble_store::Shop;

use super::{not_now, story::units};

/// Receipts that are read at once.
const PAGE: u32 = 1_000;
/// Receipts of one sum: two days of a supermarket.
const MOST: usize = 20_000;

/// A page of receipts.
pub(super) async fn receipts(
    shop: &Shop,
    size: u32,
    token: &str,
) -> Result<ReceiptPage, OperatorError> {
    let after = match token {
        "" => None,
        token => Some(place(token)?),
    };
    // One more than wanted says whether there are more.
    let wanted = size.saturating_add(1);
    let stored = shop.ledger.receipts(after.as_ref(), wanted).await;
    let mut stored = stored.map_err(|error| not_now(&error))?;
    let more = stored.len() > size as usize;
    stored.truncate(size as usize);
    let last = stored.last().filter(|_| more);
    let next_page_token = last.map(|last| format!("{}/{}", last.settled_us, last.id));
    Ok(ReceiptPage {
        receipts: stored.iter().map(summary).collect(),
        next_page_token: next_page_token.unwrap_or_default(),
    })
}

fn place(token: &str) -> Result<ReceiptPlace, OperatorError> {
    let parts = token.split_once('/');
    let parts = parts.and_then(|(time, id)| Some((time.parse().ok()?, id)));
    let (settled_us, id) = parts.ok_or_else(|| OperatorError::Unfit {
        field: "page_token",
        why: "it is not one that was given out; begin with the first page".to_owned(),
    })?;
    Ok(ReceiptPlace {
        settled_us,
        id: id.to_owned(),
    })
}

/// What another version wrote is listed without what can't be read.
fn summary(stored: &Receipt) -> ReceiptSummary {
    let document = ReceiptDocument::from_json(&stored.body).ok();
    ReceiptSummary {
        receipt_id: stored.id.clone(),
        visit_id: stored.visit.clone(),
        entered_us: document.as_ref().map_or(0, |document| document.entered_us),
        settled_us: stored.settled_us,
        units: document.as_ref().map_or(0, units),
        total: Some(Money {
            currency: stored.currency.clone(),
            minor: stored.total_minor,
        }),
    }
}

/// What was sold.
pub(super) async fn sold(
    shop: &Shop,
    query: SalesQuery,
) -> Result<GetSalesResponse, OperatorError> {
    let mut sums = Sums::of(query);
    let mut after: Option<ReceiptPlace> = None;
    let mut read = 0;
    loop {
        let page = shop.ledger.receipts(after.as_ref(), PAGE).await;
        let page = page.map_err(|error| not_now(&error))?;
        let Some(last) = page.last().map(Receipt::place) else {
            break;
        };
        page.iter().for_each(|receipt| sums.add(receipt));
        read += page.len();
        if last.settled_us < query.from_us || page.len() < PAGE as usize {
            break;
        }
        if read >= MOST {
            sums.cut = true;
            break;
        }
        after = Some(last);
    }
    Ok(sums.told(shop.currency.code()))
}

/// Sums over receipts.
struct Sums {
    query: SalesQuery,
    parts: BTreeMap<i64, SalesPart>,
    products: BTreeMap<String, (String, u32, i64)>,
    receipts: u64,
    total_minor: i64,
    cut: bool,
}

impl Sums {
    fn of(query: SalesQuery) -> Self {
        Self {
            query,
            parts: BTreeMap::new(),
            products: BTreeMap::new(),
            receipts: 0,
            total_minor: 0,
            cut: false,
        }
    }

    fn add(&mut self, receipt: &Receipt) {
        let SalesQuery {
            from_us,
            to_us,
            part_us,
        } = self.query;
        if !(from_us..to_us).contains(&receipt.settled_us) {
            return;
        }
        let number = (receipt.settled_us - from_us) / part_us;
        let begins = from_us + number * part_us;
        let part = self.parts.entry(begins).or_insert_with(|| SalesPart {
            from_us: begins,
            ..SalesPart::default()
        });
        part.receipts += 1;
        part.total_minor += receipt.total_minor;
        self.receipts += 1;
        self.total_minor += receipt.total_minor;
        let Ok(document) = ReceiptDocument::from_json(&receipt.body) else {
            return;
        };
        for line in document.lines {
            let sum = self.products.entry(line.product);
            let sum = sum.or_insert_with(|| (line.name, 0, 0));
            sum.1 += line.quantity;
            sum.2 += line.amount_minor;
        }
    }

    fn told(self, currency: &str) -> GetSalesResponse {
        let money = |minor| {
            Some(Money {
                currency: currency.to_owned(),
                minor,
            })
        };
        let mut products: Vec<_> = self.products.into_iter().collect();
        products.sort_by_key(|(_, (_, _, minor))| Reverse(*minor));
        let products = products
            .into_iter()
            .map(|(product, (name, quantity, minor))| SalesProduct {
                product,
                name,
                quantity,
                amount: money(minor),
            });
        GetSalesResponse {
            parts: self.parts.into_values().collect(),
            products: products.collect(),
            receipts: self.receipts,
            total: money(self.total_minor),
            cut: self.cut,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(settled_us: i64, total_minor: i64) -> Receipt {
        Receipt {
            id: settled_us.to_string(),
            visit: String::new(),
            shard: String::new(),
            settled_us,
            total_minor,
            currency: "EUR".to_owned(),
            body: String::new(),
        }
    }

    #[test]
    fn a_receipt_counts_in_the_part_in_which_it_was_settled() {
        let mut sums = Sums::of(SalesQuery {
            from_us: 100,
            to_us: 200,
            part_us: 30,
        });
        for (at, minor) in [(99, 1), (100, 2), (129, 4), (130, 8), (199, 16), (200, 32)] {
            sums.add(&receipt(at, minor));
        }
        let told = sums.told("EUR");
        let parts = told
            .parts
            .iter()
            .map(|p| (p.from_us, p.receipts, p.total_minor));
        assert!(parts.eq([(100, 2, 6), (130, 1, 8), (190, 1, 16)]));
        assert_eq!((told.receipts, told.total.unwrap().minor), (4, 30));
    }

    #[test]
    fn a_page_goes_on_where_its_token_says() {
        let at = place("17/receipt-a/b").unwrap();
        assert_eq!((at.settled_us, at.id.as_str()), (17, "receipt-a/b"));
        assert!(place("receipt").is_err());
    }
}
