//! What devices send: the doors judge it, and what they let in goes to the folds.

use amble_engine::{
    time::Time,
    weighing::{Config, Frame, Weigher},
};
use amble_gateway::{
    RecordedDoor,
    ports::{Floor, Sensor},
};
use amble_proto::v1::{DeviceFrames, DeviceKind};
use amble_simulator::{Day, DayConfig};
use prost::Message as _;

use super::small;
use crate::{Fate, Target, target::Broken};

/// Plates of the shelf.
const PLATES: usize = 12;
/// When the seeds' day begins; the doors take what is not far from it. Event time, in µs.
const BEGIN_US: i64 = 1_700_000_000_000_000;
/// Seeds of each kind.
const SEEDS: usize = 24;

pub(super) fn all() -> Vec<Target> {
    let target = |name, sensor: Sensor, kind| {
        Target::new(name, move |input| take(sensor, input)).seeds(frames(kind))
    };
    vec![
        target("camera", Sensor::Camera, DeviceKind::Camera),
        target("shelf", Sensor::Shelf { plates: PLATES }, DeviceKind::Shelf),
        target("gate", Sensor::Gate, DeviceKind::Gate),
    ]
}

/// Frames of a simulated day.
fn frames(kind: DeviceKind) -> Vec<Vec<u8>> {
    let config = DayConfig {
        seconds: 20,
        start_us: BEGIN_US,
        ..DayConfig::for_plan(&small())
    };
    let mut day = Day::new(&small(), config, 1).expect("the small shop is sound");
    let kinds: Vec<DeviceKind> = day.devices().iter().map(|device| device.kind()).collect();
    let mut seeds: Vec<Vec<u8>> = Vec::new();
    while let Ok(Some(round)) = day.next_round() {
        let own = kinds.iter().zip(round.devices);
        let own = own.filter(|(found, _)| **found == kind);
        let bytes = own.map(|(_, sent)| sent.frames.encode_to_vec());
        seeds.extend(bytes.filter(|bytes| bytes.len() > 8));
        if seeds.len() >= SEEDS {
            break;
        }
    }
    seeds.truncate(SEEDS);
    seeds
}

fn take(sensor: Sensor, input: &[u8]) -> Result<Fate, Broken> {
    let Ok(frames) = DeviceFrames::decode(input) else {
        return Ok(Fate::Refused);
    };
    let floor = Floor {
        low: [0.0; 2],
        high: [20.0; 2],
    };
    let mut door = RecordedDoor::new("fuzzed", sensor, floor);
    let Ok(admitted) = door.admit(frames.clone(), 0, BEGIN_US) else {
        return Ok(Fate::Refused);
    };
    let mut weigher = Weigher::new(PLATES, Config::default());
    let mut changes = Vec::new();
    for frame in &admitted.frames.shelf {
        let grams = &frame.grams;
        if grams.len() % PLATES != 0 || grams.iter().any(|g| !g.is_finite()) {
            return Err(format!(
                "the door let in {} weights: {grams:?}",
                grams.len()
            ));
        }
        weigher.fold(
            Frame {
                time: Time(frame.capture_time_us),
                period_us: i64::from(frame.sample_period_us),
                grams,
            },
            &mut changes,
        );
    }
    for detection in admitted.frames.camera.iter().flat_map(|f| &f.detections) {
        let place = detection.position.unwrap_or_default();
        if !(place.x.is_finite() && place.y.is_finite()) {
            return Err(format!("the door let in somebody at {place:?}"));
        }
    }
    // The same once more is no news.
    match door.admit(frames, 0, BEGIN_US) {
        Ok(again) if !again.frames.shelf.is_empty() || !again.frames.camera.is_empty() => {
            Err("what was sent again went on twice".to_owned())
        }
        _ => Ok(Fate::Taken),
    }
}
