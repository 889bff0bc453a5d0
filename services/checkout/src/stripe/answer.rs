//! What Stripe's answers mean.
//!
//! 1. Yes and no for good end an order; everything else is asked again under the same key.
//! 2. What is wrong with this shop's access (401, 403) may be put in order: no charge is lost by it.
//!
//! Sources: docs.stripe.com/api/errors (status codes), docs.stripe.com/payments/paymentintents/lifecycle.

use std::collections::BTreeMap;

use hyper::StatusCode;
use serde::Deserialize;

use crate::{http::Answer, payment::PaymentError};

/// A payment intent or a refund, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Object {
    pub(super) id: String,
    #[serde(default)]
    pub(super) status: String,
    /// What this shop has noted with it.
    #[serde(default)]
    pub(super) metadata: BTreeMap<String, String>,
}

/// What a search or a list found.
#[derive(Debug, Deserialize)]
pub(super) struct Found {
    pub(super) data: Vec<Object>,
}

#[derive(Debug, Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    error: Reason,
}

#[derive(Debug, Default, Deserialize)]
struct Reason {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    decline_code: Option<String>,
    #[serde(default)]
    message: Option<String>,
}

/// The object that the answer holds.
///
/// # Errors
///
/// No for good, or neither yes nor no.
pub(super) fn read<T: for<'a> Deserialize<'a>>(answer: &Answer) -> Result<T, PaymentError> {
    if answer.status.is_success() {
        return serde_json::from_slice(&answer.body)
            .map_err(|error| PaymentError::Retryable(format!("{}: {error}", answer.status)));
    }
    let why = reason(answer);
    Err(match answer.status {
        StatusCode::BAD_REQUEST | StatusCode::PAYMENT_REQUIRED | StatusCode::NOT_FOUND => {
            PaymentError::Declined(why)
        }
        _ => PaymentError::Retryable(why),
    })
}

/// The status and what is said of it. It may hold the card's last four digits, never more.
fn reason(answer: &Answer) -> String {
    let Reason {
        code,
        decline_code,
        message,
    } = serde_json::from_slice::<Refusal>(&answer.body)
        .unwrap_or_default()
        .error;
    let parts = [
        Some(answer.status.as_u16().to_string()),
        code,
        decline_code,
        message,
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, body: &str) -> Result<Object, PaymentError> {
        read(&Answer {
            status: StatusCode::from_u16(status).unwrap(),
            body: body.to_owned().into(),
        })
    }

    #[test]
    fn only_yes_and_no_end_an_order() {
        let good = of(200, r#"{"id":"pi_1","status":"succeeded","amount":5}"#).unwrap();
        assert_eq!(
            (good.id.as_str(), good.status.as_str()),
            ("pi_1", "succeeded")
        );
        let declined = of(402, r#"{"error":{"code":"card_declined","message":"No."}}"#);
        let declined = declined.unwrap_err();
        assert_eq!(
            declined,
            PaymentError::Declined("402, card_declined, No.".to_owned())
        );
        for status in [400, 402, 404] {
            assert!(matches!(of(status, ""), Err(PaymentError::Declined(_))));
        }
        for status in [200, 301, 401, 403, 409, 424, 429, 500, 502, 503] {
            assert!(
                matches!(of(status, "<html>"), Err(PaymentError::Retryable(_))),
                "{status}"
            );
        }
    }
}
