//! What shoppers ask, however they come: over gRPC (`shopper/grpc.rs`) or from a page (`pages/`).
//!
//! 1. A call about a visit shows the pass that opened it, and sees that visit only.
//! 2. A watched cart is the latest one: a slow phone misses states, never the last.
//! 3. Calls of one connection, and of all phones together, have a rate limit (`calls.rs`).

mod grpc;

use std::sync::Arc;

use amble_proto::v1::{Cart, Dispute, Money, PhoneKey, Receipt, VisitState};
use futures_util::{
    Stream, StreamExt as _,
    stream::{self, BoxStream},
};
use tokio_stream::wrappers::WatchStream;
use tonic::Status;

pub(crate) use grpc::ShopperDoor;

use crate::{
    admission::Who,
    calls::Calls,
    errors,
    limits::{Limits, MAX_ID_BYTES, MAX_TOKEN_BYTES},
    metrics::Watcher,
    ports::{PassRefused, Shoppers},
    stop::Stopping,
};

/// One after another until it is settled; an error is the last.
pub(crate) type Carts = BoxStream<'static, Result<Arc<Cart>, Status>>;

/// Answers shoppers.
pub(crate) struct ShopperCalls {
    shop: Arc<dyn Shoppers>,
    calls: Calls,
    stopping: Stopping,
}

impl ShopperCalls {
    pub(crate) fn new(shop: Arc<dyn Shoppers>, limits: &Limits, stopping: Stopping) -> Self {
        Self {
            shop,
            calls: Calls::new("shoppers", limits.shopper_calls_per_second),
            stopping,
        }
    }

    /// Opens the visit of a pass at a gate, and gives its id.
    pub(crate) async fn open_visit(
        &self,
        who: &Who,
        pass: &str,
        gate_id: &str,
    ) -> Result<String, Status> {
        let call = async {
            check_pass(pass)?;
            check_id("gate_id", gate_id)?;
            Ok(self.shop.open_visit(pass, gate_id).await?)
        };
        self.calls.answer("OpenVisit", who, call).await
    }

    /// Binds the ticket that is shown to a phone.
    pub(crate) async fn bind(&self, who: &Who, key: &PhoneKey) -> Result<String, Status> {
        let call = async {
            let ticket = who.bearer().ok_or_else(errors::no_pass)?;
            check_pass(ticket)?;
            check_id("key.x", &key.x)?;
            check_id("key.y", &key.y)?;
            Ok(self.shop.bind(ticket, key)?)
        };
        self.calls.answer("BindPass", who, call).await
    }

    /// The cart now and as it changes. `visit`: which one, if the caller names it.
    pub(crate) async fn watch_cart(&self, who: &Who, visit: Option<&str>) -> Result<Carts, Status> {
        let call = async {
            let visit = self.admit(who, visit)?;
            let carts = self.shop.watch_cart(&visit).await?;
            let carts = until_settled(WatchStream::new(carts), Watcher::new("WatchCart"));
            Ok(self.stopping.clone().cut(carts))
        };
        self.calls.answer("WatchCart", who, call).await
    }

    /// Sets or clears the budget.
    pub(crate) async fn set_budget(
        &self,
        who: &Who,
        visit: Option<&str>,
        budget: Option<Money>,
    ) -> Result<(), Status> {
        let call = async {
            let visit = self.admit(who, visit)?;
            if let Some(budget) = &budget {
                check_money("budget", budget)?;
            }
            Ok(self.shop.set_budget(&visit, budget).await?)
        };
        self.calls.answer("SetBudget", who, call).await
    }

    /// The receipt, once there is one.
    pub(crate) async fn receipt(&self, who: &Who, visit: Option<&str>) -> Result<Receipt, Status> {
        let call = async {
            let visit = self.admit(who, visit)?;
            Ok(self.shop.receipt(&visit).await?)
        };
        self.calls.answer("GetReceipt", who, call).await
    }

    /// Notes that a line is not the shopper's.
    pub(crate) async fn dispute(
        &self,
        who: &Who,
        visit: Option<&str>,
        product: &str,
    ) -> Result<Dispute, Status> {
        let call = async {
            let visit = self.admit(who, visit)?;
            check_id("product", product)?;
            Ok(self.shop.dispute(&visit, product).await?)
        };
        self.calls.answer("DisputeLine", who, call).await
    }

    /// What is made of a pass that is good, or was.
    pub(crate) async fn with_pass<T>(
        &self,
        method: &'static str,
        who: &Who,
        make: impl FnOnce(&str) -> Result<T, Status> + Send,
    ) -> Result<T, Status> {
        let call = async {
            self.admit(who, None)?;
            make(who.bearer().unwrap_or_default())
        };
        self.calls.answer(method, who, call).await
    }

    /// Rule 1: the visit of the pass that is shown, which is the one that is named, if one is.
    fn admit(&self, who: &Who, named: Option<&str>) -> Result<String, Status> {
        let pass = who.bearer().ok_or_else(errors::no_pass)?;
        check_pass(pass)?;
        let visit = self.shop.visit_of(pass)?;
        let Some(named) = named else {
            return Ok(visit);
        };
        check_id("visit_id", named)?;
        if visit == named {
            Ok(visit)
        } else {
            Err(errors::not_yours(named))
        }
    }
}

/// The carts up to the settled one; a stream that ends before it says so.
fn until_settled(
    carts: impl Stream<Item = Arc<Cart>> + Send + 'static,
    watcher: Watcher,
) -> impl Stream<Item = Result<Arc<Cart>, Status>> + Send + 'static {
    let state = Some((carts.boxed(), watcher));
    stream::unfold(state, |state| async move {
        let (mut carts, watcher) = state?;
        let Some(cart) = carts.next().await else {
            return Some((Err(errors::cart_interrupted()), None));
        };
        let goes_on = cart.state() != VisitState::Settled;
        Some((Ok(cart), goes_on.then_some((carts, watcher))))
    })
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
