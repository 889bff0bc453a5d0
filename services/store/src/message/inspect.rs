//! What actors and nodes are asked by whoever looks into the shop.

use amble_proto::v1::{ActorDescription, Event};
use prost::{DecodeError, Message as _};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use crate::inspect::{ActorFilter, NodeLook};

/// To a node.
#[derive(Debug)]
pub enum Inspect {
    /// How it is.
    Look(oneshot::Sender<NodeLook>),
    /// Keys of actors that live in it, in order.
    Find(ActorFilter, oneshot::Sender<Vec<String>>),
    /// It shall lose its shards (`true`), or take some again.
    Drain(bool, oneshot::Sender<()>),
    /// Something happened at another node.
    Happened(Box<Happened>),
}

/// How an actor sees itself, in the protocol's words and, between nodes, in its form.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(into = "Vec<u8>", try_from = "Vec<u8>")]
pub struct Description(pub ActorDescription);

/// Something that happened, likewise.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(into = "Vec<u8>", try_from = "Vec<u8>")]
pub struct Happened(pub Event);

impl From<Description> for Vec<u8> {
    fn from(description: Description) -> Self {
        description.0.encode_to_vec()
    }
}

impl TryFrom<Vec<u8>> for Description {
    type Error = DecodeError;

    fn try_from(bytes: Vec<u8>) -> Result<Self, DecodeError> {
        ActorDescription::decode(&*bytes).map(Self)
    }
}

impl From<Happened> for Vec<u8> {
    fn from(happened: Happened) -> Self {
        happened.0.encode_to_vec()
    }
}

impl TryFrom<Vec<u8>> for Happened {
    type Error = DecodeError;

    fn try_from(bytes: Vec<u8>) -> Result<Self, DecodeError> {
        Event::decode(&*bytes).map(Self)
    }
}
