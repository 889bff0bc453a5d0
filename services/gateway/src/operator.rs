//! The operators' door.

mod review;
mod shelves;

use std::sync::Arc;

use amble_proto::v1::{
    AnswerReviewRequest, AnswerReviewResponse, ChangePriceRequest, ChangePriceResponse,
    GetReviewRequest, GetReviewResponse, GetStatusRequest, GetStatusResponse, GetStorePlanRequest,
    GetStorePlanResponse, ListMismatchesRequest, ListMismatchesResponse, ListPlacesRequest,
    ListPlacesResponse, ListReviewsRequest, ListReviewsResponse, ListVisitsRequest,
    ListVisitsResponse, VisitState, WatchStoreRequest, WatchStoreResponse,
    operator_service_server::OperatorService,
};
use amble_trust::token::Role;
use futures_util::{StreamExt as _, stream::BoxStream};
use tonic::{Request, Response, Status};

use crate::{
    admission::{Guard, Who},
    calls::Calls,
    errors,
    limits::{END_OF_TIME_US, Limits, MAX_ID_BYTES},
    metrics::{DeviceMetrics, Watcher},
    ports::{Operators, VisitQuery},
    shopper::{check_id, check_money},
    stop::Stopping,
};

/// Visits of a page when the caller does not say, and at most.
const PAGE: (u32, u32) = (100, 1_000);

/// Serves `amble.v1.OperatorService`.
pub(crate) struct OperatorDoor {
    shop: Arc<dyn Operators>,
    devices: Arc<DeviceMetrics>,
    calls: Calls,
    guard: Guard,
    stopping: Stopping,
}

impl OperatorDoor {
    pub(crate) fn new(
        shop: Arc<dyn Operators>,
        devices: Arc<DeviceMetrics>,
        guard: Guard,
        limits: &Limits,
        stopping: Stopping,
    ) -> Self {
        Self {
            shop,
            devices,
            calls: Calls::new("operators", limits.operator_calls_per_second),
            guard,
            stopping,
        }
    }
}

#[tonic::async_trait]
impl OperatorService for OperatorDoor {
    async fn get_store_plan(
        &self,
        request: Request<GetStorePlanRequest>,
    ) -> Result<Response<GetStorePlanResponse>, Status> {
        let who = Who::of(&request);
        let call = async {
            let json = self.shop.plan_json().as_ref().to_owned();
            Ok(Response::new(GetStorePlanResponse { json }))
        };
        let may = (&self.guard, &who, Role::View);
        self.calls.answer_operator("GetStorePlan", may, call).await
    }

    async fn list_visits(
        &self,
        request: Request<ListVisitsRequest>,
    ) -> Result<Response<ListVisitsResponse>, Status> {
        let who = Who::of(&request);
        let request = request.into_inner();
        let call = async {
            let page = self.shop.list_visits(visit_query(request)?).await?;
            Ok(Response::new(ListVisitsResponse {
                visits: page.visits,
                next_page_token: page.next_page_token,
            }))
        };
        let may = (&self.guard, &who, Role::View);
        self.calls.answer_operator("ListVisits", may, call).await
    }

    type WatchStoreStream = BoxStream<'static, Result<WatchStoreResponse, Status>>;

    async fn watch_store(
        &self,
        request: Request<WatchStoreRequest>,
    ) -> Result<Response<Self::WatchStoreStream>, Status> {
        let who = Who::of(&request);
        let include_settled = request.into_inner().include_settled;
        let call = async {
            let watcher = Watcher::new("WatchStore");
            let events = self.shop.watch_store(include_settled).await?;
            let answers = events.map(move |event| {
                // Held until the stream is dropped.
                let _ = &watcher;
                let event = Some(event?);
                Ok(WatchStoreResponse { event })
            });
            Ok(Response::new(self.stopping.clone().cut(answers)))
        };
        let may = (&self.guard, &who, Role::View);
        self.calls.answer_operator("WatchStore", may, call).await
    }

    async fn change_price(
        &self,
        request: Request<ChangePriceRequest>,
    ) -> Result<Response<ChangePriceResponse>, Status> {
        let who = Who::of(&request);
        let request = request.into_inner();
        let call = async {
            check_id("product", &request.product)?;
            let price = request
                .price
                .ok_or_else(|| errors::unfit("price", "it is missing"))?;
            check_money("price", &price)?;
            let from_us = request.valid_from_us;
            if !(0..=END_OF_TIME_US).contains(&from_us) {
                return Err(errors::unfit(
                    "valid_from_us",
                    format!("{from_us} is no event time; give µs since the Unix epoch, 0 for now"),
                ));
            }
            let from_us = (from_us != 0).then_some(from_us);
            let valid_from_us = self
                .shop
                .change_price(&request.product, price, from_us)
                .await?;
            Ok(Response::new(ChangePriceResponse { valid_from_us }))
        };
        let may = (&self.guard, &who, Role::Operate);
        self.calls.answer_operator("ChangePrice", may, call).await
    }

    async fn list_reviews(
        &self,
        request: Request<ListReviewsRequest>,
    ) -> Result<Response<ListReviewsResponse>, Status> {
        let who = Who::of(&request);
        let request = request.into_inner();
        let call = async {
            let page = self.shop.list_reviews(review::query(request)?).await?;
            Ok(Response::new(ListReviewsResponse {
                reviews: page.reviews,
                next_page_token: page.next_page_token,
            }))
        };
        let may = (&self.guard, &who, Role::View);
        self.calls.answer_operator("ListReviews", may, call).await
    }

    async fn get_review(
        &self,
        request: Request<GetReviewRequest>,
    ) -> Result<Response<GetReviewResponse>, Status> {
        let who = Who::of(&request);
        let id = request.into_inner().review_id;
        let call = async {
            review::check_id(&id)?;
            let review = Some(self.shop.review(&id).await?);
            Ok(Response::new(GetReviewResponse { review }))
        };
        let may = (&self.guard, &who, Role::View);
        self.calls.answer_operator("GetReview", may, call).await
    }

    async fn answer_review(
        &self,
        request: Request<AnswerReviewRequest>,
    ) -> Result<Response<AnswerReviewResponse>, Status> {
        let who = Who::of(&request);
        let request = request.into_inner();
        let call = async {
            let answer = review::answer(request, self.guard.subject(&who))?;
            let review = Some(self.shop.answer_review(answer).await?);
            Ok(Response::new(AnswerReviewResponse { review }))
        };
        let may = (&self.guard, &who, Role::Review);
        self.calls.answer_operator("AnswerReview", may, call).await
    }

    async fn list_places(
        &self,
        request: Request<ListPlacesRequest>,
    ) -> Result<Response<ListPlacesResponse>, Status> {
        let who = Who::of(&request);
        let request = request.into_inner();
        let call = async {
            let listed = self.shop.list_places(shelves::places(request)?).await?;
            Ok(Response::new(listed))
        };
        let may = (&self.guard, &who, Role::View);
        self.calls.answer_operator("ListPlaces", may, call).await
    }

    async fn list_mismatches(
        &self,
        request: Request<ListMismatchesRequest>,
    ) -> Result<Response<ListMismatchesResponse>, Status> {
        let who = Who::of(&request);
        let request = request.into_inner();
        let call = async {
            let wanted = shelves::mismatches(request)?;
            let listed = self.shop.list_mismatches(wanted).await?;
            Ok(Response::new(listed))
        };
        let may = (&self.guard, &who, Role::View);
        self.calls
            .answer_operator("ListMismatches", may, call)
            .await
    }

    async fn get_status(
        &self,
        request: Request<GetStatusRequest>,
    ) -> Result<Response<GetStatusResponse>, Status> {
        let who = Who::of(&request);
        let call = async {
            let mut status = self.shop.status().await;
            let here = self.devices.refused_total();
            status.refused = status.refused.saturating_add(here);
            Ok(Response::new(status))
        };
        let may = (&self.guard, &who, Role::View);
        self.calls.answer_operator("GetStatus", may, call).await
    }
}

/// How many of a list.
pub(crate) fn page_size(wanted: u32) -> u32 {
    match wanted {
        0 => PAGE.0,
        n => n.min(PAGE.1),
    }
}

fn visit_query(request: ListVisitsRequest) -> Result<VisitQuery, Status> {
    let state = match VisitState::try_from(request.state) {
        Ok(VisitState::Unspecified) => None,
        Ok(state) => Some(state),
        Err(_) => {
            let why = format!("{} is no state of a visit", request.state);
            return Err(errors::unfit("state", why));
        }
    };
    let page_size = page_size(request.page_size);
    if request.page_token.len() > MAX_ID_BYTES {
        let why = "it is not one that was given out";
        return Err(errors::unfit("page_token", why));
    }
    Ok(VisitQuery {
        state,
        page_size: page_size as usize,
        page_token: request.page_token,
    })
}
