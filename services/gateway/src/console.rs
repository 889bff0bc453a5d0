//! The door of the shop's console.
//!
//! 1. Whoever may look (`view`) may see all of it; nothing here changes anything.
//! 2. The floor is the latest one: a slow reader misses states, never the last, and nothing waits for it.

use std::sync::Arc;

use amble_proto::v1::{
    GetSalesRequest, GetSalesResponse, GetVisitRequest, GetVisitResponse, ListPricesRequest,
    ListPricesResponse, ListReceiptsRequest, ListReceiptsResponse, ListStockRequest,
    ListStockResponse, WatchFloorRequest, WatchFloorResponse,
    console_service_server::ConsoleService,
};
use amble_trust::token::Role;
use futures_util::{StreamExt as _, stream::BoxStream};
use tokio_stream::wrappers::WatchStream;
use tonic::{Request, Response, Status};

use crate::{
    admission::{Guard, Who},
    calls::Calls,
    errors,
    limits::{END_OF_TIME_US, Limits, MAX_ID_BYTES},
    metrics::Watcher,
    operator::page_size,
    ports::{Consoles, SalesQuery},
    shopper::check_id,
    stop::Stopping,
};

/// Parts into which a stretch of sales may be cut: more than a screen has room for.
const MAX_PARTS: i64 = 1_000;
/// How long a part is when nobody says: an hour.
const PART_US: i64 = 3_600_000_000;

/// Serves `amble.v1.ConsoleService`.
pub(crate) struct ConsoleDoor {
    shop: Arc<dyn Consoles>,
    calls: Calls,
    guard: Guard,
    stopping: Stopping,
}

impl ConsoleDoor {
    pub(crate) fn new(
        shop: Arc<dyn Consoles>,
        guard: Guard,
        limits: &Limits,
        stopping: Stopping,
    ) -> Self {
        Self {
            shop,
            calls: Calls::new("console", limits.operator_calls_per_second),
            guard,
            stopping,
        }
    }
}

#[tonic::async_trait]
impl ConsoleService for ConsoleDoor {
    type WatchFloorStream = BoxStream<'static, Result<WatchFloorResponse, Status>>;

    async fn watch_floor(
        &self,
        request: Request<WatchFloorRequest>,
    ) -> Result<Response<Self::WatchFloorStream>, Status> {
        let who = Who::of(&request);
        let call = async {
            let watcher = Watcher::new("WatchFloor");
            let floors = WatchStream::new(self.shop.watch_floor());
            let floors = floors.filter_map(move |floor| {
                // Held until the stream is dropped.
                let _ = &watcher;
                let floor = floor.map(|floor| floor.as_ref().clone());
                std::future::ready(floor.map(|floor| Ok(WatchFloorResponse { floor: Some(floor) })))
            });
            Ok(Response::new(self.stopping.clone().cut(floors)))
        };
        let may = (&self.guard, &who, Role::View);
        self.calls.answer_operator("WatchFloor", may, call).await
    }

    async fn get_visit(
        &self,
        request: Request<GetVisitRequest>,
    ) -> Result<Response<GetVisitResponse>, Status> {
        let who = Who::of(&request);
        let id = request.into_inner().visit_id;
        let call = async {
            check_id("visit_id", &id)?;
            let visit = Some(self.shop.visit(&id).await?);
            Ok(Response::new(GetVisitResponse { visit }))
        };
        let may = (&self.guard, &who, Role::View);
        self.calls.answer_operator("GetVisit", may, call).await
    }

    async fn list_receipts(
        &self,
        request: Request<ListReceiptsRequest>,
    ) -> Result<Response<ListReceiptsResponse>, Status> {
        let who = Who::of(&request);
        let ListReceiptsRequest {
            page_size: wanted,
            page_token,
        } = request.into_inner();
        let call = async {
            if page_token.len() > 2 * MAX_ID_BYTES {
                return Err(errors::unfit(
                    "page_token",
                    "it is not one that was given out",
                ));
            }
            let page = self.shop.receipts(page_size(wanted), &page_token).await?;
            Ok(Response::new(ListReceiptsResponse {
                receipts: page.receipts,
                next_page_token: page.next_page_token,
            }))
        };
        let may = (&self.guard, &who, Role::View);
        self.calls.answer_operator("ListReceipts", may, call).await
    }

    async fn get_sales(
        &self,
        request: Request<GetSalesRequest>,
    ) -> Result<Response<GetSalesResponse>, Status> {
        let who = Who::of(&request);
        let request = request.into_inner();
        let call = async {
            let query = sales(request, self.shop.now_us())?;
            Ok(Response::new(self.shop.sales(query).await?))
        };
        let may = (&self.guard, &who, Role::View);
        self.calls.answer_operator("GetSales", may, call).await
    }

    async fn list_stock(
        &self,
        request: Request<ListStockRequest>,
    ) -> Result<Response<ListStockResponse>, Status> {
        let who = Who::of(&request);
        let gondola = request.into_inner().gondola_id;
        let call = async {
            if gondola.len() > MAX_ID_BYTES {
                return Err(errors::unfit("gondola_id", "it is too long for an id"));
            }
            let shelves = self.shop.shelves(&gondola).await?;
            Ok(Response::new(ListStockResponse { shelves }))
        };
        let may = (&self.guard, &who, Role::View);
        self.calls.answer_operator("ListStock", may, call).await
    }

    async fn list_prices(
        &self,
        request: Request<ListPricesRequest>,
    ) -> Result<Response<ListPricesResponse>, Status> {
        let who = Who::of(&request);
        let since_us = request.into_inner().since_us;
        let call = async {
            if !(0..=END_OF_TIME_US).contains(&since_us) {
                let why = format!("{since_us} is no event time; give µs since the Unix epoch");
                return Err(errors::unfit("since_us", why));
            }
            let changes = self.shop.prices(since_us).await?;
            let as_of_us = self.shop.now_us();
            Ok(Response::new(ListPricesResponse { changes, as_of_us }))
        };
        let may = (&self.guard, &who, Role::View);
        self.calls.answer_operator("ListPrices", may, call).await
    }
}

fn sales(request: GetSalesRequest, now_us: i64) -> Result<SalesQuery, Status> {
    let from_us = request.from_us;
    let to_us = match request.to_us {
        0 => now_us.max(from_us.saturating_add(1)),
        to_us => to_us,
    };
    for (field, time) in [("from_us", from_us), ("to_us", to_us)] {
        if !(0..=END_OF_TIME_US).contains(&time) {
            let why = format!("{time} is no event time; give µs since the Unix epoch");
            return Err(errors::unfit(field, why));
        }
    }
    if to_us <= from_us {
        return Err(errors::unfit("to_us", "it is not after `from_us`"));
    }
    let part_us = match request.part_us {
        0 => PART_US,
        part_us => part_us,
    };
    if part_us < 0 || (to_us - from_us) / part_us >= MAX_PARTS {
        let why = format!("the time has more than {MAX_PARTS} parts of {part_us} µs");
        return Err(errors::unfit("part_us", why));
    }
    Ok(SalesQuery {
        from_us,
        to_us,
        part_us,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_of_sales_is_bounded_and_ends_now_unless_said() {
        let ask = |from_us, to_us, part_us| GetSalesRequest {
            from_us,
            to_us,
            part_us,
        };
        let query = sales(ask(5, 0, 0), 9).unwrap();
        assert_eq!((query.to_us, query.part_us), (9, PART_US));
        for bad in [
            ask(-1, 0, 0),
            ask(9, 5, 0),
            ask(0, 2_000, 1),
            ask(0, 5, -1),
            ask(0, i64::MAX, 0),
        ] {
            assert!(sales(bad, 9).is_err(), "{bad:?}");
        }
    }
}
