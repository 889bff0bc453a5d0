//! One device's door: which of its frames go on to its owner.
//!
//! 1. A sequence goes on once, and sequences rise. What was taken already is a resend: it is
//!    ignored and counted, and no error.
//! 2. A shelf's and a gate's sequences have no gaps (L1). A frame that comes too early (after a gap,
//!    or beyond the credit) is *not taken yet*: the edge is told, and asked to send again from the
//!    awaited one. Until that comes, later ones are ignored; the edge is told again each second.
//! 3. A camera's frames may be missing (L6): a gap is counted and goes on.
//! 4. A frame that will never be good (value, size, time) is *refused for good*. A shelf's or gate's
//!    sequence goes on without content, so that acks go on and nothing else is lost; a weight that
//!    changed is in the next frame as well. A camera's frame is then one that is missing.
//! 5. Capture times never fall, nor before what the edge has called complete; they are at most
//!    [`Limits::ahead`] ahead of the wall clock in real time, and jump at most [`Limits::jump`] in
//!    event time. A refused time moves nothing.
//! 6. A resend that the owner asked for starts the sequence and the time again. Frames still under
//!    way then are ignored: they come again.
//!
//! The door itself knows no clock and no stream; it is told.

use std::{fmt, mem};

use amble_proto::v1::{DeviceErrorCode, DeviceFrames};

use super::{
    report::{Fault, Report},
    values::{Facts, Frame, Verdict},
};
use crate::{
    limits::{ASK_AGAIN_US, END_OF_TIME_US, Limits},
    ports::{Floor, Pace, Position, Sensor},
};

/// What the wall clock and the edge's pace allow now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    /// Wall time: µs since the Unix epoch.
    pub(crate) now_us: i64,
    pub(crate) pace: Pace,
    ahead_us: i64,
    jump_us: i64,
    /// What a time in real time is ahead of, for the message.
    ahead_of: &'static str,
}

impl Clock {
    pub(crate) fn new(now_us: i64, pace: Pace, limits: &Limits) -> Self {
        let micros = |d: std::time::Duration| i64::try_from(d.as_micros()).unwrap_or(i64::MAX);
        Self {
            now_us,
            pace,
            ahead_us: micros(limits.ahead),
            jump_us: micros(limits.jump),
            ahead_of: "ahead of the shop's clock: set the device's clock",
        }
    }

    /// The clock of a recording: how far it was played. Nothing may jump further ahead of that than
    /// in event time.
    pub(crate) fn recorded(played_us: i64, limits: &Limits) -> Self {
        let clock = Self::new(played_us, Pace::RealTime, limits);
        Self {
            ahead_us: clock.jump_us,
            ahead_of: "ahead of all that came before",
            ..clock
        }
    }

    /// Whether `time_us` is too far ahead, `last_us` being the last good time.
    pub(crate) fn judge(&self, time_us: i64, last_us: Option<i64>) -> Result<(), Fault> {
        let (limit, what) = match (self.pace, last_us) {
            (Pace::RealTime, _) => (self.now_us.saturating_add(self.ahead_us), self.ahead_of),
            (Pace::EventTime, Some(last)) => (
                last.saturating_add(self.jump_us),
                "ahead of what came before: event time may not jump so far",
            ),
            (Pace::EventTime, None) => (END_OF_TIME_US, "beyond the year 2200"),
        };
        let limit = limit.min(END_OF_TIME_US);
        if time_us <= limit {
            return Ok(());
        }
        Err(Fault {
            code: DeviceErrorCode::TimeAhead,
            message: format!(
                "time {time_us} µs is {} µs too far {what}",
                time_us.saturating_sub(limit)
            ),
        })
    }
}

/// A resend under way.
#[derive(Clone, Copy, Debug)]
struct Awaited {
    /// The highest sequence that may have been under way when it was asked for.
    under_way: u64,
    told_us: i64,
}

/// See the rules above.
#[derive(Debug)]
pub(crate) struct Door {
    device: u32,
    /// How messages call the device.
    name: Box<str>,
    sensor: Sensor,
    facts: Facts,
    /// The last sequence that went on.
    taken: u64,
    /// No frame may be captured before this.
    not_before_us: Option<i64>,
    credit_until_us: i64,
    awaited: Option<Awaited>,
    rewound: bool,
}

/// What to do with a frame.
enum Course {
    GoesOn,
    IsDropped,
}

impl Door {
    pub(crate) fn new(
        device: u32,
        name: &str,
        sensor: Sensor,
        floor: Floor,
        position: Position,
    ) -> Self {
        let plates = match sensor {
            Sensor::Shelf { plates } => plates.max(1),
            Sensor::Camera | Sensor::Gate => 1,
        };
        Self {
            device,
            name: name.into(),
            sensor,
            facts: Facts { floor, plates },
            taken: position.taken_sequence.max(position.acked_sequence),
            not_before_us: position.taken_until_us,
            credit_until_us: position.credit_until_us,
            awaited: None,
            rewound: false,
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The last sequence that went on, and before when nothing may be captured any more.
    pub(crate) fn standing(&self) -> (u64, Option<i64>) {
        (self.taken, self.not_before_us)
    }

    /// The owner's latest credit.
    pub(crate) fn grant(&mut self, credit_until_us: i64) {
        self.credit_until_us = credit_until_us;
    }

    /// Rule 6.
    pub(crate) fn rewind(&mut self, from_sequence: u64) {
        let to = from_sequence.saturating_sub(1);
        if to < self.taken {
            self.awaited = Some(Awaited {
                under_way: self.taken,
                told_us: i64::MIN,
            });
        }
        self.taken = to;
        self.not_before_us = None;
        self.rewound = true;
    }

    /// Whether it was rewound since it was last asked.
    pub(crate) fn was_rewound(&mut self) -> bool {
        mem::take(&mut self.rewound)
    }

    /// The edge has called everything before `until_us` complete. Gives what the owner may believe:
    /// 0 while something is still awaited, or when it knows that already.
    pub(crate) fn complete(&mut self, until_us: i64) -> i64 {
        if self.awaited.is_some() || until_us <= self.earliest_us() {
            return 0;
        }
        self.not_before_us = Some(until_us);
        until_us
    }

    /// Leaves in `frames` what goes on.
    pub(crate) fn admit(&mut self, frames: &mut DeviceFrames, clock: &Clock, report: &mut Report) {
        let mut strange = 0;
        match self.sensor {
            Sensor::Camera => {
                strange += discard(&mut frames.shelf) + discard(&mut frames.gate);
                frames.camera.retain_mut(|f| self.lets_in(f, clock, report));
            }
            Sensor::Shelf { .. } => {
                strange += discard(&mut frames.camera) + discard(&mut frames.gate);
                frames.shelf.retain_mut(|f| self.lets_in(f, clock, report));
            }
            Sensor::Gate => {
                strange += discard(&mut frames.camera) + discard(&mut frames.shelf);
                frames.gate.retain_mut(|f| self.lets_in(f, clock, report));
            }
        }
        if strange > 0 {
            let what = format!("{strange} frames of another kind of device; name the right device");
            self.refuse(0, Fault::bad_value(what), report);
        }
    }

    fn lets_in<F: Frame>(&mut self, frame: &mut F, clock: &Clock, report: &mut Report) -> bool {
        match self.course(frame, clock, report) {
            Course::GoesOn => {
                frame.count(report);
                true
            }
            Course::IsDropped => false,
        }
    }

    fn course<F: Frame>(&mut self, frame: &mut F, clock: &Clock, report: &mut Report) -> Course {
        let sequence = frame.sequence();
        if sequence == 0 {
            let what = "a frame without a sequence; count from 1".to_owned();
            self.refuse(0, Fault::bad_value(what), report);
            return Course::IsDropped;
        }
        if sequence <= self.taken {
            report.repeated += 1;
            return Course::IsDropped;
        }
        if !self.is_next::<F>(sequence, clock, report) {
            return Course::IsDropped;
        }
        let (starts, ends) = (frame.starts_us(), frame.ends_us(&self.facts));
        if let Err(fault) = self.judge_time(starts, ends, clock) {
            return self.refuse_for_good(frame, None, clock, fault, report);
        }
        if ends > self.credit_until_us {
            let fault = Fault {
                code: DeviceErrorCode::NoCredit,
                message: format!(
                    "time {ends} µs is beyond the credit, {} µs; wait for credit{}",
                    self.credit_until_us,
                    if F::LOSSLESS {
                        ", then send it again"
                    } else {
                        ""
                    }
                ),
            };
            self.refuse(sequence, fault, report);
            if F::LOSSLESS {
                self.await_next(sequence, clock, report);
            }
            return Course::IsDropped;
        }
        match frame.judge(&self.facts) {
            Verdict::Good => {}
            Verdict::InPart(fault) => self.refuse(sequence, fault, report),
            Verdict::Refused(fault) => {
                return self.refuse_for_good(frame, Some(starts), clock, fault, report);
            }
        }
        self.pass::<F>(sequence, ends, report);
        Course::GoesOn
    }

    /// Rules 2, 3 and 6: whether this sequence may come now.
    fn is_next<F: Frame>(&mut self, sequence: u64, clock: &Clock, report: &mut Report) -> bool {
        let next = self.taken.saturating_add(1);
        if let Some(awaited) = &mut self.awaited {
            if awaited.told_us == i64::MIN {
                awaited.told_us = clock.now_us;
            }
            let patience_is_over = clock.now_us.saturating_sub(awaited.told_us) > ASK_AGAIN_US;
            let comes_again = sequence == next || !F::LOSSLESS && sequence <= awaited.under_way;
            if comes_again || !F::LOSSLESS && patience_is_over {
                self.awaited = None;
            } else if !patience_is_over {
                awaited.under_way = awaited.under_way.max(sequence);
                report.early += 1;
                return false;
            }
        }
        if sequence == next || !F::LOSSLESS {
            return true;
        }
        let fault = Fault::bad_value(format!(
            "sequence {next} is awaited; send again from there, and what is lost as frames without \
             content"
        ));
        self.refuse(sequence, fault, report);
        self.await_next(sequence, clock, report);
        false
    }

    fn await_next(&mut self, sequence: u64, clock: &Clock, report: &mut Report) {
        self.awaited = Some(Awaited {
            under_way: sequence,
            told_us: clock.now_us,
        });
        report
            .resend
            .push((self.device, self.taken.saturating_add(1)));
    }

    /// No good time is before this, nor before 1970.
    fn earliest_us(&self) -> i64 {
        self.not_before_us.unwrap_or(0).max(0)
    }

    /// Rule 5.
    fn judge_time(&self, starts_us: i64, ends_us: i64, clock: &Clock) -> Result<(), Fault> {
        clock.judge(ends_us, self.not_before_us)?;
        let earliest = self.earliest_us();
        if starts_us >= earliest {
            return Ok(());
        }
        Err(Fault {
            code: DeviceErrorCode::TimeBackwards,
            message: format!(
                "time {starts_us} µs is {} µs before what was taken or called complete; send \
                 frames in order, with a clock that only goes forward",
                earliest.saturating_sub(starts_us)
            ),
        })
    }

    /// Rule 4. `starts_us`: its time, when that was good.
    fn refuse_for_good<F: Frame>(
        &mut self,
        frame: &mut F,
        starts_us: Option<i64>,
        clock: &Clock,
        fault: Fault,
        report: &mut Report,
    ) -> Course {
        let sequence = frame.sequence();
        self.refuse(sequence, fault, report);
        if !F::LOSSLESS {
            return Course::IsDropped;
        }
        // Without any good time before it, the best guess that breaks no rule is the wall clock's,
        // or the credit's where time does not follow the wall clock.
        let fallback = match clock.pace {
            Pace::RealTime => clock.now_us.min(self.credit_until_us),
            Pace::EventTime => self.credit_until_us,
        };
        let at = starts_us.or(self.not_before_us).unwrap_or(fallback);
        frame.blank(at);
        self.pass::<F>(sequence, at, report);
        Course::GoesOn
    }

    fn pass<F: Frame>(&mut self, sequence: u64, ends_us: i64, report: &mut Report) {
        let before = mem::replace(&mut self.taken, sequence);
        // A camera's first frame after a long silence is no news about what is missing.
        if !F::LOSSLESS && before != 0 {
            report.missing += sequence - before - 1;
        }
        self.not_before_us = Some(ends_us);
    }

    fn refuse(&self, sequence: u64, fault: Fault, report: &mut Report) {
        let place = Place {
            name: &self.name,
            sequence,
        };
        report.refuse(Some(self.device), sequence, &place, fault);
    }
}

/// Says where something is wrong.
struct Place<'a> {
    name: &'a str,
    sequence: u64,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sequence {
            0 => write!(f, "{}", self.name),
            n => write!(f, "{}, frame {n}", self.name),
        }
    }
}

fn discard<T>(frames: &mut Vec<T>) -> usize {
    let count = frames.len();
    frames.clear();
    count
}

#[cfg(test)]
#[path = "door_tests.rs"]
mod tests;
