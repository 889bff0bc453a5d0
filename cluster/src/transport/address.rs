//! Addresses of peers, and what it means when nobody can be reached there.

use std::{error::Error, io::ErrorKind};

use tonic::transport::{Channel, Endpoint, Error as TransportError};

use super::settings::tuned;

/// Connects to a peer's address, `host:port` or a URL.
///
/// # Errors
/// When it is no address, or nobody answers there in time.
pub(super) async fn connect(address: &str) -> Result<Channel, TransportError> {
    let url = if address.contains("://") {
        address.to_owned()
    } else {
        format!("http://{address}")
    };
    tuned(Endpoint::from_shared(url)?).connect().await
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
