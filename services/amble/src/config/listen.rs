//! Where the doors are.

use std::net::{Ipv4Addr, SocketAddr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the doors are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ListenConfig {
    /// Address and port of gRPC, for devices, shoppers and operators. 127.0.0.1 is reached from this
    /// machine only, 0.0.0.0 from everywhere; port 0 takes any that is free.
    pub grpc: SocketAddr,
    /// Address and port of the web pages: health and metrics.
    pub web: SocketAddr,
}

impl Default for ListenConfig {
    fn default() -> Self {
        let here = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Self {
            grpc: here(7400),
            web: here(7480),
        }
    }
}
