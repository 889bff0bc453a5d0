//! What the process says about itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the process says about itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetryConfig {
    /// What `serve` logs to the standard error: error, warn, info, debug or trace, also by module,
    /// as in `info,amble_store=debug`. `debug` and `trace` cost time. The option `--log` overrules it.
    pub log: String,
    /// `text` to be read, or `json`, one object a line, for log collectors.
    pub log_format: LogFormat,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// To be read.
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        Self {
            log: "info".to_owned(),
            log_format: LogFormat::Text,
        }
    }
}
