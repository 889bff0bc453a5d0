//! Sizes of the transport, and of the HTTP/2 connections that carry it.

use amble_trust::accept::Limits;
use tonic::transport::{Endpoint, Server};

use crate::beat::{CONNECT_WITHIN, KEEP_ALIVE};

/// The most items in one frame.
pub(super) const FRAME_ITEMS: usize = 512;

/// A frame takes no more items when it has so many bytes.
pub(super) const FRAME_BYTES: usize = 256 << 10;

/// The largest message that goes to another node, in bytes.
pub(super) const LARGEST: usize = 32 << 20;

/// The largest frame: the largest message comes last, in one that was nearly full.
pub(super) const LARGEST_FRAME: usize = LARGEST + 2 * FRAME_BYTES;

/// What is kept for one peer until it acks, in bytes. At a gigabit a second this is half a second.
pub(super) const KEPT_BYTES: usize = 64 << 20;

/// An ack waits for the next frame or heartbeat, unless so many bytes or items came since the last.
pub(super) const ACK_BYTES: usize = 1 << 20;
pub(super) const ACK_ITEMS: u64 = 4_096;

/// Connections of peers. Each has one; while one that lingers is replaced, two.
pub(super) const CONNECTIONS: Limits = Limits {
    connections: 1_024,
    // Nodes of one machine, in tests.
    per_address: 256,
    calls_per_second: 100,
};

/// The default of 64 KiB would make a large frame wait for the other side several times.
const STREAM_WINDOW: u32 = 4 << 20;
const CONNECTION_WINDOW: u32 = 8 << 20;

/// A server for [`crate::Peers::service`], with windows and keep-alives that suit it.
#[must_use]
pub fn server() -> Server {
    Server::builder()
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .http2_keepalive_interval(Some(KEEP_ALIVE))
        .http2_keepalive_timeout(Some(KEEP_ALIVE))
}

/// The same for the side that calls.
pub(super) fn tuned(endpoint: Endpoint) -> Endpoint {
    endpoint
        .connect_timeout(CONNECT_WITHIN)
        .tcp_nodelay(true)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(KEEP_ALIVE)
}
