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
    /// Where traces of grabs go, from the frame to the receipt: the gRPC port of a collector that speaks
    /// OpenTelemetry's protocol, such as `http://collector:4317`. Empty: nothing is traced. All nodes of a
    /// shop need the same, or traces have gaps. They name visits and what they took.
    pub traces_endpoint: String,
    /// Which share of the grabs is traced, 0 to 1, each whole or not at all; the same for all nodes. More
    /// costs the nodes time and the collector room: a grab has about six spans.
    pub traces_ratio: f64,
}

impl TelemetryConfig {
    /// Whether anything is traced.
    #[must_use]
    pub fn traces(&self) -> bool {
        !self.traces_endpoint.is_empty()
    }
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
            traces_endpoint: String::new(),
            traces_ratio: 0.01,
        }
    }
}
