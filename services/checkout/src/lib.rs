//! Settle, charge, send the receipt.
//!
//! The bookkeeper appends [`settle`]'s entry: the receipt, and in the same transaction what it sets
//! going. From there the [`Outbox`] carries on, whatever happens to the process: it charges through
//! [`Payment`] and sends through [`Mail`], again and again until the other side has answered.
//!
//! - [`document`]: the receipt as data, and what makes one sound.
//! - [`text`]: the receipt on 40 columns.
//! - [`payment`] and [`sandbox`]: who charges, and one for tests and demos.
//! - [`mail`]: who delivers, and a folder that does.
//! - [`outbox`]: the worker, `carry` what it does with one entry, [`limits`] how hard it tries.

mod carry;
mod clock;
pub mod currency;
pub mod document;
mod files;
pub mod limits;
pub mod mail;
pub mod outbox;
pub mod payment;
pub mod sandbox;
mod settle;
mod telemetry;
pub mod text;

pub use document::{DocumentError, ReceiptDocument, ReceiptLine, ReceiptTax};
pub use limits::{Backoff, LimitError, Limits};
pub use mail::{Letter, Mail, MailError, ReceiptFolder};
pub use outbox::{Counts, Outbox, Wake};
pub use payment::{ChargeOrder, Money, Payment, PaymentError, RefundOrder};
pub use sandbox::{Fault, SandboxPayment};
pub use settle::settle;
pub use telemetry::describe_metrics;
