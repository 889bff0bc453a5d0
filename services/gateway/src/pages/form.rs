//! Carts and receipts as JSON, as `docs/PAGES.md` tells it: money as integers of minor units with the
//! currency and its number of digits, times in microseconds of event time since the Unix epoch.

use amble_engine::price::Currency;
use amble_proto::v1;
use serde::{Deserialize, Serialize};
use tonic::Status;

/// A form's text.
///
/// # Errors
/// None that is known: forms hold texts and numbers.
pub(super) fn text(form: &impl Serialize) -> Result<String, Status> {
    serde_json::to_string(form).map_err(|error| Status::internal(error.to_string()))
}

/// An amount of money.
#[derive(Debug, Serialize)]
pub(super) struct Money<'a> {
    minor: i64,
    currency: &'a str,
    /// How many of the amount's digits follow the point (ISO 4217).
    digits: u8,
}

impl<'a> From<&'a v1::Money> for Money<'a> {
    fn from(money: &'a v1::Money) -> Self {
        Self {
            minor: money.minor,
            currency: &money.currency,
            // What the shop charges in is in the list; two is what most currencies have.
            digits: Currency::from_code(&money.currency).map_or(2, |currency| currency.digits()),
        }
    }
}

#[derive(Debug, Serialize)]
struct Line<'a> {
    product: &'a str,
    name: &'a str,
    quantity: u32,
    unit_price: Option<Money<'a>>,
    amount: Option<Money<'a>>,
    probability: f64,
    open: bool,
    unwritten: bool,
}

impl<'a> From<&'a v1::CartLine> for Line<'a> {
    fn from(line: &'a v1::CartLine) -> Self {
        Self {
            product: &line.product,
            name: &line.name,
            quantity: line.quantity,
            unit_price: line.unit_price.as_ref().map(Money::from),
            amount: line.amount.as_ref().map(Money::from),
            probability: line.probability,
            open: line.open,
            unwritten: line.unwritten,
        }
    }
}

#[derive(Debug, Serialize)]
struct Tax<'a> {
    tax: &'a str,
    rate_basis_points: u32,
    net: Option<Money<'a>>,
    amount: Option<Money<'a>>,
}

impl<'a> From<&'a v1::TaxLine> for Tax<'a> {
    fn from(tax: &'a v1::TaxLine) -> Self {
        Self {
            tax: &tax.tax,
            rate_basis_points: tax.rate_basis_points,
            net: tax.net.as_ref().map(Money::from),
            amount: tax.amount.as_ref().map(Money::from),
        }
    }
}

/// A line that the shopper says is not theirs.
#[derive(Debug, Serialize)]
pub(super) struct Dispute<'a> {
    product: &'a str,
    state: &'static str,
    charged: u32,
    right: Option<u32>,
}

impl<'a> From<&'a v1::Dispute> for Dispute<'a> {
    fn from(dispute: &'a v1::Dispute) -> Self {
        Self {
            product: &dispute.product,
            state: match dispute.state() {
                v1::DisputeState::Open | v1::DisputeState::Unspecified => "open",
                v1::DisputeState::Upheld => "upheld",
                v1::DisputeState::Rejected => "rejected",
            },
            charged: dispute.charged,
            right: dispute.right,
        }
    }
}

#[derive(Debug, Serialize)]
struct Correction<'a> {
    correction: &'a str,
    total: Option<Money<'a>>,
    decided_us: i64,
}

impl<'a> From<&'a v1::Correction> for Correction<'a> {
    fn from(correction: &'a v1::Correction) -> Self {
        Self {
            correction: &correction.correction_id,
            total: correction.total.as_ref().map(Money::from),
            decided_us: correction.decided_us,
        }
    }
}

/// Why a total fell.
#[derive(Debug, Serialize)]
struct Fall<'a> {
    reason: &'static str,
    product: &'a str,
    name: &'a str,
}

impl<'a> From<&'a v1::Fall> for Fall<'a> {
    fn from(fall: &'a v1::Fall) -> Self {
        Self {
            reason: match fall.reason() {
                v1::FallReason::PutBack => "put_back",
                v1::FallReason::Revised => "revised",
                v1::FallReason::Unspecified => "other",
            },
            product: &fall.product,
            name: &fall.name,
        }
    }
}

/// Something that was lifted and is not decided yet.
#[derive(Debug, Serialize)]
struct Pending<'a> {
    product: &'a str,
    name: &'a str,
    since_us: i64,
}

impl<'a> From<&'a v1::PendingItem> for Pending<'a> {
    fn from(pending: &'a v1::PendingItem) -> Self {
        Self {
            product: &pending.product,
            name: &pending.name,
            since_us: pending.since_us,
        }
    }
}

/// A state of a cart.
#[derive(Debug, Serialize)]
pub(super) struct Cart<'a> {
    visit: &'a str,
    version: u64,
    state: &'static str,
    lines: Vec<Line<'a>>,
    total: Option<Money<'a>>,
    taxes: Vec<Tax<'a>>,
    budget: Option<Money<'a>>,
    budget_state: &'static str,
    fall: Option<Fall<'a>>,
    as_of_us: i64,
    newest_change_us: i64,
    disputes: Vec<Dispute<'a>>,
    payment_declined: bool,
    pending: Vec<Pending<'a>>,
}

impl<'a> From<&'a v1::Cart> for Cart<'a> {
    fn from(cart: &'a v1::Cart) -> Self {
        Self {
            visit: &cart.visit_id,
            version: cart.version,
            state: match cart.state() {
                v1::VisitState::Open | v1::VisitState::Unspecified => "open",
                v1::VisitState::Shopping => "shopping",
                v1::VisitState::Left => "left",
                v1::VisitState::Settled => "settled",
            },
            lines: cart.lines.iter().map(Line::from).collect(),
            total: cart.total.as_ref().map(Money::from),
            taxes: cart.taxes.iter().map(Tax::from).collect(),
            budget: cart.budget.as_ref().map(Money::from),
            budget_state: match cart.budget_state() {
                v1::BudgetState::Unspecified => "none",
                v1::BudgetState::Within => "within",
                v1::BudgetState::Near => "near",
                v1::BudgetState::Over => "over",
            },
            fall: cart.fall.as_ref().map(Fall::from),
            as_of_us: cart.as_of_us,
            newest_change_us: cart.newest_change_us,
            disputes: cart.disputes.iter().map(Dispute::from).collect(),
            payment_declined: cart.payment_declined,
            pending: cart.pending.iter().map(Pending::from).collect(),
        }
    }
}

/// A receipt.
#[derive(Debug, Serialize)]
pub(super) struct Receipt<'a> {
    receipt: &'a str,
    visit: &'a str,
    store: &'a str,
    lines: Vec<Line<'a>>,
    total: Option<Money<'a>>,
    taxes: Vec<Tax<'a>>,
    entered_us: i64,
    left_us: i64,
    settled_us: i64,
    undecided: u32,
    text: &'a str,
    disputes: Vec<Dispute<'a>>,
    corrections: Vec<Correction<'a>>,
}

impl<'a> From<&'a v1::Receipt> for Receipt<'a> {
    fn from(receipt: &'a v1::Receipt) -> Self {
        Self {
            receipt: &receipt.receipt_id,
            visit: &receipt.visit_id,
            store: &receipt.store_id,
            lines: receipt.lines.iter().map(Line::from).collect(),
            total: receipt.total.as_ref().map(Money::from),
            taxes: receipt.taxes.iter().map(Tax::from).collect(),
            entered_us: receipt.entered_us,
            left_us: receipt.left_us,
            settled_us: receipt.settled_us,
            undecided: receipt.undecided,
            text: &receipt.text,
            disputes: receipt.disputes.iter().map(Dispute::from).collect(),
            corrections: receipt.corrections.iter().map(Correction::from).collect(),
        }
    }
}

/// A visit that was opened.
#[derive(Debug, Serialize)]
pub(super) struct Visit<'a> {
    pub(super) visit: &'a str,
}

/// At which gate a visit is to be opened.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Open {
    pub(super) gate: String,
}

/// Which phone a ticket is to be bound to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bind {
    pub(super) key: Point,
}

/// A public key on the curve P-256: its coordinates as in a JSON Web Key.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Point {
    x: String,
    y: String,
}

impl From<Point> for v1::PhoneKey {
    fn from(point: Point) -> Self {
        Self {
            x: point.x,
            y: point.y,
        }
    }
}

/// The pass of a phone.
#[derive(Debug, Serialize)]
pub(super) struct Bound<'a> {
    pub(super) pass: &'a str,
}

/// With which proof a pass is drawn.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Code {
    pub(super) proof: Option<String>,
}

/// Which line is not the shopper's.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Disputed {
    pub(super) product: String,
}

/// A new budget; `null` clears it, and nothing at all is a mistake.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Budget {
    #[serde(deserialize_with = "Option::deserialize")]
    pub(super) budget: Option<Amount>,
}

/// An amount of money that comes in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Amount {
    minor: i64,
    currency: String,
}

impl From<Amount> for v1::Money {
    fn from(amount: Amount) -> Self {
        Self {
            currency: amount.currency,
            minor: amount.minor,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_learns_why_a_total_fell_as_a_word_and_a_name() {
        let shown = |fall| {
            let cart = v1::Cart {
                change_reason: "in English".to_owned(),
                fall,
                ..v1::Cart::default()
            };
            let text = serde_json::to_value(Cart::from(&cart)).unwrap();
            assert!(!text.to_string().contains("English"), "{text}");
            text["fall"].clone()
        };
        assert_eq!(shown(None), serde_json::Value::Null);
        for (reason, word) in [
            (v1::FallReason::PutBack, "put_back"),
            (v1::FallReason::Revised, "revised"),
            (v1::FallReason::Unspecified, "other"),
        ] {
            let fall = shown(Some(v1::Fall {
                reason: reason.into(),
                product: "4006381333931".to_owned(),
                name: "Oat bar".to_owned(),
            }));
            let expected = serde_json::json!({
                "reason": word, "product": "4006381333931", "name": "Oat bar",
            });
            assert_eq!(fall, expected);
        }
    }
}
