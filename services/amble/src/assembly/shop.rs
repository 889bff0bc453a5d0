//! What a shop that runs needs beside its actors: a ledger before it opens, checkout after it.

use std::{fs, path::Path, sync::Arc, time::Duration};

use amble_checkout::{Limits, Mail, Outbox, Payment, ReceiptFolder, SandboxPayment};
use amble_ledger::{Ledger, LedgerError, PostgresLedger, SqliteLedger};
use amble_store::{Running, StoreEvent};
use tokio::sync::broadcast::error::RecvError;

use super::there::there;
use crate::{
    config::LedgerPlace,
    failure::{Explain, Failure},
};

/// Opens the ledger, and makes the folder of its file when there is none.
///
/// A database that is not there yet is waited for, so long.
///
/// # Errors
/// When the place can't be used.
pub async fn open_ledger(place: &LedgerPlace, wait: Duration) -> Result<Arc<dyn Ledger>, Failure> {
    Ok(match place {
        LedgerPlace::Memory => Arc::new(SqliteLedger::in_memory().await?),
        LedgerPlace::File(path) => {
            let folder = path
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty());
            if let Some(folder) = folder {
                fs::create_dir_all(folder)
                    .explain(|| format!("cannot make {}", folder.display()))?;
            }
            Arc::new(SqliteLedger::open(path).await?)
        }
        LedgerPlace::Postgres(url) => {
            let away = |error: &LedgerError| matches!(error, LedgerError::Unavailable { .. });
            let open = async || PostgresLedger::open(url.as_str()).await;
            Arc::new(there("the ledger", wait, away, open).await?)
        }
    })
}

/// Starts what follows receipts: charges through the sandbox, and a folder that they are put into.
pub fn check_out(running: &Running, receipts: &Path) -> Outbox {
    let ledger = Arc::clone(&running.shop.ledger);
    let payment: Arc<dyn Payment> = Arc::new(SandboxPayment::new());
    let mail: Arc<dyn Mail> = Arc::new(ReceiptFolder::new(receipts));
    let outbox = Outbox::start(ledger, payment, mail, Limits::default());
    let wake = outbox.wake();
    let mut events = running.shop.watch();
    tokio::spawn(async move {
        loop {
            match events.recv().await {
                Ok(StoreEvent::Receipt(_)) | Err(RecvError::Lagged(_)) => wake.wake(),
                Ok(StoreEvent::Cart(_)) => {}
                Err(RecvError::Closed) => return,
            }
        }
    });
    outbox
}
