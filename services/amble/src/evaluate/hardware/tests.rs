//! What a shop with less is.

use amble_proto::{
    recording::{Reader, write_entry},
    v1::{
        CameraFrame, DeviceFrames, DeviceKind, DeviceRef, RecordedFrames, RecordedPlan,
        RecordingEntry, ShelfFrame, recording_entry::Entry,
    },
};

use super::*;
use crate::plan_file;

fn kiosk() -> StorePlan {
    plan_file::open("kiosk").unwrap()
}

#[test]
fn a_place_stands_on_the_plates_that_are_left_or_is_weighed_by_none() {
    let plan = kiosk();
    let less = Less {
        cameras: 2,
        plates: 200,
    };
    let fewer = Fewer::of(&plan, less).unwrap();
    let plates = |plan: &StorePlan| {
        let shelves = plan.gondolas.iter().flat_map(|g| &g.shelves);
        shelves.map(|shelf| shelf.plates.len()).sum::<usize>()
    };
    assert_eq!(fewer.shop.cameras.len(), plan.cameras.len() - 2);
    assert_eq!(plates(&fewer.shop), plates(&plan) - 200);
    // Nothing is moved or lost in the world.
    assert_eq!(plates(&fewer.world), plates(&plan));
    assert_eq!(fewer.world.planogram.len(), plan.planogram.len());
    for (now, before) in fewer.world.planogram.iter().zip(&plan.planogram) {
        assert!(now.plates.iter().all(|plate| before.plates.contains(plate)));
        assert!(!now.plates.is_empty());
    }
    let Kit {
        unweighed,
        of_places,
        ..
    } = fewer.kit;
    assert!(unweighed > 0);
    assert_eq!(fewer.shop.planogram.len(), of_places - unweighed);
    let text = serde_json::to_string(&fewer.shop).unwrap();
    assert!(amble_store::plan::check(&text).is_ok());
}

#[test]
fn one_camera_and_one_plate_stay() {
    let plan = kiosk();
    let out = |cameras| Fewer::of(&plan, Less { cameras, plates: 0 });
    assert!(out(plan.cameras.len() - 1).is_ok());
    let error = out(plan.cameras.len()).unwrap_err().to_string();
    assert!(
        error.contains("6 cameras") && error.contains("5 at most"),
        "{error}"
    );
}

#[test]
fn nothing_of_what_is_taken_out_is_recorded() {
    let plan = kiosk();
    let less = Less {
        cameras: 1,
        plates: 40,
    };
    let fewer = Fewer::of(&plan, less).unwrap();
    let mut bytes = Vec::new();
    let mut put = |entry| write_entry(&mut bytes, &RecordingEntry { entry: Some(entry) }).unwrap();
    put(Entry::Plan(RecordedPlan::default()));
    let frames = |kind: DeviceKind, device_id: &str, frames| {
        Entry::Frames(RecordedFrames {
            device: Some(DeviceRef {
                kind: kind.into(),
                device_id: device_id.to_owned(),
            }),
            frames: Some(frames),
            complete_until_us: 0,
        })
    };
    for camera in &plan.cameras {
        let seen = DeviceFrames {
            camera: vec![CameraFrame::default()],
            ..DeviceFrames::default()
        };
        put(frames(DeviceKind::Camera, &camera.id, seen));
    }
    for (id, kept) in &fewer.kept {
        // Two instants; each plate says whether it is left.
        let grams: Vec<f32> = kept.iter().map(|&left| f32::from(u8::from(left))).collect();
        let weighed = DeviceFrames {
            shelf: vec![ShelfFrame {
                grams: grams.repeat(2),
                ..ShelfFrame::default()
            }],
            ..DeviceFrames::default()
        };
        put(frames(DeviceKind::Shelf, id, weighed));
    }
    let mut stripped = Vec::new();
    strip(&fewer, Reader::new(bytes.as_slice()), &mut stripped).unwrap();

    let mut reader = Reader::new(stripped.as_slice());
    let (mut cameras, mut samples) = (0, 0);
    while let Some(entry) = reader.next_entry().unwrap() {
        match entry.entry {
            Some(Entry::Plan(told)) => {
                let told: StorePlan = serde_json::from_str(&told.json).unwrap();
                assert_eq!(told, fewer.shop);
            }
            Some(Entry::Frames(recorded)) => {
                let frames = recorded.frames.unwrap();
                cameras += frames.camera.len();
                for frame in &frames.shelf {
                    assert!(frame.grams.iter().all(|&g| g > 0.5));
                    samples += frame.grams.len();
                }
            }
            _ => panic!("nothing else was recorded"),
        }
    }
    assert_eq!(
        (cameras, samples),
        (fewer.kit.cameras, 2 * fewer.kit.plates)
    );
}
