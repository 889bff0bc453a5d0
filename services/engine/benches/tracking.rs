//! What tracking costs. Two thousand cameras at 10 frames per second are 20,000 frames a second.

use amble_engine::{
    evidence::TrackId,
    geometry::{Polygon, Vec2, Vec3},
    layout::{Camera, CameraIx, Layout, Sensors, ZoneIx},
    time::{Round, Time},
    tracking::{Births, Detection, Matcher, Newborn, Prediction, Track, Unclaimed},
};
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

/// The n-th person stands 0.7 m from the one before.
fn place(n: usize) -> Vec2 {
    Vec2::new(0.7 * (n % 5) as f64, 0.7 * (n / 5) as f64)
}

fn detections(count: usize) -> Vec<Detection> {
    let detection = |n| Detection {
        position: place(n),
        sigma: 0.09,
        confidence: 0.9,
        head: None,
        wrists: [None; 2],
        appearance: Vec::new(),
        item: None,
    };
    (0..count).map(detection).collect()
}

fn track(n: usize) -> Track {
    let mut track = Track::born(&Newborn {
        track: TrackId(n as u64),
        time: Time(0),
        position: place(n),
        velocity: Vec2::default(),
        sigma: 0.05,
        at_gate: None,
    });
    track.end_round(Round(0));
    track
}

/// Tracks × detections.
#[divan::bench(args = [(1, 1), (3, 4), (10, 12), (25, 27)])]
fn match_frame(bencher: Bencher<'_, '_>, (tracks, seen): (usize, usize)) {
    let predictions: Vec<Prediction> = (0..tracks).map(|n| track(n).prediction()).collect();
    let detections = detections(seen);
    let mut matcher = Matcher::new(Sensors::default(), 30.0);
    let mut time = Time(150_000);
    bencher.bench_local(|| {
        // The matcher remembers frames, so time has to go on; predictions stay a little late.
        time = Time(150_000 + (time.0 + 100_000) % 300_000);
        matcher.match_frame(time, black_box(&predictions), black_box(&detections))
    });
}

/// One round of a track that two cameras see.
#[divan::bench]
fn observe_and_end_round(bencher: Bencher<'_, '_>) {
    let detections = detections(1);
    let mut track = track(0);
    let mut round = Round(0);
    bencher.bench_local(|| {
        round = round.next();
        for phase in [20_000, 70_000] {
            track.observe(black_box(&detections[0]), round.start().plus_us(phase));
        }
        track.end_round(round);
    });
}

/// One round of a zone with this much clutter.
#[divan::bench(args = [0, 2, 8])]
fn births_round(bencher: Bencher<'_, '_>, clutter: usize) {
    let detections = detections(clutter);
    let tracks: Vec<Prediction> = (0..clutter).map(|n| track(n).prediction()).collect();
    let corners = [(-9.0, -9.0), (9.0, -9.0), (9.0, 9.0), (-9.0, 9.0)];
    let floor = Polygon::new(corners.map(|(x, y)| Vec2::new(x, y)).to_vec());
    let layout = Layout {
        cameras: vec![Camera {
            zone: ZoneIx(0),
            position: Vec3::new(0.0, 0.0, 3.0),
            view: floor.clone(),
        }],
        ..Layout::empty(floor, Sensors::default())
    };
    let mut births = Births::new(ZoneIx(0));
    let mut round = Round(0);
    bencher.bench_local(|| {
        round = round.next();
        let unclaimed: Vec<Unclaimed<'_>> = detections
            .iter()
            .map(|detection| Unclaimed {
                camera: CameraIx(0),
                time: round.start(),
                detection,
            })
            .collect();
        births.round(
            round,
            &[CameraIx(0)],
            black_box(&unclaimed),
            &tracks,
            &layout,
        )
    });
}
