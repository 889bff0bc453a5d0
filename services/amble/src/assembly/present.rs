//! The engine's carts and receipts in the protocol's words.

use amble_checkout::{ReceiptDocument, text};
use amble_engine::{cart, layout::ProductIx, price};
use amble_proto::v1;
use amble_store::{CartView, Shop, Stage};

/// An amount.
pub fn money(money: price::Money) -> v1::Money {
    v1::Money {
        currency: money.currency.code().to_owned(),
        minor: money.minor,
    }
}

fn stage(stage: Stage) -> v1::VisitState {
    match stage {
        Stage::Open => v1::VisitState::Open,
        Stage::Shopping => v1::VisitState::Shopping,
        Stage::Left => v1::VisitState::Left,
        Stage::Settled => v1::VisitState::Settled,
    }
}

/// A cart as its phone sees it, with how its disputes and its authorisation stand: each that is opened or answered is
/// a state more.
pub fn cart(
    shop: &Shop,
    view: &CartView,
    disputes: &[v1::Dispute],
    payment_declined: bool,
) -> v1::Cart {
    let answered = disputes.iter().filter(|dispute| dispute.right.is_some());
    let told = u64::from(payment_declined);
    let states = disputes.len() as u64 + answered.count() as u64 + told;
    let product = |line: &cart::CartLine| &shop.plan.plan.products[line.product.at()];
    let lines = view.cart.lines().iter().map(|line| v1::CartLine {
        product: product(line).code.clone(),
        name: product(line).name.clone(),
        quantity: line.quantity,
        unit_price: Some(money(line.unit_price)),
        amount: Some(money(line.amount)),
        probability: line.probability,
        open: line.open,
        unwritten: false,
    });
    let taxed = view.cart.taxed();
    let taxes = taxed.lines.iter().map(|tax| v1::TaxLine {
        tax: tax.tax.clone(),
        rate_basis_points: tax.rate_basis_points,
        net: Some(money(tax.net)),
        amount: Some(money(tax.amount)),
    });
    let budget_state = match view.cart.budget_state() {
        cart::BudgetState::Unset => v1::BudgetState::Unspecified,
        cart::BudgetState::Within => v1::BudgetState::Within,
        cart::BudgetState::Near => v1::BudgetState::Near,
        cart::BudgetState::Over => v1::BudgetState::Over,
    };
    let name = |ix: ProductIx| shop.plan.plan.products[ix.at()].name.as_str();
    let pending = view.pending.iter().map(|pending| v1::PendingItem {
        product: shop.plan.plan.products[pending.product.at()].code.clone(),
        name: name(pending.product).to_owned(),
        since_us: pending.since.0,
    });
    let fall = view.cart.fall();
    v1::Cart {
        visit_id: view.visit.clone(),
        version: view.version + states,
        lines: lines.collect(),
        total: Some(money(taxed.total)),
        taxes: taxes.collect(),
        budget: view.cart.budget().map(money),
        budget_state: budget_state.into(),
        state: stage(view.stage).into(),
        change_reason: fall.map(|fall| fall.text(name)).unwrap_or_default(),
        as_of_us: view.as_of.0,
        newest_change_us: view.cart.newest_change().map_or(0, |time| time.0),
        disputes: disputes.to_vec(),
        payment_declined,
        pending: pending.collect(),
        fall: fall.map(|fall| {
            let (reason, product) = match fall {
                cart::Fall::PutBack(product) => (v1::FallReason::PutBack, product),
                cart::Fall::Revised(product) => (v1::FallReason::Revised, product),
            };
            v1::Fall {
                reason: reason.into(),
                product: shop.plan.plan.products[product.at()].code.clone(),
                name: name(product).to_owned(),
            }
        }),
    }
}

/// A visit in a list.
pub fn visit(view: &CartView) -> v1::VisitSummary {
    let settled = view.stage == Stage::Settled;
    v1::VisitSummary {
        visit_id: view.visit.clone(),
        state: stage(view.stage).into(),
        party_size: view.size,
        opened_us: view.opened.0,
        receipt_id: if settled {
            amble_store::receipt_id(&view.visit)
        } else {
            String::new()
        },
        total: Some(money(view.cart.taxed().total)),
    }
}

/// A receipt from its stored JSON.
///
/// # Errors
/// When it is not the JSON of a receipt.
pub fn receipt(body: &str) -> Result<v1::Receipt, amble_checkout::DocumentError> {
    let document = ReceiptDocument::from_json(body)?;
    let money = |minor| {
        Some(v1::Money {
            currency: document.currency.clone(),
            minor,
        })
    };
    let lines = document.lines.iter().map(|line| v1::CartLine {
        product: line.product.clone(),
        name: line.name.clone(),
        quantity: line.quantity,
        unit_price: money(line.unit_price_minor),
        amount: money(line.amount_minor),
        probability: 1.0,
        open: false,
        unwritten: false,
    });
    let taxes = document.taxes.iter().map(|tax| v1::TaxLine {
        tax: tax.id.clone(),
        rate_basis_points: tax.rate_basis_points,
        net: money(tax.net_minor),
        amount: money(tax.tax_minor),
    });
    Ok(v1::Receipt {
        receipt_id: document.id.clone(),
        visit_id: document.visit.clone(),
        store_id: document.store.clone(),
        lines: lines.collect(),
        total: money(document.total_minor),
        taxes: taxes.collect(),
        entered_us: document.entered_us,
        left_us: document.left_us,
        settled_us: document.settled_us,
        undecided: document.undecided,
        text: text::receipt(&document),
        disputes: Vec::new(),
        corrections: Vec::new(),
    })
}
