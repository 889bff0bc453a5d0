//! The way to a shop's inspect service.

use amble_proto::v1::inspect_service_client::InspectServiceClient;
use tonic::Status;

use crate::{
    client::{Shop, WayArgs},
    failure::Failure,
};

/// The inspect service of a shop.
pub(super) type Client = InspectServiceClient<Shop>;

/// The first node that lets somebody in.
pub(super) async fn connect(way: &WayArgs) -> Result<Client, Failure> {
    Ok(Client::new(way.connect().await?))
}

/// What a shop said when it could not do what it was asked: its message is for people.
pub(super) fn refused(status: &Status) -> Failure {
    Failure::new(status.message())
}
