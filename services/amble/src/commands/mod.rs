//! The commands that need no shop.

pub mod certs;
pub mod completions;
pub mod config;
mod cost;
pub mod forget;
pub mod interactions;
mod ledger;
pub mod pass;
pub mod receipts;
pub mod store;
pub mod token;
