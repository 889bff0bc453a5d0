//! What an event means for the books.

use std::collections::BTreeMap;

use serde::Deserialize;

/// An event, as far as it matters here.
#[derive(Debug, Deserialize)]
pub(super) struct Event {
    pub(super) id: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    data: Data,
}

#[derive(Debug, Deserialize)]
struct Data {
    object: Object,
}

/// What it is about: a payment intent, a charge, a refund or a dispute.
#[derive(Debug, Deserialize)]
pub(super) struct Object {
    pub(super) id: String,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    amount: i64,
    #[serde(default)]
    amount_received: Option<i64>,
    #[serde(default)]
    amount_captured: Option<i64>,
    #[serde(default)]
    captured: Option<bool>,
    #[serde(default)]
    currency: String,
    #[serde(default)]
    payment_intent: Option<String>,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
}

/// What follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Means {
    /// Nothing for the books.
    Nothing,
    /// Somebody has to look, and why.
    Look(&'static str),
    /// A receipt was charged: so much, as the service counts.
    Charged {
        receipt: String,
        reference: String,
        counted: i64,
        currency: String,
    },
    /// What a correction gives back was given back.
    GivenBack {
        correction: String,
        reference: String,
        counted: i64,
        currency: String,
    },
}

impl Event {
    pub(super) const fn object(&self) -> &Object {
        &self.data.object
    }

    pub(super) fn means(&self) -> Means {
        let object = self.object();
        match self.kind.as_str() {
            "payment_intent.succeeded" => {
                let counted = object.amount_received.unwrap_or(object.amount);
                object.charged(Some(&object.id), counted)
            }
            // One that is only authorised succeeds as well, uncaptured.
            "charge.succeeded" | "charge.captured" if object.captured != Some(false) => {
                let counted = object.amount_captured.unwrap_or(object.amount);
                object.charged(object.payment_intent.as_ref(), counted)
            }
            "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => {
                object.refund()
            }
            "charge.dispute.created" => Means::Look(
                "the card's owner disputes a charge at the bank: answer it at the service",
            ),
            "charge.dispute.closed" if object.status.as_deref() == Some("lost") => {
                Means::Look("a dispute at the bank was lost: the charge is given back")
            }
            _ => Means::Nothing,
        }
    }
}

impl Object {
    fn charged(&self, reference: Option<&String>, counted: i64) -> Means {
        match (self.metadata.get("receipt"), reference) {
            (Some(receipt), Some(reference)) => Means::Charged {
                receipt: receipt.clone(),
                reference: reference.clone(),
                counted,
                currency: self.currency.clone(),
            },
            _ => Means::Nothing,
        }
    }

    fn refund(&self) -> Means {
        match (self.status.as_deref(), self.metadata.get("correction")) {
            (Some("failed" | "canceled"), _) => {
                Means::Look("a refund did not arrive: give it back in another way")
            }
            (Some("succeeded"), Some(correction)) => Means::GivenBack {
                correction: correction.clone(),
                reference: self.id.clone(),
                counted: self.amount,
                currency: self.currency.clone(),
            },
            _ => Means::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn means(kind: &str, object: &serde_json::Value) -> Means {
        let event = json!({"id": "evt_1", "type": kind, "data": {"object": object}});
        serde_json::from_value::<Event>(event).unwrap().means()
    }

    #[test]
    fn only_what_was_taken_for_a_receipt_settles_its_charge() {
        let taken = json!({"id": "ch_1", "payment_intent": "pi_1", "amount": 900, "amount_captured": 700,
            "captured": true, "currency": "eur", "metadata": {"receipt": "r-1"}});
        let wanted = Means::Charged {
            receipt: "r-1".to_owned(),
            reference: "pi_1".to_owned(),
            counted: 700,
            currency: "eur".to_owned(),
        };
        assert_eq!(means("charge.succeeded", &taken), wanted);
        let mut authorised = taken.clone();
        authorised["captured"] = false.into();
        assert_eq!(means("charge.succeeded", &authorised), Means::Nothing);
        let mut strange = taken;
        strange["metadata"] = json!({});
        assert_eq!(means("charge.captured", &strange), Means::Nothing);
    }

    #[test]
    fn what_nobody_asked_for_is_looked_at() {
        let refund =
            |status: &str| json!({"id": "re_1", "status": status, "amount": 1, "currency": "eur"});
        for look in [
            means("refund.failed", &refund("failed")),
            means("charge.dispute.created", &json!({"id": "dp_1"})),
            means(
                "charge.dispute.closed",
                &json!({"id": "dp_1", "status": "lost"}),
            ),
        ] {
            assert!(matches!(look, Means::Look(_)), "{look:?}");
        }
        assert_eq!(
            means("refund.updated", &refund("succeeded")),
            Means::Nothing
        );
        assert_eq!(
            means("customer.created", &json!({"id": "cus_1"})),
            Means::Nothing
        );
    }
}
