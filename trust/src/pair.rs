//! A certificate, its key and the authority, as they lie in a folder: `tls.crt`, `tls.key`, `ca.crt`. So
//! cert-manager writes them, and a Secret of type `kubernetes.io/tls` has them.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use rustls::{
    RootCertStore, ServerConfig,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::{
        NoClientAuth, NoServerSessionStorage, WebPkiClientVerifier, danger::ClientCertVerifier,
    },
    sign::CertifiedKey,
};

use crate::{
    accept::Callers,
    names::{self, Names},
};

/// The files' names.
pub(crate) const FILES: [&str; 3] = ["tls.crt", "tls.key", "ca.crt"];

/// A pair that can't be used. No error tells what is in a key.
#[derive(Debug, thiserror::Error)]
pub enum PairError {
    /// A file is missing, or nobody may read it.
    #[error("cannot read {file}: {why}")]
    File {
        /// Which.
        file: PathBuf,
        /// Why.
        why: std::io::Error,
    },
    /// A file holds no PEM of the right kind.
    #[error("{file} holds no {what} in PEM form")]
    Pem {
        /// Which.
        file: &'static str,
        /// What it should hold.
        what: &'static str,
    },
    /// A certificate is damaged.
    #[error("a certificate cannot be read: {0}")]
    Certificate(String),
    /// Certificate and key do not belong together, or are of a kind that is not known.
    #[error("tls.crt, tls.key and ca.crt do not go together: {0}")]
    Unfit(String),
}

/// What the three files hold.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Texts([Vec<u8>; 3]);

impl Texts {
    pub(crate) async fn read(folder: &Path) -> Result<Self, PairError> {
        let mut texts: [Vec<u8>; 3] = Default::default();
        for (text, name) in texts.iter_mut().zip(FILES) {
            let file = folder.join(name);
            *text = tokio::fs::read(&file)
                .await
                .map_err(|why| PairError::File { file, why })?;
        }
        Ok(Self(texts))
    }
}

/// Who this process is, and whose word it takes for who others are.
pub struct Pair {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
    pub(crate) roots: Arc<RootCertStore>,
    ends: SystemTime,
    own: Names,
    /// For callers who may come without a certificate.
    open: Arc<ServerConfig>,
    /// For callers who must have one.
    closed: Arc<ServerConfig>,
    /// For callers who have none, and need not speak HTTP/2.
    browsers: Arc<ServerConfig>,
}

impl std::fmt::Debug for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pair")
            .field("own", &self.own)
            .field("ends", &self.ends)
            .finish_non_exhaustive()
    }
}

impl Pair {
    pub(crate) fn new(texts: &Texts) -> Result<Self, PairError> {
        let [chain, key, authority] = &texts.0;
        let chain = certificates(chain, "tls.crt")?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| PairError::Pem {
            file: "tls.key",
            what: "private key",
        })?;
        let authority = certificates(authority, "ca.crt")?;
        let mut roots = RootCertStore::empty();
        for root in &authority {
            roots.add(root.clone()).map_err(unfit)?;
        }
        let roots = Arc::new(roots);
        let leaf = names::read(&chain[0])?;
        let mut ends = end(&leaf);
        if authority.len() == 1 {
            ends = ends.min(end(&names::read(&authority[0])?));
        }
        let provider = provider();
        // What would only be found out by the first caller.
        CertifiedKey::from_der(chain.clone(), key.clone_key(), &provider).map_err(unfit)?;
        let verifier =
            || WebPkiClientVerifier::builder_with_provider(Arc::clone(&roots), provider.clone());
        let open = verifier().allow_unauthenticated().build().map_err(unfit)?;
        let closed = verifier().build().map_err(unfit)?;
        Ok(Self {
            open: server(open, &chain, &key, &[b"h2"])?,
            closed: server(closed, &chain, &key, &[b"h2"])?,
            browsers: server(Arc::new(NoClientAuth), &chain, &key, &[b"h2", b"http/1.1"])?,
            own: Names::in_certificate(&leaf),
            chain,
            key,
            roots,
            ends,
        })
    }

    /// What the own certificate says.
    #[must_use]
    pub fn names(&self) -> &Names {
        &self.own
    }

    /// When the own certificate ends, or its authority when that ends before.
    #[must_use]
    pub fn ends(&self) -> SystemTime {
        self.ends
    }

    pub(crate) fn server(&self, callers: Callers) -> Arc<ServerConfig> {
        Arc::clone(match callers {
            Callers::Certified => &self.closed,
            Callers::Programs => &self.open,
            Callers::Browsers => &self.browsers,
        })
    }
}

/// The one provider of cryptography.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn certificates(pem: &[u8], file: &'static str) -> Result<Vec<CertificateDer<'static>>, PairError> {
    let what = "certificate";
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match all {
        Ok(all) if !all.is_empty() => Ok(all),
        _ => Err(PairError::Pem { file, what }),
    }
}

fn unfit(error: impl std::fmt::Display) -> PairError {
    PairError::Unfit(error.to_string())
}

fn server(
    verifier: Arc<dyn ClientCertVerifier>,
    chain: &[CertificateDer<'static>],
    key: &PrivateKeyDer<'static>,
    protocols: &[&[u8]],
) -> Result<Arc<ServerConfig>, PairError> {
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(unfit)?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain.to_vec(), key.clone_key())
        .map_err(unfit)?;
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    // A session that is resumed is not asked for its certificate again, which may have ended since.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    Ok(Arc::new(config))
}

fn end(certificate: &x509_cert::Certificate) -> SystemTime {
    let end = certificate.tbs_certificate.validity.not_after;
    SystemTime::UNIX_EPOCH + Duration::from_secs(end.to_unix_duration().as_secs())
}
