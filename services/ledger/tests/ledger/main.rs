//! The rules of every ledger, and what is each one's own.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests stop at what they did not expect"
)]

mod postgres;
mod sigkill;
mod sqlite;
mod suite;
mod victim;
