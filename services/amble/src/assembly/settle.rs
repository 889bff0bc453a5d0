//! From the bookkeeper's receipt to checkout's document.

use std::sync::Arc;

use amble_checkout::{ReceiptDocument, ReceiptLine, ReceiptTax};
use amble_engine::cart::Receipt;
use amble_proto::plan::StorePlan;
use amble_store::Settle;

/// How the bookkeeper of this store writes receipts: as checkout's documents, with the charge and
/// the letter in the outbox.
pub fn settle(plan: &StorePlan) -> Settle {
    let plan = plan.clone();
    Arc::new(move |receipt| {
        let document = document(&plan, receipt);
        // Until shoppers register a way to pay, a visit pays by its own name.
        amble_checkout::settle(&document, &document.visit, "")
            .inspect_err(|error| tracing::error!(%error, "a receipt is not sound"))
            .ok()
    })
}

fn document(plan: &StorePlan, receipt: &Receipt) -> ReceiptDocument {
    let tax_of = |code: &str| {
        let product = plan.products.iter().find(|product| product.code == code);
        product
            .map(|product| product.tax.clone())
            .unwrap_or_default()
    };
    let lines = receipt.lines.iter().map(|line| ReceiptLine {
        product: line.product.code.clone(),
        name: line.product.name.clone(),
        quantity: line.quantity,
        unit_price_minor: line.unit_price.minor,
        amount_minor: line.amount.minor,
        tax: tax_of(&line.product.code),
    });
    let taxes = receipt.taxes.iter().map(|tax| ReceiptTax {
        id: tax.tax.clone(),
        rate_basis_points: tax.rate_basis_points,
        net_minor: tax.net.minor,
        tax_minor: tax.amount.minor,
    });
    ReceiptDocument {
        id: receipt.head.receipt_id.clone(),
        visit: receipt.head.visit_id.clone(),
        store: receipt.head.store_id.clone(),
        store_name: plan.name.clone(),
        lines: lines.collect(),
        total_minor: receipt.total.minor,
        currency: plan.currency.clone(),
        taxes: taxes.collect(),
        entered_us: receipt.head.entered.0,
        left_us: receipt.head.left.0,
        settled_us: receipt.head.settled.0,
        undecided: receipt.head.undecided,
    }
}
