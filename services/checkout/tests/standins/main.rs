//! Checkout against real stand-ins: localstripe for the payment service, aiosmtpd for the mail server.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests stop at what they did not expect"
)]

mod holds;
mod letters;
mod payments;
mod provider;
mod refunds;
mod shop;
mod storm;
mod told;
