//! Membership, election and the map, with a real etcd.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests stop at what they did not expect"
)]

mod etcd_away;
mod failover;
mod life;
mod room;
mod tls;
