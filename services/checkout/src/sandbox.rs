//! A payment service for tests and demos, in this process.
//!
//! It keeps the promise of [`Payment`] through every trouble it is told to make: its books have one
//! page for each key, and a page is written once. Books in a folder outlive the process and may be
//! shared by several.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    files,
    payment::{
        Capture, CaptureOrder, ChargeOrder, Money, Payment, PaymentError, RefundOrder, ReleaseOrder,
    },
};

/// A payment method that is always declined.
pub const DECLINED: &str = "sandbox-declined";

/// A trouble that the sandbox makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It fails before it does anything.
    Fail,
    /// It acts, and never answers.
    TimeOutAfterCharging,
    /// The order reaches it twice.
    AnswerTwice,
}

/// Which trouble the n-th order (from 0) with a key meets.
type Faults = dyn Fn(&str, u32) -> Option<Fault> + Send + Sync;

/// The service.
pub struct SandboxPayment {
    books: Books,
    orders: Mutex<BTreeMap<String, u32>>,
    faults: Box<Faults>,
    /// Whether charges may be in the books of others.
    one_of_many: bool,
}

/// One movement of money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Movement {
    /// The order's key.
    pub key: String,
    /// The key of the charge that this gives back; none: this is a charge.
    pub refund_of: Option<String>,
    /// In minor units.
    pub minor: i64,
    /// ISO 4217 code.
    pub currency: String,
}

impl SandboxPayment {
    /// A service that forgets everything when the process ends.
    #[must_use]
    pub fn new() -> Self {
        Self::with_books(Books::Memory(Mutex::default()))
    }

    /// A service whose books are files in a folder, one for each key.
    ///
    /// # Errors
    ///
    /// When the folder can't be made.
    pub fn in_folder(folder: impl AsRef<Path>) -> io::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        Ok(Self::with_books(Books::Folder(folder.as_ref().to_owned())))
    }

    fn with_books(books: Books) -> Self {
        Self {
            books,
            orders: Mutex::default(),
            faults: Box::new(|_, _| None),
            one_of_many: false,
        }
    }

    /// One for a process that is not alone, or is started again: what it did not charge itself, another
    /// did if the reference is one that the sandbox gives, and can be given back.
    #[must_use]
    pub const fn one_of_many(mut self) -> Self {
        self.one_of_many = true;
        self
    }

    /// Makes trouble: `faults` says which for a key and how many orders with it came before.
    #[must_use]
    pub fn troubled(
        mut self,
        faults: impl Fn(&str, u32) -> Option<Fault> + Send + Sync + 'static,
    ) -> Self {
        self.faults = Box::new(faults);
        self
    }

    /// All that was moved, by key.
    ///
    /// # Errors
    ///
    /// When the folder can't be read.
    pub fn movements(&self) -> io::Result<Vec<Movement>> {
        self.books.all()
    }

    /// How many orders came, by key.
    #[must_use]
    pub fn orders(&self) -> BTreeMap<String, u32> {
        held(&self.orders).clone()
    }

    /// What this order may give back at most.
    fn left_to_give_back(&self, order: &RefundOrder) -> Result<i64, PaymentError> {
        let movements = self
            .movements()
            .map_err(|error| PaymentError::Retryable(error.to_string()))?;
        let charged = movements
            .iter()
            .find(|m| m.key == order.charge && m.refund_of.is_none());
        let Some(charged) = charged else {
            if self.one_of_many && order.reference == reference(&order.charge) {
                return Ok(i64::MAX);
            }
            let declined = format!("there is no charge {} to give back from", order.charge);
            return Err(PaymentError::Declined(declined));
        };
        if charged.currency != order.amount.currency {
            let declined = format!("{} was charged in {}", order.charge, charged.currency);
            return Err(PaymentError::Declined(declined));
        }
        let given: i64 = movements
            .iter()
            .filter(|m| m.refund_of.as_deref() == Some(&order.charge) && m.key != order.key)
            .map(|m| m.minor)
            .sum();
        Ok(charged.minor - given)
    }

    async fn order(&self, movement: Movement) -> Result<String, PaymentError> {
        let before = {
            let mut orders = held(&self.orders);
            let count = orders.entry(movement.key.clone()).or_default();
            *count += 1;
            *count - 1
        };
        match (self.faults)(&movement.key, before) {
            Some(Fault::Fail) => Err(PaymentError::Retryable("told to fail".to_owned())),
            Some(Fault::TimeOutAfterCharging) => {
                self.enter(movement).await?;
                std::future::pending().await
            }
            Some(Fault::AnswerTwice) => {
                self.enter(movement.clone()).await?;
                self.enter(movement).await
            }
            None => self.enter(movement).await,
        }
    }

    async fn enter(&self, movement: Movement) -> Result<String, PaymentError> {
        let entered = self.books.enter(movement.clone()).await;
        let stands = entered.map_err(|error| PaymentError::Retryable(error.to_string()))?;
        if stands != movement {
            return Err(PaymentError::Declined(format!(
                "key {} was used for another order",
                movement.key
            )));
        }
        Ok(reference(&movement.key))
    }
}

impl Default for SandboxPayment {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Payment for SandboxPayment {
    async fn authorise(&self, order: &ChargeOrder) -> Result<String, PaymentError> {
        payable(&order.method, &order.amount)?;
        Ok(reference(&order.key))
    }

    async fn capture(&self, order: &CaptureOrder) -> Result<Capture, PaymentError> {
        let taken = self.order(Movement {
            key: order.key.clone(),
            refund_of: None,
            minor: order.amount.minor,
            currency: order.amount.currency.clone(),
        });
        Ok(Capture::Taken(taken.await?))
    }

    async fn release(&self, _: &ReleaseOrder) -> Result<(), PaymentError> {
        Ok(())
    }

    async fn charge(&self, order: &ChargeOrder) -> Result<String, PaymentError> {
        payable(&order.method, &order.amount)?;
        self.order(Movement {
            key: order.key.clone(),
            refund_of: None,
            minor: order.amount.minor,
            currency: order.amount.currency.clone(),
        })
        .await
    }

    async fn refund(&self, order: &RefundOrder) -> Result<String, PaymentError> {
        let left = self.left_to_give_back(order)?;
        if order.amount.minor <= 0 || order.amount.minor > left {
            return Err(PaymentError::Declined(format!(
                "only {left} are left to give back"
            )));
        }
        self.order(Movement {
            key: order.key.clone(),
            refund_of: Some(order.charge.clone()),
            minor: order.amount.minor,
            currency: order.amount.currency.clone(),
        })
        .await
    }
}

/// How the sandbox names what it did under a key.
fn reference(key: &str) -> String {
    format!("sandbox-{key}")
}

fn payable(method: &str, amount: &Money) -> Result<(), PaymentError> {
    if method == DECLINED {
        return Err(PaymentError::Declined(
            "the method is one that is always declined".to_owned(),
        ));
    }
    if amount.minor <= 0 {
        return Err(PaymentError::Declined(format!(
            "{} is not an amount to pay",
            amount.minor
        )));
    }
    Ok(())
}

enum Books {
    Memory(Mutex<BTreeMap<String, Movement>>),
    Folder(PathBuf),
}

impl Books {
    /// Writes the key's page unless there is one, and answers with the page.
    async fn enter(&self, movement: Movement) -> io::Result<Movement> {
        match self {
            Self::Memory(pages) => {
                let mut pages = held(pages);
                Ok(pages
                    .entry(movement.key.clone())
                    .or_insert(movement)
                    .clone())
            }
            Self::Folder(folder) => {
                let path = folder.join(format!("{}.json", files::name(&movement.key)));
                files::aside(move || {
                    files::create_once(&path, &serde_json::to_vec(&movement)?)?;
                    page(&path)
                })
                .await
            }
        }
    }

    fn all(&self) -> io::Result<Vec<Movement>> {
        match self {
            Self::Memory(pages) => Ok(held(pages).values().cloned().collect()),
            Self::Folder(folder) => {
                let mut movements = Vec::new();
                for file in std::fs::read_dir(folder)? {
                    let path = file?.path();
                    if path
                        .extension()
                        .is_some_and(|extension| extension == "json")
                    {
                        movements.push(page(&path)?);
                    }
                }
                movements.sort_by(|a, b| a.key.cmp(&b.key));
                Ok(movements)
            }
        }
    }
}

fn page(path: &Path) -> io::Result<Movement> {
    Ok(serde_json::from_slice(&std::fs::read(path)?)?)
}

/// What the lock guards is whole after every step, so a panic elsewhere leaves it sound.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn euro(minor: i64) -> Money {
        Money {
            minor,
            currency: "EUR".to_owned(),
        }
    }

    fn charge(key: &str, minor: i64) -> ChargeOrder {
        ChargeOrder {
            key: key.to_owned(),
            since_us: 0,
            method: "card".to_owned(),
            amount: euro(minor),
        }
    }

    fn refund(key: &str, charge: &str, minor: i64) -> RefundOrder {
        RefundOrder {
            key: key.to_owned(),
            charge: charge.to_owned(),
            since_us: 0,
            reference: reference(charge),
            amount: euro(minor),
        }
    }

    #[tokio::test]
    async fn a_key_moves_money_once_also_across_processes() {
        let folder = tempfile::tempdir().unwrap();
        for service in [
            SandboxPayment::in_folder(&folder),
            SandboxPayment::in_folder(&folder),
        ] {
            let service = service.unwrap();
            let twice = [
                service.charge(&charge("r/1", 500)).await,
                service.charge(&charge("r/1", 500)).await,
            ];
            assert_eq!(twice[0], twice[1]);
            let other = service.charge(&charge("r/1", 501)).await;
            assert!(matches!(other, Err(PaymentError::Declined(_))), "{other:?}");
            let moved: i64 = service.movements().unwrap().iter().map(|m| m.minor).sum();
            assert_eq!(moved, 500);
        }
    }

    #[tokio::test]
    async fn no_more_is_given_back_than_was_charged() {
        let service = SandboxPayment::new();
        service.charge(&charge("r", 500)).await.unwrap();
        service.refund(&refund("c1", "r", 300)).await.unwrap();
        service.refund(&refund("c1", "r", 300)).await.unwrap();
        for wrong in [
            refund("c2", "r", 201),
            refund("c2", "r", 0),
            refund("c2", "s", 1),
        ] {
            let declined = service.refund(&wrong).await;
            assert!(
                matches!(declined, Err(PaymentError::Declined(_))),
                "{declined:?}"
            );
        }
        service.refund(&refund("c2", "r", 200)).await.unwrap();
        assert_eq!(service.movements().unwrap().len(), 3);
    }

    #[tokio::test]
    async fn what_another_process_charged_can_be_given_back_by_one_of_many() {
        let service = SandboxPayment::new().one_of_many();
        service.refund(&refund("c1", "r", 300)).await.unwrap();
        let mut elsewhere = refund("c2", "r", 300);
        elsewhere.reference = "pi_1".to_owned();
        let declined = service.refund(&elsewhere).await;
        assert!(
            matches!(declined, Err(PaymentError::Declined(_))),
            "{declined:?}"
        );
        // What it charged itself it knows, and gives back no more.
        service.charge(&charge("s", 100)).await.unwrap();
        assert!(service.refund(&refund("c3", "s", 101)).await.is_err());
    }

    #[tokio::test]
    async fn an_authorisation_moves_nothing() {
        let service = SandboxPayment::new();
        service.authorise(&charge("v", 5_000)).await.unwrap();
        let mut declined = charge("v", 1);
        declined.method = DECLINED.to_owned();
        assert!(service.authorise(&declined).await.is_err());
        assert!(service.charge(&declined).await.is_err());
        assert_eq!(service.movements().unwrap(), []);
    }
}
