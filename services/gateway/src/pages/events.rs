//! A cart as server-sent events: `cart` for each state, `again` with a problem when the page shall come
//! again. A comment now and then shows that the line is alive.
//!
//! 1. An event's id is the event time up to which its cart is complete. A page that comes again with it
//!    (`Last-Event-ID`) is not shown an earlier cart while a shop that began anew catches up.
//! 2. That wait is bounded: a cart that stays behind is shown after [`CATCH_UP_WITHIN`].

use std::{convert::Infallible, sync::Arc};

use amble_proto::v1::{Cart, VisitState};
use axum::response::sse::Event;
use futures_util::{Stream, StreamExt as _, stream};
use tokio::time::{Instant, timeout_at};
use tonic::Status;

use super::{form, problem::Problem};
use crate::{limits::CATCH_UP_WITHIN, shopper::Carts};

/// The events of these carts; `seen_us`: what the page has seen already.
pub(super) fn events(
    carts: Carts,
    seen_us: Option<i64>,
) -> impl Stream<Item = Result<Event, Infallible>> + Send + 'static {
    let catching_up = CatchingUp {
        carts,
        seen_us: seen_us.unwrap_or(i64::MIN),
        until: Instant::now() + CATCH_UP_WITHIN,
        held: None,
    };
    let states = stream::unfold(catching_up, |mut carts| async move {
        let state = carts.next().await?;
        Some((state, carts))
    });
    states.map(|state| Ok(event(state)))
}

fn event(state: Result<Arc<Cart>, Status>) -> Event {
    let shown = state.and_then(|cart| {
        let text = form::text(&form::Cart::from(cart.as_ref()))?;
        let event = Event::default().event("cart").data(text);
        Ok(event.id(cart.as_of_us.to_string()))
    });
    shown.unwrap_or_else(|status| {
        let problem = Problem::from(status).form();
        let text = form::text(&problem).unwrap_or_default();
        Event::default().event("again").data(text)
    })
}

struct CatchingUp {
    carts: Carts,
    /// Rule 1; the earliest time there is, once it is kept.
    seen_us: i64,
    until: Instant,
    /// The latest of the carts that are too early.
    held: Option<Arc<Cart>>,
}

impl CatchingUp {
    async fn next(&mut self) -> Option<Result<Arc<Cart>, Status>> {
        loop {
            let next = match &self.held {
                None => self.carts.next().await,
                Some(_) => match timeout_at(self.until, self.carts.next()).await {
                    Ok(next) => next,
                    Err(_) => self.held.take().map(Ok),
                },
            };
            match next {
                Some(Ok(cart)) if self.is_early(&cart) => self.held = Some(cart),
                Some(Ok(cart)) => {
                    self.seen_us = i64::MIN;
                    self.held = None;
                    return Some(Ok(cart));
                }
                end => return end,
            }
        }
    }

    fn is_early(&self, cart: &Cart) -> bool {
        cart.as_of_us < self.seen_us
            && cart.state() != VisitState::Settled
            && Instant::now() < self.until
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn cart(as_of_us: i64, state: VisitState) -> Result<Arc<Cart>, Status> {
        Ok(Arc::new(Cart {
            as_of_us,
            state: state.into(),
            ..Cart::default()
        }))
    }

    /// What a page is shown that has seen a cart of the time 7.
    fn catching_up(times: &[i64], within: Duration) -> CatchingUp {
        let carts: Vec<_> = times
            .iter()
            .map(|&time| cart(time, VisitState::Shopping))
            .collect();
        CatchingUp {
            carts: stream::iter(carts).chain(stream::pending()).boxed(),
            seen_us: 7,
            until: Instant::now() + within,
            held: None,
        }
    }

    #[tokio::test]
    async fn a_page_that_comes_again_sees_nothing_earlier_unless_it_stays_so() {
        let mut soon = catching_up(&[3, 4, 7, 8], CATCH_UP_WITHIN);
        for time in [7, 8] {
            assert_eq!(soon.next().await.unwrap().unwrap().as_of_us, time);
        }
        let mut never = catching_up(&[3, 4], Duration::from_millis(20));
        assert_eq!(never.next().await.unwrap().unwrap().as_of_us, 4);
        assert!(Instant::now() >= never.until);
    }

    #[tokio::test]
    async fn the_settled_cart_is_shown_whatever_was_seen() {
        let mut last = catching_up(&[], CATCH_UP_WITHIN);
        last.carts = stream::iter([cart(3, VisitState::Settled)]).boxed();
        assert_eq!(last.next().await.unwrap().unwrap().as_of_us, 3);
    }
}
