//! What a shop that runs needs beside its actors: a ledger before it opens, checkout after it.

use std::{fs, sync::Arc, time::Duration};

use amble_checkout::{
    Each, Limits, Mail, Outbox, Payment, ReceiptFolder, SandboxPayment, SmtpMail, StripePayment,
};
use amble_ledger::{Ledger, LedgerError, PostgresLedger, SqliteLedger};
use amble_store::{Running, StoreEvent};
use tokio::sync::broadcast::error::RecvError;

use super::there::there;
use crate::{
    config::{CheckoutConfig, LedgerPlace},
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

/// What follows receipts, before there are any.
pub struct Checkout {
    payment: Arc<dyn Payment>,
    mail: Arc<dyn Mail>,
    limits: Limits,
}

impl Checkout {
    /// Who charges, and the ways that receipts go.
    ///
    /// # Errors
    /// When a setting makes no sense, or a file that it names can't be used.
    pub fn new(config: &CheckoutConfig) -> Result<Self, Failure> {
        let payment: Arc<dyn Payment> = match config.payment.stripe() {
            Some(account) => Arc::new(StripePayment::new(&account)?),
            None => Arc::new(SandboxPayment::new().one_of_many()),
        };
        // The folder first: what a letter takes to be tried again must not depend on it.
        let mut ways: Vec<Arc<dyn Mail>> = vec![Arc::new(ReceiptFolder::new(&config.receipts))];
        if let Some(server) = config.smtp.server(config.parallel) {
            ways.push(Arc::new(SmtpMail::new(&server)?));
        }
        Ok(Self {
            payment,
            mail: Arc::new(Each(ways)),
            limits: config.limits()?,
        })
    }
}

/// Starts what follows receipts.
pub fn check_out(running: &Running, checkout: Checkout) -> Outbox {
    let ledger = Arc::clone(&running.shop.ledger);
    let Checkout {
        payment,
        mail,
        limits,
    } = checkout;
    let outbox = Outbox::start(ledger, payment, mail, limits);
    let wake = outbox.wake();
    let mut events = running.shop.watch();
    let mut reviewed = running.shop.watch_reviews();
    tokio::spawn(async move {
        loop {
            let event = tokio::select! {
                event = events.recv() => event,
                reviewed = reviewed.recv() => {
                    match reviewed {
                        Ok(_) | Err(RecvError::Lagged(_)) => wake.wake(),
                        Err(RecvError::Closed) => return,
                    }
                    continue;
                }
            };
            match event {
                Ok(StoreEvent::Receipt(_)) | Err(RecvError::Lagged(_)) => wake.wake(),
                Ok(StoreEvent::Cart(_)) => {}
                Err(RecvError::Closed) => return,
            }
        }
    });
    outbox
}
