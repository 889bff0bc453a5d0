//! A store, a ledger and checkout become a shop that runs.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use amble_checkout::{Limits, Mail, Outbox, Payment, ReceiptFolder, SandboxPayment};
use amble_engine::time::Time;
use amble_ledger::{Ledger, LedgerError, SqliteLedger};
use amble_proto::v1::recording_entry::Entry;
use amble_store::{Hooks, OpenError, Options, Plan, Running, Settings, StoreEvent, pass::Verifier};
use tokio::sync::{broadcast::error::RecvError, mpsc};

use super::settle::settle;

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

/// How a shop is to be opened.
pub struct Opening {
    /// The store.
    pub plan: Plan,
    /// Its ledger.
    pub ledger: Arc<dyn Ledger>,
    /// Who may open visits.
    pub verifier: Verifier,
    /// How it waits.
    pub settings: Settings,
    /// Whether its devices run in event time.
    pub event_time: bool,
    /// Whether silent devices are passed over.
    pub live: bool,
    /// Where event time begins, unless the ledger knows better.
    pub begin: Time,
    /// Where its inputs are recorded.
    pub recorder: Option<mpsc::UnboundedSender<Entry>>,
}

/// Opens the shop's actors.
///
/// # Errors
/// When the plan or the ledger can't be used.
pub async fn open(opening: Opening) -> Result<Running, OpenError> {
    let Opening {
        plan,
        ledger,
        verifier,
        settings,
        event_time,
        live,
        begin,
        recorder,
    } = opening;
    amble_store::open(Options {
        settle: settle(&plan.plan),
        plan,
        ledger,
        verifier,
        settings,
        event_time,
        live,
        begin,
        recorder,
        hooks: Hooks::default(),
    })
    .await
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
