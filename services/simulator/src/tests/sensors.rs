use amble_proto::v1;

use super::{busy, plan, rounds};
use crate::{Day, DayConfig, PlateMode, geometry::V2};

/// Somebody's true position at a time, from the path at 10 Hz.
fn nearest_truth(day: &Day, time_us: i64, seen: V2) -> f64 {
    let near = |p: &&crate::PathPoint| (p.time_us - time_us).abs() <= 50_000;
    let paths = day.truth().paths.iter().filter(near);
    paths
        .map(|p| V2::new(f64::from(p.x), f64::from(p.y)).distance(seen))
        .fold(f64::INFINITY, f64::min)
}

/// Standing people seen by cameras with exact clocks: recall, precision and error as configured.
#[test]
fn the_detector_has_the_recall_precision_and_error_that_were_asked_for() {
    let rows: String = (0..4)
        .flat_map(|person| {
            let (x, y) = (0.5 + 0.1 * f64::from(person), 1.0 + 1.3 * f64::from(person));
            [0, 600].map(|t| format!("{t},{person},{x},{y}\n"))
        })
        .collect();
    let csv = format!("t_s,person,x_m,y_m\n{rows}");
    let paths = crate::FloorPaths::read(csv.as_bytes(), crate::Fit::default()).unwrap();
    let config = DayConfig {
        clock_sigma_ms: 0.0,
        ..DayConfig::default()
    };
    let mut day = Day::with_paths(&plan(), config, 1, &paths).unwrap();
    let (mut frames, mut found, mut false_ones, mut square) = (0.0, 0.0_f64, 0.0, 0.0);
    let (mut wrists, mut bursts, mut missed_before) = (0.0, 0.0, [false; 4]);
    for round in rounds(&mut day).into_iter().skip(10).take(5_900) {
        // Camera c1 alone sees them all.
        for frame in &round.devices[0].frames.camera {
            frames += 1.0;
            let mut seen = [false; 4];
            for detection in &frame.detections {
                let p = detection.position.unwrap();
                let p = V2::new(f64::from(p.x), f64::from(p.y));
                let who = ((p.y - 1.0) / 1.3).round().clamp(0.0, 3.0);
                let error = p - V2::new(0.5 + 0.1 * who, 1.0 + 1.3 * who);
                // A ghost has no head.
                if detection.head.is_none() {
                    false_ones += 1.0;
                } else {
                    seen[who as usize] = true;
                    found += 1.0;
                    square += error.dot(error);
                    wrists += f64::from(u8::from(detection.left_wrist.is_some()));
                }
            }
            for (before, seen) in missed_before.iter_mut().zip(seen) {
                bursts += f64::from(u8::from(!seen && !*before));
                *before = !seen;
            }
        }
    }
    let people: f64 = 4.0 * frames;
    assert!(
        (found / people - 0.95).abs() < 0.01,
        "recall {}",
        found / people
    );
    let precision: f64 = found / (found + false_ones);
    assert!((precision - 0.94).abs() < 0.015, "precision {precision}");
    let sigma = (square / found / 2.0).sqrt();
    assert!((sigma - 0.09).abs() < 0.003, "sigma {sigma}");
    assert!((wrists / found - 0.8).abs() < 0.015);
    let burst = (people - found) / bursts;
    assert!(
        (burst - 4.0).abs() < 0.6,
        "a burst of misses has {burst} frames"
    );
}

#[test]
fn frames_come_in_order_without_gaps_and_within_what_was_promised() {
    for plate_mode in [
        PlateMode::EveryFrame,
        PlateMode::Batched,
        PlateMode::OnChange,
    ] {
        let config = DayConfig {
            plate_mode,
            ..busy(30)
        };
        let mut day = Day::new(&plan(), config, 4).unwrap();
        let mut sequence = vec![0; day.devices().len()];
        let mut promised = vec![0; day.devices().len()];
        for round in rounds(&mut day) {
            for (at, device) in round.devices.iter().enumerate() {
                assert_eq!(device.frames.device as usize, at);
                for (number, time) in stamps(&device.frames) {
                    assert_eq!(number, sequence[at] + 1);
                    assert!(time >= promised[at] && time < round.end_us);
                    sequence[at] = number;
                }
                assert!(device.complete_until_us >= promised[at]);
                promised[at] = device.complete_until_us;
            }
        }
        assert!(
            sequence[..6].iter().all(|&n| n > 30),
            "{plate_mode:?} {sequence:?}"
        );
    }
}

fn stamps(frames: &v1::DeviceFrames) -> Vec<(u64, i64)> {
    let camera = frames
        .camera
        .iter()
        .map(|f| (f.sequence, f.capture_time_us));
    let shelf = frames.shelf.iter().map(|f| (f.sequence, f.capture_time_us));
    let gate = frames.gate.iter().map(|f| (f.sequence, f.capture_time_us));
    camera.chain(shelf).chain(gate).collect()
}

/// All plates of a shelf together: what they lose over the day is what was taken from it.
#[test]
fn plates_lose_what_was_taken() {
    let config = DayConfig {
        drift_g_per_hour: 0.0,
        ..busy(240)
    };
    let mut day = Day::new(&plan(), config, 9).unwrap();
    let all = rounds(&mut day);
    let total = |rounds: &[crate::RoundOutput]| {
        let mut sum = 0.0;
        let mut frames = 0.0;
        for round in rounds {
            for frame in &round.devices[2].frames.shelf {
                sum += frame.grams.iter().map(|&g| f64::from(g)).sum::<f64>();
                frames += 1.0;
            }
        }
        sum / frames
    };
    let lost = total(&all[..40]) - total(&all[all.len() - 40..]);
    let weights: std::collections::HashMap<_, _> = plan()
        .products
        .iter()
        .map(|p| (p.code.clone(), p.unit_weight_g))
        .collect();
    let mut taken = 0.0;
    for action in &day.truth().actions {
        if (action.gondola.as_str(), action.shelf.as_str()) == ("a", "low") {
            let grams = weights[&action.product] * f64::from(action.quantity);
            taken += match action.kind {
                crate::ActionKind::Take => grams,
                crate::ActionKind::Hold => 0.0,
                _ => -grams,
            };
        }
    }
    assert!(taken > 500.0);
    assert!((lost / taken - 1.0).abs() < 0.03, "{lost} of {taken}");
}

#[test]
fn people_are_seen_where_they_are() {
    let mut day = Day::new(&plan(), busy(60), 2).unwrap();
    let all = rounds(&mut day);
    let (mut far, mut count) = (0, 0);
    for round in &all {
        for frame in round.devices[..2].iter().flat_map(|d| &d.frames.camera) {
            for detection in frame.detections.iter().filter(|d| d.head.is_some()).take(1) {
                let p = detection.position.unwrap();
                let seen = V2::new(f64::from(p.x), f64::from(p.y));
                count += 1;
                far += usize::from(nearest_truth(&day, frame.capture_time_us, seen) > 0.4);
            }
        }
    }
    assert!(count > 500 && far * 200 < count, "{far} of {count}");
}
