//! The documents that checkout makes and reads for the bookkeeper.

use std::sync::Arc;

use amble_checkout::{Holds, ReceiptDocument, ReceiptLine, ReceiptTax};
use amble_engine::{cart::Receipt, time::Time};
use amble_proto::plan::StorePlan;
use amble_store::{Charged, Documents, Settle, review::Units};

use super::amend;

/// What the bookkeeper of this store leaves to checkout; receipts are in this language unless a pass names
/// another, and so much is authorised at the entry.
pub fn documents(plan: &StorePlan, language: &str, holds: Option<Holds>) -> Documents {
    let own = plan.clone();
    let currency = plan.currency.clone();
    Documents {
        settle: settle(plan, language),
        hold: Arc::new(move |visit, bill, at| {
            holds?.at_entry(visit, bill.pay.as_deref(), &currency, at.0)
        }),
        read: Arc::new(|receipt| read(&receipt.body)),
        correct: Arc::new(move |amendment| {
            amend::correction(&own, amendment).map_err(|error| error.to_string())
        }),
    }
}

fn read(body: &str) -> Option<Charged> {
    let document = ReceiptDocument::from_json(body)
        .inspect_err(|error| tracing::error!(%error, "a stored receipt is not sound"))
        .ok()?;
    let lines = document.lines.into_iter().map(|line| Units {
        product: line.product,
        quantity: line.quantity,
    });
    Some(Charged {
        entered: Time(document.entered_us),
        lines: lines.collect(),
    })
}

/// How it writes receipts: as checkout's documents, with the charge and
/// the letter in the outbox, in this language unless a pass names another.
fn settle(plan: &StorePlan, language: &str) -> Settle {
    let (plan, language) = (plan.clone(), language.to_owned());
    Arc::new(move |receipt, bill| {
        let mut document = document(&plan, receipt);
        document.language = bill.lang.as_ref().unwrap_or(&language).clone();
        // Who has shown no way to pay pays by the visit's name: a payment service that is real refuses
        // it, and somebody looks.
        let method = bill.pay.as_deref().unwrap_or(&document.visit);
        let address = bill.mail.as_deref().unwrap_or_default();
        amble_checkout::settle(&document, method, address)
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
        tax_added: !plan.prices_include_tax,
        entered_us: receipt.head.entered.0,
        left_us: receipt.head.left.0,
        settled_us: receipt.head.settled.0,
        undecided: receipt.head.undecided,
        language: String::new(),
    }
}
