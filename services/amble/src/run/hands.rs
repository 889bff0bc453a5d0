//! From a hand that leaves the shelf to the phone: how long a shopper waits to see it.
//!
//! A phone with the visit's pass follows each cart, as a shopper's would. Each take that the simulator
//! tells of is done when that cart first shows more of the product; a take that the shop gives to
//! somebody else is never done, and counts as unseen once [`PATIENCE`] is over.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

use amble_proto::v1::{Cart, WatchCartRequest, shopper_service_client::ShopperServiceClient};
use amble_simulator::{ActionKind, TimedAction, wall_us};
use tokio::{
    sync::{broadcast, mpsc},
    task::{JoinHandle, JoinSet},
};
use tonic::{Request, transport::Channel};

use super::passes::Passes;

/// A take that is not seen by then never will be.
const PATIENCE: Duration = Duration::from_secs(30);

/// Carts that may wait to be looked at.
const CARTS: usize = 1024;

/// The phones of all visits.
pub(super) struct Hands(JoinHandle<Waits>);

/// How long the takes waited, ascending.
#[derive(Debug, Default)]
pub(super) struct Waits {
    seen: Vec<Duration>,
    /// Takes that no cart showed.
    pub(super) unseen: usize,
}

impl Waits {
    /// The wait that this share of the takes did not exceed, in milliseconds.
    pub(super) fn quantile_ms(&self, share: f64) -> Option<f64> {
        let last = self.seen.len().checked_sub(1)?;
        let place = (share * last as f64).ceil() as usize;
        Some(self.seen[place.min(last)].as_secs_f64() * 1e3)
    }
}

/// One visit, as its phone shows it.
#[derive(Default)]
struct Phone {
    shown: BTreeMap<String, u32>,
    /// Takes that are not shown yet, oldest first.
    waiting: Vec<(String, SystemTime)>,
}

impl Phone {
    /// Takes in the next state of the cart; the waits that it ends.
    fn show(&mut self, cart: &Cart, now: SystemTime) -> Vec<Duration> {
        let mut waits = Vec::new();
        let mut shown = BTreeMap::<String, u32>::new();
        for line in &cart.lines {
            *shown.entry(line.product.clone()).or_default() += line.quantity;
        }
        for (product, &quantity) in &shown {
            if quantity <= self.shown.get(product).copied().unwrap_or(0) {
                continue;
            }
            let mut waiting = self.waiting.iter();
            if let Some(first) = waiting.position(|(taken, _)| taken == product) {
                let (_, left_at) = self.waiting.remove(first);
                waits.extend(now.duration_since(left_at));
            }
        }
        self.shown = shown;
        waits
    }
}

impl Hands {
    /// Follows a day's takes until the day ends.
    pub(super) fn follow(
        channel: Channel,
        passes: Passes,
        mut actions: broadcast::Receiver<TimedAction>,
    ) -> Self {
        Self(tokio::spawn(async move {
            let client = ShopperServiceClient::new(channel);
            let (carts, mut shown) = mpsc::channel(CARTS);
            let mut streams = JoinSet::new();
            let mut phones = BTreeMap::<Arc<str>, Phone>::new();
            let mut waits = Waits::default();
            loop {
                tokio::select! {
                    action = actions.recv() => match action {
                        Ok(TimedAction { action, left_at }) if action.kind == ActionKind::Take => {
                            let visit = Arc::clone(&action.visit);
                            let phone = phones.entry(Arc::clone(&visit)).or_insert_with(|| {
                                let question = WatchCartRequest { visit_id: visit.to_string() };
                                match passes.ask(question, &visit, 1, wall_us()) {
                                    Ok(request) => {
                                        streams.spawn(watch(client.clone(), request, visit, carts.clone()));
                                    }
                                    Err(error) => tracing::warn!(%error, "no phone for {visit}"),
                                }
                                Phone::default()
                            });
                            phone.waiting.push((action.product, left_at));
                        }
                        Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
                        Err(broadcast::error::RecvError::Closed) => break,
                    },
                    Some((visit, cart)) = shown.recv() => {
                        let now = SystemTime::now();
                        if let Some(phone) = phones.get_mut(&visit) {
                            waits.seen.extend(phone.show(&cart, now));
                        }
                    }
                }
            }
            let now = SystemTime::now();
            let given_up = |left_at: &SystemTime| {
                now.duration_since(*left_at)
                    .is_ok_and(|wait| wait > PATIENCE)
            };
            let waiting = phones.values().flat_map(|phone| &phone.waiting);
            waits.unseen = waiting.filter(|(_, left_at)| given_up(left_at)).count();
            waits.seen.sort_unstable();
            waits
        }))
    }

    /// What came of it, once the day is over.
    pub(super) async fn waits(self) -> Waits {
        self.0.await.unwrap_or_default()
    }
}

/// Passes on one visit's carts until the stream ends.
async fn watch(
    mut client: ShopperServiceClient<Channel>,
    request: Request<WatchCartRequest>,
    visit: Arc<str>,
    carts: mpsc::Sender<(Arc<str>, Cart)>,
) {
    let mut stream = match client.watch_cart(request).await {
        Ok(answer) => answer.into_inner(),
        Err(error) => {
            tracing::warn!(%error, "no phone for {visit}");
            return;
        }
    };
    while let Ok(Some(message)) = stream.message().await {
        if let Some(cart) = message.cart
            && carts.send((Arc::clone(&visit), cart)).await.is_err()
        {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use amble_proto::v1::CartLine;

    use super::*;

    fn cart(quantity: u32) -> Cart {
        Cart {
            lines: vec![CartLine {
                product: "a".to_owned(),
                quantity,
                ..CartLine::default()
            }],
            ..Cart::default()
        }
    }

    #[test]
    fn a_take_waits_until_the_cart_shows_more_of_it() {
        let start = SystemTime::UNIX_EPOCH;
        let at = |ms| start + Duration::from_millis(ms);
        let mut phone = Phone::default();
        assert!(phone.show(&cart(1), at(0)).is_empty(), "nothing was taken");
        phone.waiting = vec![
            ("b".to_owned(), at(10)),
            ("a".to_owned(), at(100)),
            ("a".to_owned(), at(900)),
        ];
        assert!(phone.show(&cart(1), at(200)).is_empty());
        assert_eq!(phone.show(&cart(2), at(700)), [Duration::from_millis(600)]);
        assert_eq!(phone.show(&cart(3), at(1300)), [Duration::from_millis(400)]);
        assert_eq!(phone.waiting, [("b".to_owned(), at(10))]);
    }
}
