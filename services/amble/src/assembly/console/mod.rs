//! What the shop's console asks for.
//!
//! 1. Everything is asked of the actors and of the ledger, over the ways that there are: so any node answers for
//!    the whole shop, and nothing is kept for show.
//! 2. What nobody looks at costs nothing; what many look at is asked for once.

mod alerts;
mod feed;
mod floor;
mod prices;
mod sales;
mod shelves;
mod story;

use std::sync::Arc;

use amble_gateway::ports::{Consoles, OperatorError, ReceiptPage, SalesQuery};
use amble_ledger::LedgerError;
use amble_proto::v1::{Floor, GetSalesResponse, PriceChange, ShelfState, VisitStory};
use amble_store::Shop;
use async_trait::async_trait;
use tokio::sync::watch;

use super::inspect::Inspection;
use feed::Feed;

/// The shop, for its console.
#[derive(Debug)]
pub struct Console {
    shop: Arc<Shop>,
    feed: Feed,
}

impl Console {
    /// The console of this shop.
    #[must_use]
    pub fn new(shop: Arc<Shop>, inspection: Arc<Inspection>) -> Arc<Self> {
        Arc::new(Self {
            feed: Feed::new(Arc::clone(&shop), inspection),
            shop,
        })
    }
}

#[async_trait]
impl Consoles for Console {
    fn watch_floor(&self) -> watch::Receiver<Option<Arc<Floor>>> {
        self.feed.watch()
    }

    async fn visit(&self, visit_id: &str) -> Result<VisitStory, OperatorError> {
        story::of(&self.shop, visit_id).await
    }

    async fn receipts(&self, size: u32, token: &str) -> Result<ReceiptPage, OperatorError> {
        sales::receipts(&self.shop, size, token).await
    }

    async fn sales(&self, query: SalesQuery) -> Result<GetSalesResponse, OperatorError> {
        sales::sold(&self.shop, query).await
    }

    fn now_us(&self) -> i64 {
        let decided = self.shop.stats.decided_until();
        decided.map_or_else(super::doors::wall_us, |time| time.0)
    }

    async fn shelves(&self, gondola_id: &str) -> Result<Vec<ShelfState>, OperatorError> {
        shelves::of(&self.shop, gondola_id).await
    }

    async fn prices(&self, since_us: i64) -> Result<Vec<PriceChange>, OperatorError> {
        prices::since(&self.shop, since_us).await
    }
}

/// The ledger can't be read now.
fn not_now(error: &LedgerError) -> OperatorError {
    OperatorError::NotNow {
        why: error.to_string(),
    }
}
