//! What the device door costs: batches of one edge over real gRPC on loopback, client included, into
//! a shop that forgets them. `cargo bench -p amble-gateway`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a benchmark says what is wrong by ending"
)]

#[path = "../tests/doors/consoles.rs"]
mod consoles;
#[path = "../tests/doors/inspectors.rs"]
mod inspectors;

use std::{sync::Arc, time::Instant};

use amble_gateway::{
    DeviceReplies, DeviceReply, Gateway, Limits, Ports,
    ports::{
        AttachRefused, Attached, Devices, Floor, Line, OperatorError, Operators, Pace, PassRefused,
        Position, ReviewAnswer, ReviewPage, ReviewQuery, Sensor, ShelfQuery, ShopperError,
        Shoppers, VisitPage, VisitQuery,
    },
};
use amble_proto::v1::{
    AttachRequest, CameraFrame, Cart, Detection, DeviceFrames, DeviceKind, DeviceRef, Dispute,
    EdgeBatch, EdgeHello, GetStatusResponse, ListMismatchesResponse, ListPlacesResponse, Money,
    Pace as WirePace, PhoneKey, Point2, Point3, Receipt, Review, ServingState, ShelfFrame,
    attach_request, attach_response::Message, device_service_client::DeviceServiceClient,
    watch_store_response::Event,
};
use divan::{Bencher, counter::ItemsCount};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use tokio::{net::TcpListener, runtime::Runtime, sync::watch};
use tonic::async_trait;

/// Batches of one measurement.
const BATCHES: u64 = 1_000;
/// Devices of one edge, as a convenience shop has them.
const CAMERAS: u32 = 8;
const SHELVES: u32 = 24;
const PLATES: usize = 12;

fn main() {
    divan::main();
}

struct Shop;

struct Wire(DeviceReplies);

impl Line for Wire {
    fn rewound(&self) {}

    fn send(&self, frames: DeviceFrames, _: i64, _: Instant) {
        let cameras = frames.camera.last().map(|f| f.sequence);
        let shelves = frames.shelf.last().map(|f| f.sequence);
        if let Some(acked_sequence) = cameras.or(shelves) {
            self.0.send(DeviceReply::Progress {
                acked_sequence,
                credit_until_us: i64::MAX,
            });
        }
    }
}

#[async_trait]
impl Devices for Shop {
    fn sends_on(&self, _: &[DeviceRef]) -> bool {
        false
    }

    fn store_id(&self) -> &str {
        "bench"
    }

    fn floor(&self) -> Floor {
        Floor {
            low: [0.0, 0.0],
            high: [80.0, 50.0],
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
        let sensor = match device.kind() {
            DeviceKind::Camera => Sensor::Camera,
            _ => Sensor::Shelf { plates: PLATES },
        };
        Ok(Attached {
            sensor,
            position: Position {
                credit_until_us: i64::MAX,
                ..Position::default()
            },
            line: Box::new(Wire(replies)),
        })
    }
}

#[async_trait]
impl Shoppers for Shop {
    fn visit_of(&self, _: &str) -> Result<String, PassRefused> {
        Err(PassRefused::Forged)
    }

    fn bind(&self, _: &str, _: &PhoneKey) -> Result<String, ShopperError> {
        Err(PassRefused::Forged.into())
    }

    async fn open_visit(&self, _: &str, _: &str) -> Result<String, ShopperError> {
        Err(PassRefused::Forged.into())
    }

    async fn watch_cart(&self, _: &str) -> Result<watch::Receiver<Arc<Cart>>, ShopperError> {
        Err(PassRefused::Forged.into())
    }

    async fn set_budget(&self, _: &str, _: Option<Money>) -> Result<(), ShopperError> {
        Err(PassRefused::Forged.into())
    }

    async fn receipt(&self, _: &str) -> Result<Receipt, ShopperError> {
        Err(PassRefused::Forged.into())
    }

    async fn dispute(&self, _: &str, _: &str) -> Result<Dispute, ShopperError> {
        Err(PassRefused::Forged.into())
    }
}

#[async_trait]
impl Operators for Shop {
    fn plan_json(&self) -> Arc<str> {
        "{}".into()
    }

    async fn list_visits(&self, _: VisitQuery) -> Result<VisitPage, OperatorError> {
        Ok(VisitPage::default())
    }

    async fn watch_store(
        &self,
        _: bool,
    ) -> Result<BoxStream<'static, Result<Event, OperatorError>>, OperatorError> {
        Ok(stream::empty().boxed())
    }

    async fn change_price(&self, _: &str, _: Money, _: Option<i64>) -> Result<i64, OperatorError> {
        Ok(0)
    }

    async fn list_reviews(&self, _: ReviewQuery) -> Result<ReviewPage, OperatorError> {
        Ok(ReviewPage::default())
    }

    async fn review(&self, _: &str) -> Result<Review, OperatorError> {
        Ok(Review::default())
    }

    async fn answer_review(&self, _: ReviewAnswer) -> Result<Review, OperatorError> {
        Ok(Review::default())
    }

    async fn list_places(&self, _: ShelfQuery) -> Result<ListPlacesResponse, OperatorError> {
        Ok(ListPlacesResponse::default())
    }

    async fn list_mismatches(
        &self,
        _: ShelfQuery,
    ) -> Result<ListMismatchesResponse, OperatorError> {
        Ok(ListMismatchesResponse::default())
    }

    async fn status(&self) -> GetStatusResponse {
        GetStatusResponse::default()
    }
}

/// Opens the doors of a bench shop and gives their address.
fn open(runtime: &Runtime) -> String {
    let shop = Arc::new(Shop);
    let ports = Ports {
        devices: shop.clone(),
        shoppers: shop.clone(),
        operators: shop,
        inspectors: Arc::new(inspectors::Nothing),
        consoles: Arc::new(consoles::Quiet::default()),
    };
    let limits = Limits {
        messages_per_second: u32::MAX,
        message_burst: u32::MAX,
        ..Limits::default()
    };
    runtime.block_on(async {
        let grpc = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let web = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = grpc.local_addr().unwrap();
        let builder = Gateway::builder(ports).limits(limits);
        tokio::spawn(builder.serve(grpc, web, std::future::pending()));
        format!("http://{address}")
    })
}

/// Sends the batches of one edge and waits until the last is acked.
async fn send(address: String, kind: DeviceKind, devices: u32, make: fn(u32, u64) -> DeviceFrames) {
    let hello = EdgeHello {
        edge_id: "edge".to_owned(),
        devices: (0..devices)
            .map(|n| DeviceRef {
                kind: kind.into(),
                device_id: n.to_string(),
            })
            .collect(),
        pace: WirePace::EventTime.into(),
    };
    let hello = stream::iter([AttachRequest {
        message: Some(attach_request::Message::Hello(hello)),
    }]);
    let batches = stream::iter(1..=BATCHES).map(move |sequence| AttachRequest {
        message: Some(attach_request::Message::Batch(EdgeBatch {
            devices: (0..devices).map(|device| make(device, sequence)).collect(),
            complete_until_us: 0,
        })),
    });
    // The edge keeps its side open until it has its acks.
    let requests = hello.chain(batches).chain(stream::pending());
    let mut client = DeviceServiceClient::connect(address).await.unwrap();
    let mut answers = client.attach(requests).await.unwrap().into_inner();
    loop {
        let answer = answers.message().await.unwrap().unwrap();
        match answer.message {
            Some(Message::Progress(p)) if p.devices.iter().any(|d| d.acked_sequence == BATCHES) => {
                return;
            }
            Some(Message::Error(error)) => panic!("{error:?}"),
            _ => {}
        }
    }
}

fn time(sequence: u64) -> i64 {
    i64::try_from(sequence).unwrap() * 100_000
}

fn camera(device: u32, sequence: u64) -> DeviceFrames {
    let wrist = |z| Some(Point3 { x: 3.2, y: 4.1, z });
    let person = Detection {
        position: Some(Point2 { x: 3.0, y: 4.0 }),
        confidence: 0.9,
        left_wrist: wrist(1.1),
        right_wrist: wrist(1.2),
        appearance: vec![0.1; 16],
        ..Detection::default()
    };
    DeviceFrames {
        device,
        camera: vec![CameraFrame {
            sequence,
            capture_time_us: time(sequence),
            detections: vec![person; 4],
        }],
        ..DeviceFrames::default()
    }
}

fn shelf(device: u32, sequence: u64) -> DeviceFrames {
    DeviceFrames {
        device,
        shelf: vec![ShelfFrame {
            sequence,
            capture_time_us: time(sequence),
            sample_period_us: 0,
            grams: vec![412.5; PLATES],
        }],
        ..DeviceFrames::default()
    }
}

fn measure(
    bencher: Bencher<'_, '_>,
    kind: DeviceKind,
    devices: u32,
    make: fn(u32, u64) -> DeviceFrames,
) {
    let runtime = Runtime::new().unwrap();
    let address = open(&runtime);
    bencher
        .counter(ItemsCount::new(BATCHES))
        .bench_local(|| runtime.block_on(send(address.clone(), kind, devices, make)));
}

/// Eight camera frames of four people a batch.
#[divan::bench(sample_count = 10)]
fn camera_batches(bencher: Bencher<'_, '_>) {
    measure(bencher, DeviceKind::Camera, CAMERAS, camera);
}

/// Twenty-four shelf frames of twelve plates a batch.
#[divan::bench(sample_count = 10)]
fn shelf_batches(bencher: Bencher<'_, '_>) {
    measure(bencher, DeviceKind::Shelf, SHELVES, shelf);
}
