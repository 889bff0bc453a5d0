//! What a line may rely on (`ports::Line`), whatever an edge sends.

use amble_proto::v1::{CameraFrame, DeviceFrames, ShelfFrame};
use proptest::prelude::*;

use super::{Clock, Door};
use crate::{
    device::Report,
    limits::Limits,
    ports::{Floor, Pace, Position, Sensor},
};

const CREDIT_US: i64 = 5_000_000;

#[derive(Clone, Debug)]
enum Step {
    /// Sequence, capture time, weights.
    Frame(u64, i64, Vec<f32>),
    Complete(i64),
    Rewind(u64),
}

fn time() -> impl Strategy<Value = i64> {
    prop_oneof![
        8 => 0..6_000_000_i64,
        1 => Just(i64::MIN),
        1 => Just(i64::MAX),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let gram = prop_oneof![9 => -10.0..10_000.0_f32, 1 => Just(f32::NAN)];
    let grams = prop::collection::vec(gram, 0..5);
    prop_oneof![
        20 => (0..12_u64, time(), grams).prop_map(|(s, t, g)| Step::Frame(s, t, g)),
        2 => time().prop_map(Step::Complete),
        1 => (1..12_u64).prop_map(Step::Rewind),
    ]
}

fn door(sensor: Sensor) -> Door {
    let floor = Floor {
        low: [0.0; 2],
        high: [10.0; 2],
    };
    let position = Position {
        credit_until_us: CREDIT_US,
        ..Position::default()
    };
    Door::new(0, "device", sensor, floor, position)
}

#[test]
fn what_is_complete_is_passed_on_once_and_again_to_whom_the_device_is_rewound() {
    let mut door = door(Sensor::Camera);
    assert_eq!(door.complete(1_000), 1_000);
    assert_eq!(door.complete(1_000), 0);
    door.rewind(1);
    assert_eq!(door.complete(1_000), 1_000);
}

fn pace() -> impl Strategy<Value = Pace> {
    prop_oneof![Just(Pace::RealTime), Just(Pace::EventTime)]
}

proptest! {
    #[test]
    fn a_shelf_has_no_gaps_its_time_never_falls_and_its_credit_holds(
        steps in prop::collection::vec(step(), 0..60),
        pace in pace(),
    ) {
        let mut door = door(Sensor::Shelf { plates: 2 });
        let clock = Clock::new(4_000_000, pace, &Limits::default());
        let mut report = Report::default();
        let (mut taken, mut last) = (0, i64::MIN);
        for step in steps {
            match step {
                Step::Rewind(from) => {
                    door.rewind(from);
                    (taken, last) = (from - 1, i64::MIN);
                }
                Step::Complete(until) => last = match door.complete(until) {
                    0 => last,
                    until => until,
                },
                Step::Frame(sequence, capture_time_us, grams) => {
                    let frame = ShelfFrame { sequence, capture_time_us, grams, sample_period_us: 9 };
                    let mut frames = DeviceFrames { shelf: vec![frame], ..Default::default() };
                    door.admit(&mut frames, &clock, &mut report);
                    for f in &frames.shelf {
                        prop_assert_eq!(f.sequence, taken + 1);
                        prop_assert!(f.capture_time_us >= last && f.capture_time_us >= 0);
                        prop_assert!(f.grams.is_empty() || f.capture_time_us <= CREDIT_US);
                        prop_assert!(f.grams.len() % 2 == 0 && f.grams.iter().all(|g| g.is_finite()));
                        (taken, last) = (f.sequence, f.capture_time_us);
                    }
                }
            }
        }
    }

    #[test]
    fn a_camera_rises_and_its_time_never_falls(
        steps in prop::collection::vec(step(), 0..60),
        pace in pace(),
    ) {
        let mut door = door(Sensor::Camera);
        let clock = Clock::new(4_000_000, pace, &Limits::default());
        let mut report = Report::default();
        let (mut taken, mut last) = (0, i64::MIN);
        for step in steps {
            match step {
                Step::Rewind(from) => {
                    door.rewind(from);
                    (taken, last) = (from - 1, i64::MIN);
                }
                Step::Complete(until) => last = match door.complete(until) {
                    0 => last,
                    until => until,
                },
                Step::Frame(sequence, capture_time_us, _) => {
                    let frame = CameraFrame { sequence, capture_time_us, detections: vec![] };
                    let mut frames = DeviceFrames { camera: vec![frame], ..Default::default() };
                    door.admit(&mut frames, &clock, &mut report);
                    for f in &frames.camera {
                        prop_assert!(f.sequence > taken);
                        prop_assert!(f.capture_time_us >= last && f.capture_time_us >= 0);
                        prop_assert!(f.capture_time_us <= CREDIT_US);
                        (taken, last) = (f.sequence, f.capture_time_us);
                    }
                }
            }
        }
    }
}
