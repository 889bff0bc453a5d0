//! The shoppers' door.
//!
//! 1. A call about a visit shows the pass that opened it, and sees that visit only.
//! 2. A watched cart is the latest one: a slow phone misses states, never the last.
//! 3. Calls of one connection, and of all phones together, have a rate limit (`calls.rs`).

use std::sync::Arc;

use amble_proto::v1::{
    Cart, GetReceiptRequest, GetReceiptResponse, Money, OpenVisitRequest, OpenVisitResponse,
    SetBudgetRequest, SetBudgetResponse, VisitState, WatchCartRequest, WatchCartResponse,
    shopper_service_server::ShopperService,
};
use futures_util::{Stream, StreamExt as _, stream::BoxStream};
use tokio_stream::wrappers::WatchStream;
use tonic::{Request, Response, Status, metadata::MetadataMap};

use crate::{
    admission::Who,
    calls::Calls,
    errors,
    limits::{Limits, MAX_ID_BYTES, MAX_TOKEN_BYTES},
    metrics::Watcher,
    ports::{PassRefused, Shoppers},
    stop::Stopping,
};

/// Serves `amble.v1.ShopperService`.
pub(crate) struct ShopperDoor {
    shop: Arc<dyn Shoppers>,
    calls: Calls,
    stopping: Stopping,
}

impl ShopperDoor {
    pub(crate) fn new(shop: Arc<dyn Shoppers>, limits: &Limits, stopping: Stopping) -> Self {
        Self {
            shop,
            calls: Calls::new("shoppers", limits.shopper_calls_per_second),
            stopping,
        }
    }

    /// Rule 1.
    fn admit(&self, metadata: &MetadataMap, visit_id: &str) -> Result<(), Status> {
        let pass = bearer(metadata).ok_or_else(errors::no_pass)?;
        check_pass(pass)?;
        let visit = self.shop.visit_of(pass)?;
        check_id("visit_id", visit_id)?;
        if visit == visit_id {
            Ok(())
        } else {
            Err(errors::not_yours(visit_id))
        }
    }
}

#[tonic::async_trait]
impl ShopperService for ShopperDoor {
    async fn open_visit(
        &self,
        request: Request<OpenVisitRequest>,
    ) -> Result<Response<OpenVisitResponse>, Status> {
        let who = Who::of(&request);
        let request = request.into_inner();
        let call = async {
            check_pass(&request.pass_token)?;
            check_id("gate_id", &request.gate_id)?;
            let visit_id = self
                .shop
                .open_visit(&request.pass_token, &request.gate_id)
                .await?;
            Ok(Response::new(OpenVisitResponse { visit_id }))
        };
        self.calls.answer("OpenVisit", &who, call).await
    }

    type WatchCartStream = BoxStream<'static, Result<WatchCartResponse, Status>>;

    async fn watch_cart(
        &self,
        request: Request<WatchCartRequest>,
    ) -> Result<Response<Self::WatchCartStream>, Status> {
        let who = Who::of(&request);
        let (metadata, _, request) = request.into_parts();
        let call = async {
            self.admit(&metadata, &request.visit_id)?;
            let carts = self.shop.watch_cart(&request.visit_id).await?;
            let carts = until_settled(WatchStream::new(carts), Watcher::new("WatchCart"));
            Ok(Response::new(self.stopping.clone().cut(carts)))
        };
        self.calls.answer("WatchCart", &who, call).await
    }

    async fn set_budget(
        &self,
        request: Request<SetBudgetRequest>,
    ) -> Result<Response<SetBudgetResponse>, Status> {
        let who = Who::of(&request);
        let (metadata, _, request) = request.into_parts();
        let call = async {
            self.admit(&metadata, &request.visit_id)?;
            if let Some(budget) = &request.budget {
                check_money("budget", budget)?;
            }
            self.shop
                .set_budget(&request.visit_id, request.budget)
                .await?;
            Ok(Response::new(SetBudgetResponse {}))
        };
        self.calls.answer("SetBudget", &who, call).await
    }

    async fn get_receipt(
        &self,
        request: Request<GetReceiptRequest>,
    ) -> Result<Response<GetReceiptResponse>, Status> {
        let who = Who::of(&request);
        let (metadata, _, request) = request.into_parts();
        let call = async {
            self.admit(&metadata, &request.visit_id)?;
            let receipt = self.shop.receipt(&request.visit_id).await?;
            Ok(Response::new(GetReceiptResponse {
                receipt: Some(receipt),
            }))
        };
        self.calls.answer("GetReceipt", &who, call).await
    }
}

/// The carts up to the settled one; a stream that ends before it says so.
fn until_settled(
    carts: impl Stream<Item = Arc<Cart>> + Send + 'static,
    watcher: Watcher,
) -> impl Stream<Item = Result<WatchCartResponse, Status>> + Send + 'static {
    let state = Some((carts.boxed(), watcher));
    futures_util::stream::unfold(state, |state| async move {
        let (mut carts, watcher) = state?;
        let Some(cart) = carts.next().await else {
            return Some((Err(errors::cart_interrupted()), None));
        };
        let goes_on = cart.state != i32::from(VisitState::Settled);
        let answer = WatchCartResponse {
            cart: Some(Arc::unwrap_or_clone(cart)),
        };
        Some((Ok(answer), goes_on.then_some((carts, watcher))))
    })
}

/// The pass in `authorization: Bearer <pass>`; the scheme's name has no case (RFC 9110, 11.1).
pub(crate) fn bearer(metadata: &MetadataMap) -> Option<&str> {
    let value = metadata.get("authorization")?.to_str().ok()?;
    let (scheme, pass) = value.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && !pass.trim().is_empty()).then(|| pass.trim())
}

fn check_pass(pass: &str) -> Result<(), Status> {
    match pass.len() {
        0 => Err(errors::unfit("pass_token", "it is empty")),
        n if n > MAX_TOKEN_BYTES => Err(errors::unfit(
            "pass_token",
            format!("{n} bytes; a pass has at most {MAX_TOKEN_BYTES}"),
        )),
        _ if pass.chars().any(char::is_control) => Err(PassRefused::Forged.into()),
        _ => Ok(()),
    }
}

pub(crate) fn check_id(field: &'static str, id: &str) -> Result<(), Status> {
    match id.len() {
        0 => Err(errors::unfit(field, "it is empty")),
        n if n > MAX_ID_BYTES => Err(errors::unfit(
            field,
            format!("{n} bytes; an id has at most {MAX_ID_BYTES}"),
        )),
        _ => Ok(()),
    }
}

pub(crate) fn check_money(field: &'static str, money: &Money) -> Result<(), Status> {
    if money.minor < 0 {
        let why = format!("{} is negative", money.minor);
        return Err(errors::unfit(field, why));
    }
    let is_code =
        money.currency.len() == 3 && money.currency.bytes().all(|b| b.is_ascii_uppercase());
    if !is_code {
        return Err(errors::unfit(
            field,
            "its currency is no ISO 4217 code such as EUR",
        ));
    }
    Ok(())
}
