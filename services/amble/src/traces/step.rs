//! A step of a grab, as its event tells it.

use std::{borrow::Cow, fmt};

use opentelemetry::{KeyValue, Value};
use tracing::{
    Event,
    field::{Field, Visit},
};

/// The field that names the grab.
const INTERACTION: &str = "interaction";

/// The step with which every trace begins.
const FIRST: &str = "close";

/// A step of a grab.
#[derive(Debug, Default)]
pub(super) struct Step {
    pub(super) name: Cow<'static, str>,
    pub(super) took_us: u64,
    pub(super) attributes: Vec<KeyValue>,
}

impl Step {
    pub(super) fn of(event: &Event<'_>) -> Self {
        let mut step = Self::default();
        event.record(&mut step);
        step
    }

    pub(super) fn is_first(&self) -> bool {
        self.name == FIRST
    }

    fn keep(&mut self, field: &Field, value: impl Into<Value>) {
        self.attributes
            .push(KeyValue::new(format!("amble.{}", field.name()), value));
    }
}

impl Visit for Step {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "step" => self.name = value.to_owned().into(),
            _ => self.keep(field, value.to_owned()),
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "took_us" => self.took_us = value,
            // OpenTelemetry knows no unsigned numbers.
            _ => self.keep(field, i64::try_from(value).unwrap_or(i64::MAX)),
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.keep(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.keep(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.keep(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.keep(field, format!("{value:?}"));
    }
}

/// The name of the interaction that an event is of.
pub(super) fn interaction(event: &Event<'_>) -> Option<String> {
    #[derive(Default)]
    struct Name(Option<String>);

    impl Visit for Name {
        fn record_str(&mut self, field: &Field, value: &str) {
            if field.name() == INTERACTION {
                self.0 = Some(value.to_owned());
            }
        }

        fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
    }

    let mut name = Name::default();
    event.record(&mut name);
    name.0
}
