//! `amble serve`.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::SystemTime,
};

use clap::Args;
use figment::value::Value;

const AFTER: &str = "\
Every option but the switches is also a setting, with this order: default, file, environment, option.
`amble config` prints them all.

Examples:
  amble serve --store kiosk --ledger :memory: --insecure
  amble serve --store shop.json --tls certs/node --pass-key issuer.pub --operator-key operators.pub
  amble serve --store shop.json --tls certs/node --pass-key issuer.pub --record today.amble
  amble serve --config /etc/amble.toml";

/// Runs a shop.
///
/// Opens the store, takes up where the ledger ends, and listens: gRPC for devices, shoppers and
/// operators on one address, health and metrics for browsers and Prometheus on another. It needs no
/// other process. It ends in order on SIGTERM and SIGINT.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = AFTER)]
pub struct ServeArgs {
    /// The store plan: a file, or a known shop
    #[arg(long, value_name = "FILE|PROFILE")]
    pub store: Option<String>,

    /// The ledger: a file, a database, or :memory: for one that ends with the process
    #[arg(long, value_name = "FILE|postgres://…")]
    pub ledger: Option<String>,

    /// Where gRPC listens [default: 127.0.0.1:7400]
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,

    /// Where health and metrics are served [default: 127.0.0.1:7480]
    #[arg(long, value_name = "ADDRESS")]
    pub web: Option<SocketAddr>,

    /// Where etcd is reached, for a shop that runs on several nodes; may be given several times
    #[arg(long, value_name = "URL")]
    pub etcd: Vec<String>,

    /// This node's name [default: the machine's]
    #[arg(long, value_name = "NAME")]
    pub node: Option<String>,

    /// Where the other nodes reach this one [default: 127.0.0.1:7401]
    #[arg(long, value_name = "ADDRESS")]
    pub peer: Option<SocketAddr>,

    /// A public key (PEM) that passes may be signed with; may be given several times
    #[arg(long, value_name = "FILE")]
    pub pass_key: Vec<PathBuf>,

    /// The private key (PEM) with which tickets are bound to the phones that come for them
    #[arg(long, value_name = "FILE")]
    pub bind_key: Option<PathBuf>,

    /// Only passes that belong to a phone open visits
    #[arg(long)]
    pub rotating_passes: bool,

    /// The folder with this process's certificate (tls.crt), its key (tls.key) and the authority (ca.crt)
    #[arg(long, value_name = "FOLDER")]
    pub tls: Option<PathBuf>,

    /// A public key (PEM) that operators' tokens may be signed with; may be given several times
    #[arg(long, value_name = "FILE")]
    pub operator_key: Vec<PathBuf>,

    /// No TLS, and everybody is an operator: for trying out, on networks that nobody else is on
    #[arg(long, conflicts_with_all = ["tls", "operator_key"])]
    pub insecure: bool,

    /// Where devices are served apart from all others, who then need a certificate to come in there
    #[arg(long, value_name = "ADDRESS")]
    pub listen_devices: Option<SocketAddr>,

    /// Where shoppers' web pages are served; without it, nowhere
    #[arg(long, value_name = "ADDRESS")]
    pub pages: Option<SocketAddr>,

    /// The folder that receipts are put into
    #[arg(long, value_name = "FOLDER")]
    pub receipts: Option<PathBuf>,

    /// Writes everything that devices send to a recording
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,

    /// Devices run in event time, as fast as the shop takes it: for simulations
    #[arg(long)]
    pub event_time: bool,

    /// How long to wait for etcd and for the ledger's database when they are not there yet
    #[arg(long, value_name = "DURATION", default_value = "4m")]
    pub wait: humantime::Duration,

    /// When a shop in event time that never ran begins, such as 2030-01-01T09:00:00Z; without it, now.
    /// The same day played from the same beginning gives the same receipts
    #[arg(long, value_name = "TIME", requires = "event_time", value_parser = humantime::parse_rfc3339)]
    pub begin: Option<SystemTime>,

    /// Worker threads; 0: as many as the machine has cores
    #[arg(long, value_name = "N")]
    pub workers: Option<usize>,

    /// Breaks rule L1, for the test that must find it out: shelves ack frames that are not yet stored
    #[arg(long, hide = true)]
    pub break_acks: bool,
}

impl ServeArgs {
    /// The settings that these options set.
    #[must_use]
    pub fn settings(&self) -> Vec<(&'static str, Value)> {
        let path = |path: &PathBuf| text(path);
        let keys: Vec<Value> = self.pass_key.iter().map(path).collect();
        let operators: Vec<Value> = self.operator_key.iter().map(path).collect();
        let etcd: Vec<Value> = self
            .etcd
            .iter()
            .map(|url| Value::from(url.as_str()))
            .collect();
        let all = [
            (
                "cluster.etcd",
                (!etcd.is_empty()).then(|| Value::from(etcd)),
            ),
            ("cluster.node", self.node.as_deref().map(Value::from)),
            (
                "cluster.listen",
                self.peer.map(|address| Value::from(address.to_string())),
            ),
            ("store", self.store.as_deref().map(Value::from)),
            ("ledger", self.ledger.as_deref().map(Value::from)),
            (
                "listen.grpc",
                self.listen.map(|address| Value::from(address.to_string())),
            ),
            (
                "listen.web",
                self.web.map(|address| Value::from(address.to_string())),
            ),
            (
                "listen.devices",
                self.listen_devices
                    .map(|address| Value::from(address.to_string())),
            ),
            (
                "listen.pages",
                self.pages.map(|address| Value::from(address.to_string())),
            ),
            ("tls.folder", self.tls.as_ref().map(path)),
            ("tls.off", self.insecure.then(|| Value::from(true))),
            ("operators.off", self.insecure.then(|| Value::from(true))),
            (
                "operators.keys",
                (!operators.is_empty()).then(|| Value::from(operators)),
            ),
            ("passes.keys", (!keys.is_empty()).then(|| Value::from(keys))),
            ("passes.bind_key", self.bind_key.as_ref().map(path)),
            (
                "passes.rotating",
                self.rotating_passes.then(|| Value::from(true)),
            ),
            ("checkout.receipts", self.receipts.as_ref().map(path)),
            ("workers", self.workers.map(Value::from)),
        ];
        all.into_iter()
            .filter_map(|(key, value)| Some((key, value?)))
            .collect()
    }
}

fn text(path: &Path) -> Value {
    Value::from(path.to_string_lossy().into_owned())
}
