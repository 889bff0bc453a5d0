//! From the protocol's words to the engine's.
//!
//! The door has checked limits and numbers; here nothing can fail. A product that the plan does not
//! know is dropped from a sighting: it says nothing about those that the plan knows.

use std::sync::Arc;

use amble_engine::{
    geometry::{Vec2, Vec3},
    layout::{CameraIx, Sensors},
    time::Time,
    tracking::{Detection, Item},
};
use amble_proto::v1;

use crate::{message::Frame, plan::Names};

pub(super) fn frame(
    camera: CameraIx,
    frame: v1::CameraFrame,
    sensors: &Sensors,
    names: &Names,
) -> Arc<Frame> {
    let detections = frame
        .detections
        .into_iter()
        .map(|d| detection(d, sensors, names))
        .collect();
    Arc::new(Frame {
        camera,
        time: Time(frame.capture_time_us),
        sequence: frame.sequence,
        first: 0,
        detections,
    })
}

fn detection(d: v1::Detection, sensors: &Sensors, names: &Names) -> Detection {
    let position = d.position.unwrap_or_default();
    let sigma = f64::from(d.position_sigma_m);
    Detection {
        position: Vec2::new(f64::from(position.x), f64::from(position.y)),
        sigma: if sigma > 0.0 {
            sigma
        } else {
            sensors.position_sigma_m
        },
        confidence: if d.confidence > 0.0 {
            f64::from(d.confidence)
        } else {
            sensors.precision
        },
        head: d.head.map(point),
        wrists: [d.left_wrist.map(point), d.right_wrist.map(point)],
        appearance: d.appearance,
        item: d.item.map(|item| sighting(&item, names)),
    }
}

fn point(p: v1::Point3) -> Vec3 {
    Vec3::new(f64::from(p.x), f64::from(p.y), f64::from(p.z))
}

fn sighting(item: &v1::ItemSighting, names: &Names) -> Item {
    let hand = match item.hand() {
        v1::Hand::Left => Some(0),
        v1::Hand::Right => Some(1),
        v1::Hand::Unspecified => None,
    };
    let candidates = item
        .candidates
        .iter()
        .filter_map(|c| Some((names.find_product(&c.product)?, f64::from(c.probability))))
        .collect();
    Item { hand, candidates }
}
