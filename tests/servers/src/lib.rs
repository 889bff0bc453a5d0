//! Real servers for tests: [`Postgres`] and [`Etcd`], each in a folder of its own, with the faults
//! that a test may want of them, and [`Rotel`], which gathers traces. `scripts/servers` installs what they
//! need. [`Payments`] and [`Letters`], whose programs `scripts/python` gets from PyPI. And an [`Authority`],
//! which needs nothing.
//!
//! 1. A server is there when its start returns: it answers.
//! 2. Nothing outlives its test: servers end when they are dropped, and die with the process that
//!    started them, however that ends, even while they are paused.
//! 3. They are durable as in production: a killed server that starts again has all that it had
//!    answered.
//! 4. A server's [`Port`] is its own from before its start until it is dropped, also while it is down.
//!
//! All calls block: a few milliseconds for signals, up to seconds for starts.

mod authority;
mod etcd;
mod frozen;
mod letters;
mod payments;
mod place;
mod ports;
mod postgres;
mod process;
mod python;
mod rotel;
mod starter;
mod status;

pub use authority::{Authority, Good};
pub use etcd::Etcd;
pub use letters::{Door, Letters, Received};
pub use payments::Payments;
pub use place::Place;
pub use ports::Port;
pub use postgres::Postgres;
pub use process::{find, pause};
pub use rotel::{Rotel, Span};
