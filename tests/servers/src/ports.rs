//! Ports for servers.
//!
//! 1. A port belongs to one server for as long as its [`Port`] lives, also before it listens and while
//!    it is down: no other one gets the same, in whatever process of this machine.
//! 2. Ports lie below those that the system hands out, so that no client's socket takes one while its
//!    server is down.

use std::{
    hash::{BuildHasher, RandomState},
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket},
};

/// Below the ports that Linux gives to clients (32768 and up), above the well-known ones.
const FIRST: u64 = 15_000;
const COUNT: u64 = 15_000;

/// A TCP port of 127.0.0.1 for a server.
#[derive(Debug)]
pub struct Port {
    number: u16,
    /// UDP has ports of its own, and none of these servers uses any: whoever has the number there has
    /// the port here.
    _held: UdpSocket,
}

impl Port {
    /// A port that nobody listens on. Random, because many test processes choose at once.
    ///
    /// # Errors
    /// When none can be found.
    pub fn free() -> io::Result<Self> {
        (0..1000)
            .map(|attempt| FIRST + RandomState::new().hash_one(attempt) % COUNT)
            .filter_map(|number| u16::try_from(number).ok())
            .find_map(|number| {
                let held = UdpSocket::bind((Ipv4Addr::LOCALHOST, number)).ok()?;
                TcpListener::bind((Ipv4Addr::LOCALHOST, number)).ok()?;
                Some(Self {
                    number,
                    _held: held,
                })
            })
            .ok_or_else(|| io::Error::new(io::ErrorKind::AddrInUse, "no free port"))
    }

    /// Its number.
    #[must_use]
    pub const fn number(&self) -> u16 {
        self.number
    }

    /// Where its server listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.number).into()
    }
}
