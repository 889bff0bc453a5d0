//! Payments through Stripe, or whatever speaks as it does.
//!
//! 1. One payment intent for each receipt: made and confirmed in one request, under the receipt's id as
//!    its idempotency key (L5). The same request with the same key is answered as the first was.
//! 2. The service forgets keys after a day. An order older than [`KEY_LIFE`] is first looked for by the
//!    receipt or the correction that its intent or refund names; only when there is none is it given again.
//! 3. What is authorised is an intent of its own, to be captured by hand, under the hold's id. When a capture is
//!    refused, the intent itself says whether it was captured before or is gone; one that is neither is cancelled.
//! 4. An intent that waits for somebody who has left the shop is cancelled, and the charge declined.
//! 5. The API's key is read from its file for each request, and shows nowhere.
//!
//! Sources: docs.stripe.com/api/payment_intents, /api/refunds, /api/idempotent_requests.

mod amount;
mod answer;

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Method, Request,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue},
};
use url::{Url, form_urlencoded::Serializer};

use crate::{
    clock,
    http::Http,
    payment::{
        Capture, CaptureOrder, ChargeOrder, Payment, PaymentError, RefundOrder, ReleaseOrder,
    },
    secret::{SecretError, SecretFile},
    smtp::loopback,
};
pub(crate) use amount::amount;
use answer::{Found, Object, read};

/// The version of the API that this was written for; others may answer differently.
const VERSION: &str = "2024-06-20";

/// For how long a key is relied on. The service keeps keys for at least 24 hours, and an intent shows
/// in a search within about a minute: both hold with hours to spare.
pub const KEY_LIFE: Duration = Duration::from_secs(20 * 3_600);

/// The longest idempotency key.
const MAX_KEY_BYTES: usize = 255;

/// Where payments go.
#[derive(Clone, Debug)]
pub struct StripeAccount {
    /// The API's address: `https://api.stripe.com`.
    pub url: String,
    /// The file with the API's secret key.
    pub key: SecretFile,
}

/// Why an account can't be used as it is set.
#[derive(Debug, thiserror::Error)]
pub enum StripeError {
    /// The address is none, or would show the key to whoever is on the way.
    #[error("the payment service's address {url:?}: {why}")]
    Url {
        /// What was set.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// The key can't be read.
    #[error(transparent)]
    Key(#[from] SecretError),
    /// No TLS.
    #[error("TLS to the payment service: {0}")]
    Tls(String),
}

/// The service.
pub struct StripePayment {
    url: Url,
    key: SecretFile,
    http: Http,
}

impl StripePayment {
    /// Checks the account's form; the service is asked when there is something to pay.
    ///
    /// # Errors
    ///
    /// When the address is none, or without TLS and not this machine, or the key can't be read.
    pub fn new(account: &StripeAccount) -> Result<Self, StripeError> {
        let wrong = |why: &str| StripeError::Url {
            url: account.url.clone(),
            why: why.to_owned(),
        };
        let url = Url::parse(&account.url).map_err(|error| wrong(&error.to_string()))?;
        match url.scheme() {
            "https" => {}
            "http" if url.host_str().is_some_and(loopback) => {
                tracing::warn!(%url, "payments go without TLS: only for a stand-in on this machine");
            }
            _ => return Err(wrong("https is wanted, or http to this machine")),
        }
        account.key.read()?;
        Ok(Self {
            url,
            key: account.key.clone(),
            http: Http::new().map_err(|error| StripeError::Tls(error.to_string()))?,
        })
    }

    async fn post(
        &self,
        path: &str,
        key: &str,
        form: &[(&str, &str)],
    ) -> Result<Object, PaymentError> {
        let key = idempotency_key(key)?;
        let mut request = self.request(Method::POST, path, form)?;
        request.headers_mut().insert("idempotency-key", key);
        self.ask(request).await
    }

    async fn intent(&self, id: &str) -> Result<Object, PaymentError> {
        let request = self.request(Method::GET, &format!("/v1/payment_intents/{id}"), &[])?;
        self.ask(request).await
    }

    /// The intents whose metadata has this under that name.
    async fn noted(&self, name: &str, value: &str) -> Result<Vec<Object>, PaymentError> {
        let quoted = value.replace('\\', "\\\\").replace('\'', "\\'");
        let query = format!("metadata['{name}']:'{quoted}'");
        let form = [("query", query.as_str())];
        let request = self.request(Method::GET, "/v1/payment_intents/search", &form)?;
        // A no to the question is none to the charge.
        let found: Found = self.ask(request).await.map_err(|error| {
            PaymentError::Retryable(format!("could not look for an older charge: {error}"))
        })?;
        Ok(found.data)
    }

    /// The intent that has charged this receipt, if there is one.
    async fn charged(&self, receipt: &str) -> Result<Option<Object>, PaymentError> {
        let paid = |intent: &Object| matches!(intent.status.as_str(), "succeeded" | "processing");
        Ok(self.noted("receipt", receipt).await?.into_iter().find(paid))
    }

    /// The refund of this charge that was given for this correction, if there is one.
    async fn refunded(&self, order: &RefundOrder) -> Result<Option<Object>, PaymentError> {
        let form = [
            ("payment_intent", order.reference.as_str()),
            ("limit", "100"),
        ];
        let request = self.request(Method::GET, "/v1/refunds", &form)?;
        // A no to the question is none to the refund.
        let found: Found = self.ask(request).await.map_err(|error| {
            PaymentError::Retryable(format!("could not look for an older refund: {error}"))
        })?;
        let same = |refund: &Object| refund.metadata.get("correction") == Some(&order.key);
        Ok(found.data.into_iter().find(same))
    }

    async fn ask<T: for<'a> serde::Deserialize<'a>>(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<T, PaymentError> {
        let answer = self.http.ask(request).await;
        read(&answer.map_err(PaymentError::Retryable)?)
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        form: &[(&str, &str)],
    ) -> Result<Request<Full<Bytes>>, PaymentError> {
        // Whatever is wrong here is this shop's, and may be put in order.
        let later = |why: String| PaymentError::Retryable(why);
        let mut url = self.url.clone();
        url.set_path(path);
        let mut body = String::new();
        if method == Method::GET {
            url.query_pairs_mut().extend_pairs(form);
        } else {
            body = Serializer::new(body).extend_pairs(form).finish();
        }
        let key = self.key.read().map_err(|error| later(error.to_string()))?;
        let mut key = HeaderValue::try_from(format!("Bearer {key}"))
            .map_err(|_| later("the API's key is no line of ASCII".to_owned()))?;
        key.set_sensitive(true);
        Request::builder()
            .method(method)
            .uri(url.as_str())
            .header(AUTHORIZATION, key)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("stripe-version", VERSION)
            .body(Full::from(body))
            .map_err(|error| later(error.to_string()))
    }

    /// Makes and confirms an intent.
    async fn confirm(
        &self,
        order: &ChargeOrder,
        key: &str,
        more: &[(&str, &str)],
    ) -> Result<Object, PaymentError> {
        let amount = amount(&order.amount).map_err(PaymentError::Declined)?;
        let (amount, currency) = (amount.to_string(), order.amount.currency.to_lowercase());
        // A method that was kept for later use is one of a customer's: `cus_1/pm_2`.
        let (customer, method) = match order.method.split_once('/') {
            Some((customer, method)) => (Some(customer), method),
            None => (None, order.method.as_str()),
        };
        let mut form = vec![
            ("amount", amount.as_str()),
            ("currency", &currency),
            ("payment_method", method),
            ("payment_method_types[]", "card"),
            ("confirm", "true"),
            ("off_session", "true"),
        ];
        form.extend(customer.map(|customer| ("customer", customer)));
        form.extend(more);
        self.post("/v1/payment_intents", key, &form).await
    }

    async fn cancel(&self, intent: &Object, key: &str) -> Result<(), PaymentError> {
        let path = format!("/v1/payment_intents/{}/cancel", intent.id);
        self.post(&path, &format!("{key}/cancel"), &[]).await?;
        Ok(())
    }

    /// What an intent has come to.
    async fn settled(&self, intent: Object, key: &str) -> Result<String, PaymentError> {
        match intent.status.as_str() {
            "succeeded" => Ok(intent.id),
            "processing" => Err(PaymentError::Retryable(format!(
                "{} is still being processed",
                intent.id
            ))),
            "canceled" => Err(PaymentError::Declined(format!(
                "{} was cancelled",
                intent.id
            ))),
            waits => {
                self.cancel(&intent, key).await?;
                Err(PaymentError::Declined(format!(
                    "{} would need its owner ({waits}), who has left",
                    intent.id
                )))
            }
        }
    }
}

#[async_trait]
impl Payment for StripePayment {
    async fn authorise(&self, order: &ChargeOrder) -> Result<String, PaymentError> {
        let before = match forgotten(order.since_us) {
            true => self.noted("hold", &order.key).await?.into_iter().next(),
            false => None,
        };
        let mut intent = match before {
            Some(intent) => intent,
            None => {
                let manual = [("capture_method", "manual"), ("metadata[hold]", &order.key)];
                self.confirm(order, &order.key, &manual).await?
            }
        };
        if intent.status != "requires_capture" {
            intent = self.intent(&intent.id).await?;
        }
        match intent.status.as_str() {
            "requires_capture" => Ok(intent.id),
            "processing" => Err(PaymentError::Retryable(format!(
                "{} is still being processed",
                intent.id
            ))),
            "canceled" | "succeeded" => Err(PaymentError::Declined(format!(
                "{} is {}",
                intent.id, intent.status
            ))),
            waits => {
                self.cancel(&intent, &order.key).await?;
                Err(PaymentError::Declined(format!(
                    "{} would need its owner ({waits}), who is on the way in",
                    intent.id
                )))
            }
        }
    }

    async fn capture(&self, order: &CaptureOrder) -> Result<Capture, PaymentError> {
        let amount = amount(&order.amount).map_err(PaymentError::Declined)?;
        let path = format!("/v1/payment_intents/{}/capture", order.reference);
        let form = [("amount_to_capture", amount.to_string())];
        let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
        let key = format!("{}/capture", order.key);
        let why = match self.post(&path, &key, &form).await {
            Ok(intent) if intent.status == "succeeded" => return Ok(Capture::Taken(intent.id)),
            Ok(intent) => format!("{} is {}", intent.id, intent.status),
            Err(PaymentError::Declined(why)) => why,
            Err(error) => return Err(error),
        };
        // It may have been captured under a key that is forgotten, or have ended by itself.
        let intent = self.intent(&order.reference).await?;
        match intent.status.as_str() {
            "succeeded" => return Ok(Capture::Taken(intent.id)),
            "processing" => return Err(PaymentError::Retryable(why)),
            "canceled" => {}
            _ => self.cancel(&intent, &order.key).await?,
        }
        Ok(Capture::Gone(why))
    }

    async fn release(&self, order: &ReleaseOrder) -> Result<(), PaymentError> {
        let intent = self.intent(&order.reference).await?;
        match intent.status.as_str() {
            "canceled" => Ok(()),
            "processing" => Err(PaymentError::Retryable(format!(
                "{} is still being processed",
                intent.id
            ))),
            "succeeded" => Err(PaymentError::Declined(format!(
                "{} was captured",
                intent.id
            ))),
            _ => self.cancel(&intent, &order.key).await,
        }
    }

    async fn charge(&self, order: &ChargeOrder) -> Result<String, PaymentError> {
        if forgotten(order.since_us)
            && let Some(intent) = self.charged(&order.key).await?
        {
            return self.settled(intent, &order.key).await;
        }
        let receipt = [("metadata[receipt]", order.key.as_str())];
        let mut intent = self.confirm(order, &order.key, &receipt).await?;
        // The answer may be one of long ago: of what was not settled then, the intent itself is asked.
        if intent.status != "succeeded" {
            intent = self.intent(&intent.id).await?;
        }
        self.settled(intent, &order.key).await
    }

    async fn refund(&self, order: &RefundOrder) -> Result<String, PaymentError> {
        let amount = amount(&order.amount).map_err(PaymentError::Declined)?;
        let amount = amount.to_string();
        let form = [
            ("payment_intent", order.reference.as_str()),
            ("amount", &amount),
            ("metadata[correction]", &order.key),
        ];
        let before = match forgotten(order.since_us) {
            true => self.refunded(order).await?,
            false => None,
        };
        let refund = match before {
            Some(refund) => refund,
            None => self.post("/v1/refunds", &order.key, &form).await?,
        };
        match refund.status.as_str() {
            "failed" | "canceled" => Err(PaymentError::Declined(format!(
                "refund {} has {}",
                refund.id, refund.status
            ))),
            _ => Ok(refund.id),
        }
    }
}

/// Whether the service may have forgotten the keys of orders since then.
fn forgotten(since_us: i64) -> bool {
    clock::now_us().saturating_sub(since_us) > clock::micros(KEY_LIFE)
}

/// The key as a header's value: visible characters, and no two keys alike.
fn idempotency_key(key: &str) -> Result<HeaderValue, PaymentError> {
    let mut visible = String::with_capacity(key.len());
    for byte in key.bytes() {
        match byte {
            b'!'..=b'$' | b'&'..=b'~' => visible.push(char::from(byte)),
            _ => {
                use std::fmt::Write;
                // Writing to a string can't fail.
                let _ = write!(visible, "%{byte:02x}");
            }
        }
    }
    if visible.len() > MAX_KEY_BYTES {
        return Err(PaymentError::Declined(format!(
            "its key takes {} bytes, and the service allows {MAX_KEY_BYTES}",
            visible.len()
        )));
    }
    HeaderValue::try_from(visible).map_err(|error| PaymentError::Declined(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_keys_share_a_header_and_none_is_cut() {
        let of = |key: &str| idempotency_key(key).unwrap().to_str().unwrap().to_owned();
        assert_eq!(of("r-corner.7/cancel"), "r-corner.7/cancel");
        assert_eq!(of("r-花 %"), "r-%e8%8a%b1%20%25");
        assert!(matches!(
            idempotency_key(&"花".repeat(86)),
            Err(PaymentError::Declined(_))
        ));
    }

    #[test]
    fn the_key_travels_by_tls_or_not_beyond_this_machine() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "sk_test_1").unwrap();
        let opened = |url: &str| {
            StripePayment::new(&StripeAccount {
                url: url.to_owned(),
                key: SecretFile::new(file.path()),
            })
        };
        assert!(opened("https://api.stripe.com").is_ok());
        assert!(opened("http://127.0.0.1:8420").is_ok());
        for url in ["http://api.stripe.com", "ftp://127.0.0.1", "api.stripe.com"] {
            assert!(opened(url).is_err(), "{url}");
        }
    }
}
