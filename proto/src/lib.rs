//! The contract: what devices, shoppers and operators may say to a shop, what the nodes of a cluster
//! say to each other, the form of a recording, and the store plan file.
//!
//! Everything that crosses a process boundary is defined here and nowhere else. The room knows
//! nothing of how a shop works.

pub mod plan;
pub mod recording;

/// Version 1 of the protocol, generated from `proto/amble/v1/*.proto`, where every field is
/// documented with its unit.
#[allow(missing_docs, clippy::all, clippy::pedantic, unreachable_pub)]
pub mod v1 {
    tonic::include_proto!("amble.v1");
}

/// What the nodes of one cluster say to each other.
pub mod cluster {
    /// Version 1, generated from `proto/amble/cluster/v1/peer.proto`, where it is documented.
    #[allow(missing_docs, clippy::all, clippy::pedantic, unreachable_pub)]
    pub mod v1 {
        tonic::include_proto!("amble.cluster.v1");
    }
}

/// A point in time and a length of time, as protocol buffers have them everywhere.
pub use prost_types::{Duration, Timestamp};

impl v1::DeviceKind {
    /// The kind in a word, for keys, metrics, the ledger and people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Camera => "camera",
            Self::Shelf => "shelf",
            Self::Gate => "gate",
            Self::Unspecified => "device",
        }
    }
}

/// The compiled description of the protocol, for gRPC reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/amble_v1.bin"));
