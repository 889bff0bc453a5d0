//! The way back from a device's actor to the stream that carries it.

use std::{fmt, sync::Arc};

use amble_engine::time::Time;
use amble_proto::v1::DeviceErrorCode;

/// What an actor says to its device.
#[derive(Clone, Debug, PartialEq)]
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
        code: DeviceErrorCode,
        /// What is wrong, and what to do.
        message: String,
    },
    /// Another stream carries the device now.
    Superseded,
}

/// One stream's connection to one device. Cheap to clone.
#[derive(Clone)]
pub struct Link {
    /// The stream's number: later streams have larger ones.
    pub stream: u64,
    /// Whether its edge runs in event time.
    pub event_time: bool,
    to: Arc<dyn Fn(Reply) + Send + Sync>,
}

impl Link {
    /// A link whose replies go to `to`, which must not block.
    pub fn new(stream: u64, event_time: bool, to: impl Fn(Reply) + Send + Sync + 'static) -> Self {
        Self {
            stream,
            event_time,
            to: Arc::new(to),
        }
    }

    /// Says it.
    pub fn say(&self, reply: Reply) {
        (self.to)(reply);
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("stream", &self.stream)
            .finish_non_exhaustive()
    }
}
