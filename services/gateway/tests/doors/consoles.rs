//! A shop on whose floor happens what a test says, and in which nothing was sold.

use std::sync::Arc;

use amble_gateway::ports::{Consoles, OperatorError, ReceiptPage, SalesQuery};
use amble_proto::v1::{Floor, GetSalesResponse, PriceChange, ShelfState, VisitStory, VisitSummary};
use tokio::sync::watch;
use tonic::async_trait;

#[derive(Default)]
pub(crate) struct Quiet {
    pub(crate) floor: watch::Sender<Option<Arc<Floor>>>,
}

#[async_trait]
impl Consoles for Quiet {
    fn watch_floor(&self) -> watch::Receiver<Option<Arc<Floor>>> {
        self.floor.subscribe()
    }

    async fn visit(&self, visit_id: &str) -> Result<VisitStory, OperatorError> {
        if visit_id != "v1" {
            return Err(OperatorError::NotFound {
                what: "visit",
                id: visit_id.to_owned(),
            });
        }
        Ok(VisitStory {
            summary: Some(VisitSummary {
                visit_id: visit_id.to_owned(),
                ..VisitSummary::default()
            }),
            ..VisitStory::default()
        })
    }

    async fn receipts(&self, _: u32, _: &str) -> Result<ReceiptPage, OperatorError> {
        Ok(ReceiptPage::default())
    }

    async fn sales(&self, _: SalesQuery) -> Result<GetSalesResponse, OperatorError> {
        Ok(GetSalesResponse::default())
    }

    fn now_us(&self) -> i64 {
        77
    }

    async fn shelves(&self, _: &str) -> Result<Vec<ShelfState>, OperatorError> {
        Ok(Vec::new())
    }

    async fn prices(&self, since_us: i64) -> Result<Vec<PriceChange>, OperatorError> {
        Ok(vec![PriceChange {
            product: "1".to_owned(),
            valid_from_us: since_us + 5,
            ..PriceChange::default()
        }])
    }
}
