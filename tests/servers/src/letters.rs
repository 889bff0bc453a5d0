//! aiosmtpd for a test: a mail server that keeps what it takes in a file.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use rustix::process::Signal;
use serde::Deserialize;
use tempfile::TempDir;

use crate::{authority::Authority, authority::Good, ports::Port, process::Process, python};

/// How it is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Without TLS.
    Open,
    /// With TLS from the first byte.
    Implicit,
    /// With TLS after `STARTTLS`, and by a user with a password.
    StartTls {
        /// The user.
        user: &'static str,
        /// The password.
        password: &'static str,
    },
}

/// A letter as it was taken apart at the other end.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Received {
    /// Whom it was for.
    pub to: Vec<String>,
    /// Whom it is from.
    pub from: String,
    /// Its `Message-ID`.
    pub id: String,
    /// The `Message-ID` of the letter that it follows; may be empty.
    pub follows: String,
    /// Its subject.
    pub subject: String,
    /// Its media type.
    pub kind: String,
    /// Its text part.
    pub text: String,
    /// Its HTML part.
    pub html: String,
    /// Whether it came by TLS.
    pub tls: bool,
    /// Who brought it; may be empty.
    pub user: String,
}

/// A mail server.
#[derive(Debug)]
pub struct Letters {
    process: Process,
    args: Vec<String>,
    port: Port,
    folder: TempDir,
}

impl Letters {
    /// A new one, once it takes connections.
    ///
    /// # Errors
    /// When its packages can't be had, or it does not start.
    pub fn start(door: Door) -> io::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("amble-letters-")
            .tempdir()?;
        let path = |name: &str| folder.path().join(name).display().to_string();
        let mut args = vec![path("letters.jsonl")];
        args.push(
            match door {
                Door::Open => "none",
                Door::Implicit => "implicit",
                Door::StartTls { .. } => "starttls",
            }
            .to_owned(),
        );
        if door != Door::Open {
            Authority::new()?.put(folder.path(), &[], Good::Now)?;
            args.extend([path("tls.crt"), path("tls.key")]);
        }
        if let Door::StartTls { user, password } = door {
            args.extend([user.to_owned(), password.to_owned()]);
        }
        let port = Port::free()?;
        Ok(Self {
            process: serve(&port, &args, folder.path())?,
            args,
            port,
            folder,
        })
    }

    /// Its port at `localhost`.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port.number()
    }

    /// The authority that signed its certificate (PEM).
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.crt")
    }

    /// The file that it keeps them in: each a line of JSON, as [`Received`], with the moment at which it was taken
    /// (`at_us`, of the wall's clock).
    #[must_use]
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("letters.jsonl")
    }

    /// What it has taken, in order.
    ///
    /// # Errors
    /// When its file can't be read.
    pub fn received(&self) -> io::Result<Vec<Received>> {
        let text = match fs::read_to_string(self.file()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            text => text?,
        };
        // A line that is being written is none yet.
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let lines = whole.lines();
        lines.map(|line| Ok(serde_json::from_str(line)?)).collect()
    }

    /// SIGKILL: its port refuses connections, and what it was taking is gone.
    ///
    /// # Errors
    /// When it does not end.
    pub fn kill(&mut self) -> io::Result<()> {
        self.process.end_by(Signal::KILL)
    }

    /// Starts it again after it was killed; what it had taken is there.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start_again(&mut self) -> io::Result<()> {
        self.process = serve(&self.port, &self.args, self.folder.path())?;
        Ok(())
    }
}

fn serve(port: &Port, args: &[String], folder: &Path) -> io::Result<Process> {
    python::start("letters.py", port, args, &folder.join("letters.log"))
}
