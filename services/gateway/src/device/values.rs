//! What a frame may say: the rules for its values, by kind of device.
//!
//! 1. Everything is finite and has a meaning in this shop: on the floor, on the body, on the scale.
//! 2. A detection that breaks a rule is left out alone; its frame's other people stay. A frame that
//!    breaks one as a whole is refused as a whole.
//! 3. A message names the place, what stands there, and what to send instead.

use amble_proto::v1::{
    CameraFrame, Detection, DeviceErrorCode, GateEvent, Point3, ShelfFrame, gate_event,
};

use super::report::{Fault, Report};
use crate::{
    limits::{
        BODY_HEIGHT_M, FLOOR_MARGIN_M, MAX_APPEARANCE, MAX_CANDIDATES, MAX_DETECTIONS, MAX_GRAMS,
        MAX_PRODUCT_BYTES, MAX_SAMPLE_PERIOD_US, MAX_SAMPLES, MAX_SIGMA_M, MAX_TOKEN_BYTES,
    },
    ports::Floor,
};

/// What the rules depend on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    pub(crate) floor: Floor,
    /// Plates of the shelf; 1 for what is no shelf.
    pub(crate) plates: usize,
}

/// What the values are worth.
#[derive(Debug)]
pub(crate) enum Verdict {
    Good,
    /// Something was left out; the rest is good.
    InPart(Fault),
    Refused(Fault),
}

/// What the three kinds of frames have in common.
pub(crate) trait Frame {
    /// Whether each must arrive (L1), or some may be missing (L6).
    const LOSSLESS: bool;

    fn sequence(&self) -> u64;
    fn starts_us(&self) -> i64;
    /// When its last sample was taken; never overflows.
    fn ends_us(&self, facts: &Facts) -> i64;
    /// Keeps the rules, leaving out what can be left out alone.
    fn judge(&mut self, facts: &Facts) -> Verdict;
    /// Keeps its sequence, takes this time, and says nothing any more.
    fn blank(&mut self, at_us: i64);
    fn count(&self, report: &mut Report);
}

impl Frame for CameraFrame {
    const LOSSLESS: bool = false;

    fn sequence(&self) -> u64 {
        self.sequence
    }

    fn starts_us(&self) -> i64 {
        self.capture_time_us
    }

    fn ends_us(&self, _: &Facts) -> i64 {
        self.capture_time_us
    }

    fn judge(&mut self, facts: &Facts) -> Verdict {
        let people = self.detections.len();
        if people > MAX_DETECTIONS {
            return Verdict::Refused(Fault::too_large(format!(
                "{people} detections; send at most {MAX_DETECTIONS}, the surest first"
            )));
        }
        let mut first = None;
        let mut place = 0;
        self.detections.retain(|detection| {
            let fault = judge_detection(detection, &facts.floor);
            let good = fault.is_none();
            if let (None, Some((code, why))) = (&first, fault) {
                first = Some((code, format!("detection {place}: {why}")));
            }
            place += 1;
            good
        });
        match first {
            None => Verdict::Good,
            Some((code, first)) => {
                let left_out = people - self.detections.len();
                Verdict::InPart(Fault {
                    code,
                    message: format!(
                        "{first}; {left_out} of {people} detections left out, the others taken"
                    ),
                })
            }
        }
    }

    fn blank(&mut self, at_us: i64) {
        self.capture_time_us = at_us;
        self.detections = Vec::new();
    }

    fn count(&self, report: &mut Report) {
        report.camera_frames += 1;
        report.detections += self.detections.len() as u64;
    }
}

impl Frame for ShelfFrame {
    const LOSSLESS: bool = true;

    fn sequence(&self) -> u64 {
        self.sequence
    }

    fn starts_us(&self) -> i64 {
        self.capture_time_us
    }

    fn ends_us(&self, facts: &Facts) -> i64 {
        let steps = (self.grams.len() / facts.plates).saturating_sub(1);
        let span = i64::try_from(steps)
            .unwrap_or(i64::MAX)
            .saturating_mul(i64::from(self.sample_period_us));
        self.capture_time_us.saturating_add(span)
    }

    fn judge(&mut self, facts: &Facts) -> Verdict {
        match judge_weights(self, facts.plates) {
            None => Verdict::Good,
            Some(fault) => Verdict::Refused(fault),
        }
    }

    fn blank(&mut self, at_us: i64) {
        self.capture_time_us = at_us;
        self.sample_period_us = 0;
        self.grams = Vec::new();
    }

    fn count(&self, report: &mut Report) {
        report.shelf_frames += 1;
        report.samples += self.grams.len() as u64;
    }
}

impl Frame for GateEvent {
    const LOSSLESS: bool = true;

    fn sequence(&self) -> u64 {
        self.sequence
    }

    fn starts_us(&self) -> i64 {
        self.capture_time_us
    }

    fn ends_us(&self, _: &Facts) -> i64 {
        self.capture_time_us
    }

    fn judge(&mut self, _: &Facts) -> Verdict {
        match &self.event {
            Some(gate_event::Event::PassToken(token)) if token.len() > MAX_TOKEN_BYTES => {
                Verdict::Refused(Fault::too_large(format!(
                    "a pass of {} bytes; a pass has at most {MAX_TOKEN_BYTES}",
                    token.len()
                )))
            }
            Some(gate_event::Event::PassToken(token)) if token.is_empty() => Verdict::Refused(
                Fault::bad_value("an empty pass; send the text of the QR code".to_owned()),
            ),
            Some(gate_event::Event::PassToken(_)) | None => Verdict::Good,
        }
    }

    fn blank(&mut self, at_us: i64) {
        self.capture_time_us = at_us;
        self.event = None;
    }

    fn count(&self, report: &mut Report) {
        report.gate_events += 1;
    }
}

fn judge_weights(frame: &ShelfFrame, plates: usize) -> Option<Fault> {
    let (samples, period) = (frame.grams.len(), frame.sample_period_us);
    if samples > MAX_SAMPLES {
        return Some(Fault::too_large(format!(
            "{samples} weights; send at most {MAX_SAMPLES} in one frame"
        )));
    }
    if !samples.is_multiple_of(plates) {
        return Some(Fault::bad_value(format!(
            "{samples} weights for {plates} plates; send one for each plate and instant, in the \
             order of the store plan"
        )));
    }
    if samples > plates && !(1..=MAX_SAMPLE_PERIOD_US).contains(&period) {
        return Some(Fault::bad_value(format!(
            "{} instants {period} µs apart; with several, give a sample_period_us from 1 to \
             {MAX_SAMPLE_PERIOD_US}",
            samples / plates
        )));
    }
    // NaN is within nothing.
    let bad = |grams: &f32| !(-MAX_GRAMS..=MAX_GRAMS).contains(grams);
    let (place, grams) = frame.grams.iter().enumerate().find(|(_, g)| bad(g))?;
    Some(Fault::bad_value(format!(
        "weight {place} (plate {}) is {grams} g; send finite grams within ±{MAX_GRAMS}",
        place % plates
    )))
}

type Why = (DeviceErrorCode, String);

fn bad(why: String) -> Option<Why> {
    Some((DeviceErrorCode::BadValue, why))
}

fn judge_detection(detection: &Detection, floor: &Floor) -> Option<Why> {
    let Some(at) = &detection.position else {
        return bad("it has no position; send x and y in metres".to_owned());
    };
    if !on_floor(at.x, at.y, floor) {
        return bad(format!(
            "position ({}, {}) is not on the floor {}",
            at.x,
            at.y,
            describe(floor)
        ));
    }
    if !(0.0..=MAX_SIGMA_M).contains(&detection.position_sigma_m) {
        return bad(format!(
            "position_sigma_m {}; send metres from 0 to {MAX_SIGMA_M}",
            detection.position_sigma_m
        ));
    }
    if !(0.0..=1.0).contains(&detection.confidence) {
        return bad(format!("confidence {}; send 0 to 1", detection.confidence));
    }
    let joints = [
        ("head", &detection.head),
        ("left_wrist", &detection.left_wrist),
        ("right_wrist", &detection.right_wrist),
    ];
    for (name, joint) in joints {
        if let Some(p) = joint
            && !on_body(p, floor)
        {
            return bad(format!(
                "{name} ({}, {}, {}) is not above the floor {} between {} m and {} m",
                p.x,
                p.y,
                p.z,
                describe(floor),
                BODY_HEIGHT_M.0,
                BODY_HEIGHT_M.1
            ));
        }
    }
    judge_appearance(&detection.appearance).or_else(|| judge_sighting(detection))
}

fn judge_appearance(appearance: &[f32]) -> Option<Why> {
    if appearance.len() > MAX_APPEARANCE {
        return Some((
            DeviceErrorCode::TooLarge,
            format!(
                "an appearance of {} numbers; send at most {MAX_APPEARANCE}",
                appearance.len()
            ),
        ));
    }
    let place = appearance.iter().position(|n| !n.is_finite())?;
    bad(format!("appearance[{place}] is not a finite number"))
}

fn judge_sighting(detection: &Detection) -> Option<Why> {
    let candidates = &detection.item.as_ref()?.candidates;
    if candidates.len() > MAX_CANDIDATES {
        return Some((
            DeviceErrorCode::TooLarge,
            format!(
                "an item with {} candidates; send the best {MAX_CANDIDATES}",
                candidates.len()
            ),
        ));
    }
    let mut sum = 0.0_f32;
    for candidate in candidates {
        if candidate.product.is_empty() || candidate.product.len() > MAX_PRODUCT_BYTES {
            return bad(format!(
                "a candidate whose product code has {} bytes; send 1 to {MAX_PRODUCT_BYTES}",
                candidate.product.len()
            ));
        }
        if !(0.0..=1.0).contains(&candidate.probability) {
            return bad(format!(
                "a candidate with probability {}; send 0 to 1",
                candidate.probability
            ));
        }
        sum += candidate.probability;
    }
    // Eight rounded shares of 1 may sum to a little more.
    if sum > 1.001 {
        return bad(format!(
            "candidates whose probabilities sum to {sum}; send a sum of at most 1"
        ));
    }
    None
}

fn on_floor(x: f32, y: f32, floor: &Floor) -> bool {
    let inside = |v: f32, axis: usize| {
        (floor.low[axis] - FLOOR_MARGIN_M..=floor.high[axis] + FLOOR_MARGIN_M).contains(&v)
    };
    inside(x, 0) && inside(y, 1)
}

fn on_body(p: &Point3, floor: &Floor) -> bool {
    on_floor(p.x, p.y, floor) && (BODY_HEIGHT_M.0..=BODY_HEIGHT_M.1).contains(&p.z)
}

fn describe(floor: &Floor) -> String {
    format!(
        "({}, {}) to ({}, {})",
        floor.low[0], floor.low[1], floor.high[0], floor.high[1]
    )
}
