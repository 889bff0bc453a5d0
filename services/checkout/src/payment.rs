//! Who charges.
//!
//! Whatever stands behind [`Payment`] must keep one promise: the same key moves money once, however
//! often it is asked and whether or not its answers arrive. The key of a charge or a capture is the receipt's id
//! (rule L5), that of a refund the correction's, that of an authorisation the hold's.

use async_trait::async_trait;

/// An amount of money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Money {
    /// In minor units.
    pub minor: i64,
    /// ISO 4217 code.
    pub currency: String,
}

/// An order to authorise or to charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargeOrder {
    /// The idempotency key: the hold's id to authorise, the receipt's id to charge.
    pub key: String,
    /// Before when nobody can have given this order, in microseconds since the Unix epoch. A service
    /// that forgets keys after a time looks for what was done under an older one.
    pub since_us: i64,
    /// The payment method, as the service knows it.
    pub method: String,
    /// How much.
    pub amount: Money,
}

/// An order to take what was authorised, or less.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureOrder {
    /// The idempotency key: the receipt's id.
    pub key: String,
    /// The service's reference: what the authorisation answered with.
    pub reference: String,
    /// How much; the rest is let go.
    pub amount: Money,
}

/// What a capture came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Capture {
    /// The amount was taken; the service's reference for it.
    Taken(String),
    /// The authorisation does not stand any more, and why: nothing was taken, nor will be.
    Gone(String),
}

/// An order to let go of what was authorised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseOrder {
    /// The idempotency key: the hold's id.
    pub key: String,
    /// The service's reference: what the authorisation answered with.
    pub reference: String,
}

/// An order to give back some or all of a charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundOrder {
    /// The idempotency key: the id of the correction document.
    pub key: String,
    /// Before when nobody can have given this order, as of a charge.
    pub since_us: i64,
    /// The key of the charge.
    pub charge: String,
    /// The service's reference to it: what the charge answered with.
    pub reference: String,
    /// How much.
    pub amount: Money,
}

/// Why an order was not carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PaymentError {
    /// The service did not say yes or no: it may have acted. Ask again with the same key.
    #[error("the payment service gave no answer: {0}")]
    Retryable(String),
    /// The service said no for good.
    #[error("the payment was declined: {0}")]
    Declined(String),
}

/// A payment service. Each order answers with the service's own reference.
#[async_trait]
pub trait Payment: Send + Sync + 'static {
    /// Has as much set aside, once for each key, until it is captured or released; moves nothing.
    async fn authorise(&self, order: &ChargeOrder) -> Result<String, PaymentError>;

    /// Takes what was set aside, once for each key.
    async fn capture(&self, order: &CaptureOrder) -> Result<Capture, PaymentError>;

    /// Lets go of what was set aside. One that is gone already is let go.
    async fn release(&self, order: &ReleaseOrder) -> Result<(), PaymentError>;

    /// Charges, once for each key.
    async fn charge(&self, order: &ChargeOrder) -> Result<String, PaymentError>;

    /// Gives back, once for each key, and never more than was charged.
    async fn refund(&self, order: &RefundOrder) -> Result<String, PaymentError>;
}
