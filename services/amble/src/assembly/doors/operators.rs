//! Operators: visits, prices, reviews, shelves, and how the shop is.

use std::sync::{Arc, atomic::Ordering::Relaxed};

use amble_engine::time::Time;
use amble_gateway::ports::{
    OperatorError, Operators, ReviewAnswer, ReviewPage, ReviewQuery, ShelfQuery, VisitPage,
    VisitQuery,
};
use amble_proto::v1::{
    self, GetStatusResponse, ListMismatchesResponse, ListPlacesResponse, Money,
    watch_store_response::Event,
};
use amble_store::{Percentiles, StoreEvent};
use async_trait::async_trait;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use tokio::sync::broadcast::error::RecvError;

use super::{Doors, wall_time};
use crate::assembly::{present, reviews, shelves, usage};

fn percentiles(p: Percentiles) -> v1::Percentiles {
    let signed = |us: u64| i64::try_from(us).unwrap_or(i64::MAX);
    v1::Percentiles {
        count: p.count,
        p50_us: signed(p.p50_us),
        p99_us: signed(p.p99_us),
        max_us: signed(p.max_us),
    }
}

#[async_trait]
impl Operators for Doors {
    fn plan_json(&self) -> Arc<str> {
        Arc::clone(&self.plan_json)
    }

    async fn list_visits(&self, query: VisitQuery) -> Result<VisitPage, OperatorError> {
        let not_now = |error: &dyn std::fmt::Display| OperatorError::NotNow {
            why: error.to_string(),
        };
        let views = self.shop.visits().await.map_err(|error| not_now(&error))?;
        let mut visits: Vec<_> = views.iter().map(|view| present::visit(view)).collect();
        if let Some(state) = query.state {
            visits.retain(|visit| visit.state() == state);
        }
        let start = match query.page_token.as_str() {
            "" => 0,
            token => visits
                .iter()
                .position(|visit| visit.visit_id == token)
                .map(|at| at + 1)
                .ok_or_else(|| OperatorError::Unfit {
                    field: "page_token",
                    why: "it is not from a list that still stands; begin with the first page"
                        .to_owned(),
                })?,
        };
        let more = visits.len() > start + query.page_size;
        let visits: Vec<_> = visits
            .into_iter()
            .skip(start)
            .take(query.page_size)
            .collect();
        let last = visits.last().filter(|_| more);
        let next_page_token = last.map(|visit| visit.visit_id.clone()).unwrap_or_default();
        Ok(VisitPage {
            visits,
            next_page_token,
        })
    }

    async fn watch_store(
        &self,
        include_settled: bool,
    ) -> Result<BoxStream<'static, Result<Event, OperatorError>>, OperatorError> {
        let events = self.shop.watch();
        let mut settled = Vec::new();
        if include_settled {
            let not_now = |error: amble_ledger::LedgerError| OperatorError::NotNow {
                why: error.to_string(),
            };
            let receipts = self
                .shop
                .ledger
                .receipts(None, 10_000)
                .await
                .map_err(not_now)?;
            let receipts = receipts
                .iter()
                .rev()
                .filter_map(|r| present::receipt(&r.body).ok());
            settled.extend(receipts.map(|receipt| Ok(Event::Receipt(receipt))));
        }
        let shop = Arc::clone(&self.shop);
        let live = stream::unfold((events, shop), |(mut events, shop)| async move {
            let event = match events.recv().await {
                Ok(StoreEvent::Cart(view)) => {
                    Ok(Event::Cart(present::cart(&shop, &view, &[], false)))
                }
                Ok(StoreEvent::Receipt(body)) => match present::receipt(&body) {
                    Ok(receipt) => Ok(Event::Receipt(receipt)),
                    Err(error) => Err(OperatorError::NotNow {
                        why: error.to_string(),
                    }),
                },
                Err(RecvError::Lagged(missed)) => Err(OperatorError::FellBehind { missed }),
                Err(RecvError::Closed) => return None,
            };
            Some((event, (events, shop)))
        });
        Ok(stream::iter(settled).chain(live).boxed())
    }

    async fn change_price(
        &self,
        product: &str,
        price: Money,
        valid_from_us: Option<i64>,
    ) -> Result<i64, OperatorError> {
        let Some(ix) = self.shop.plan.names.find_product(product) else {
            return Err(OperatorError::NotFound {
                what: "product",
                id: product.to_owned(),
            });
        };
        let own = self.shop.currency.code();
        if price.currency != own {
            let why = format!("{} is not the store's currency; use {own}", price.currency);
            return Err(OperatorError::Unfit {
                field: "price.currency",
                why,
            });
        }
        let from = valid_from_us.map_or_else(|| self.now(), Time);
        let valid = self.shop.change_price(ix, price.minor, from).await;
        valid
            .map(|time| time.0)
            .map_err(|error| OperatorError::NotNow {
                why: error.to_string(),
            })
    }

    async fn list_reviews(&self, query: ReviewQuery) -> Result<ReviewPage, OperatorError> {
        reviews::list(&self.shop, query).await
    }

    async fn review(&self, review_id: &str) -> Result<v1::Review, OperatorError> {
        reviews::one(&self.shop, review_id).await
    }

    async fn answer_review(&self, answer: ReviewAnswer) -> Result<v1::Review, OperatorError> {
        reviews::answer(&self.shop, answer).await
    }

    async fn list_places(&self, query: ShelfQuery) -> Result<ListPlacesResponse, OperatorError> {
        shelves::list(&self.shop, query).await
    }

    async fn list_mismatches(
        &self,
        query: ShelfQuery,
    ) -> Result<ListMismatchesResponse, OperatorError> {
        shelves::mismatches(&self.shop, query).await
    }

    async fn status(&self) -> GetStatusResponse {
        let stats = &self.shop.stats;
        let visits = self.shop.visits().await.unwrap_or_default();
        let open = visits
            .iter()
            .filter(|view| view.stage != amble_store::Stage::Settled)
            .count();
        let (people, guests) = stats.people_now();
        let decided = stats.decided_until();
        let usage = usage::now();
        GetStatusResponse {
            store_id: self.shop.plan.plan.store.clone(),
            decided_until_us: decided.map_or(0, |time| time.0),
            lag_us: decided.map_or(0, |time| wall_time().0 - time.0),
            people,
            guests,
            open_visits: u32::try_from(open).unwrap_or(u32::MAX),
            receipts: stats.receipts.load(Relaxed),
            interactions: stats.interactions.load(Relaxed),
            camera_frames: stats.camera_frames.load(Relaxed),
            detections: stats.detections.load(Relaxed),
            shelf_frames: stats.shelf_frames.load(Relaxed),
            samples: stats.samples.load(Relaxed),
            refused: stats.refused.load(Relaxed),
            passed_over: stats.passed_over.load(Relaxed),
            cpu_us: usage.cpu_us,
            memory_bytes: usage.memory_bytes,
            own_latency: Some(percentiles(stats.own_latency())),
            cart_latency: Some(percentiles(stats.cart_latency())),
        }
    }
}
