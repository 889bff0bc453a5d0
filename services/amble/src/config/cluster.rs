//! One of several nodes.

use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// With whom this process runs the shop. Without etcd it runs it alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ClusterConfig {
    /// Where etcd is reached, one URL a member; none: this process is the whole shop. The nodes of one
    /// shop need the same plan, the same etcd and the same ledger.
    pub etcd: Vec<String>,
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
            node: String::new(),
            listen: SocketAddr::from(([127, 0, 0, 1], 7401)),
            address: String::new(),
        }
    }
}
