//! Settle, charge, send the receipt.
//!
//! The bookkeeper appends [`settle`]'s entry: the receipt, and in the same transaction what it sets
//! going. From there the [`Outbox`] carries on, whatever happens to the process: it charges through
//! [`Payment`] and sends through [`Mail`], again and again until the other side has answered.
//!
//! - [`document`]: the receipt as data, and what makes one sound.
//! - [`text`] and [`page`]: the receipt on 40 columns, and as a page; `words` in which languages.
//! - [`payment`]: who charges; [`stripe`] for money, [`sandbox`] for tests and demos.
//! - [`mail`]: who delivers; a folder, and by e-mail [`smtp`].
//! - [`secret`]: keys and passwords by the files that hold them.
//! - [`outbox`]: the worker, `carry` what it does with one entry, [`limits`] how hard it tries.

mod carry;
mod clock;
pub mod currency;
pub mod document;
mod files;
mod http;
pub mod limits;
pub mod mail;
pub mod outbox;
pub mod page;
pub mod payment;
pub mod sandbox;
pub mod secret;
mod settle;
pub mod smtp;
pub mod stripe;
mod telemetry;
pub mod text;
mod words;

pub use document::{DocumentError, ReceiptDocument, ReceiptLine, ReceiptTax};
pub use limits::{Backoff, LimitError, Limits};
pub use mail::{Each, Letter, Mail, MailError, ReceiptFolder};
pub use outbox::{Counts, Outbox, Wake};
pub use payment::{ChargeOrder, Money, Payment, PaymentError, RefundOrder};
pub use sandbox::{Fault, SandboxPayment};
pub use secret::SecretFile;
pub use settle::settle;
pub use smtp::{SmtpMail, SmtpServer, SmtpTls};
pub use stripe::{StripeAccount, StripePayment};
pub use telemetry::describe_metrics;
pub use words::LANGUAGES;
