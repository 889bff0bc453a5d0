//! A shop that asks who comes, with certificates and keys, good ones and others.

use std::{fs, net::SocketAddr, path::PathBuf, time::Duration};

use tempfile::TempDir;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

use crate::{Outcome, Shop, Start, run, until};

/// For the whole life of its processes.
const LIFE: Duration = Duration::from_secs(120);
/// How soon what was refused is to be seen.
const SOON: Duration = Duration::from_secs(20);

/// See above. Its folder has: `certs` (`ca`, `node`, `devices`, `gate-entry-1`); `other`, the same of another
/// authority; `late`, of the same authority and ended; `node`, a link to the one in use; the keys `issuer.pem` of
/// passes, `operators.pem` of tokens, and `forger.pem`, which the shop does not know.
#[derive(Debug)]
pub struct Guarded {
    folder: TempDir,
    /// How it was started.
    pub start: Start,
    /// The shop.
    pub shop: Shop,
}

impl Guarded {
    /// Opens a kiosk.
    ///
    /// # Errors
    /// When it does not open.
    pub fn open(options: &[&str]) -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let at = |name: &str| folder.path().join(name);
        let amble = |args: &[&str]| run(folder.path(), LIFE, args)?.well();
        let dev = |out, more: &[&str]| {
            amble(&[&["certs", "dev", out, "--store", "kiosk"], more].concat())
        };
        dev("certs", &["--device", "gate/entry-1"])?;
        dev("other", &[])?;
        fs::create_dir_all(at("late/ca"))?;
        for file in ["ca/ca.crt", "ca/ca.key"] {
            fs::copy(at("certs").join(file), at("late").join(file))?;
        }
        dev("late", &["--days", "0"])?;
        amble(&["pass", "keygen", "operators.pem"])?;
        amble(&["pass", "keygen", "forger.pem"])?;
        std::os::unix::fs::symlink("certs/node", at("node"))?;
        let start = Start::new(folder.path(), "kiosk", options)?;
        let start = start.protected(&["--tls", "node", "--operator-key", "operators.pub"]);
        let shop = start.open(LIFE)?;
        Ok(Self {
            folder,
            start,
            shop,
        })
    }

    /// Ends it in order, and opens it again.
    ///
    /// # Errors
    /// When it does not end, or not open.
    pub fn again(self) -> Outcome<Self> {
        self.shop.close()?;
        let shop = self.start.open(LIFE)?;
        Ok(Self { shop, ..self })
    }

    /// Where something in its folder is.
    #[must_use]
    pub fn path(&self, of: &str) -> PathBuf {
        self.folder.path().join(of)
    }

    /// A way to one of its ports, which is known by an authority, with somebody's certificate.
    ///
    /// # Errors
    /// When there is no such folder.
    pub fn way(&self, to: SocketAddr, authority: &str, who: Option<&str>) -> Outcome<Endpoint> {
        let authority = fs::read(self.path(authority).join("ca.crt"))?;
        let mut tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(authority));
        if let Some(who) = who {
            let file = |name: &str| fs::read(self.path(who).join(name));
            tls = tls.identity(Identity::from_pem(file("tls.crt")?, file("tls.key")?));
        }
        Ok(Endpoint::from_shared(format!("https://{to}"))?.tls_config(tls)?)
    }

    /// Connects with somebody's certificate.
    ///
    /// # Errors
    /// When it is not let in.
    pub async fn channel(&self, who: Option<&str>) -> Outcome<Channel> {
        let way = self.way(self.start.address(), "certs/ca", who)?;
        Ok(way.connect().await?)
    }

    /// What a command prints, without the line's end.
    ///
    /// # Errors
    /// When it fails.
    pub fn amble(&self, args: &[&str]) -> Outcome<String> {
        let said = run(self.folder.path(), LIFE, args)?.well()?;
        Ok(said.text()?.trim_end().to_owned())
    }

    /// An operator's token, signed with a key of its folder.
    ///
    /// # Errors
    /// When it is not issued.
    pub fn token(&self, key: &str, role: &str, valid: &str) -> Outcome<String> {
        let who = ["token", "issue", "--store", "kiosk", "--name", "anna"];
        let what = ["--key", key, "--role", role, "--valid", valid];
        self.amble(&[&who[..], &what].concat())
    }

    /// A pass of the visit `anna-1`.
    ///
    /// # Errors
    /// When it is not issued.
    pub fn pass(&self, key: &str, store: &str, valid: &str) -> Outcome<String> {
        let what = ["--store", store, "--visit", "anna-1", "--valid", valid];
        self.amble(&[&["pass", "issue", "--key", key][..], &what].concat())
    }

    /// Waits until a refusal is counted, and is in the log.
    ///
    /// # Errors
    /// When it is not.
    pub fn noted(&self, door: &str, reason: &str) -> Outcome {
        let labels = [format!("door=\"{door}\""), format!("reason=\"{reason}\"")];
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        until(&format!("for {door}, {reason} to be noted"), SOON, || {
            let counted = self.shop.metric("amble_refused_total", &labels)? >= 1.0;
            let log = self.shop.log()?;
            let logged = log
                .lines()
                .any(|line| labels.iter().all(|label| line.contains(label)));
            Ok((counted && logged).then_some(()))
        })
    }
}
