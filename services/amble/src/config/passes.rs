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
    /// A file with a private Ed25519 key (PEM; `amble pass keygen` makes one) with which the shop binds tickets to the
    /// phones that come for them: their pass then opens its visit from that phone only, with a code that changes every
    /// few seconds. All nodes have the same. Whoever has it can open visits, as with an issuer's. Empty: tickets are
    /// not bound here.
    pub bind_key: PathBuf,
    /// Only passes that belong to a phone open visits; codes on paper and pictures of codes don't.
    pub rotating: bool,
}
