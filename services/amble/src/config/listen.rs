//! Where the doors are.

use std::net::{Ipv4Addr, SocketAddr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::failure::{Explain as _, Failure};

/// Where the doors are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ListenConfig {
    /// Address and port of gRPC, for devices, shoppers and operators. 127.0.0.1 is reached from this
    /// machine only, 0.0.0.0 from everywhere; port 0 takes any that is free.
    pub grpc: SocketAddr,
    /// Address and port for devices alone, where nobody without a certificate comes in. Empty: they share the
    /// other one.
    pub devices: String,
    /// Address and port of shoppers' web pages: the live cart, the receipt, the pass. With TLS when there is a
    /// certificate; then browsers must know its authority, so put a proxy or a public certificate before it.
    /// Empty: there are none.
    pub pages: String,
    /// Address and port of health and metrics, for the machine's own network: nobody is asked who they are.
    pub web: SocketAddr,
}

impl ListenConfig {
    /// Where devices have a port of their own, if they have one.
    ///
    /// # Errors
    /// When it is no address.
    pub fn devices(&self) -> Result<Option<SocketAddr>, Failure> {
        address("devices", &self.devices)
    }

    /// Where shoppers' pages are, if they are served.
    ///
    /// # Errors
    /// When it is no address.
    pub fn pages(&self) -> Result<Option<SocketAddr>, Failure> {
        address("pages", &self.pages)
    }
}

fn address(door: &str, text: &str) -> Result<Option<SocketAddr>, Failure> {
    if text.is_empty() {
        return Ok(None);
    }
    let address = text.parse();
    address
        .map(Some)
        .explain(|| format!("listen.{door}: {text:?}"))
}

impl Default for ListenConfig {
    fn default() -> Self {
        let here = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Self {
            grpc: here(7400),
            devices: String::new(),
            pages: String::new(),
            web: here(7480),
        }
    }
}
