//! The way to a shop.

use std::time::Duration;

use amble_proto::v1::inspect_service_client::InspectServiceClient;
use tonic::{
    Status,
    transport::{Channel, Endpoint},
};

use crate::{args::ShopArgs, failure::Failure};

/// The inspect service of a shop.
pub(super) type Client = InspectServiceClient<Channel>;

/// How long a node may take to let somebody in before the next is tried.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);

/// The first node that lets somebody in.
pub(super) async fn connect(shop: &ShopArgs) -> Result<Client, Failure> {
    let mut failures = Vec::new();
    for url in &shop.connect {
        let endpoint = Endpoint::from_shared(url.clone())?.connect_timeout(CONNECT_WITHIN);
        match endpoint.connect().await {
            Ok(channel) => return Ok(Client::new(channel)),
            Err(error) => failures.push(format!("{url}: {}", Failure::from(error))),
        }
    }
    let failures = failures.join("; ");
    Err(Failure::new(format!("no shop answers ({failures})")))
}

/// What a shop said when it could not do what it was asked: its message is for people.
pub(super) fn refused(status: &Status) -> Failure {
    Failure::new(status.message())
}
