//! Who may look into the shop and change it.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who may look into the shop and change it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct OperatorsConfig {
    /// Files with the public Ed25519 keys (PEM) of those who issue operators' tokens (`amble token issue`).
    /// Use others than for passes. Without any, only who has a node's certificate is an operator. To change a
    /// key, have both here until the last old token has ended.
    pub keys: Vec<PathBuf>,
    /// Everybody who reaches the port is an operator. It is said at the start and every hour.
    pub off: bool,
}
