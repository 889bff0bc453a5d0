//! Whom a served shop trusts, as the settings have it.
//!
//! 1. Without a certificate nothing is served, unless the settings say so.
//! 2. What is switched off is said at the start, every hour, and by a metric.

use std::{
    fs,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use amble_gateway::Admission;
use amble_trust::{Keeper, call::Mutual, node, token, unprotected};
use tokio::time::interval;

use crate::{
    config::Config,
    failure::{Explain as _, Failure},
};

/// How often it is said again what is switched off.
const REMIND_EVERY: Duration = Duration::from_secs(3_600);

/// Whom the doors and the node trust.
pub(super) struct Security {
    pub(super) admission: Admission,
    /// For the other nodes.
    pub(super) mutual: Option<Mutual>,
}

impl Security {
    /// Reads certificates and keys.
    ///
    /// # Errors
    /// When they can't be used, or there are none.
    pub(super) async fn open(config: &Config, store: &str) -> Result<Self, Failure> {
        let tls = &config.tls;
        let keeper = if tls.off {
            None
        } else if tls.folder.as_os_str().is_empty() {
            return Err(Failure::usage(
                "there is no certificate: name its folder with --tls (or tls.folder); `amble certs dev` makes \
                 one for trying out, and --insecure does without",
            ));
        } else {
            let keeper = Keeper::open(&tls.folder).await;
            Some(keeper.explain(|| format!("the certificate in {}", tls.folder.display()))?)
        };
        if let Some(keeper) = &keeper
            && keeper.pair().ends() < SystemTime::now()
        {
            tracing::error!(
                folder = %tls.folder.display(),
                "the certificate has ended: devices and nodes will refuse this process until there is a new one"
            );
        }
        let name: Arc<str> = node(store).into();
        if let Some(keeper) = &keeper
            && !config.cluster.etcd.is_empty()
            && !keeper.pair().names().allow(&name)
        {
            return Err(Failure::new(format!(
                "the certificate in {} does not have the name {name}, so no other node would take this one for one",
                tls.folder.display()
            )));
        }
        let keys = config.operators.keys.iter().map(|path| key(path));
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        let operators =
            token::Verifier::new(store, &keys).explain(|| "operators.keys".to_owned())?;
        remind(&[("tls", tls.off), ("operators", config.operators.off)]);
        Ok(Self {
            mutual: keeper.clone().map(|keeper| Mutual { keeper, name }),
            admission: Admission {
                keeper,
                operators: (!config.operators.off).then_some(operators),
            },
        })
    }
}

/// Rule 2.
fn remind(protections: &[(&'static str, bool)]) {
    for &(what, off) in protections {
        unprotected(what, off);
        if off {
            tokio::spawn(async move {
                let mut hour = interval(REMIND_EVERY);
                loop {
                    hour.tick().await;
                    tracing::warn!(
                        protection = what,
                        "SWITCHED OFF: whoever reaches this process is taken for whom they say they are"
                    );
                }
            });
        }
    }
}

/// A key's text.
pub(super) fn key(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).explain(|| format!("cannot read the key {}", path.display()))
}
