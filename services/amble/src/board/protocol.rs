//! What operators are told, as plain data.

use std::time::Duration;

use amble_checkout::currency;
use amble_proto::v1;

use super::event::{Cart, Line, Receipt, Status};

/// A lag beyond this, in microseconds, is none: the shop runs in event time.
const LONGEST_LAG_US: i64 = 3_600_000_000;

impl From<&v1::Cart> for Cart {
    fn from(cart: &v1::Cart) -> Self {
        Self {
            at_us: cart.as_of_us,
            visit: cart.visit_id.clone(),
            lines: cart.lines.iter().map(Line::from).collect(),
            total: total(cart.total.as_ref()),
            state: state(cart.state()).to_owned(),
        }
    }
}

impl From<&v1::Receipt> for Receipt {
    fn from(receipt: &v1::Receipt) -> Self {
        Self {
            at_us: receipt.settled_us,
            visit: receipt.visit_id.clone(),
            lines: receipt.lines.iter().map(Line::from).collect(),
            total: total(receipt.total.as_ref()),
        }
    }
}

impl From<&v1::CartLine> for Line {
    fn from(line: &v1::CartLine) -> Self {
        Self {
            name: line.name.clone(),
            quantity: line.quantity,
            open: line.open,
        }
    }
}

impl From<&v1::GetStatusResponse> for Status {
    fn from(status: &v1::GetStatusResponse) -> Self {
        let lag = u64::try_from(status.lag_us)
            .ok()
            .filter(|_| status.lag_us < LONGEST_LAG_US);
        Self {
            event_us: status.decided_until_us,
            speed: 0.0,
            people: status.people,
            open_visits: status.open_visits,
            receipts: status.receipts,
            lag: lag.map(Duration::from_micros),
        }
    }
}

fn total(money: Option<&v1::Money>) -> String {
    money.map_or_else(String::new, |money| {
        format!(
            "{} {}",
            currency::amount(money.minor, &money.currency),
            money.currency
        )
    })
}

const fn state(state: v1::VisitState) -> &'static str {
    match state {
        v1::VisitState::Unspecified => "",
        v1::VisitState::Open => "entering",
        v1::VisitState::Shopping => "shopping",
        v1::VisitState::Left => "left",
        v1::VisitState::Settled => "settled",
    }
}
