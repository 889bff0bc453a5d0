//! What was sold, and what stands on the shelves.

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
