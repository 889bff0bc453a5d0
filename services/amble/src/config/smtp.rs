//! The mail server that receipts go through.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use amble_checkout::{SecretFile, SmtpServer, SmtpTls};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// The mail server that receipts go through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SmtpConfig {
    /// Its host's name, which its certificate must have, and its port: `mail.example.org:465`; 465 is
    /// for `implicit`, 587 for `starttls`. Empty: no letters, only the folder. A visit whose pass names
    /// no address gets no letter either way.
    pub server: String,
    /// How the way there is protected: `implicit`, TLS from the first byte; `starttls`, or nothing is
    /// sent; `none`, only to this machine, and it is said at the start.
    pub tls: SmtpProtection,
    /// A file with the authorities (PEM) to believe as well as the public ones: for a mail server of
    /// one's own. Empty: the public ones alone.
    pub authority: PathBuf,
    /// Who this shop is to it. Empty: it is not asked who it is.
    pub user: String,
    /// The file with that user's password; read at the start.
    pub password_file: PathBuf,
    /// Whom letters are from: `Corner Shop <receipts@example.org>`. Its domain also names each letter:
    /// with another one, a letter that is sent again shows as a second one.
    pub from: String,
    /// How long the server may take for one step of a delivery; shorter than `attempt_ms`, or its
    /// answer comes too late to be heard.
    pub patience_ms: u64,
}

/// How the way to a mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SmtpProtection {
    /// TLS from the first byte.
    Implicit,
    /// TLS after `STARTTLS`.
    StartTls,
    /// No TLS.
    None,
}

impl Default for SmtpConfig {
    fn default() -> Self {
        Self {
            server: String::new(),
            tls: SmtpProtection::Implicit,
            authority: PathBuf::new(),
            user: String::new(),
            password_file: PathBuf::new(),
            from: String::new(),
            patience_ms: 8_000,
        }
    }
}

impl SmtpConfig {
    pub(super) fn check(&self) -> Result<(), Failure> {
        let unset = |path: &Path| path == Path::new("");
        if self.server.is_empty() {
            return Ok(());
        }
        if self.host_and_port().is_none() {
            return Err(Failure::usage(format!(
                "smtp.server is {:?}, and must be a host and a port, such as mail.example.org:465",
                self.server
            )));
        }
        if self.from.is_empty() {
            return Err(Failure::usage(
                "smtp.server is set: smtp.from must say whom letters are from",
            ));
        }
        if self.user.is_empty() != unset(&self.password_file) {
            return Err(Failure::usage(
                "smtp.user and smtp.password_file go together: set both or none",
            ));
        }
        if self.patience_ms == 0 {
            return Err(Failure::usage("smtp.patience_ms must be above zero"));
        }
        Ok(())
    }

    fn host_and_port(&self) -> Option<(&str, u16)> {
        let (host, port) = self.server.rsplit_once(':')?;
        let port = port.parse().ok().filter(|&port| port > 0)?;
        // An IPv6 address has brackets here, and none for whoever connects.
        let host = host.trim_start_matches('[').trim_end_matches(']');
        (!host.is_empty()).then_some((host, port))
    }

    /// The server, when there is one; over so many connections.
    pub fn server(&self, connections: usize) -> Option<SmtpServer> {
        let some = |path: &PathBuf| (path != Path::new("")).then(|| path.clone());
        self.host_and_port().map(|(host, port)| SmtpServer {
            host: host.to_owned(),
            port,
            tls: match self.tls {
                SmtpProtection::Implicit => SmtpTls::Implicit,
                SmtpProtection::StartTls => SmtpTls::StartTls,
                SmtpProtection::None => SmtpTls::None,
            },
            authority: some(&self.authority),
            user: some(&self.password_file).map(|file| (self.user.clone(), SecretFile::new(file))),
            from: self.from.clone(),
            patience: Duration::from_millis(self.patience_ms),
            connections: u32::try_from(connections).unwrap_or(u32::MAX),
        })
    }
}
