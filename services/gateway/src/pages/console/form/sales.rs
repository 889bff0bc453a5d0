//! What was sold, what stands on the shelves, and where that is not as planned.

use amble_proto::v1;
use serde::Serialize;

use super::super::super::form::Money;

#[derive(Debug, Serialize)]
struct Part {
    from_us: i64,
    receipts: u32,
    total_minor: i64,
}

#[derive(Debug, Serialize)]
struct Product<'a> {
    product: &'a str,
    name: &'a str,
    quantity: u32,
    amount: Option<Money<'a>>,
}

/// What was sold in a stretch of time.
#[derive(Debug, Serialize)]
pub(in super::super) struct Sales<'a> {
    parts: Vec<Part>,
    products: Vec<Product<'a>>,
    receipts: u64,
    total: Option<Money<'a>>,
    cut: bool,
}

impl<'a> From<&'a v1::GetSalesResponse> for Sales<'a> {
    fn from(sales: &'a v1::GetSalesResponse) -> Self {
        let parts = sales.parts.iter().map(|part| Part {
            from_us: part.from_us,
            receipts: part.receipts,
            total_minor: part.total_minor,
        });
        let products = sales.products.iter().map(|product| Product {
            product: &product.product,
            name: &product.name,
            quantity: product.quantity,
            amount: product.amount.as_ref().map(Money::from),
        });
        Self {
            parts: parts.collect(),
            products: products.collect(),
            receipts: sales.receipts,
            total: sales.total.as_ref().map(Money::from),
            cut: sales.cut,
        }
    }
}

#[derive(Debug, Serialize)]
struct Stock<'a> {
    product: &'a str,
    name: &'a str,
    plates: &'a [String],
    units: f64,
    planned: u32,
    misplaced: bool,
}

#[derive(Debug, Serialize)]
struct Shelf<'a> {
    shelf: &'a str,
    stock: Vec<Stock<'a>>,
}

/// What stands on the shelves.
#[derive(Debug, Serialize)]
pub(in super::super) struct Shelves<'a> {
    shelves: Vec<Shelf<'a>>,
}

impl<'a> From<&'a v1::ListStockResponse> for Shelves<'a> {
    fn from(found: &'a v1::ListStockResponse) -> Self {
        let shelves = found.shelves.iter().map(|shelf| Shelf {
            shelf: &shelf.shelf_id,
            stock: shelf
                .stock
                .iter()
                .map(|stock| Stock {
                    product: &stock.product,
                    name: &stock.name,
                    plates: &stock.plates,
                    units: stock.units,
                    planned: stock.planned,
                    misplaced: stock.misplaced,
                })
                .collect(),
        });
        Self {
            shelves: shelves.collect(),
        }
    }
}

#[derive(Debug, Serialize)]
struct Mismatch<'a> {
    id: &'a str,
    kind: &'static str,
    shelf: &'a str,
    plates: &'a [String],
    product: &'a str,
    name: &'a str,
    planned: &'a str,
    probability: f64,
    since_us: i64,
}

/// Where something else stands than planned.
#[derive(Debug, Serialize)]
pub(in super::super) struct Mismatches<'a> {
    mismatches: Vec<Mismatch<'a>>,
    next: &'a str,
    as_of_us: i64,
}

impl<'a> From<&'a v1::ListMismatchesResponse> for Mismatches<'a> {
    fn from(found: &'a v1::ListMismatchesResponse) -> Self {
        let mismatches = found.mismatches.iter().map(|one| {
            let (place, goods) = (one.place.as_ref(), one.goods.as_ref());
            Mismatch {
                id: &one.mismatch_id,
                kind: match one.kind() {
                    v1::MismatchKind::Unspecified => "other",
                    v1::MismatchKind::WrongPlace => "wrong_place",
                    v1::MismatchKind::Empty => "empty",
                    v1::MismatchKind::WrongProduct => "wrong_product",
                },
                shelf: place.map_or("", |place| &place.shelf_id),
                plates: place.map_or(&[], |place| &place.plate_ids),
                product: goods.map_or("", |goods| &goods.product),
                name: goods.map_or("", |goods| &goods.name),
                planned: place.map_or("", |place| &place.name),
                probability: one.probability,
                since_us: one.since_us,
            }
        });
        Self {
            mismatches: mismatches.collect(),
            next: &found.next_page_token,
            as_of_us: found.as_of_us,
        }
    }
}
