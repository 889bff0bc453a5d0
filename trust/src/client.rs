//! What a client of a server shows and asks: servers are known by their host's name.

use std::{io::ErrorKind, path::Path};

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
