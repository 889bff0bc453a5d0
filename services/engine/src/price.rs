//! Money: integers with a currency, prices over event time, tax.
//!
//! 1. Money is an integer of the currency's smallest unit; no float ever touches it (rule L5).
//! 2. Arithmetic that would overflow or mix currencies is an error, never a wrong amount.
//! 3. The price of a product is the one valid when it was taken (rule T3).
//! 4. Tax is worked out once per rate on the sum of that rate, rounded half to even; net and tax add
//!    up to gross exactly; no order of lines changes it, and it is never negative.

mod book;
mod currency;
mod money;
mod tax;

pub use book::{PriceBook, PriceError};
pub use currency::{Currency, UnknownCurrency};
pub use money::{Money, MoneyError};
pub use tax::{TaxIx, TaxLine, TaxMode, TaxRate, Taxed, tax};
