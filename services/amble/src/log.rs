//! What the process says about itself, on the standard error and, when it is traced, to a collector.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::{
    EnvFilter, Layer, Registry, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use crate::{
    config::LogFormat,
    failure::{Explain as _, Failure},
    traces::Traces,
};

/// Begins to log, and to listen for what is traced.
///
/// # Errors
/// When the filter can't be understood.
pub fn start(filter: &str, format: LogFormat, traces: Option<&Traces>) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(filter)
        .explain(|| format!("the log filter {filter:?}; use a level such as `info`"))?;
    let lines = fmt::layer().with_writer(io::stderr);
    let lines: Box<dyn Layer<Registry> + Send + Sync> = match format {
        LogFormat::Text => lines.with_ansi(io::stderr().is_terminal()).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    let mut layers = vec![lines.with_filter(filter).boxed()];
    layers.extend(traces.map(|traces| traces.layer().boxed()));
    // An error here only says that somebody else logs already.
    let _ = tracing_subscriber::registry().with(layers).try_init();
    Ok(())
}
