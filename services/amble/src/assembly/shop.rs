//! What a shop that runs needs beside its actors: a ledger before it opens, checkout after it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use amble_checkout::{Limits, Mail, Outbox, Payment, ReceiptFolder, SandboxPayment};
use amble_ledger::{Ledger, LedgerError, SqliteLedger};
use amble_store::{Running, StoreEvent};
use tokio::sync::broadcast::error::RecvError;

/// Where the ledger is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LedgerPlace {
    /// In memory: it ends with the process.
    Memory,
    /// In a file.
    File(PathBuf),
}

impl LedgerPlace {
    /// Opens it.
    ///
    /// # Errors
    /// When the file can't be used.
    pub async fn open(&self) -> Result<Arc<dyn Ledger>, LedgerError> {
        Ok(match self {
            Self::Memory => Arc::new(SqliteLedger::in_memory().await?),
            Self::File(path) => Arc::new(SqliteLedger::open(path).await?),
        })
    }
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
