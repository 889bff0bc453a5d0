//! On the way to the collector.
//!
//! 1. Whoever tells a step never waits: no more than [`QUEUE`] spans are kept, what is more is dropped.
//! 2. What the collector did not take is dropped: a trace is worth less than the shop's memory.
//! 3. What is dropped is counted, and logged when it begins and ends.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use metrics::{counter, describe_counter};
use opentelemetry::KeyValue;
use opentelemetry_otlp::{SpanExporter as Otlp, WithExportConfig as _};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{BatchConfigBuilder, BatchSpanProcessor, SpanData, SpanExporter, SpanProcessor as _},
};

use crate::failure::{Explain as _, Failure};

const SENT: &str = "amble_traces_sent_total";
const DROPPED: &str = "amble_traces_dropped_total";

/// Spans that are kept for the collector, half a kilobyte each: minutes of a supermarket that traces everything.
const QUEUE: usize = 8192;
/// Spans that go in one message.
const BATCH: usize = 512;
/// How long a span may wait for others to go with.
const LINGER: Duration = Duration::from_secs(1);
/// How long the collector may take to answer.
const ANSWERS: Duration = Duration::from_secs(3);
/// How long a process that ends goes on sending.
const LEAVES: Duration = Duration::from_secs(3);

/// Whose traces they are.
#[derive(Clone, Debug)]
pub struct Place {
    pub store: String,
    pub node: String,
}

/// Says what each metric means, and begins it.
pub fn describe() {
    describe_counter!(SENT, "Spans of traces that the collector took.");
    describe_counter!(
        DROPPED,
        "Spans of traces that the collector did not take in time, or at all."
    );
    counter!(SENT).increment(0);
    counter!(DROPPED).increment(0);
}

/// Where spans go.
#[derive(Debug)]
pub(super) struct Collector {
    processor: BatchSpanProcessor,
    waiting: Arc<AtomicUsize>,
}

impl Collector {
    pub(super) fn at(endpoint: &str, place: &Place) -> Result<Self, Failure> {
        let otlp = Otlp::builder()
            .with_tonic()
            .with_endpoint(endpoint)
            .with_timeout(ANSWERS)
            .build()
            .explain(|| format!("cannot send traces to {endpoint}"))?;
        let waiting = Arc::new(AtomicUsize::new(0));
        let counted = Counted {
            otlp,
            waiting: Arc::clone(&waiting),
            away: AtomicBool::new(false),
        };
        let config = BatchConfigBuilder::default()
            .with_max_queue_size(QUEUE)
            .with_max_export_batch_size(BATCH)
            .with_scheduled_delay(LINGER)
            .build();
        let mut processor = BatchSpanProcessor::new(counted, config);
        let resource = Resource::builder()
            .with_service_name("amble")
            .with_attributes([
                KeyValue::new("service.instance.id", place.node.clone()),
                KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
                KeyValue::new("amble.store", place.store.clone()),
            ])
            .build();
        processor.set_resource(&resource);
        Ok(Self { processor, waiting })
    }

    /// Sends a span soon, or drops it.
    pub(super) fn send(&self, span: SpanData) {
        // The processor would drop it as well, but does not say so.
        let room = |waiting| (waiting < QUEUE).then_some(waiting + 1);
        match self.waiting.fetch_update(Relaxed, Relaxed, room) {
            Ok(_) => self.processor.on_end(span),
            Err(_) => counter!(DROPPED).increment(1),
        }
    }

    /// Sends what is left. Blocks for a while.
    pub(super) fn end(&self) {
        if let Err(error) = self.processor.shutdown_with_timeout(LEAVES) {
            let spans = self.waiting.load(Relaxed);
            tracing::warn!(%error, spans, "left with traces that the collector has not taken");
        }
    }
}

/// The way to the collector, with what becomes of each span counted.
#[derive(Debug)]
struct Counted {
    otlp: Otlp,
    waiting: Arc<AtomicUsize>,
    away: AtomicBool,
}

impl SpanExporter for Counted {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let result = self.otlp.export(batch).await;
        self.waiting.fetch_sub(spans, Relaxed);
        let away = result.is_err();
        let what = if away { DROPPED } else { SENT };
        counter!(what).increment(u64::try_from(spans).unwrap_or(u64::MAX));
        match (&result, self.away.swap(away, Relaxed)) {
            (Err(error), false) => {
                tracing::warn!(%error, "the collector of traces is away; they are dropped");
            }
            (Ok(()), true) => tracing::info!("the collector of traces is back"),
            _ => {}
        }
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.otlp.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.otlp.set_resource(resource);
    }
}
