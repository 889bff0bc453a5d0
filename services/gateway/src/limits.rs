//! Every limit of the doors, with its reason.
//!
//! What the protocol itself promises (`proto/amble/v1/device.proto`) is a constant; what depends on
//! the machine or the network is a field of [`Limits`] and can be set.

use std::time::Duration;

/// The pulse that every interval here derives from (rule C8).
pub const HEARTBEAT: Duration = Duration::from_millis(100);

/// How often an edge hears from the shop. A tenth under the heartbeat, so that timers and threads
/// may be late without breaking the promise of 100 ms.
pub const PROGRESS_EVERY: Duration = Duration::from_millis(90);

/// How long an edge in event time, which stands still until then, waits for moved credit at most. Several
/// devices of one edge move in the same instant; a millisecond gathers them into one message.
pub const GATHER: Duration = Duration::from_millis(1);

/// The same for an edge in real time: the zones of a shop decide a round within a few milliseconds of one
/// another.
pub const GATHER_IN_REAL_TIME: Duration = Duration::from_millis(5);

/// How long a leaving node still takes frames after it has said so: an edge changes its endpoint
/// after three silent heartbeats, or at once when it is told.
pub const LEAVE_GRACE: Duration = HEARTBEAT.saturating_mul(3);

/// How often it is looked whether an edge would be better off elsewhere: far longer than a shard takes to
/// move, so that edges follow what stays.
pub const LOOK_AROUND: Duration = HEARTBEAT.saturating_mul(50);

/// How long open calls may take to end when the gateway stops, before they are cut.
pub const DRAIN: Duration = HEARTBEAT.saturating_mul(20);

/// How often a page hears that its line is alive: a page that hears nothing for three of them says so and
/// calls again. Not more often, for each wakes a phone's radio.
pub const PAGE_ALIVE_EVERY: Duration = HEARTBEAT.saturating_mul(30);

/// How long a page that has seen a later cart is not shown an earlier one: a bucket that begins anew has
/// caught up by then.
pub const CATCH_UP_WITHIN: Duration = HEARTBEAT.saturating_mul(100);

/// How long a page's request may take to come in: a few round trips on a bad radio link.
pub const PAGE_HEAD_WITHIN: Duration = HEARTBEAT.saturating_mul(100);

/// How long a page's connection may be silent before it is asked whether it lives, and how long it then has to
/// answer.
pub const PAGE_GONE_AFTER: Duration = HEARTBEAT.saturating_mul(100);

/// Bytes of a page's request before its body: four passes.
pub const PAGE_HEAD_BYTES: u32 = 16_384;

/// Bytes of a request's body: the largest names a gate.
pub const PAGE_BODY_BYTES: usize = 1_024;

/// The same of the console's: the largest answers a review, with its note and 64 products.
pub const CONSOLE_BODY_BYTES: usize = 8_192;

/// Bytes of an event that a payment service tells: they have a few kilobytes.
pub const WEBHOOK_BODY_BYTES: usize = 256 << 10;

/// Events a second that a payment service may tell: a few for each exit of a rush. What is more is refused, and told
/// again.
pub const WEBHOOKS_PER_SECOND: u32 = 200;

/// Requests at once on one page's connection: a page has a dozen files.
pub const PAGE_STREAMS: u32 = 32;

/// When neither a resend that was asked for nor anything else fits, the edge is told again.
pub const ASK_AGAIN_US: i64 = 1_000_000;

/// People in one frame, as the protocol promises.
pub const MAX_DETECTIONS: usize = 256;
/// Numbers in one appearance vector, as the protocol promises.
pub const MAX_APPEARANCE: usize = 64;
/// Candidates of one item sighting, as the protocol promises.
pub const MAX_CANDIDATES: usize = 8;
/// Bytes of a pass, as the protocol promises.
pub const MAX_TOKEN_BYTES: usize = 4_096;
/// Bytes of an edge's name, as the protocol promises.
pub const MAX_EDGE_ID_BYTES: usize = 128;
/// Bytes of any other id: twice what the longest generated one needs ("gondola/shelf").
pub const MAX_ID_BYTES: usize = 256;
/// The longest id of a review: it names a visit and a product.
pub const MAX_REVIEW_ID_BYTES: usize = 2 * MAX_ID_BYTES + 32;
/// Bytes of a product's code: a GTIN has 14 digits, local codes are words.
pub const MAX_PRODUCT_BYTES: usize = 64;
/// Devices of one edge: forty times what an edge computer of a shop carries, and still small to keep
/// state for.
pub const MAX_DEVICES: usize = 1_024;
/// Weights in one shelf frame: twelve plates at 60 Hz for five seconds is 3,600.
pub const MAX_SAMPLES: usize = 4_096;
/// Errors told for one batch; the rest is counted only. A batch of nothing but bad frames must not
/// cost more than a good one.
pub const MAX_ERRORS_A_BATCH: usize = 32;
/// Errors from the shop that wait for a slow edge; when there are more, the oldest is forgotten.
pub const MAX_WAITING_ERRORS: usize = 64;
/// Answers that wait for a slow edge. When it does not read, it is not read either.
pub const OUTBOUND: usize = 16;

/// How far outside the floor's bounding box a person may be seen, in metres: a view may reach 2 m out
/// before a gate, and a good detector errs by ten centimetres.
pub const FLOOR_MARGIN_M: f32 = 3.0;
/// Lowest and highest point of a body, in metres above the floor, with the detector's error.
pub const BODY_HEIGHT_M: (f32, f32) = (-0.5, 3.0);
/// Largest standard deviation of a position that still says where somebody is, in metres.
pub const MAX_SIGMA_M: f32 = 10.0;
/// Largest weight of a plate, in grams: load cells of 20 kg with offsets of kilograms, five times.
pub const MAX_GRAMS: f32 = 100_000.0;
/// Longest time between two samples of one frame: what is slower is sent frame by frame.
pub const MAX_SAMPLE_PERIOD_US: u32 = 1_000_000;
/// Last event time there is: the year 2200. Beyond it arithmetic with times may overflow.
pub const END_OF_TIME_US: i64 = 7_258_118_400_000_000;

/// What can be set.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Largest message that is read, in bytes. A second of a large edge (24 shelves of 12 plates at
    /// 60 Hz) is 80 kB; a resend after minutes comes in several batches.
    pub max_message_bytes: usize,
    /// How long a stream may stay without its hello: a slow network's round trips, no more.
    pub hello_within: Duration,
    /// Messages a second of one device stream; what comes faster is read more slowly, and nothing
    /// is lost. An edge sends ten; in event time, or after an outage, a hundred times that.
    pub messages_per_second: u32,
    /// Messages that may come at once before the rate holds: a second's worth.
    pub message_burst: u32,
    /// Calls a second at the shoppers' door, of all phones together: a burst at a stadium is one
    /// entry a second, each with a handful of calls. What is more is refused.
    pub shopper_calls_per_second: u32,
    /// Calls a second on one connection, of phones and operators: a hundred times what one phone makes, as a
    /// proxy may carry many. What is more is refused.
    pub calls_per_connection: u32,
    /// Connections of one port at once: phones of a full supermarket, three times.
    pub connections: usize,
    /// Of these, from one address: a proxy is one, and so is a machine that plays a whole shop.
    pub connections_per_address: usize,
    /// Calls a second at the operators' door, and as many at the one of those who keep the shop running.
    pub operator_calls_per_second: u32,
    /// How far a real-time device's clock may be ahead: device clocks are off by 10 ms, and 100 ms
    /// is an alarm; two seconds is a clock that nobody sets.
    pub ahead: Duration,
    /// How far one frame may jump in event time: a shop's pause at noon, not a wrong year.
    pub jump: Duration,
    /// HTTP/2 window of a stream, in bytes. The default of 64 KiB stalls batches of kilobytes.
    pub stream_window: u32,
    /// HTTP/2 window of a connection, in bytes: several edges may share one behind a proxy.
    pub connection_window: u32,
    /// Calls at once on one connection; a proxy may carry a whole shop's phones over one.
    pub max_concurrent_streams: u32,
    /// Silence after which a peer is asked whether it lives.
    pub keepalive_every: Duration,
    /// Time that it has to answer.
    pub keepalive_within: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_message_bytes: 4 << 20,
            hello_within: HEARTBEAT * 50,
            messages_per_second: 2_000,
            message_burst: 2_000,
            shopper_calls_per_second: 1_000,
            calls_per_connection: 200,
            connections: 4_096,
            connections_per_address: 1_024,
            operator_calls_per_second: 200,
            ahead: HEARTBEAT * 20,
            jump: Duration::from_secs(3_600),
            stream_window: 1 << 20,
            connection_window: 8 << 20,
            max_concurrent_streams: 4_096,
            keepalive_every: HEARTBEAT * 20,
            keepalive_within: HEARTBEAT * 20,
        }
    }
}

impl Limits {
    /// Those of a port.
    pub(crate) fn connections(&self) -> amble_trust::accept::Limits {
        amble_trust::accept::Limits {
            connections: self.connections,
            per_address: self.connections_per_address,
            calls_per_second: self.calls_per_connection,
        }
    }
}
