//! Bad input of devices: each gets a clear error, nothing else is lost, and the stream goes on.

use amble_gateway::{DeviceReply, Limits};
use amble_proto::v1::{
    Detection, DeviceErrorCode as Code, DeviceKind, ItemCandidate, ItemSighting, Pace, Point2,
    Point3, ShelfFrame,
};

use crate::{
    edge::{
        CAMERA, Edge, GATE, SHELF, all, batch, camera, device, gate, good_weights, hello, people,
        person, scan, shelf, time_of, weights,
    },
    shop::{Open, now_us, open},
};

async fn event_time() -> (Open, Edge) {
    let open = open(Limits::default()).await;
    let edge = Edge::attach(open.channel().await, Pace::EventTime).await;
    (open, edge)
}

/// What the shelf's owner was given: sequence and number of weights.
fn given(open: &Open) -> Vec<(u64, usize)> {
    open.shop.device("g/s", |d| {
        let frames = d.frames.shelf.iter();
        frames.map(|f| (f.sequence, f.grams.len())).collect()
    })
}

#[tokio::test]
async fn an_unknown_device_is_refused_and_the_others_go_on() {
    let open = open(Limits::default()).await;
    let mut devices = all();
    devices.insert(0, device(DeviceKind::Camera, "nobody"));
    let mut edge = Edge::attach_these(open.channel().await, devices, Pace::EventTime).await;
    assert_eq!(edge.welcome.devices.len(), 4);
    assert_eq!(edge.welcome.devices[0].credit_until_us, 0);
    let error = edge
        .refused(Code::UnknownDevice, &["camera nobody", "store plan"])
        .await;
    assert_eq!(error.device, Some(0));
    let mut frames = camera(vec![people(1, vec![person(1.0, 1.0)])]);
    frames.device = 0;
    edge.send(vec![frames.clone()]).await;
    edge.refused(Code::UnknownDevice, &["device 0"]).await;
    frames.device = 77;
    edge.send(vec![frames.clone()]).await;
    edge.refused(Code::UnknownDevice, &["device 77"]).await;
    frames.device = 1;
    edge.send(vec![frames]).await;
    edge.acked(1, 1).await;
}

#[tokio::test]
async fn a_bad_shelf_frame_goes_on_without_content() {
    let (open, mut edge) = event_time().await;
    let long = vec![1.0; 4_098];
    let cases: [(ShelfFrame, Code, &str); 6] = [
        (
            weights(1, &[1.0, f32::NAN, 1.0]),
            Code::BadValue,
            "weight 1 (plate 1) is NaN",
        ),
        (
            weights(2, &[1.0, 1.0, f32::INFINITY]),
            Code::BadValue,
            "is inf g",
        ),
        (weights(3, &[1.0, 1.0, -2e5]), Code::BadValue, "-200000 g"),
        (
            weights(4, &[1.0, 2.0]),
            Code::BadValue,
            "2 weights for 3 plates",
        ),
        (
            weights(5, &[1.0; 6]),
            Code::BadValue,
            "2 instants 0 µs apart",
        ),
        (weights(6, &long), Code::TooLarge, "4098 weights"),
    ];
    for (frame, code, words) in cases {
        let sequence = frame.sequence;
        edge.send(vec![shelf(vec![frame])]).await;
        let place = format!("shelf g/s, frame {sequence}");
        let error = edge.refused(code, &[&place, words]).await;
        assert_eq!((error.device, error.sequence), (Some(SHELF), sequence));
    }
    edge.send(vec![shelf(vec![good_weights(7)])]).await;
    edge.acked(SHELF, 7).await;
    let empty = (1..=6).map(|n| (n, 0));
    assert_eq!(given(&open), empty.chain([(7, 3)]).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_bad_detection_is_left_out_alone() {
    let (open, mut edge) = event_time().await;
    let point = |x, y, z| Some(Point3 { x, y, z });
    let item = |candidates: Vec<(usize, f32)>| {
        let candidates = candidates
            .into_iter()
            .map(|(code, probability)| ItemCandidate {
                product: "1".repeat(code),
                probability,
            });
        Some(ItemSighting {
            hand: 1,
            candidates: candidates.collect(),
        })
    };
    let at = |d: Detection| Detection {
        position: Some(Point2 { x: 5.0, y: 5.0 }),
        ..d
    };
    let none = Detection::default;
    let cases: Vec<(Detection, Code, &str)> = vec![
        (none(), Code::BadValue, "no position"),
        (person(f32::NAN, 1.0), Code::BadValue, "position (NaN, 1)"),
        (
            person(13.5, 1.0),
            Code::BadValue,
            "not on the floor (0, 0) to (10, 10)",
        ),
        (
            at(Detection {
                position_sigma_m: -1.0,
                ..none()
            }),
            Code::BadValue,
            "position_sigma_m -1",
        ),
        (
            at(Detection {
                confidence: 1.5,
                ..none()
            }),
            Code::BadValue,
            "confidence 1.5",
        ),
        (
            at(Detection {
                head: point(5.0, 5.0, 9.0),
                ..none()
            }),
            Code::BadValue,
            "head",
        ),
        (
            at(Detection {
                left_wrist: point(5.0, f32::NAN, 1.0),
                ..none()
            }),
            Code::BadValue,
            "left_wrist (5, NaN, 1)",
        ),
        (
            at(Detection {
                appearance: vec![0.1; 65],
                ..none()
            }),
            Code::TooLarge,
            "65 numbers",
        ),
        (
            at(Detection {
                appearance: vec![0.1, f32::NAN],
                ..none()
            }),
            Code::BadValue,
            "appearance[1]",
        ),
        (
            at(Detection {
                item: item(vec![(8, 0.1); 9]),
                ..none()
            }),
            Code::TooLarge,
            "9 candidates",
        ),
        (
            at(Detection {
                item: item(vec![(65, 0.1)]),
                ..none()
            }),
            Code::BadValue,
            "65 bytes",
        ),
        (
            at(Detection {
                item: item(vec![(8, 0.6); 2]),
                ..none()
            }),
            Code::BadValue,
            "sum to 1.2",
        ),
        (
            at(Detection {
                item: item(vec![(8, f32::NAN)]),
                ..none()
            }),
            Code::BadValue,
            "probability NaN",
        ),
    ];
    for (sequence, (bad, code, words)) in (1_u64..).zip(&cases) {
        let detections = vec![person(1.0, 1.0), bad.clone(), person(2.0, 2.0)];
        edge.send(vec![camera(vec![people(sequence, detections)])])
            .await;
        let rest = "1 of 3 detections left out";
        edge.refused(*code, &["camera cam", "detection 1", words, rest])
            .await;
    }
    edge.acked(CAMERA, cases.len() as u64).await;
    open.shop.device("cam", |d| {
        assert!(d.frames.camera.iter().all(|f| f.detections.len() == 2));
    });
}

#[tokio::test]
async fn a_camera_frame_that_is_refused_is_one_that_is_missing() {
    let (open, mut edge) = event_time().await;
    let crowd = vec![person(1.0, 1.0); 257];
    let frames = vec![people(1, vec![]), people(2, crowd), people(3, vec![])];
    edge.send(vec![camera(frames)]).await;
    edge.refused(Code::TooLarge, &["camera cam, frame 2", "257 detections"])
        .await;
    edge.acked(CAMERA, 3).await;
    let sequences = |d: &mut crate::shop::Device| -> Vec<u64> {
        d.frames.camera.iter().map(|f| f.sequence).collect()
    };
    assert_eq!(open.shop.device("cam", sequences), [1, 3]);
}

#[tokio::test]
async fn an_oversize_or_empty_pass_is_refused() {
    let (open, mut edge) = event_time().await;
    edge.send(vec![gate(vec![scan(1, "x".repeat(4_097))])])
        .await;
    edge.refused(Code::TooLarge, &["gate in, frame 1", "4097 bytes"])
        .await;
    edge.send(vec![gate(vec![scan(2, String::new())])]).await;
    edge.refused(Code::BadValue, &["an empty pass"]).await;
    edge.send(vec![gate(vec![scan(3, "x".repeat(4_096))])])
        .await;
    edge.acked(GATE, 3).await;
    open.shop.device("in", |d| {
        let events: Vec<bool> = d.frames.gate.iter().map(|e| e.event.is_some()).collect();
        assert_eq!(events, [false, false, true]);
    });
}

#[tokio::test]
async fn time_that_goes_backwards_is_refused() {
    let (open, mut edge) = event_time().await;
    let mut late = good_weights(2);
    late.capture_time_us = time_of(1) - 1;
    edge.send(vec![shelf(vec![good_weights(1), late])]).await;
    edge.refused(Code::TimeBackwards, &["shelf g/s, frame 2", "1 µs before"])
        .await;
    edge.say(batch(vec![], time_of(10))).await;
    edge.send(vec![shelf(vec![good_weights(3)])]).await;
    edge.refused(Code::TimeBackwards, &["called complete"])
        .await;
    edge.send(vec![shelf(vec![good_weights(4), good_weights(10)])])
        .await;
    edge.refused(Code::TimeBackwards, &["frame 4"]).await;
    edge.refused(Code::BadValue, &["frame 10", "sequence 5"])
        .await;
    assert_eq!(given(&open), [(1, 3), (2, 0), (3, 0), (4, 0)]);
    let times = open.shop.device("g/s", |d| {
        let times: Vec<i64> = d.frames.shelf.iter().map(|f| f.capture_time_us).collect();
        times
    });
    assert!(times.is_sorted(), "{times:?}");
}

#[tokio::test]
async fn time_far_ahead_of_the_wall_clock_is_refused_in_real_time() {
    let open = open(Limits::default()).await;
    let mut edge = Edge::attach(open.channel().await, Pace::RealTime).await;
    let at = |sequence, capture_time_us| ShelfFrame {
        capture_time_us,
        ..good_weights(sequence)
    };
    edge.send(vec![shelf(vec![at(1, now_us() + 10_000_000)])])
        .await;
    edge.refused(Code::TimeAhead, &["set the device's clock"])
        .await;
    edge.say(batch(vec![], now_us() + 10_000_000)).await;
    edge.refused(Code::TimeAhead, &["complete_until_us"]).await;
    edge.send(vec![shelf(vec![at(2, i64::MAX)])]).await;
    edge.refused(Code::TimeAhead, &["frame 2"]).await;
    edge.send(vec![shelf(vec![at(3, now_us() + 1_000_000)])])
        .await;
    edge.acked(SHELF, 3).await;
    assert_eq!(given(&open), [(1, 0), (2, 0), (3, 3)]);
}

#[tokio::test]
async fn event_time_may_not_jump_more_than_an_hour() {
    let (open, mut edge) = event_time().await;
    let hour = 36_000;
    let mut frames = vec![good_weights(1), good_weights(2), good_weights(3)];
    frames[1].capture_time_us = time_of(1 + hour) + 1;
    frames[2].capture_time_us = time_of(1 + hour);
    edge.send(vec![shelf(frames)]).await;
    edge.refused(Code::TimeAhead, &["frame 2", "1 µs too far"])
        .await;
    edge.acked(SHELF, 3).await;
    assert_eq!(given(&open), [(1, 3), (2, 0), (3, 3)]);
}

#[tokio::test]
async fn resends_are_ignored_in_silence() {
    let (open, mut edge) = event_time().await;
    let frames: Vec<_> = (1..=5).map(good_weights).collect();
    edge.send(vec![shelf(frames.clone())]).await;
    edge.send(vec![shelf(frames)]).await;
    edge.send(vec![shelf(vec![good_weights(6)])]).await;
    edge.acked(SHELF, 6).await;
    assert_eq!(given(&open).len(), 6);
}

#[tokio::test]
async fn a_gap_is_told_once_and_filled_by_a_resend() {
    let (open, mut edge) = event_time().await;
    edge.send(vec![shelf(vec![good_weights(1), good_weights(3)])])
        .await;
    edge.refused(Code::BadValue, &["frame 3", "sequence 2 is awaited"])
        .await;
    assert_eq!(edge.asked_to_resend(SHELF).await, 2);
    edge.send(vec![shelf(vec![good_weights(4)])]).await;
    edge.send(vec![shelf((2..=5).map(good_weights).collect())])
        .await;
    edge.acked(SHELF, 5).await;
    assert_eq!(given(&open), [(1, 3), (2, 3), (3, 3), (4, 3), (5, 3)]);
}

#[tokio::test]
async fn frames_without_a_sequence_or_of_another_kind_are_refused() {
    let (_open, mut edge) = event_time().await;
    edge.send(vec![shelf(vec![good_weights(0)])]).await;
    edge.refused(Code::BadValue, &["shelf g/s", "count from 1"])
        .await;
    let mut mixed = shelf(vec![good_weights(1)]);
    mixed.camera = vec![people(1, vec![])];
    edge.send(vec![mixed]).await;
    edge.refused(Code::BadValue, &["1 frames of another kind"])
        .await;
    edge.acked(SHELF, 1).await;
}

#[tokio::test]
async fn beyond_the_credit_nothing_is_taken_and_nothing_is_lost() {
    let open = open(Limits::default()).await;
    let credit = time_of(2);
    for id in ["g/s", "cam"] {
        open.shop
            .device(id, |d| d.position.credit_until_us = credit);
    }
    let mut edge = Edge::attach(open.channel().await, Pace::EventTime).await;
    edge.send(vec![shelf((1..=4).map(good_weights).collect())])
        .await;
    edge.refused(Code::NoCredit, &["shelf g/s, frame 3", "wait for credit"])
        .await;
    assert_eq!(edge.asked_to_resend(SHELF).await, 3);
    let frames = (1..=3).map(|n| people(n, vec![])).collect();
    edge.send(vec![camera(frames)]).await;
    edge.refused(Code::NoCredit, &["camera cam, frame 3"]).await;
    for id in ["g/s", "cam"] {
        let position = open.shop.device(id, |d| {
            d.position.credit_until_us = time_of(9);
            d.position
        });
        open.shop.reply(
            id,
            DeviceReply::Progress {
                acked_sequence: position.acked_sequence,
                credit_until_us: position.credit_until_us,
            },
        );
    }
    while edge.heard[SHELF as usize].credit_until_us < time_of(9) {
        edge.next().await.unwrap();
    }
    edge.send(vec![
        shelf((3..=4).map(good_weights).collect()),
        camera(vec![people(4, vec![])]),
    ])
    .await;
    edge.acked(SHELF, 4).await;
    edge.acked(CAMERA, 4).await;
    assert_eq!(given(&open), [(1, 3), (2, 3), (3, 3), (4, 3)]);
}

#[tokio::test]
async fn a_second_hello_and_an_empty_message_are_refused() {
    let (_open, mut edge) = event_time().await;
    edge.say(hello("edge-1", all(), Pace::EventTime)).await;
    edge.refused(Code::BadValue, &["second hello"]).await;
    edge.say(Default::default()).await;
    edge.refused(Code::BadValue, &["empty message"]).await;
    edge.send(vec![shelf(vec![good_weights(1)])]).await;
    edge.acked(SHELF, 1).await;
}

#[tokio::test]
async fn a_flood_of_bad_frames_gets_some_errors_and_all_are_counted() {
    let (open, mut edge) = event_time().await;
    let frames = (1..=1_000).map(|n| weights(n, &[f32::NAN; 3])).collect();
    edge.send(vec![shelf(frames)]).await;
    for _ in 0..32 {
        edge.refused(Code::BadValue, &[]).await;
    }
    edge.acked(SHELF, 1_000).await;
    let mut operator =
        amble_proto::v1::operator_service_client::OperatorServiceClient::new(open.channel().await);
    let status = operator
        .get_status(amble_proto::v1::GetStatusRequest {})
        .await;
    assert_eq!(status.unwrap().into_inner().refused, 1_000 + 1_000);
}
