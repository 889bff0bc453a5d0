//! Device streams from hello to end.

use std::time::{Duration, Instant};

use amble_gateway::{DeviceReply, Limits};
use amble_proto::v1::{
    AttachRequest, DeviceErrorCode as ErrorCode, DeviceKind, Pace, ServingState,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::{
    edge::{
        CAMERA, Edge, SHELF, all, batch, camera, device, good_weights, hello, people, shelf, stream,
    },
    shop::{Open, channel, eventually, open},
};

/// How a stream that begins with `first` ends.
async fn ends(open: &Open, first: AttachRequest) -> Status {
    let (_to, mut from) = stream(open.channel().await, first).await;
    loop {
        match from.message().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("it ended well"),
            Err(status) => return status,
        }
    }
}

fn reason(status: &Status) -> String {
    status
        .get_error_details()
        .error_info()
        .unwrap()
        .reason
        .clone()
}

#[tokio::test]
async fn a_hello_that_makes_no_sense_ends_the_stream_and_says_why() {
    let open = open(Limits::default()).await;
    let many = vec![device(DeviceKind::Camera, "cam"); 1_025];
    for (first, words) in [
        (batch(vec![], 0), "first message"),
        (AttachRequest::default(), "first message"),
        (hello(&"x".repeat(129), all(), Pace::RealTime), "129 bytes"),
        (hello("", all(), Pace::RealTime), "0 bytes"),
        (hello("edge", vec![], Pace::RealTime), "0 devices"),
        (hello("edge", many, Pace::RealTime), "1025 devices"),
    ] {
        let status = ends(&open, first).await;
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(reason(&status), "BAD_HELLO");
        assert!(status.message().contains(words), "{status}");
    }
    let strange = vec![
        device(DeviceKind::Unspecified, "cam"),
        device(DeviceKind::Camera, &"x".repeat(257)),
        device(DeviceKind::Camera, "nobody"),
    ];
    let status = ends(&open, hello("edge", strange, Pace::RealTime)).await;
    assert_eq!(status.code(), Code::FailedPrecondition);
}

#[tokio::test]
async fn a_stream_without_a_hello_ends() {
    let limits = Limits {
        hello_within: Duration::from_millis(50),
        ..Limits::default()
    };
    let open = open(limits).await;
    let (_to, requests) = tokio::sync::mpsc::channel::<AttachRequest>(1);
    let mut client =
        amble_proto::v1::device_service_client::DeviceServiceClient::new(open.channel().await);
    let requests = tokio_stream::wrappers::ReceiverStream::new(requests);
    let answers = client.attach(requests).await.unwrap();
    let status = answers.into_inner().message().await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert_eq!(reason(&status), "NO_HELLO");
}

#[tokio::test]
async fn the_welcome_says_from_where_each_device_goes_on() {
    let open = open(Limits::default()).await;
    let mut edge = Edge::attach(open.channel().await, Pace::EventTime).await;
    edge.send(vec![shelf((1..=3).map(good_weights).collect())])
        .await;
    edge.acked(SHELF, 3).await;
    drop(edge);
    eventually(|| async { open.shop.device("g/s", |d| d.lines_gone == 1) }).await;
    let mut edge = Edge::attach(open.channel().await, Pace::EventTime).await;
    assert_eq!(edge.welcome.store_id, "test-store");
    let acks: Vec<u64> = edge
        .welcome
        .devices
        .iter()
        .map(|d| d.acked_sequence)
        .collect();
    assert_eq!(acks, [0, 3, 0]);
    edge.send(vec![shelf((2..=5).map(good_weights).collect())])
        .await;
    edge.acked(SHELF, 5).await;
    assert_eq!(open.shop.device("g/s", |d| d.frames.shelf.len()), 5);
}

#[tokio::test]
async fn the_edge_hears_a_heartbeat_with_the_serving_state() {
    let open = open(Limits::default()).await;
    let mut edge = Edge::attach(open.channel().await, Pace::RealTime).await;
    let silence = edge.longest_silence(20).await;
    assert_eq!(edge.state, ServingState::Serving);
    // 100 ms is promised; the rest is for a busy test machine.
    assert!(silence < Duration::from_millis(250), "{silence:?}");
}

#[tokio::test]
async fn completeness_reaches_devices_that_sent_nothing() {
    let open = open(Limits::default()).await;
    let edge = Edge::attach(open.channel().await, Pace::EventTime).await;
    edge.say(batch(
        vec![camera(vec![people(1, vec![])])],
        1_800_000_000_000_000,
    ))
    .await;
    for id in ["cam", "g/s", "in"] {
        eventually(|| async {
            open.shop
                .device(id, |d| d.complete_until_us == 1_800_000_000_000_000)
        })
        .await;
    }
}

#[tokio::test]
async fn a_second_attachment_wins_and_the_first_ends() {
    let open = open(Limits::default()).await;
    let first = Edge::attach(open.channel().await, Pace::EventTime).await;
    let mut second = Edge::attach(open.channel().await, Pace::EventTime).await;
    let (end, errors) = first.end().await;
    let status = end.unwrap_err();
    assert_eq!(status.code(), Code::Aborted);
    assert_eq!(reason(&status), "ALREADY_CONNECTED");
    let codes: Vec<_> = errors.iter().map(|e| (e.device, e.code())).collect();
    let code = ErrorCode::AlreadyConnected;
    assert_eq!(codes, [(Some(0), code), (Some(1), code), (Some(2), code)]);
    second.send(vec![shelf(vec![good_weights(1)])]).await;
    second.acked(SHELF, 1).await;
}

#[tokio::test]
async fn a_stream_that_loses_one_device_keeps_the_others() {
    let open = open(Limits::default()).await;
    let mut first = Edge::attach(open.channel().await, Pace::EventTime).await;
    let only = vec![device(DeviceKind::Camera, "cam")];
    let _second = Edge::attach_these(open.channel().await, only, Pace::EventTime).await;
    first
        .refused(ErrorCode::AlreadyConnected, &["camera cam"])
        .await;
    first.send(vec![shelf(vec![good_weights(1)])]).await;
    first.acked(SHELF, 1).await;
}

#[tokio::test]
async fn an_owner_that_lost_its_state_gets_everything_again() {
    let open = open(Limits::default()).await;
    let mut edge = Edge::attach(open.channel().await, Pace::EventTime).await;
    edge.send(vec![shelf((1..=4).map(good_weights).collect())])
        .await;
    edge.send(vec![camera((1..=4).map(|n| people(n, vec![])).collect())])
        .await;
    edge.acked(SHELF, 4).await;
    edge.acked(CAMERA, 4).await;
    for id in ["g/s", "cam"] {
        open.shop.device(id, |d| d.frames = Default::default());
        open.shop
            .reply(id, DeviceReply::Resend { from_sequence: 3 });
    }
    // Under way when the owner asks: they come again.
    edge.send(vec![
        shelf(vec![good_weights(5)]),
        camera(vec![people(5, vec![])]),
    ])
    .await;
    assert_eq!(edge.asked_to_resend(SHELF).await, 3);
    assert_eq!(edge.asked_to_resend(CAMERA).await, 3);
    edge.send(vec![
        shelf((3..=6).map(good_weights).collect()),
        camera((3..=6).map(|n| people(n, vec![])).collect()),
    ])
    .await;
    edge.acked(SHELF, 6).await;
    edge.acked(CAMERA, 6).await;
    open.shop.device("g/s", |d| {
        let sequences: Vec<u64> = d.frames.shelf.iter().map(|f| f.sequence).collect();
        assert_eq!(sequences, [3, 4, 5, 6]);
    });
    open.shop.device("cam", |d| {
        let sequences: Vec<u64> = d.frames.camera.iter().map(|f| f.sequence).collect();
        assert_eq!(sequences, [3, 4, 5, 6]);
    });
}

#[tokio::test]
async fn what_the_shop_refuses_behind_the_door_is_told() {
    let open = open(Limits::default()).await;
    let mut edge = Edge::attach(open.channel().await, Pace::RealTime).await;
    open.shop.reply(
        "in",
        DeviceReply::Refused {
            sequence: 7,
            code: ErrorCode::PassRefused,
            message: "the pass has expired".to_owned(),
        },
    );
    let error = edge.refused(ErrorCode::PassRefused, &["expired"]).await;
    assert_eq!((error.device, error.sequence), (Some(2), 7));
}

#[tokio::test]
async fn an_oversize_message_ends_the_stream_and_says_why() {
    let open = open(Limits::default()).await;
    let mut edge = Edge::attach(open.channel().await, Pace::EventTime).await;
    edge.send(vec![shelf(vec![good_weights(1)])]).await;
    edge.acked(SHELF, 1).await;
    let mut huge = good_weights(2);
    huge.grams = vec![1.0; (4 << 20) / 4];
    edge.send(vec![shelf(vec![huge])]).await;
    let status = edge.end().await.0.unwrap_err();
    assert_eq!(status.code(), Code::OutOfRange);
    assert_eq!(reason(&status), "TOO_LARGE");
    assert!(status.message().contains("4194304 bytes"), "{status}");
    let mut edge = Edge::attach(open.channel().await, Pace::EventTime).await;
    edge.send(vec![shelf(vec![good_weights(2)])]).await;
    edge.acked(SHELF, 2).await;
}

#[tokio::test]
async fn what_comes_too_fast_is_slowed_down_and_not_lost() {
    let limits = Limits {
        messages_per_second: 100,
        message_burst: 10,
        ..Limits::default()
    };
    let open = open(limits).await;
    let mut edge = Edge::attach(open.channel().await, Pace::EventTime).await;
    let start = Instant::now();
    for sequence in 1..=60 {
        edge.send(vec![shelf(vec![good_weights(sequence)])]).await;
    }
    edge.refused(
        ErrorCode::NoCredit,
        &["100 messages a second", "none is lost"],
    )
    .await;
    edge.acked(SHELF, 60).await;
    let took = start.elapsed();
    assert!(took >= Duration::from_millis(450), "{took:?}");
}

#[tokio::test]
async fn an_edge_that_does_not_read_is_not_read() {
    let open = open(Limits::default()).await;
    let edge = Edge::attach(open.channel().await, Pace::EventTime).await;
    // Each batch asks for 32 errors of about 160 bytes; nobody fetches them.
    let mut stuck = false;
    for batch in 0..10_000_u64 {
        let frames = (1..=32).map(|n| crate::edge::weights(batch * 32 + n, &[f32::NAN; 3]));
        let sending = edge.send(vec![shelf(frames.collect())]);
        if tokio::time::timeout(Duration::from_millis(500), sending)
            .await
            .is_err()
        {
            stuck = true;
            break;
        }
    }
    assert!(stuck, "the shop read on, and kept the answers");
}

/// Passes bytes on to `to` until it is told how many more may pass.
async fn cutter(to: String, mut allowed: watch::Receiver<Option<usize>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        let (edge, _) = listener.accept().await.unwrap();
        let shop = TcpStream::connect(to).await.unwrap();
        let (mut from_edge, mut to_edge) = edge.into_split();
        let (mut from_shop, mut to_shop) = shop.into_split();
        let back = tokio::spawn(async move {
            let _ended = tokio::io::copy(&mut from_shop, &mut to_edge).await;
        });
        let mut buffer = vec![0; 4_096];
        let mut left = usize::MAX;
        while left > 0 {
            let Ok(read @ 1..) = from_edge.read(&mut buffer).await else {
                break;
            };
            if let (true, Some(more)) =
                (allowed.has_changed().unwrap(), *allowed.borrow_and_update())
            {
                left = more;
            }
            let passed = read.min(left);
            to_shop.write_all(&buffer[..passed]).await.unwrap();
            left -= passed;
        }
        back.abort();
    });
    address
}

#[tokio::test]
async fn a_stream_cut_inside_a_frame_loses_only_that_frame() {
    let open = open(Limits::default()).await;
    let (allow, allowed) = watch::channel(None);
    let cut = cutter(open.grpc.clone(), allowed).await;
    let mut edge = Edge::attach(channel(&cut).await, Pace::EventTime).await;
    edge.send(vec![shelf(vec![good_weights(1)])]).await;
    edge.acked(SHELF, 1).await;
    allow.send_replace(Some(10_000));
    let frames = (2..=2_000).map(good_weights).collect();
    edge.send(vec![shelf(frames)]).await;
    eventually(|| async { open.shop.device("g/s", |d| d.lines_gone == 1) }).await;
    assert_eq!(open.shop.device("g/s", |d| d.frames.shelf.len()), 1);

    let mut edge = Edge::attach(open.channel().await, Pace::EventTime).await;
    assert_eq!(edge.welcome.devices[SHELF as usize].acked_sequence, 1);
    edge.send(vec![shelf((2..=2_000).map(good_weights).collect())])
        .await;
    edge.acked(SHELF, 2_000).await;
}

#[tokio::test]
async fn a_leaving_node_says_so_and_takes_what_is_under_way() {
    let mut open = open(Limits::default()).await;
    let mut edge = Edge::attach(open.channel().await, Pace::EventTime).await;
    open.stop();
    while edge.state != ServingState::GoElsewhere {
        edge.next().await.unwrap();
    }
    edge.send(vec![shelf(vec![good_weights(1)])]).await;
    edge.acked(SHELF, 1).await;
    let (end, errors) = edge.end().await;
    assert!(end.is_ok() && errors.is_empty(), "{end:?} {errors:?}");
    open.ended().await.unwrap();
}
