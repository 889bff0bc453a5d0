//! One of several nodes.

use std::{net::SocketAddr, path::PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// With whom this process runs the shop. Without etcd it runs it alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ClusterConfig {
    /// Where etcd is reached, one URL a member; none: this process is the whole shop. The nodes of one
    /// shop need the same plan, the same etcd and the same ledger.
    pub etcd: Vec<String>,
    /// For an etcd with TLS (`https://…`): the folder with the authority of its certificates (`ca.crt`) and, if
    /// it asks for one, with a certificate for this node (`tls.crt`, `tls.key`). Empty: no TLS.
    pub etcd_tls: PathBuf,
    /// This node's name, for people; a process that starts again is another node of that name. Empty:
    /// the machine's name.
    pub node: String,
    /// Where the other nodes reach this one; only they should.
    #[schemars(with = "String")]
    pub listen: SocketAddr,
    /// The address that the other nodes are told, HOST:PORT, when it is not the one that it listens on.
    pub address: String,
}

impl Default for ClusterConfig {
    fn default() -> Self {
        Self {
            etcd: Vec::new(),
            etcd_tls: PathBuf::new(),
            node: String::new(),
            listen: SocketAddr::from(([127, 0, 0, 1], 7401)),
            address: String::new(),
        }
    }
}
