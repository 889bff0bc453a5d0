//! A shop in memory behind the gateway's ports, and a gateway before it on random local ports.

use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use amble_gateway::{
    Admission, DeviceReplies, DeviceReply, Gateway, GatewayError, Limits, Pages, Ports,
    ports::{
        AttachRefused, Attached, Devices, Floor, Line, OperatorError, Operators, Pace, PassRefused,
        Position, ReviewAnswer, ReviewPage, ReviewQuery, Sensor, ShelfQuery, ShopperError,
        Shoppers, VisitPage, VisitQuery, WebhookRefused, Webhooks,
    },
};
use amble_proto::v1::{
    Cart, DeviceFrames, DeviceRef, Dispute, DisputeState, GetStatusResponse,
    ListMismatchesResponse, ListPlacesResponse, Mismatch, Money, PhoneKey, Receipt, Review,
    ReviewVerdict, ServingState, VisitState, VisitSummary, watch_store_response::Event,
};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use tokio::{
    net::TcpListener,
    sync::{oneshot, watch},
    task::JoinHandle,
    time::timeout,
};
use tonic::{async_trait, transport::Channel};

use crate::{consoles::Quiet, inspectors::Nothing};

/// Enough credit for every test that is not about credit.
pub(crate) const PLENTY_US: i64 = 4_000_000_000_000_000;

/// Longest wait of any test; it is never reached when things work.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// What became of one device.
#[derive(Default)]
pub(crate) struct Device {
    sensor: Option<Sensor>,
    pub(crate) position: Position,
    /// What its lines brought.
    pub(crate) frames: DeviceFrames,
    pub(crate) complete_until_us: i64,
    pub(crate) replies: Option<DeviceReplies>,
    attachment: u64,
    pub(crate) lines_gone: u64,
}

type Table = Arc<Mutex<HashMap<String, Device>>>;

/// The shop: camera `cam`, shelf `g/s` of three plates, gate `in`; a floor of 10 m by 10 m. Passes
/// are `pass-<visit>`.
#[derive(Default)]
pub(crate) struct Shop {
    devices: Table,
    carts: Mutex<HashMap<String, watch::Sender<Arc<Cart>>>>,
    pub(crate) budget: Mutex<Option<Money>>,
    /// What a payment service told.
    pub(crate) told: Mutex<Vec<Vec<u8>>>,
}

impl Shop {
    pub(crate) fn new() -> Arc<Self> {
        let shop = Self::default();
        for (id, sensor) in [
            ("cam", Sensor::Camera),
            ("g/s", Sensor::Shelf { plates: 3 }),
            ("in", Sensor::Gate),
        ] {
            let position = Position {
                credit_until_us: PLENTY_US,
                ..Position::default()
            };
            let device = Device {
                sensor: Some(sensor),
                position,
                ..Device::default()
            };
            shop.devices.lock().unwrap().insert(id.to_owned(), device);
        }
        Arc::new(shop)
    }

    /// Looks at a device, or changes it.
    pub(crate) fn device<T>(&self, id: &str, look: impl FnOnce(&mut Device) -> T) -> T {
        look(self.devices.lock().unwrap().get_mut(id).unwrap())
    }

    /// Says something to the edge of a device.
    pub(crate) fn reply(&self, id: &str, reply: DeviceReply) {
        self.device(id, |d| d.replies.clone().unwrap().send(reply));
    }

    /// A new state of a visit's cart.
    pub(crate) fn set_cart(&self, visit_id: &str, version: u64, state: VisitState) {
        let cart = Arc::new(Cart {
            visit_id: visit_id.to_owned(),
            version,
            state: state.into(),
            ..Cart::default()
        });
        let mut carts = self.carts.lock().unwrap();
        match carts.get(visit_id) {
            Some(sender) => {
                sender.send_replace(cart);
            }
            None => {
                carts.insert(visit_id.to_owned(), watch::Sender::new(cart));
            }
        }
    }

    /// The shop loses a cart's actor.
    pub(crate) fn lose_cart(&self, visit_id: &str) {
        self.carts.lock().unwrap().remove(visit_id);
    }
}

struct Wire {
    devices: Table,
    id: String,
    attachment: u64,
}

impl Line for Wire {
    fn rewound(&self) {}

    fn send(&self, mut frames: DeviceFrames, complete_until_us: i64, _: Instant) {
        let mut devices = self.devices.lock().unwrap();
        let device = devices.get_mut(&self.id).unwrap();
        if device.attachment != self.attachment {
            return;
        }
        let last = (frames.camera.iter().map(|f| f.sequence))
            .chain(frames.shelf.iter().map(|f| f.sequence))
            .chain(frames.gate.iter().map(|f| f.sequence))
            .max();
        if let Some(last) = last {
            device.position.acked_sequence = last;
            device.position.taken_sequence = last;
        }
        device.frames.camera.append(&mut frames.camera);
        device.frames.shelf.append(&mut frames.shelf);
        device.frames.gate.append(&mut frames.gate);
        device.complete_until_us = device.complete_until_us.max(complete_until_us);
        if let Some(replies) = &device.replies {
            replies.send(DeviceReply::Progress {
                acked_sequence: device.position.acked_sequence,
                credit_until_us: device.position.credit_until_us,
            });
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if let Some(device) = self.devices.lock().unwrap().get_mut(&self.id) {
            device.lines_gone += 1;
        }
    }
}

#[async_trait]
impl Devices for Shop {
    fn sends_on(&self, _: &[DeviceRef]) -> bool {
        false
    }

    fn store_id(&self) -> &str {
        "test-store"
    }

    fn floor(&self) -> Floor {
        Floor {
            low: [0.0, 0.0],
            high: [10.0, 10.0],
        }
    }

    fn serving(&self) -> ServingState {
        ServingState::Serving
    }

    async fn attach(
        &self,
        _: &str,
        device: &DeviceRef,
        _: Pace,
        replies: DeviceReplies,
    ) -> Result<Attached, AttachRefused> {
        let mut devices = self.devices.lock().unwrap();
        let id = device.device_id.clone();
        let entry = devices.get_mut(&id).ok_or(AttachRefused::Unknown)?;
        if let Some(earlier) = entry.replies.replace(replies) {
            earlier.send(DeviceReply::Superseded);
        }
        entry.attachment += 1;
        Ok(Attached {
            sensor: entry.sensor.unwrap(),
            position: entry.position,
            line: Box::new(Wire {
                devices: self.devices.clone(),
                id,
                attachment: entry.attachment,
            }),
        })
    }
}

#[async_trait]
impl Shoppers for Shop {
    fn visit_of(&self, pass: &str) -> Result<String, PassRefused> {
        match pass.strip_prefix("pass-") {
            Some("expired") => Err(PassRefused::Expired),
            Some(visit) => Ok(visit.to_owned()),
            None => Err(PassRefused::Forged),
        }
    }

    fn bind(&self, ticket: &str, key: &PhoneKey) -> Result<String, ShopperError> {
        let visit = ticket.strip_prefix("ticket-").ok_or(PassRefused::Forged)?;
        Ok(format!("pass-{visit}-{}-{}", key.x, key.y))
    }

    async fn open_visit(&self, pass: &str, gate_id: &str) -> Result<String, ShopperError> {
        let visit = self.visit_of(pass)?;
        if gate_id != "in" {
            return Err(ShopperError::NotFound {
                what: "gate",
                id: gate_id.to_owned(),
            });
        }
        if self.carts.lock().unwrap().contains_key(&visit) {
            return Err(PassRefused::Used.into());
        }
        self.set_cart(&visit, 1, VisitState::Open);
        Ok(visit)
    }

    async fn watch_cart(&self, visit_id: &str) -> Result<watch::Receiver<Arc<Cart>>, ShopperError> {
        let carts = self.carts.lock().unwrap();
        let cart = carts.get(visit_id).ok_or_else(|| ShopperError::NotFound {
            what: "visit",
            id: visit_id.to_owned(),
        })?;
        Ok(cart.subscribe())
    }

    async fn set_budget(&self, _: &str, budget: Option<Money>) -> Result<(), ShopperError> {
        *self.budget.lock().unwrap() = budget;
        Ok(())
    }

    async fn receipt(&self, visit_id: &str) -> Result<Receipt, ShopperError> {
        Err(ShopperError::NotFound {
            what: "receipt",
            id: visit_id.to_owned(),
        })
    }

    async fn dispute(&self, visit_id: &str, product: &str) -> Result<Dispute, ShopperError> {
        if product == "unknown" {
            return Err(ShopperError::NotFound {
                what: "line",
                id: format!("{visit_id}/{product}"),
            });
        }
        Ok(Dispute {
            product: product.to_owned(),
            state: DisputeState::Open.into(),
            charged: 1,
            right: None,
        })
    }
}

#[async_trait]
impl Operators for Shop {
    fn plan_json(&self) -> Arc<str> {
        "{}".into()
    }

    async fn list_visits(&self, query: VisitQuery) -> Result<VisitPage, OperatorError> {
        let visit = VisitSummary {
            visit_id: format!("{:?}/{}", query.state, query.page_size),
            ..VisitSummary::default()
        };
        Ok(VisitPage {
            visits: vec![visit],
            next_page_token: String::new(),
        })
    }

    async fn watch_store(
        &self,
        _: bool,
    ) -> Result<BoxStream<'static, Result<Event, OperatorError>>, OperatorError> {
        let first = stream::once(async { Ok(Event::Receipt(Receipt::default())) });
        Ok(first.chain(stream::pending()).boxed())
    }

    async fn change_price(
        &self,
        product: &str,
        _: Money,
        valid_from_us: Option<i64>,
    ) -> Result<i64, OperatorError> {
        if product == "unknown" {
            return Err(OperatorError::NotFound {
                what: "product",
                id: product.to_owned(),
            });
        }
        Ok(valid_from_us.unwrap_or(77))
    }

    async fn list_reviews(&self, query: ReviewQuery) -> Result<ReviewPage, OperatorError> {
        let review = Review {
            review_id: format!("{}/{}", query.answered, query.page_size),
            ..Review::default()
        };
        Ok(ReviewPage {
            reviews: vec![review],
            next_page_token: query.page_token,
        })
    }

    async fn review(&self, review_id: &str) -> Result<Review, OperatorError> {
        Err(OperatorError::NotFound {
            what: "review",
            id: review_id.to_owned(),
        })
    }

    async fn answer_review(&self, answer: ReviewAnswer) -> Result<Review, OperatorError> {
        Ok(Review {
            review_id: answer.review_id,
            verdict: Some(ReviewVerdict {
                by: answer.by,
                lines: answer.lines,
                note: answer.note,
                ..ReviewVerdict::default()
            }),
            ..Review::default()
        })
    }

    async fn list_places(&self, query: ShelfQuery) -> Result<ListPlacesResponse, OperatorError> {
        Err(OperatorError::NotFound {
            what: "shelf",
            id: query.shelf_id,
        })
    }

    async fn list_mismatches(
        &self,
        query: ShelfQuery,
    ) -> Result<ListMismatchesResponse, OperatorError> {
        let mismatch = Mismatch {
            mismatch_id: format!("{:?}/{}/{}", query.kind, query.skip, query.page_size),
            ..Mismatch::default()
        };
        Ok(ListMismatchesResponse {
            mismatches: vec![mismatch],
            ..ListMismatchesResponse::default()
        })
    }

    async fn status(&self) -> GetStatusResponse {
        GetStatusResponse {
            store_id: "test-store".to_owned(),
            refused: 1_000,
            ..GetStatusResponse::default()
        }
    }
}

#[async_trait]
impl Webhooks for Shop {
    /// Takes what is signed `good`, and notes it as it came.
    async fn stripe(&self, signature: &str, body: &[u8]) -> Result<(), WebhookRefused> {
        if signature != "good" {
            return Err(WebhookRefused::NotSigned("sign it".to_owned()));
        }
        self.told.lock().unwrap().push(body.to_vec());
        Ok(())
    }
}

/// A gateway that serves the shop until it is dropped.
pub(crate) struct Open {
    pub(crate) shop: Arc<Shop>,
    pub(crate) console: Arc<Quiet>,
    pub(crate) grpc: String,
    pub(crate) web: String,
    pub(crate) pages: String,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<Result<Pages, GatewayError>>,
}

pub(crate) async fn open(limits: Limits) -> Open {
    open_with(limits, None).await
}

pub(crate) async fn open_with(
    limits: Limits,
    metrics: Option<amble_gateway::metrics::PrometheusHandle>,
) -> Open {
    open_all(limits, Admission::default(), metrics, HERE).await
}

/// One that asks who comes.
pub(crate) async fn open_guarded(limits: Limits, admission: Admission) -> Open {
    open_all(limits, admission, None, HERE).await
}

/// One that asks nobody, and whose pages others reach.
pub(crate) async fn open_to_the_world() -> Open {
    let world = "0.0.0.0:0";
    open_all(Limits::default(), Admission::default(), None, world).await
}

const HERE: &str = "127.0.0.1:0";

async fn open_all(
    limits: Limits,
    admission: Admission,
    metrics: Option<amble_gateway::metrics::PrometheusHandle>,
    pages: &str,
) -> Open {
    let shop = Shop::new();
    let console = Arc::new(Quiet::default());
    let grpc = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let web = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let pages = TcpListener::bind(pages).await.unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let [grpc_at, web_at, pages_at] =
        [&grpc, &web, &pages].map(|port| port.local_addr().unwrap().to_string());
    let mut builder = Gateway::builder(Ports {
        devices: shop.clone(),
        shoppers: shop.clone(),
        operators: shop.clone(),
        inspectors: Arc::new(Nothing),
        consoles: console.clone(),
    })
    .limits(limits)
    .admission(admission)
    .pages(Some(pages))
    .webhooks(Some(shop.clone()));
    if let Some(metrics) = metrics {
        builder = builder.metrics(metrics);
    }
    let server = tokio::spawn(builder.serve(grpc, web, async {
        let _dropped_is_stopped = stopped.await;
    }));
    Open {
        shop,
        console,
        grpc: grpc_at,
        web: web_at,
        pages: pages_at,
        stop: Some(stop),
        server,
    }
}

impl Open {
    pub(crate) async fn channel(&self) -> Channel {
        channel(&self.grpc).await
    }

    pub(crate) fn stop(&mut self) {
        self.stop.take();
    }

    /// Waits until the doors are closed; the pages are still there.
    pub(crate) async fn doors_closed(self) -> Result<Pages, GatewayError> {
        timeout(PATIENCE, self.server).await.unwrap().unwrap()
    }

    /// Waits for the server's end.
    pub(crate) async fn ended(self) -> Result<(), GatewayError> {
        let pages = self.doors_closed().await?;
        timeout(PATIENCE, pages.close()).await.unwrap()
    }
}

pub(crate) async fn channel(address: &str) -> Channel {
    let endpoint = Channel::from_shared(format!("http://{address}")).unwrap();
    endpoint.connect().await.unwrap()
}

pub(crate) fn now_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_micros()).unwrap()
}

/// Waits until it holds.
pub(crate) async fn eventually<F: Future<Output = bool>>(mut holds: impl FnMut() -> F) {
    let wait = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(PATIENCE, wait).await.expect("it never holds");
}
