//! Ports for servers.

use std::{
    hash::{BuildHasher, RandomState},
    io,
    net::{Ipv4Addr, TcpListener},
};

/// Below the ports that Linux gives to clients (32768 and up), above the well-known ones.
const FIRST: u64 = 15_000;
const COUNT: u64 = 15_000;

/// A port that nobody listens on. Random, because many test processes choose at once and each
/// keeps its own through its server's restarts.
///
/// # Errors
/// When none can be found.
pub(crate) fn free() -> io::Result<u16> {
    (0..1000)
        .map(|attempt| FIRST + RandomState::new().hash_one(attempt) % COUNT)
        .filter_map(|port| u16::try_from(port).ok())
        .find(|&port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok())
        .ok_or_else(|| io::Error::new(io::ErrorKind::AddrInUse, "no free port"))
}
