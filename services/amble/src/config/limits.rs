//! What may come in through the doors.

use std::time::Duration;

use amble_gateway::Limits;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What may come in through the doors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// The largest message that is read, in bytes. Smaller: a large edge must resend in more pieces
    /// after an outage. Larger: one bad client may take more memory.
    pub max_message_bytes: usize,
    /// How many messages a second one device stream may send; what comes faster is read more slowly
    /// and nothing is lost. An edge sends ten, and many more in event time or after an outage.
    pub messages_per_second: u32,
    /// How many messages may come at once before that rate holds.
    pub message_burst: u32,
    /// How many calls a second all phones together may make; what is more is refused.
    pub shopper_calls_per_second: u32,
    /// How many calls a second one connection may make; a proxy may carry many phones over one.
    pub calls_per_connection: u32,
    /// How many connections a port may have at once; what is more is hung up on.
    pub connections: usize,
    /// How many of these may come from one address; a proxy is one.
    pub connections_per_address: usize,
    /// How many calls a second operators may make; what is more is refused.
    pub operator_calls_per_second: u32,
    /// How far a device's clock may be ahead in real time. More lets in devices whose clock nobody
    /// sets, and every cart then waits for the others to get there.
    pub ahead_ms: u64,
    /// How far one frame may jump in event time, in seconds. More lets in wrong years.
    pub jump_s: u64,
    /// HTTP/2 window of one stream, in bytes. Too small stalls batches, larger takes memory.
    pub stream_window_bytes: u32,
    /// HTTP/2 window of one connection, in bytes; several edges may share one behind a proxy.
    pub connection_window_bytes: u32,
    /// How many calls one connection may have at once; a proxy may carry a whole shop's phones.
    pub max_concurrent_streams: u32,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            max_message_bytes: limits.max_message_bytes,
            messages_per_second: limits.messages_per_second,
            message_burst: limits.message_burst,
            shopper_calls_per_second: limits.shopper_calls_per_second,
            calls_per_connection: limits.calls_per_connection,
            connections: limits.connections,
            connections_per_address: limits.connections_per_address,
            operator_calls_per_second: limits.operator_calls_per_second,
            ahead_ms: u64::try_from(limits.ahead.as_millis()).unwrap_or(u64::MAX),
            jump_s: limits.jump.as_secs(),
            stream_window_bytes: limits.stream_window,
            connection_window_bytes: limits.connection_window,
            max_concurrent_streams: limits.max_concurrent_streams,
        }
    }
}

impl LimitsConfig {
    /// The gateway's limits; what can't be set here follows from its heartbeat.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits {
            max_message_bytes: self.max_message_bytes,
            messages_per_second: self.messages_per_second,
            message_burst: self.message_burst,
            shopper_calls_per_second: self.shopper_calls_per_second,
            calls_per_connection: self.calls_per_connection,
            connections: self.connections,
            connections_per_address: self.connections_per_address,
            operator_calls_per_second: self.operator_calls_per_second,
            ahead: Duration::from_millis(self.ahead_ms),
            jump: Duration::from_secs(self.jump_s),
            stream_window: self.stream_window_bytes,
            connection_window: self.connection_window_bytes,
            max_concurrent_streams: self.max_concurrent_streams,
            ..Limits::default()
        }
    }
}
