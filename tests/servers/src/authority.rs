//! An authority for tests, and what it signs.

use std::{fs, io, path::Path};

use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, SanType,
};
use time::{Duration, OffsetDateTime};

/// Who signs certificates.
#[derive(Debug)]
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// For how long a certificate is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Good {
    /// For a day.
    Now,
    /// It was; a minute ago it ended.
    Before,
}

impl Authority {
    /// A new one. All have the same name: only their keys differ.
    ///
    /// # Errors
    /// When the system gives no keys.
    pub fn new() -> io::Result<Self> {
        let mut params = CertificateParams::new(Vec::new()).map_err(io::Error::other)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let own = params.self_signed(&key).map_err(io::Error::other)?;
        Ok(Self {
            pem: own.pem(),
            issuer: Issuer::new(params, key),
        })
    }

    /// Puts `tls.crt`, `tls.key` and `ca.crt` into a folder: a certificate of `localhost` with these names
    /// (URIs).
    ///
    /// # Errors
    /// When a name is none, or the folder can't be written.
    pub fn put(&self, folder: &Path, names: &[&str], good: Good) -> io::Result<()> {
        let params = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]);
        let mut params = params.map_err(io::Error::other)?;
        for &name in names {
            let name = name.try_into().map_err(io::Error::other)?;
            params.subject_alt_names.push(SanType::URI(name));
        }
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        let now = OffsetDateTime::now_utc();
        params.not_before = now - Duration::days(1);
        params.not_after = match good {
            Good::Now => now + Duration::days(1),
            Good::Before => now - Duration::minutes(1),
        };
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let signed = params.signed_by(&key, &self.issuer);
        let signed = signed.map_err(io::Error::other)?;
        fs::create_dir_all(folder)?;
        fs::write(folder.join("tls.crt"), signed.pem())?;
        fs::write(folder.join("tls.key"), key.serialize_pem())?;
        fs::write(folder.join("ca.crt"), &self.pem)
    }
}
