//! What the process says about itself, on the standard error.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::{EnvFilter, fmt};

use crate::{
    config::LogFormat,
    failure::{Explain as _, Failure},
};

/// Begins to log.
///
/// # Errors
/// When the filter can't be understood.
pub fn start(filter: &str, format: LogFormat) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(filter)
        .explain(|| format!("the log filter {filter:?}; use a level such as `info`"))?;
    let log = fmt().with_env_filter(filter).with_writer(io::stderr);
    // An error here only says that somebody else logs already.
    let _ = match format {
        LogFormat::Text => log.with_ansi(io::stderr().is_terminal()).try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    Ok(())
}
