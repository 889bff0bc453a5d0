//! Nodes in one process, joined by real sockets.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what is wrong by ending"
)]

mod cable;
mod nodes;
mod silence;
mod transport;
mod trust;
