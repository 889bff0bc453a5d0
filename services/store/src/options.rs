//! With what a shop opens.

use std::{fmt, sync::Arc};

use amble_engine::{
    attribution,
    cart::Receipt,
    layout::Layout,
    price::{Currency, Money, PriceBook, TaxIx, TaxMode, TaxRate},
    time::Time,
};
use amble_ledger::{Correction, Ledger, StoredCorrection};
use amble_proto::{plan::StorePlan, v1::recording_entry::Entry};
use tokio::sync::mpsc;

use crate::{
    hooks::Hooks,
    inspect::Usage,
    network::AsNode,
    pass::{Bill, Verifier},
    plan::{self, Names},
    review::Units,
    settings::Settings,
    tracked::Tracked,
};

/// A store plan, laid out.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The file.
    pub plan: StorePlan,
    /// What the engine sees of it.
    pub layout: Arc<Layout>,
    /// What things are called.
    pub names: Names,
}

/// Why a shop can't open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The plan contradicts itself.
    #[error("the store plan is not usable: {0}")]
    Plan(#[from] plan::Unknown),
    /// The plan's currency does not exist.
    #[error("the store plan is not usable: {0}")]
    Currency(#[from] amble_engine::price::UnknownCurrency),
    /// A price makes no sense.
    #[error("the store plan is not usable: {0}")]
    Price(#[from] amble_engine::price::PriceError),
    /// The ledger can't be read.
    #[error(transparent)]
    Ledger(#[from] amble_ledger::LedgerError),
    /// An actor did not start.
    #[error("an actor did not start: {0}")]
    Spawn(#[from] ractor::SpawnErr),
}

impl Plan {
    /// Lays out a plan.
    ///
    /// # Errors
    /// When it names something that it does not have; `plan::check` says where.
    pub fn new(plan: StorePlan) -> Result<Self, OpenError> {
        let plan::Shop { layout, names } = plan::shop(&plan)?;
        Ok(Self {
            plan,
            layout: Arc::new(layout),
            names,
        })
    }

    /// The prices that the shop opens with.
    ///
    /// # Errors
    /// When the plan's money makes no sense.
    pub(crate) fn prices(&self) -> Result<PriceBook, OpenError> {
        let currency = Currency::from_code(&self.plan.currency)?;
        let mode = if self.plan.prices_include_tax {
            TaxMode::Included
        } else {
            TaxMode::Added
        };
        let rates = self.plan.taxes.iter();
        let rates: Vec<TaxRate> = rates
            .map(|tax| TaxRate {
                id: tax.id.clone(),
                basis_points: tax.rate_basis_points,
            })
            .collect();
        let mut book = PriceBook::new(currency, mode, rates);
        for product in &self.plan.products {
            let tax = self.plan.taxes.iter().position(|tax| tax.id == product.tax);
            let tax = tax
                .and_then(|at| u16::try_from(at).ok())
                .unwrap_or_default();
            book.push(Money::new(product.price_minor, currency), TaxIx(tax))?;
        }
        Ok(book)
    }
}

/// From a settled cart, and how it is paid, to its entry in the ledger, receipt and outbox in one (checkout's business);
/// nothing when the receipt is not sound.
pub type Settle = Arc<dyn Fn(&Receipt, &Bill) -> Option<amble_ledger::Entry> + Send + Sync>;

/// From a visit that begins, and how it is paid, to what is to be authorised for it (checkout's business); nothing when
/// nothing is.
pub type Hold = Arc<dyn Fn(&str, &Bill, Time) -> Option<amble_ledger::Entry> + Send + Sync>;

/// What a stored receipt charges for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charged {
    /// When the party came in.
    pub entered: Time,
    /// Its lines; there may be several of one product.
    pub lines: Vec<Units>,
}

impl Charged {
    /// How many units of a product.
    pub(crate) fn quantity(&self, product: &str) -> u32 {
        let lines = self.lines.iter().filter(|line| line.product == product);
        lines.fold(0, |all, line| all.saturating_add(line.quantity))
    }
}

/// Reads what a stored receipt charges for; nothing when it can't be read.
pub type Read = Arc<dyn Fn(&amble_ledger::Receipt) -> Option<Charged> + Send + Sync>;

/// A receipt, and what is right instead.
#[derive(Debug)]
pub struct Amendment<'a> {
    /// The id that the correction gets.
    pub id: &'a str,
    /// The receipt.
    pub receipt: &'a amble_ledger::Receipt,
    /// Its corrections so far.
    pub earlier: &'a [StoredCorrection],
    /// How many of these products are right in all; what is not named was.
    pub right: &'a [Units],
    /// Prices, for what is on no line yet.
    pub prices: &'a PriceBook,
    /// When it was decided.
    pub decided: Time,
}

/// From what is right to the correction, with what it sets going (checkout's business); none when nothing is to be
/// corrected. The error says what can't be right.
pub type Correct = Arc<dyn Fn(&Amendment<'_>) -> Result<Option<Correction>, String> + Send + Sync>;

/// The documents that checkout makes and reads for the bookkeeper.
#[derive(Clone)]
pub struct Documents {
    /// Makes the ledger's entry of a receipt: what is stored of it, and what it sets going.
    pub settle: Settle,
    /// Makes the ledger's entry of what is authorised at the entry.
    pub hold: Hold,
    /// Reads what is stored of a receipt.
    pub read: Read,
    /// Makes corrections.
    pub correct: Correct,
}

/// With what a shop opens.
pub struct Options {
    /// The store.
    pub plan: Plan,
    /// Where what must survive goes.
    pub ledger: Arc<dyn Ledger>,
    /// Who may open visits.
    pub verifier: Verifier,
    /// How it waits.
    pub settings: Settings,
    /// What its bookkeeper believes beforehand, and goes by.
    pub attribution: attribution::Settings,
    /// Whether its devices run in event time: as fast as credit allows.
    pub event_time: bool,
    /// Whether silent devices are passed over; a replay has its pass-overs in the recording.
    pub live: bool,
    /// Where event time begins, unless the ledger knows better.
    pub begin: Time,
    /// Makes and reads receipts and corrections.
    pub documents: Documents,
    /// Where its recording goes.
    pub recorder: Option<mpsc::UnboundedSender<Entry>>,
    /// Where it is told where everybody is, round by round.
    pub tracked: Option<mpsc::UnboundedSender<Tracked>>,
    /// Interference, for tests.
    pub hooks: Hooks,
    /// What [`Network::open`](crate::Network::open) gave, when this is one of several nodes.
    pub node: Option<AsNode>,
    /// What the process has used until now.
    pub usage: fn() -> Usage,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("store", &self.plan.plan.store)
            .finish_non_exhaustive()
    }
}
