//! Prices from a time on.

use amble_proto::v1;
use serde::Serialize;

use super::super::super::form::Money;

#[derive(Debug, Serialize)]
struct Change<'a> {
    product: &'a str,
    name: &'a str,
    price: Option<Money<'a>>,
    valid_from_us: i64,
}

/// Price changes, in the order of their times.
#[derive(Debug, Serialize)]
pub(in super::super) struct Prices<'a> {
    changes: Vec<Change<'a>>,
    as_of_us: i64,
}

impl<'a> From<&'a v1::ListPricesResponse> for Prices<'a> {
    fn from(found: &'a v1::ListPricesResponse) -> Self {
        let changes = found.changes.iter().map(|change| Change {
            product: &change.product,
            name: &change.name,
            price: change.price.as_ref().map(Money::from),
            valid_from_us: change.valid_from_us,
        });
        Self {
            changes: changes.collect(),
            as_of_us: found.as_of_us,
        }
    }
}
