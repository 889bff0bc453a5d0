//! What a client of a server shows and asks: servers are known by their host's name.

use std::{
    error::Error,
    io::{self, ErrorKind},
    path::Path,
};

use rustls::{CertificateError, Error as TlsError};
use tonic::transport::{Certificate, ClientTlsConfig, Identity};

use crate::{PairError, pair::FILES};

/// Reads a folder like a [`Keeper`](crate::Keeper)'s. Without `tls.crt` and `tls.key` the client shows no
/// certificate.
///
/// # Errors
/// When `ca.crt` is missing, or one of the two others is there alone.
pub fn tls(folder: &Path) -> Result<ClientTlsConfig, PairError> {
    let read = |name: &str| {
        let file = folder.join(name);
        std::fs::read(&file).map_err(|why| PairError::File { file, why })
    };
    let [chain, key, authority] = FILES;
    let authority = Certificate::from_pem(read(authority)?);
    let config = ClientTlsConfig::new().ca_certificate(authority);
    let missing = |error: &PairError| matches!(error, PairError::File { why, .. } if why.kind() == ErrorKind::NotFound);
    match (read(chain), read(key)) {
        (Ok(chain), Ok(key)) => Ok(config.identity(Identity::from_pem(chain, key))),
        (Err(one), Err(other)) if missing(&one) && missing(&other) => Ok(config),
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

/// What TLS had against a connection, in words for who has to mend it, if that is among an error's causes. "It"
/// is the server.
#[must_use]
pub fn refusal(error: &(dyn Error + 'static)) -> Option<String> {
    let mut next = Some(error);
    while let Some(error) = next {
        let io = error.downcast_ref::<io::Error>();
        let within = io.and_then(io::Error::get_ref);
        let within = within.and_then(|error| error.downcast_ref::<TlsError>());
        if let Some(tls) = within.or_else(|| error.downcast_ref()) {
            return Some(words(tls));
        }
        next = error.source();
    }
    None
}

fn words(error: &TlsError) -> String {
    let what = match error {
        TlsError::InvalidCertificate(why) => match why {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                "its certificate is not from the authority in ca.crt"
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "its certificate has ended"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "its certificate is not for the name by which it is called"
            }
            _ => "its certificate is not good",
        },
        TlsError::AlertReceived(_) => "it wants another certificate than tls.crt, or one at all",
        TlsError::InvalidMessage(_) => "it speaks no TLS there",
        _ => "no TLS with it",
    };
    format!("{what} ({error})")
}
