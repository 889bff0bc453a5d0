//! Every metric of the doors: name, unit, meaning. Other rooms describe their own.
//!
//! Names follow Prometheus: `amble_` first, then what is counted, then the unit, and `_total` for
//! what only grows.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use amble_proto::v1::DeviceErrorCode;
use metrics::{
    Counter, Gauge, Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge,
    histogram,
};
pub use metrics_exporter_prometheus::PrometheusHandle;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder};
use tonic::{Code, Status};

use crate::device::Report;

const STREAMS: &str = "amble_device_streams";
const DEVICES: &str = "amble_device_attached";
const UNACKED: &str = "amble_device_unacked_frames";
const MESSAGES: &str = "amble_device_messages_total";
const FRAMES: &str = "amble_device_frames_total";
const DETECTIONS: &str = "amble_device_detections_total";
const SAMPLES: &str = "amble_device_samples_total";
const REPEATED: &str = "amble_device_repeated_frames_total";
const EARLY: &str = "amble_device_early_frames_total";
const MISSING: &str = "amble_device_missing_frames_total";
const REFUSED: &str = "amble_device_refused_total";
const UNTOLD: &str = "amble_device_untold_errors_total";
const SLOWED: &str = "amble_device_slowed_total";
const REQUESTS: &str = "amble_requests_total";
const DURATION: &str = "amble_request_duration_seconds";
const WATCHERS: &str = "amble_watchers";

/// Buckets of every `_seconds` histogram: the latencies that Amble aims at (50 ms of its own
/// work, 0.8 s to a cart in the median, 1.5 s in 99 of 100) are edges.
const SECONDS: [f64; 14] = [
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.8, 1.5, 5.0,
];

/// Installs the process's recorder for the metrics page. Once a process.
///
/// # Errors
/// When there is a recorder already.
pub fn install() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .install_recorder()?;
    describe();
    Ok(handle)
}

/// Describes every metric of this room, for the page's HELP and TYPE, and begins at 0 what is told by label.
pub fn describe() {
    for code in (1..).map_while(|code| DeviceErrorCode::try_from(code).ok()) {
        counter!(REFUSED, "code" => word(code)).increment(0);
    }
    for method in ["WatchCart", "WatchStore", "WatchEvents", "WatchFloor"] {
        gauge!(WATCHERS, "method" => method).set(0.0);
    }
    describe_gauge!(STREAMS, "Device streams that are open.");
    describe_gauge!(DEVICES, "Devices that are attached through these streams.");
    describe_gauge!(
        UNACKED,
        "Frames that were taken and are not acked yet, by edge: what it keeps and would send again."
    );
    describe_counter!(MESSAGES, "Messages that edges have sent.");
    describe_counter!(
        FRAMES,
        "Frames and gate events that went on to their actors, by kind of device."
    );
    describe_counter!(DETECTIONS, "Detections in the camera frames that went on.");
    describe_counter!(SAMPLES, "Plate samples in the shelf frames that went on.");
    describe_counter!(
        REPEATED,
        "Frames that were sent again although they had been taken; they are ignored."
    );
    describe_counter!(
        EARLY,
        "Frames that came while an earlier one was awaited; they are sent again."
    );
    describe_counter!(MISSING, "Camera frames that never came.");
    describe_counter!(
        REFUSED,
        "Frames, parts of frames and devices that were refused, by code."
    );
    describe_counter!(
        UNTOLD,
        "Errors that an edge was not told because it did not read, or because there were too many."
    );
    describe_counter!(
        SLOWED,
        "Messages that were read late because of the rate limit."
    );
    describe_counter!(
        REQUESTS,
        "Calls of shoppers, operators and those who keep the shop running, by method and gRPC code."
    );
    describe_histogram!(
        DURATION,
        Unit::Seconds,
        "Time until a call was answered, or its stream began, by method."
    );
    describe_gauge!(
        WATCHERS,
        "Streams of carts, stores and events that are open, by method."
    );
}

/// The device doors' counters, looked up once: the hot path only adds.
pub(crate) struct DeviceMetrics {
    pub(crate) streams: Gauge,
    pub(crate) devices: Gauge,
    pub(crate) messages: Counter,
    pub(crate) untold: Counter,
    pub(crate) slowed: Counter,
    camera_frames: Counter,
    shelf_frames: Counter,
    gate_events: Counter,
    detections: Counter,
    samples: Counter,
    repeated: Counter,
    early: Counter,
    missing: Counter,
    /// What the status says, since the start.
    refused: AtomicU64,
}

impl DeviceMetrics {
    pub(crate) fn new() -> Self {
        Self {
            streams: gauge!(STREAMS),
            devices: gauge!(DEVICES),
            messages: counter!(MESSAGES),
            untold: counter!(UNTOLD),
            slowed: counter!(SLOWED),
            camera_frames: counter!(FRAMES, "kind" => "camera"),
            shelf_frames: counter!(FRAMES, "kind" => "shelf"),
            gate_events: counter!(FRAMES, "kind" => "gate"),
            detections: counter!(DETECTIONS),
            samples: counter!(SAMPLES),
            repeated: counter!(REPEATED),
            early: counter!(EARLY),
            missing: counter!(MISSING),
            refused: AtomicU64::new(0),
        }
    }

    /// Adds what came of a batch.
    pub(crate) fn add(&self, report: &Report) {
        for (counter, count) in [
            (&self.camera_frames, report.camera_frames),
            (&self.shelf_frames, report.shelf_frames),
            (&self.gate_events, report.gate_events),
            (&self.detections, report.detections),
            (&self.samples, report.samples),
            (&self.repeated, report.repeated),
            (&self.early, report.early),
            (&self.missing, report.missing),
        ] {
            if count > 0 {
                counter.increment(count);
            }
        }
        for &(code, count) in &report.refused {
            self.refused(code, count);
        }
    }

    /// Counts refusals; rare, so the counter is looked up.
    pub(crate) fn refused(&self, code: DeviceErrorCode, count: u64) {
        self.refused.fetch_add(count, Ordering::Relaxed);
        counter!(REFUSED, "code" => word(code)).increment(count);
    }

    /// How many were refused since the start.
    pub(crate) fn refused_total(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }
}

/// How the metrics call a device's error.
fn word(code: DeviceErrorCode) -> &'static str {
    let name = code.as_str_name();
    name.strip_prefix("DEVICE_ERROR_CODE_").unwrap_or(name)
}

/// What an edge keeps because it is not acked; 0 when its stream ends.
pub(crate) struct Unacked(Gauge);

impl Unacked {
    pub(crate) fn new(edge: &str) -> Self {
        Self(gauge!(UNACKED, "edge" => edge.to_owned()))
    }

    #[expect(clippy::cast_precision_loss, reason = "less than 2^53")]
    pub(crate) fn set(&self, frames: u64) {
        self.0.set(frames as f64);
    }
}

impl Drop for Unacked {
    fn drop(&mut self) {
        self.0.set(0.0);
    }
}

/// Counts a call that was answered after `took`.
pub(crate) fn answered<T>(method: &'static str, took: Duration, answer: &Result<T, Status>) {
    let code = answer.as_ref().err().map_or(Code::Ok, Status::code);
    counter!(REQUESTS, "method" => method, "code" => code_name(code)).increment(1);
    histogram!(DURATION, "method" => method).record(took);
}

/// One more stream of this method, until it is dropped.
pub(crate) struct Watcher(Gauge);

impl Watcher {
    pub(crate) fn new(method: &'static str) -> Self {
        let watchers = gauge!(WATCHERS, "method" => method);
        watchers.increment(1);
        Self(watchers)
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}

/// The code's name in the gRPC specification.
fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
