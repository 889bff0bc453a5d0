//! The way back from a device's actor to the stream that carries it.

use amble_cluster::{Key, NodeId};
use amble_engine::time::Time;
use amble_proto::v1::DeviceErrorCode;
use serde::{Deserialize, Serialize};

/// What an actor says to its device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// Ack or credit moved.
    Progress {
        /// Every frame up to this sequence may be forgotten.
        acked: u64,
        /// Event time up to which frames may be sent.
        credit_until: Time,
    },
    /// Send again everything from this sequence on.
    Resend {
        /// The first that is wanted.
        from: u64,
    },
    /// A frame was refused.
    Refused {
        /// Which.
        sequence: u64,
        /// A word for programs.
        #[serde(with = "code")]
        code: DeviceErrorCode,
        /// What is wrong, and what to do.
        message: String,
    },
    /// Another stream carries the device now.
    Superseded,
}

/// One stream's connection to one device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The stream's number; no other stream of the cluster has it.
    pub stream: u64,
    /// Whether its edge runs in event time.
    pub event_time: bool,
    /// Where replies go: a key that is bound to the node that has the stream.
    pub to: Key,
}

impl Link {
    /// The node that has the stream.
    pub(crate) fn node(&self) -> Option<NodeId> {
        NodeId::bound(self.to.shard())
    }
}

/// Codes as numbers: the contract's own.
mod code {
    use amble_proto::v1::DeviceErrorCode;
    use serde::{Deserialize as _, Deserializer, Serializer};

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "the signature is given by what calls it"
    )]
    pub(super) fn serialize<S: Serializer>(
        code: &DeviceErrorCode,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_i32((*code).into())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<DeviceErrorCode, D::Error> {
        let number = i32::deserialize(from)?;
        Ok(DeviceErrorCode::try_from(number).unwrap_or_default())
    }
}
