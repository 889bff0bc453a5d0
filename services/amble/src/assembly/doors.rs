//! What the gateway asks for, answered by the shop.

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use amble_cluster::Key;
use amble_engine::time::Time;
use amble_gateway::{
    DeviceReplies, DeviceReply,
    ports::{
        AttachRefused, Attached, Devices, Floor, Line, OperatorError, Operators, Pace, PassRefused,
        Position, ReviewAnswer, ReviewPage, ReviewQuery, Sensor, ShelfQuery, ShopperError,
        Shoppers, VisitPage, VisitQuery,
    },
};
use amble_proto::v1::{
    self, Cart, DeviceFrames, DeviceRef, GetStatusResponse, ListMismatchesResponse,
    ListPlacesResponse, Money, Receipt, ServingState, watch_store_response::Event,
};
use amble_store::{
    Device, Input, OpenVisitError, Percentiles, Reply, Shop, Standing, StoreEvent, pass::PassError,
};
use async_trait::async_trait;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use tokio::sync::{broadcast::error::RecvError, watch};

use super::{payment::Standing as PaymentStanding, present, reviews, shelves, usage};

/// The shop behind the gateway's doors.
#[derive(Debug)]
pub struct Doors {
    shop: Arc<Shop>,
    plan_json: Arc<str>,
    /// Whether anything is authorised for visits, so that carts may have to say that it was declined.
    holds: bool,
}

impl Doors {
    /// Doors to this shop.
    #[must_use]
    pub fn new(shop: Arc<Shop>, plan_json: Arc<str>, holds: bool) -> Arc<Self> {
        Arc::new(Self {
            shop,
            plan_json,
            holds,
        })
    }
}

/// A device's frames on their way to its actor.
struct ToActor {
    shop: Arc<Shop>,
    device: Key,
    stream: u64,
}

impl Line for ToActor {
    fn send(&self, frames: DeviceFrames, complete_until_us: i64, arrived: Instant) {
        let complete_until = (complete_until_us > 0).then_some(Time(complete_until_us));
        let input = Input {
            stream: self.stream,
            frames,
            complete_until,
            arrived,
        };
        self.shop.sensed(&self.device, input);
    }

    fn rewound(&self) {
        self.shop.rewound(&self.device, self.stream);
    }
}

impl Drop for ToActor {
    fn drop(&mut self) {
        self.shop.detach(&self.device, self.stream);
    }
}

fn answer(reply: Reply) -> DeviceReply {
    match reply {
        Reply::Progress {
            acked,
            credit_until,
        } => DeviceReply::Progress {
            acked_sequence: acked,
            credit_until_us: credit_until.0,
        },
        Reply::Resend { from } => DeviceReply::Resend {
            from_sequence: from,
        },
        Reply::Refused {
            sequence,
            code,
            message,
        } => DeviceReply::Refused {
            sequence,
            code,
            message,
        },
        Reply::Superseded => DeviceReply::Superseded,
    }
}

#[async_trait]
impl Devices for Doors {
    fn store_id(&self) -> &str {
        &self.shop.plan.plan.store
    }

    fn floor(&self) -> Floor {
        floor(&self.shop)
    }

    fn serving(&self) -> ServingState {
        if self.shop.is_put_out() {
            ServingState::GoElsewhere
        } else if self.shop.stats.ledger_is_away() {
            ServingState::WaitingForLedger
        } else {
            ServingState::Serving
        }
    }

    fn sends_on(&self, devices: &[DeviceRef]) -> bool {
        let id = |device: &DeviceRef| self.shop.device_id(device.kind(), &device.device_id);
        let keys = devices.iter().filter_map(|device| Some(id(device)?.key));
        self.shop.sends_on(&keys.collect::<Vec<_>>())
    }

    async fn attach(
        &self,
        _: &str,
        device: &DeviceRef,
        pace: Pace,
        replies: DeviceReplies,
    ) -> Result<Attached, AttachRefused> {
        let found = self.shop.find_device(device.kind(), &device.device_id);
        let sensor = sensor(&self.shop, found.ok_or(AttachRefused::Unknown)?);
        let id = self.shop.device_id(device.kind(), &device.device_id);
        let key = id.ok_or(AttachRefused::Unknown)?.key;
        let link = self.shop.link(pace == Pace::EventTime, move |reply| {
            replies.send(answer(reply));
        });
        let stream = link.stream;
        let standing =
            self.shop
                .attach(&key, link)
                .await
                .map_err(|error| AttachRefused::NotNow {
                    why: error.to_string(),
                })?;
        let line = Box::new(ToActor {
            shop: Arc::clone(&self.shop),
            device: key,
            stream,
        });
        Ok(Attached {
            sensor,
            position: position(standing),
            line,
        })
    }
}

/// The bounding box of a shop's floor.
#[expect(clippy::cast_possible_truncation, reason = "metres of a shop")]
pub(super) fn floor(shop: &Shop) -> Floor {
    let (low, high) = shop.plan.layout.floor.bounds();
    Floor {
        low: [low.x as f32, low.y as f32],
        high: [high.x as f32, high.y as f32],
    }
}

/// What the plan says of a device.
pub(super) fn sensor(shop: &Shop, device: Device) -> Sensor {
    match device {
        Device::Camera(_) => Sensor::Camera,
        Device::Gate(_) => Sensor::Gate,
        Device::Shelf(shelf) => Sensor::Shelf {
            plates: shop.plan.layout.shelves[shelf.at()].plate_count as usize,
        },
    }
}

fn position(standing: Standing) -> Position {
    Position {
        taken_sequence: standing.taken,
        taken_until_us: standing.taken_until.map(|time| time.0),
        acked_sequence: standing.acked,
        credit_until_us: standing.credit_until.0,
    }
}

fn refused(error: &PassError) -> PassRefused {
    match error {
        PassError::Expired { .. } | PassError::FromTheFuture { .. } => PassRefused::Expired,
        PassError::Used(_) => PassRefused::Used,
        PassError::OtherStore { .. } => PassRefused::OtherStore,
        PassError::Invalid(_) | PassError::BadClaim(_) | PassError::BadKey(_) => {
            PassRefused::Forged
        }
    }
}

fn wall_time() -> Time {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Time(i64::try_from(now.as_micros()).unwrap_or(i64::MAX))
}

/// The wall clock, in microseconds since the Unix epoch.
pub(super) fn wall_us() -> i64 {
    wall_time().0
}

impl Doors {
    /// Now, as passes are judged by it.
    fn now(&self) -> Time {
        self.shop.stats.decided_until().unwrap_or_else(wall_time)
    }

    fn not_now(error: &impl std::fmt::Display) -> ShopperError {
        ShopperError::NotNow {
            why: error.to_string(),
        }
    }

    async fn stored(&self, visit: &str) -> Result<Option<Receipt>, ShopperError> {
        let stored = self.shop.ledger.receipt_of_visit(visit).await;
        let Some(stored) = stored.map_err(|error| Self::not_now(&error))? else {
            return Ok(None);
        };
        present::receipt(&stored.body)
            .map(Some)
            .map_err(|error| Self::not_now(&error))
    }
}

#[async_trait]
impl Shoppers for Doors {
    fn visit_of(&self, pass: &str) -> Result<String, PassRefused> {
        // A pass opens its visit while it is valid; it shows it for as long as there is one.
        let claims = self.shop.verifier.verify(pass, self.now());
        match claims {
            Ok(claims) => Ok(claims.jti),
            Err(PassError::Expired { .. }) => self
                .shop
                .verifier
                .verify_ended(pass)
                .map(|claims| claims.jti)
                .map_err(|error| refused(&error)),
            Err(error) => Err(refused(&error)),
        }
    }

    async fn open_visit(&self, pass: &str, gate_id: &str) -> Result<String, ShopperError> {
        self.shop
            .open_visit(pass, gate_id)
            .await
            .map_err(|error| match error {
                OpenVisitError::Pass(error) => ShopperError::Pass(refused(&error)),
                OpenVisitError::NoSuchEntry(id) => ShopperError::NotFound { what: "gate", id },
                OpenVisitError::Ask(error) => Self::not_now(&error),
            })
    }

    async fn watch_cart(&self, visit_id: &str) -> Result<watch::Receiver<Arc<Cart>>, ShopperError> {
        let watched = self
            .shop
            .watch_cart(visit_id)
            .await
            .map_err(|error| Self::not_now(&error))?;
        let Some(mut views) = watched else {
            return Err(ShopperError::NotFound {
                what: "visit",
                id: visit_id.to_owned(),
            });
        };
        let shop = Arc::clone(&self.shop);
        let mut reviewed = shop.watch_reviews();
        let visit = visit_id.to_owned();
        // A ledger that is away hides no cart: the disputes come with the next that is opened or answered.
        let mut disputes = reviews::disputes(&shop, &visit).await.unwrap_or_default();
        let mut payment = PaymentStanding::of(&shop, &visit, self.holds).await;
        let first = present::cart(
            &shop,
            &views.borrow_and_update(),
            &disputes,
            payment.is_declined(),
        );
        let (sender, receiver) = watch::channel(Arc::new(first));
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    changed = views.changed() => if changed.is_err() { return },
                    of = reviewed.recv() => match of {
                        Ok(of) if *of != *visit => continue,
                        Ok(_) | Err(RecvError::Lagged(_)) => {
                            if let Ok(now) = reviews::disputes(&shop, &visit).await {
                                disputes = now;
                            }
                        }
                        Err(RecvError::Closed) => return,
                    },
                    () = payment.look(&shop, &visit) => if !payment.is_declined() { continue },
                    () = sender.closed() => return,
                }
                let cart = present::cart(
                    &shop,
                    &views.borrow_and_update(),
                    &disputes,
                    payment.is_declined(),
                );
                let last = cart.state() == v1::VisitState::Settled;
                if sender.send(Arc::new(cart)).is_err() || last {
                    return;
                }
            }
        });
        Ok(receiver)
    }

    async fn set_budget(&self, visit_id: &str, budget: Option<Money>) -> Result<(), ShopperError> {
        let own = self.shop.currency.code();
        if let Some(budget) = &budget
            && budget.currency != own
        {
            let why = format!("{} is not the store's currency; use {own}", budget.currency);
            return Err(ShopperError::Unfit {
                field: "budget.currency",
                why,
            });
        }
        match self
            .shop
            .set_budget(visit_id, budget.map(|budget| budget.minor))
            .await
        {
            Ok(true) => Ok(()),
            Ok(false) => Err(ShopperError::NotFound {
                what: "visit",
                id: visit_id.to_owned(),
            }),
            Err(error) => Err(Self::not_now(&error)),
        }
    }

    async fn receipt(&self, visit_id: &str) -> Result<Receipt, ShopperError> {
        let missing = || ShopperError::NotFound {
            what: "receipt",
            id: visit_id.to_owned(),
        };
        let mut receipt = self.stored(visit_id).await?.ok_or_else(missing)?;
        receipt.disputes = reviews::disputes(&self.shop, visit_id).await?;
        let corrections = self.shop.ledger.corrections_of_visit(visit_id).await;
        let corrections = corrections.map_err(|error| Self::not_now(&error))?;
        receipt.corrections = corrections.iter().map(reviews::correction).collect();
        Ok(receipt)
    }

    async fn dispute(&self, visit_id: &str, product: &str) -> Result<v1::Dispute, ShopperError> {
        reviews::dispute(&self.shop, visit_id, product).await
    }
}

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
