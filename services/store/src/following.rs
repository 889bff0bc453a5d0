//! A visit's cart, as somebody follows it, wherever its bucket lives.
//!
//! 1. A bucket that begins anew, here or elsewhere, does not know who followed its carts: each asks it
//!    again.
//! 2. It begins some seconds back. What it shows of a time before what was shown last is not passed on.
//! 3. A version that is shown is higher than the one before, whoever counted that.

use std::{
    sync::{Arc, Weak, atomic::Ordering::Relaxed},
    time::Duration,
};

use amble_cluster::{AskError, Key};
use amble_engine::evidence::PartyId;
use tokio::{
    sync::{broadcast, watch},
    time::{Instant, sleep},
};

use crate::{
    front::PATIENCE,
    keys::visit_party,
    message::{Message, ToBucket},
    shop::Shop,
    shopper::{CartView, Stage},
};

/// How often a bucket that has begun is asked for a visit that it does not know yet.
const AGAIN: Duration = Duration::from_millis(100);

/// How long: by then it has come further than its predecessor had, so the visit is over.
const KNOWN_WITHIN: Duration = Duration::from_secs(30);

impl Shop {
    /// The cart of a visit, now and as it changes, wherever it lives. `None`: there is no such visit, or
    /// it is long over.
    ///
    /// # Errors
    /// When its bucket can't be reached now.
    pub async fn watch_cart(
        self: &Arc<Self>,
        visit: &str,
    ) -> Result<Option<watch::Receiver<Arc<CartView>>>, AskError> {
        let party = visit_party(visit);
        let number = self.streams.fetch_add(1, Relaxed);
        let to = self.router.here(format_args!("cart/{number:x}"));
        let (show, shown) = watch::channel(None::<Arc<CartView>>);
        self.router
            .local()
            .enter(to.clone(), move |message| match message {
                Message::Cart(view) if !show.is_closed() => {
                    show.send_replace(Some(view));
                    Ok(())
                }
                other => Err(other),
            });
        let begun = self.begun.subscribe();
        let first = self.ask_for_cart(party, &to).await;
        let Some(first) = first.inspect_err(|_| self.router.local().leave(&to))? else {
            self.router.local().leave(&to);
            return Ok(None);
        };
        let (out, receiver) = watch::channel(first);
        let follower = Follower {
            shop: Arc::downgrade(self),
            bucket: self.keys.bucket(self.keys.bucket_of(party)).clone(),
            party,
            to: to.clone(),
            shown,
            begun,
            out,
        };
        let local = self.router.shared_local();
        tokio::spawn(async move {
            follower.follow().await;
            local.leave(&to);
        });
        Ok(Some(receiver))
    }

    async fn ask_for_cart(
        &self,
        party: PartyId,
        to: &Key,
    ) -> Result<Option<Arc<CartView>>, AskError> {
        let bucket = self.keys.bucket(self.keys.bucket_of(party));
        let question = |answer| Message::Bucket(ToBucket::Follow(party, to.clone(), answer));
        self.router.ask(bucket, PATIENCE, question).await
    }
}

/// Passes one cart on.
struct Follower {
    /// A follower does not keep a shop open.
    shop: Weak<Shop>,
    bucket: Key,
    party: PartyId,
    /// Where the bucket sends the cart.
    to: Key,
    shown: watch::Receiver<Option<Arc<CartView>>>,
    /// The keys of what begins, at any node.
    begun: broadcast::Receiver<Key>,
    out: watch::Sender<Arc<CartView>>,
}

impl Follower {
    /// Until it is settled, or nobody looks.
    async fn follow(mut self) {
        while self.out.borrow().stage != Stage::Settled {
            let view = tokio::select! {
                () = self.out.closed() => return,
                changed = self.shown.changed() => match changed {
                    Ok(()) => self.shown.borrow_and_update().clone(),
                    Err(_) => return,
                },
                begun = self.begun.recv() => match begun {
                    Ok(key) if key != self.bucket => continue,
                    // Rule 1. Who missed some can't know which.
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => self.ask_again().await,
                    Err(broadcast::error::RecvError::Closed) => return,
                },
            };
            if let Some(view) = view {
                self.pass_on(view);
            }
        }
    }

    async fn ask_again(&self) -> Option<Arc<CartView>> {
        let until = Instant::now() + KNOWN_WITHIN;
        while Instant::now() < until && !self.out.is_closed() {
            let shop = self.shop.upgrade()?;
            if let Ok(Some(view)) = shop.ask_for_cart(self.party, &self.to).await {
                return Some(view);
            }
            drop(shop);
            sleep(AGAIN).await;
        }
        None
    }

    /// Rules 2 and 3.
    fn pass_on(&self, mut view: Arc<CartView>) {
        self.out.send_if_modified(|last| {
            let is_news = view.as_of >= last.as_of && view.stage >= last.stage;
            if is_news {
                if view.version <= last.version {
                    Arc::make_mut(&mut view).version = last.version + 1;
                }
                *last = view;
            }
            is_news
        });
    }
}

#[cfg(test)]
mod tests {
    use amble_engine::{
        price::Currency,
        time::{Round, Time},
    };

    use super::*;
    use crate::shopper::PartyCut;

    fn view(as_of: i64, version: u64) -> Arc<CartView> {
        let cut = PartyCut::new(PartyId(1), None, 1, Round(0));
        let euro = Currency::from_code("EUR").unwrap();
        Arc::new(CartView {
            version,
            ..CartView::empty(&cut, Time(as_of), euro)
        })
    }

    #[tokio::test]
    async fn a_cart_that_is_followed_goes_back_neither_in_time_nor_in_version() {
        let (_show, shown) = watch::channel(None);
        let (out, seen) = watch::channel(view(10, 7));
        let follower = Follower {
            shop: Weak::new(),
            bucket: Key::shard_named("kiosk/bucket/0"),
            party: PartyId(1),
            to: Key::shard_named("kiosk/cart/1"),
            shown,
            begun: broadcast::Sender::new(1).subscribe(),
            out,
        };
        let last = || (seen.borrow().as_of.0, seen.borrow().version);
        follower.pass_on(view(5, 1));
        assert_eq!(last(), (10, 7));
        follower.pass_on(view(12, 2));
        assert_eq!(last(), (12, 8));
        follower.pass_on(view(12, 20));
        assert_eq!(last(), (12, 20));
    }
}
