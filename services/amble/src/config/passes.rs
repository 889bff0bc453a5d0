//! Who may open visits.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who may open visits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PassesConfig {
    /// Files with the public Ed25519 keys (PEM) of those who issue passes; `amble pass keygen` makes
    /// a pair. A pass that none of them has signed opens nothing. To change a key, have both here
    /// until the last old pass has ended.
    pub keys: Vec<PathBuf>,
}
