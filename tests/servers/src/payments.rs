//! localstripe for a test: Stripe's API, and books in memory.

use std::io;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::{ports::Port, process::Process, python};

/// A payment service. What it has in its books goes with it: down for a while it is by a pause.
#[derive(Debug)]
pub struct Payments {
    process: Process,
    port: Port,
    _folder: TempDir,
}

impl Payments {
    /// A new one with empty books, once it answers.
    ///
    /// # Errors
    /// When its packages can't be had, or it does not start.
    pub fn start() -> io::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("amble-payments-")
            .tempdir()?;
        let port = Port::free()?;
        let log = folder.path().join("payments.log");
        Ok(Self {
            process: python::start("payments.py", &port, &[], &log)?,
            port,
            _folder: folder,
        })
    }

    /// Where it answers.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.port.address())
    }

    /// SIGSTOP: connections are made, by the kernel, and nobody answers.
    ///
    /// # Errors
    /// When it has ended.
    pub fn pause(&self) -> io::Result<()> {
        self.process.pause()
    }

    /// SIGCONT: it goes on where it was.
    ///
    /// # Errors
    /// When it has ended.
    pub fn resume(&self) -> io::Result<()> {
        self.process.signal(Signal::CONT)
    }
}
