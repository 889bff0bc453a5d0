//! Traces: the steps of a grab (`amble_store::grab`) as OpenTelemetry's spans, for a collector.
//!
//! 1. All steps of a grab are one trace, on whichever nodes they are taken: the trace's id and that of its first
//!    span follow from the store and the interaction's name ([`ids`]).
//! 2. A grab is traced whole or not at all: its trace's id decides.
//! 3. Nobody waits for the collector. What it does not take in time is dropped and counted ([`export`]).

mod export;
mod ids;
mod step;

use std::{
    sync::{Arc, OnceLock},
    time::{Duration, SystemTime},
};

use amble_store::grab::TARGET;
use opentelemetry::{
    InstrumentationScope,
    trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceState},
};
use opentelemetry_sdk::trace::{
    IdGenerator as _, RandomIdGenerator, Sampler, SamplingDecision, ShouldSample as _, SpanData,
    SpanEvents, SpanLinks,
};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::{Layer, filter::Targets, layer::Context, registry::LookupSpan};

pub use export::{Place, describe};

use self::{export::Collector, ids::Ids, step::Step};
use crate::failure::Failure;

/// The traces of this process. Before they [`begin`](Self::begin), steps go unheard.
#[derive(Clone, Debug, Default)]
pub struct Traces(Arc<OnceLock<Begun>>);

#[derive(Debug)]
struct Begun {
    store: String,
    sampler: Sampler,
    collector: Collector,
    scope: InstrumentationScope,
}

impl Traces {
    /// What listens to the steps.
    pub fn layer<S: Subscriber + for<'a> LookupSpan<'a>>(&self) -> impl Layer<S> + use<S> {
        Listener(self.clone()).with_filter(Targets::new().with_target(TARGET, Level::DEBUG))
    }

    /// Begins to send this share of the traces. Wants to be called on the runtime that carries them.
    ///
    /// # Errors
    /// When the endpoint is none that can be called.
    pub fn begin(&self, endpoint: &str, ratio: f64, place: &Place) -> Result<(), Failure> {
        let begun = Begun {
            store: place.store.clone(),
            sampler: Sampler::TraceIdRatioBased(ratio),
            collector: Collector::at(endpoint, place)?,
            scope: InstrumentationScope::builder("amble")
                .with_version(env!("CARGO_PKG_VERSION"))
                .build(),
        };
        // Once a process: it serves one shop.
        let _ = self.0.set(begun);
        Ok(())
    }

    /// Sends what has not been sent yet, for a while.
    pub async fn end(self) {
        let end = move || {
            if let Some(begun) = self.0.get() {
                begun.collector.end();
            }
        };
        // It has been waited for as long as it may take; nothing else depends on it.
        let _ = tokio::task::spawn_blocking(end).await;
    }
}

struct Listener(Traces);

impl<S: Subscriber> Layer<S> for Listener {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let Some(begun) = self.0.0.get() else { return };
        let Some(ids) = step::interaction(event).map(|name| Ids::of(&begun.store, &name)) else {
            return;
        };
        if begun.wants(ids) {
            begun.collector.send(begun.span(ids, Step::of(event)));
        }
    }
}

impl Begun {
    fn wants(&self, ids: Ids) -> bool {
        let result = self
            .sampler
            .should_sample(None, ids.trace, "", &SpanKind::Internal, &[], &[]);
        result.decision == SamplingDecision::RecordAndSample
    }

    fn span(&self, ids: Ids, step: Step) -> SpanData {
        let end = SystemTime::now();
        let took = Duration::from_micros(step.took_us);
        let (span, parent) = if step.is_first() {
            (ids.first, SpanId::INVALID)
        } else {
            (RandomIdGenerator::default().new_span_id(), ids.first)
        };
        SpanData {
            span_context: SpanContext::new(
                ids.trace,
                span,
                TraceFlags::SAMPLED,
                false,
                TraceState::default(),
            ),
            parent_span_id: parent,
            // It may have been another node's.
            parent_span_is_remote: parent != SpanId::INVALID,
            span_kind: SpanKind::Internal,
            name: step.name,
            start_time: end.checked_sub(took).unwrap_or(end),
            end_time: end,
            attributes: step.attributes,
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: Status::Unset,
            instrumentation_scope: self.scope.clone(),
        }
    }
}
