//! The way from a command to a shop: where it is, how it is known, and what it is shown.

use std::{fs, path::PathBuf, time::Duration};

use amble_trust::client;
use clap::Args;
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, ClientTlsConfig, Endpoint},
};

use crate::failure::{Explain as _, Failure};

/// How long a node may take to let somebody in before the next is tried.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);

/// A shop that is shown a token with each call.
pub type Shop = InterceptedService<Channel, Show>;

/// How a shop is reached.
#[derive(Args, Clone, Debug)]
pub struct WayArgs {
    /// Where the shop listens; further ones are used when the first is gone. Without it, this machine
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "AMBLE_CLIENT_CONNECT",
        value_delimiter = ','
    )]
    pub connect: Vec<String>,

    /// For a shop with TLS: the folder with its authority (ca.crt) and, if one is needed, an own certificate
    /// and its key (tls.crt, tls.key)
    #[arg(long, global = true, value_name = "FOLDER", env = "AMBLE_CLIENT_TLS")]
    pub tls: Option<PathBuf>,

    /// The file with an operator's token, as `amble token issue` prints it
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "AMBLE_CLIENT_TOKEN_FILE"
    )]
    pub token_file: Option<PathBuf>,
}

/// Shows a token, if there is one.
#[derive(Clone)]
pub struct Show(Option<MetadataValue<Ascii>>);

impl Interceptor for Show {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(token) = &self.0 {
            request
                .metadata_mut()
                .insert("authorization", token.clone());
        }
        Ok(request)
    }
}

impl WayArgs {
    /// Where to ask, in order.
    pub fn endpoints(&self) -> Vec<String> {
        if !self.connect.is_empty() {
            return self.connect.clone();
        }
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        vec![format!("{scheme}://127.0.0.1:7400")]
    }

    /// What a shop with TLS is shown and asked; `None`: there is no TLS.
    ///
    /// # Errors
    /// When the folder lacks what it must have.
    pub fn certificates(&self) -> Result<Option<ClientTlsConfig>, Failure> {
        let Some(folder) = &self.tls else {
            return Ok(None);
        };
        let endpoints = self.endpoints();
        if let Some(plain) = endpoints.iter().find(|url| !url.starts_with("https://")) {
            return Err(Failure::usage(format!(
                "{plain} has no TLS; write https://…, or leave --tls out"
            )));
        }
        Ok(Some(client::tls(folder)?))
    }

    /// Connects to the first node that lets somebody in.
    ///
    /// # Errors
    /// When none does.
    pub async fn connect(&self) -> Result<Shop, Failure> {
        let tls = self.certificates()?;
        let show = Show(self.token()?);
        let mut failures = Vec::new();
        for url in self.endpoints() {
            if tls.is_none() && url.starts_with("https://") {
                return Err(Failure::usage(format!(
                    "{url} has TLS: say with --tls by which authority it is known"
                )));
            }
            let mut endpoint = Endpoint::from_shared(url.clone())?.connect_timeout(CONNECT_WITHIN);
            if let Some(tls) = &tls {
                endpoint = endpoint.tls_config(tls.clone())?;
            }
            match endpoint.connect().await {
                Ok(channel) => return Ok(InterceptedService::new(channel, show)),
                Err(error) => failures.push(format!("{url}: {}", Failure::from(error))),
            }
        }
        let failures = failures.join("; ");
        Err(Failure::new(format!("no shop answers ({failures})")))
    }

    fn token(&self) -> Result<Option<MetadataValue<Ascii>>, Failure> {
        let Some(file) = &self.token_file else {
            return Ok(None);
        };
        let token =
            fs::read_to_string(file).explain(|| format!("cannot read {}", file.display()))?;
        // The error of the value would show the token.
        let shown = format!("Bearer {}", token.trim()).parse();
        let mut shown: MetadataValue<Ascii> =
            shown.map_err(|_| Failure::new(format!("{} holds no token", file.display())))?;
        shown.set_sensitive(true);
        Ok(Some(shown))
    }
}
