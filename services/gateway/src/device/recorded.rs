//! The door for frames that come from a recording instead of a stream: the same rules, and nobody
//! who could send anything again.
//!
//! 1. What the door would refuse is an error: whoever wrote the recording took it, or it is damaged.
//! 2. A recording may begin anywhere in a device's sequences.
//! 3. What was sent again goes on once, as it does live; a sequence that goes back while time goes
//!    on is no resend.
//! 4. No time is further ahead of all that was played before than [`Limits::jump`].

use amble_proto::v1::{DeviceError, DeviceFrames, GateEvent};

use super::{
    Report,
    door::{Clock, Door},
    values::{Facts, Frame, Verdict},
};
use crate::{
    limits::{END_OF_TIME_US, Limits},
    ports::{Floor, Position, Sensor},
};

/// One device of a recording.
pub struct RecordedDoor {
    door: Door,
    begun: bool,
}

/// What of a recorded message goes on.
#[derive(Debug)]
pub struct Admitted {
    /// The frames.
    pub frames: DeviceFrames,
    /// The device has told all before this event time, in µs; 0: not said.
    pub complete_until_us: i64,
    /// The latest event time that any of this reaches, in µs; `None` when there is none.
    pub until_us: Option<i64>,
}

impl RecordedDoor {
    /// The door of a device that messages call `name`, in a shop with this floor.
    #[must_use]
    pub fn new(name: &str, sensor: Sensor, floor: Floor) -> Self {
        let position = Position {
            credit_until_us: END_OF_TIME_US,
            ..Position::default()
        };
        Self {
            door: Door::new(0, name, sensor, floor, position),
            begun: false,
        }
    }

    /// Lets in a message. `played_us`: the event time up to which the recording was played.
    ///
    /// # Errors
    /// What is wrong, and with which frame.
    pub fn admit(
        &mut self,
        mut frames: DeviceFrames,
        complete_until_us: i64,
        played_us: i64,
    ) -> Result<Admitted, String> {
        // The recording's own time takes the place of the wall clock.
        let clock = Clock::recorded(played_us, &Limits::default());
        let mut report = Report::default();
        let phones = self.phones(&mut frames, &clock)?;
        self.begin(&frames);
        let (taken, last) = self.door.standing();
        if let Some((sequence, time)) = times(&frames)
            .find(|(sequence, time)| *sequence <= taken && last.is_some_and(|last| *time > last))
        {
            return Err(format!(
                "{}, frame {sequence}: captured at {time} µs, after frame {taken}",
                self.door.name()
            ));
        }
        self.door.admit(&mut frames, &clock, &mut report);
        if complete_until_us != 0 {
            clock
                .judge(complete_until_us, None)
                .map_err(|fault| format!("{}: {}", self.door.name(), fault.message))?;
        }
        if let Some(DeviceError { message, .. }) = report.errors.first() {
            return Err(message.clone());
        }
        let complete_until_us = self.door.complete(complete_until_us.max(0));
        let anything = complete_until_us != 0 || times(&frames).next().is_some();
        let until_us = self.door.standing().1.filter(|_| anything);
        let latest_phone = phones.iter().map(|event| event.capture_time_us).max();
        frames.gate.splice(0..0, phones);
        Ok(Admitted {
            frames,
            complete_until_us,
            until_us: until_us.max(latest_phone),
        })
    }

    /// Scans by phones, which have no sequence: only a recording holds them.
    fn phones(&self, frames: &mut DeviceFrames, clock: &Clock) -> Result<Vec<GateEvent>, String> {
        let (mut phones, gate) = std::mem::take(&mut frames.gate)
            .into_iter()
            .partition::<Vec<_>, _>(|event| event.sequence == 0);
        frames.gate = gate;
        let facts = Facts {
            floor: Floor {
                low: [0.0; 2],
                high: [0.0; 2],
            },
            plates: 1,
        };
        for event in &mut phones {
            let fault = match (
                clock.judge(event.capture_time_us, None),
                event.judge(&facts),
            ) {
                (Err(fault), _) | (_, Verdict::Refused(fault) | Verdict::InPart(fault)) => fault,
                (Ok(()), Verdict::Good) if event.capture_time_us >= 0 => continue,
                (Ok(()), Verdict::Good) => {
                    return Err(format!("{}: a scan before 1970", self.door.name()));
                }
            };
            return Err(format!("{}: {}", self.door.name(), fault.message));
        }
        Ok(phones)
    }

    /// Rule 2.
    fn begin(&mut self, frames: &DeviceFrames) {
        if let (false, Some((first, _))) = (self.begun, times(frames).next()) {
            self.begun = true;
            self.door.rewind(first);
        }
    }
}

/// Sequence and capture time of each frame.
fn times(frames: &DeviceFrames) -> impl Iterator<Item = (u64, i64)> + '_ {
    let camera = frames
        .camera
        .iter()
        .map(|f| (f.sequence, f.capture_time_us));
    let shelf = frames.shelf.iter().map(|f| (f.sequence, f.capture_time_us));
    let gate = frames.gate.iter().map(|f| (f.sequence, f.capture_time_us));
    camera.chain(shelf).chain(gate)
}

#[cfg(test)]
mod tests {
    use amble_proto::v1::ShelfFrame;

    use super::*;

    fn shelf(sequence: u64, capture_time_us: i64, grams: f32) -> DeviceFrames {
        DeviceFrames {
            shelf: vec![ShelfFrame {
                sequence,
                capture_time_us,
                sample_period_us: 0,
                grams: vec![grams],
            }],
            ..DeviceFrames::default()
        }
    }

    fn door() -> RecordedDoor {
        let floor = Floor {
            low: [0.0; 2],
            high: [4.0; 2],
        };
        RecordedDoor::new("shelf a/1", Sensor::Shelf { plates: 1 }, floor)
    }

    #[test]
    fn a_recording_begins_anywhere_and_what_it_repeats_goes_on_once() {
        let mut door = door();
        let first = door.admit(shelf(70, 1_000, 5.0), 1_500, 0).unwrap();
        assert_eq!((first.frames.shelf.len(), first.until_us), (1, Some(1_500)));
        assert_eq!(first.complete_until_us, 1_500);
        let again = door.admit(shelf(70, 1_000, 5.0), 0, 0).unwrap();
        assert_eq!((again.frames.shelf.len(), again.until_us), (0, None));
        assert_eq!(
            door.admit(shelf(71, 2_000, 5.0), 0, 0)
                .unwrap()
                .frames
                .shelf
                .len(),
            1
        );
    }

    #[test]
    fn what_a_stream_would_be_refused_is_an_error_that_names_the_frame() {
        let hours = 3 * 3_600_000_000;
        for (frames, complete, words) in [
            (shelf(72, 2_000, 5.0), 0, "sequence 71 is awaited"),
            (shelf(71, 2_000, f32::NAN), 0, "frame 71"),
            (shelf(71, hours, 5.0), 0, "frame 71: time"),
            (shelf(71, 900, 5.0), 0, "before what was taken"),
            (shelf(9, 2_000, 5.0), 0, "after frame 70"),
            (shelf(71, 2_000, 5.0), hours, "shelf a/1: time"),
        ] {
            let mut door = door();
            door.admit(shelf(70, 1_000, 5.0), 0, 0).unwrap();
            let error = door.admit(frames, complete, 1_000).unwrap_err();
            assert!(
                error.contains(words) && error.contains("shelf a/1"),
                "{error}"
            );
        }
    }
}
