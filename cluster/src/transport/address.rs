//! Addresses of peers, and what it means when nobody can be reached there.

use std::{error::Error, io::ErrorKind};

use amble_trust::call::Mutual;
use tonic::transport::{Channel, Endpoint, Error as TransportError};

use super::settings::tuned;

/// Connects to a peer's address, `host:port` or a URL.
///
/// # Errors
/// When it is no address, when nobody answers there in time, or somebody who is not to be trusted.
pub(super) async fn connect(
    address: &str,
    trust: Option<&Mutual>,
) -> Result<Channel, TransportError> {
    let url = if address.contains("://") {
        address.to_owned()
    } else {
        format!("http://{address}")
    };
    let endpoint = tuned(Endpoint::from_shared(url)?);
    match trust {
        Some(trust) => trust.connect(&endpoint).await,
        None => endpoint.connect().await,
    }
}

/// Whether the peer's computer answered that no process listens there. One that can't be reached
/// does not answer.
pub(super) fn refused(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        let io = error.downcast_ref::<std::io::Error>();
        if io.is_some_and(|io| io.kind() == ErrorKind::ConnectionRefused) {
            return true;
        }
        next = error.source();
    }
    false
}
