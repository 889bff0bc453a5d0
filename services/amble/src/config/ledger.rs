//! Where what must survive goes.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What stands for a ledger without a file.
const MEMORY: &str = ":memory:";

/// Where what must survive goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LedgerConfig {
    /// The file of the ledger: visits, decisions, receipts, and how far each device is acked. Its
    /// folder is made when it is missing. On another file the shop begins anew. `:memory:` keeps
    /// nothing beyond the process.
    pub file: PathBuf,
}

impl LedgerConfig {
    /// The file; none when the ledger is to end with the process.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        (self.file != Path::new(MEMORY)).then_some(&self.file)
    }
}

impl Default for LedgerConfig {
    fn default() -> Self {
        Self {
            file: PathBuf::from("amble-data/ledger.sqlite"),
        }
    }
}
