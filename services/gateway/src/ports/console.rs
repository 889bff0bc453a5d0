//! What the shop's console asks of it.

use std::sync::Arc;

use amble_proto::v1::{
    Floor, GetSalesResponse, PriceChange, ReceiptSummary, ShelfState, VisitStory,
};
use async_trait::async_trait;
use tokio::sync::watch;

use super::OperatorError;

/// Some receipts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReceiptPage {
    /// The one settled last first.
    pub receipts: Vec<ReceiptSummary>,
    /// Empty when there are no more.
    pub next_page_token: String,
}

/// Which sales are wanted: times are µs of event time since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SalesQuery {
    /// From when.
    pub from_us: i64,
    /// Until before when; after `from_us`.
    pub to_us: i64,
    /// Into parts of which length; positive, and the time has at most 1,000 of them.
    pub part_us: i64,
}

/// The side of the shop that its console shows. Any node answers for all; nobody in the shop waits for who
/// looks, and what nobody looks at costs nothing.
#[async_trait]
pub trait Consoles: Send + Sync + 'static {
    /// The floor now and as it changes; the latest state wins. `None`: nobody has looked yet, the first comes
    /// at once.
    fn watch_floor(&self) -> watch::Receiver<Option<Arc<Floor>>>;

    /// One visit, step by step.
    ///
    /// # Errors
    /// When there is no such visit, or the ledger can't be read.
    async fn visit(&self, visit_id: &str) -> Result<VisitStory, OperatorError>;

    /// Some receipts: `page_size` is 1 to 1,000; the token is the port's own, empty for the first page.
    ///
    /// # Errors
    /// When the page token is not one of ours, or the ledger can't be read.
    async fn receipts(
        &self,
        page_size: u32,
        page_token: &str,
    ) -> Result<ReceiptPage, OperatorError>;

    /// What was sold.
    ///
    /// # Errors
    /// When the ledger can't be read.
    async fn sales(&self, query: SalesQuery) -> Result<GetSalesResponse, OperatorError>;

    /// Event time up to which everything is decided, in µs since the Unix epoch: now, for who asks what is
    /// sold until now.
    fn now_us(&self) -> i64;

    /// What is thought to stand on the shelves of a gondola or, when that is empty, on all.
    ///
    /// # Errors
    /// When there is no such gondola, or the bookkeeper does not answer.
    async fn shelves(&self, gondola_id: &str) -> Result<Vec<ShelfState>, OperatorError>;

    /// Price changes that hold from after `since_us`, µs of event time since the Unix epoch, and of each product the
    /// one that held then; in the order of their times.
    ///
    /// # Errors
    /// When the ledger can't be read.
    async fn prices(&self, since_us: i64) -> Result<Vec<PriceChange>, OperatorError>;
}
