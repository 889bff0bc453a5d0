//! Settle, charge, send the receipt.
//!
//! The bookkeeper appends [`settle`]'s entry: the receipt, and in the same transaction what it sets
//! going. From there the [`Outbox`] carries on, whatever happens to the process: it charges through
//! [`Payment`] and sends through [`Mail`], again and again until the other side has answered.
//!
//! A person's verdict on a receipt may bring a correction: [`correct`] says which, and [`amend`]'s comes into
//! the ledger with the verdict. From there the outbox gives back and sends, in the same way.
//!
//! - [`document`]: the receipt as data; [`correction`]: what is added to it; [`sums`]: what makes either sound.
//! - [`correct`](mod@correct): from what was charged and what is right to the correction.
//! - [`text`] and [`page`]: both on 40 columns, and as a page; `print` what is on them, `words` in which languages.
//! - [`export`]: sales for others, as JSON lines, CSV and EPCIS events.
//! - [`payment`]: who charges; [`stripe`] for money, [`sandbox`] for tests and demos.
//! - `holds`: what is authorised at the entry, and when more is; [`webhook`]: what Stripe tells by itself.
//! - [`mail`]: who delivers; a folder, and by e-mail [`smtp`].
//! - [`secret`]: keys and passwords by the files that hold them.
//! - [`outbox`]: the worker, `carry` what it does with one entry, [`limits`] how hard it tries.

mod carry;
mod clock;
pub mod correct;
pub mod correction;
pub mod currency;
pub mod document;
pub mod export;
mod files;
mod holds;
mod http;
pub mod limits;
pub mod mail;
pub mod outbox;
pub mod page;
pub mod payment;
mod print;
pub mod sandbox;
pub mod secret;
mod settle;
pub mod smtp;
pub mod stripe;
pub mod sums;
mod telemetry;
pub mod text;
pub mod webhook;
mod words;

pub use correct::{Charged, CorrectError, Corrected, correct};
pub use correction::{CorrectionDocument, CorrectionLine};
pub use document::{ReceiptDocument, ReceiptLine, ReceiptTax};
pub use holds::Holds;
pub use limits::{Backoff, LimitError, Limits};
pub use mail::{Each, Letter, Mail, MailError, ReceiptFolder};
pub use outbox::{Counts, Outbox, Wake};
pub use payment::{
    Capture, CaptureOrder, ChargeOrder, Money, Payment, PaymentError, RefundOrder, ReleaseOrder,
};
pub use sandbox::{Fault, SandboxPayment};
pub use secret::SecretFile;
pub use settle::{amend, settle};
pub use smtp::{SmtpMail, SmtpServer, SmtpTls};
pub use stripe::{StripeAccount, StripePayment};
pub use sums::DocumentError;
pub use telemetry::describe_metrics;
pub use webhook::{StripeWebhook, WebhookError};
pub use words::LANGUAGES;
