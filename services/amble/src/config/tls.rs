//! Who this process is, and whom it believes.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who this process is, and whom it believes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TlsConfig {
    /// The folder with the certificate (`tls.crt`), its key (`tls.key`) and the authority of nodes and devices
    /// (`ca.crt`), as cert-manager writes them; `amble certs dev` makes some for trying out. When they change,
    /// new connections use the new ones; those that can't be used are not taken, and the old ones stay.
    pub folder: PathBuf,
    /// No TLS: whoever reaches a port may say to be any device or node, and everybody on the way can listen.
    /// Only for networks where that is somebody else's care. It is said at the start and every hour.
    pub off: bool,
}
