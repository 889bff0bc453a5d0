//! Where a server runs: on the loopback device, or in a network namespace of its own.

use std::{
    ffi::OsStr,
    io,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::{Child, Command},
};

use crate::{ports::Port, process::find, starter};

/// An address to listen on, and the network namespace that has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    address: Ipv4Addr,
    namespace: Option<String>,
}

impl Place {
    /// On this machine, for this machine only.
    #[must_use]
    pub const fn here() -> Self {
        Self {
            address: Ipv4Addr::LOCALHOST,
            namespace: None,
        }
    }

    /// In a network namespace, by the name that `ip netns` knows it by.
    #[must_use]
    pub fn within(namespace: &str, address: Ipv4Addr) -> Self {
        Self {
            address,
            namespace: Some(namespace.to_owned()),
        }
    }

    /// The name of its network namespace; nothing on the loopback device.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// Its address.
    #[must_use]
    pub const fn address(&self) -> Ipv4Addr {
        self.address
    }

    /// A port there.
    #[must_use]
    pub fn at(&self, port: &Port) -> SocketAddr {
        (self.address, port.number()).into()
    }

    /// Starts a program there that is killed when this process ends, however that ends.
    ///
    /// # Errors
    /// When it can't be started.
    pub fn start(&self, program: &Path, with: impl FnOnce(&mut Command)) -> io::Result<Child> {
        let mut command = self.command(&find("setpriv")?)?;
        command.arg("--pdeathsig=KILL").arg(program);
        with(&mut command);
        starter::start(command)
    }

    /// A program that will run there. It takes no process in between: signals reach the program.
    ///
    /// # Errors
    /// When there is no `ip`, and one is needed.
    pub fn command(&self, program: &Path) -> io::Result<Command> {
        let Some(namespace) = &self.namespace else {
            return Ok(Command::new(program));
        };
        let mut command = Command::new(find("ip")?);
        command
            .args(["netns", "exec", namespace].map(OsStr::new))
            .arg(program);
        Ok(command)
    }
}
