//! What a shop that runs needs beside its actors: a ledger before it opens, checkout after it.

use std::{collections::HashMap, fs, sync::Arc, time::Duration};

use amble_checkout::{
    Each, Holds, Limits, Mail, Money, Outbox, Payment, ReceiptFolder, SandboxPayment, SecretFile,
    SmtpMail, StripePayment, StripeWebhook,
};
use amble_gateway::ports::Webhooks;
use amble_ledger::{Ledger, LedgerError, PostgresLedger, SqliteLedger};
use amble_store::{CartView, Running, Stage, StoreEvent};
use tokio::sync::broadcast::error::RecvError;

use super::{payment::FromStripe, there::there};
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
    holds: Option<Holds>,
    webhook: Option<SecretFile>,
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
            holds: config.payment.holds()?,
            webhook: config.payment.webhook_secret(),
        })
    }

    /// What is authorised for visits, if anything is.
    pub const fn holds(&self) -> Option<Holds> {
        self.holds
    }

    /// Where the payment service tells what it has to tell, if it shall.
    ///
    /// # Errors
    /// When the secret that it signs with can't be read.
    pub fn webhooks(&self, ledger: &Arc<dyn Ledger>) -> Result<Option<Arc<dyn Webhooks>>, Failure> {
        let Some(secret) = self.webhook.clone() else {
            return Ok(None);
        };
        let webhook = StripeWebhook::new(Arc::clone(ledger), secret)?;
        Ok(Some(Arc::new(FromStripe(webhook))))
    }
}

/// Starts what follows receipts.
pub fn check_out(running: &Running, checkout: Checkout) -> Outbox {
    let ledger = Arc::clone(&running.shop.ledger);
    let Checkout {
        payment,
        mail,
        limits,
        holds,
        webhook: _,
    } = checkout;
    let mut raises = holds.map(|holds| Raises::new(Arc::clone(&ledger), holds));
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
                Ok(StoreEvent::Cart(view)) => {
                    if let Some(raises) = &mut raises
                        && raises.raise(&view).await
                    {
                        wake.wake();
                    }
                }
                Err(RecvError::Closed) => return,
            }
        }
    });
    outbox
}

/// Has more authorised as carts grow.
///
/// A raise that is lost, with this node or the ledger, is wanted again with the cart's next change; a cart that is not
/// covered at its exit is charged anew.
struct Raises {
    ledger: Arc<dyn Ledger>,
    holds: Holds,
    /// The largest hold that is known to be wanted, by visit.
    wanted: HashMap<String, u32>,
}

impl Raises {
    fn new(ledger: Arc<dyn Ledger>, holds: Holds) -> Self {
        Self {
            ledger,
            holds,
            wanted: HashMap::new(),
        }
    }

    /// Whether there is something new to ask the service for.
    async fn raise(&mut self, view: &CartView) -> bool {
        if view.stage == Stage::Settled {
            self.wanted.remove(&view.visit);
            return false;
        }
        let total = view.cart.taxed().total;
        let total = Money {
            minor: total.minor,
            currency: total.currency.code().to_owned(),
        };
        // A visit begins with a hold to be asked for.
        let begins = view.stage == Stage::Open;
        let Some((number, amount)) = self.holds.raised(&total) else {
            return begins;
        };
        if self
            .wanted
            .get(&view.visit)
            .is_some_and(|known| *known >= number)
        {
            return begins;
        }
        match self.ledger.raise_hold(&view.visit, number, amount).await {
            Ok(new) => {
                self.wanted.insert(view.visit.clone(), number);
                new || begins
            }
            Err(error) => {
                tracing::warn!(%error, visit = view.visit, "an authorisation could not be raised");
                begins
            }
        }
    }
}
