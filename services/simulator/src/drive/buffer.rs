//! What an edge keeps until the shop has it.
//!
//! 1. Shelves and gates keep every frame until it is acked, for [`KEEP_US`] of event time at least;
//!    cameras keep their last [`CAMERA_US`] whatever is acked.
//! 2. Each device's frames are sent in order, and not beyond its credit.
//! 3. After a new stream, or when the shop lost something, sending goes on from the frame that the shop
//!    names.
//! 4. `complete_until_us` never says more than what was sent. After rule 3 it is said again, also when
//!    there is nothing to send again: what heard it may be gone.

use std::collections::VecDeque;

use amble_proto::v1;

/// How long shelves and gates keep what is not acked: a little over 15 minutes.
const KEEP_US: i64 = 16 * 60 * 1_000_000;
/// How long cameras keep frames.
const CAMERA_US: i64 = 10_000_000;
/// One batch spans at most this much event time.
const SPAN_US: i64 = 1_000_000;
/// One batch has at most about this many frames.
const MOST_FRAMES: usize = 512;

/// One frame of any kind.
#[derive(Clone)]
enum Frame {
    Camera(v1::CameraFrame),
    Shelf(v1::ShelfFrame),
    Gate(v1::GateEvent),
}

struct Kept {
    sequence: u64,
    capture_us: i64,
    frame: Frame,
}

/// One device's frames.
#[derive(Default)]
struct Line {
    camera: bool,
    /// Ascending by sequence, without gaps.
    kept: VecDeque<Kept>,
    /// The next frame to be sent.
    next: u64,
    /// The newest frame that was ever sent.
    newest_sent: u64,
    acked: u64,
    credit_us: i64,
    /// Everything captured before this is in `kept`, or was.
    complete_us: i64,
}

/// An edge's frames.
pub(super) struct Buffer {
    lines: Vec<Line>,
    said_us: i64,
}

/// What was put into a batch.
pub(super) struct Sent {
    pub(super) batch: v1::EdgeBatch,
    pub(super) first_time: u64,
    pub(super) again: u64,
}

impl Buffer {
    pub(super) fn new(devices: &[v1::DeviceRef]) -> Self {
        let lines = devices
            .iter()
            .map(|device| Line {
                camera: device.kind() == v1::DeviceKind::Camera,
                next: 1,
                ..Line::default()
            })
            .collect();
        Self { lines, said_us: 0 }
    }

    /// Keeps what a device captured; returns how many frames were let go that the shop never acked.
    pub(super) fn push(
        &mut self,
        device: usize,
        frames: v1::DeviceFrames,
        complete_us: i64,
    ) -> u64 {
        let line = &mut self.lines[device];
        line.complete_us = complete_us;
        let camera = frames.camera.into_iter().map(|f| Kept {
            sequence: f.sequence,
            capture_us: f.capture_time_us,
            frame: Frame::Camera(f),
        });
        let shelf = frames.shelf.into_iter().map(|f| Kept {
            sequence: f.sequence,
            capture_us: f.capture_time_us,
            frame: Frame::Shelf(f),
        });
        let gate = frames.gate.into_iter().map(|f| Kept {
            sequence: f.sequence,
            capture_us: f.capture_time_us,
            frame: Frame::Gate(f),
        });
        line.kept.extend(camera.chain(shelf).chain(gate));
        line.let_go()
    }

    /// A new stream: the shop says where each device goes on.
    pub(super) fn welcome(&mut self, devices: &[v1::DeviceProgress]) {
        self.said_us = 0;
        for progress in devices {
            if let Some(line) = self.line(progress.device) {
                line.next = match progress.resend_from_sequence {
                    0 => progress.acked_sequence + 1,
                    from => from,
                };
                line.credit_us = 0;
            }
        }
        self.progress(devices);
    }

    /// Acks, credit, and what the shop lost.
    pub(super) fn progress(&mut self, devices: &[v1::DeviceProgress]) {
        let mut lost = false;
        for progress in devices {
            let Some(line) = self.line(progress.device) else {
                continue;
            };
            line.acked = line.acked.max(progress.acked_sequence);
            line.credit_us = line.credit_us.max(progress.credit_until_us);
            if progress.resend_from_sequence > 0 {
                line.next = line.next.min(progress.resend_from_sequence);
                lost = true;
            }
            line.let_go();
        }
        if lost {
            self.said_us = 0;
        }
    }

    fn line(&mut self, device: u32) -> Option<&mut Line> {
        self.lines.get_mut(device as usize)
    }

    /// Whether something waits to be sent.
    pub(super) fn backlog(&self) -> bool {
        self.lines.iter().any(|line| line.first_unsent().is_some())
    }

    /// Whether something is not acked.
    pub(super) fn unacked(&self) -> bool {
        self.lines.iter().any(|line| {
            let newest = line.kept.back().map_or(0, |kept| kept.sequence);
            newest > line.acked
        })
    }

    /// Whether [`Buffer::batch`] would give something.
    pub(super) fn ready(&self) -> bool {
        self.complete() > self.said_us || self.lines.iter().any(|line| line.sendable().is_some())
    }

    /// The last frame of each device that the shop has acked.
    pub(super) fn acked(&self) -> impl Iterator<Item = u64> {
        self.lines.iter().map(|line| line.acked)
    }

    /// The next batch.
    pub(super) fn batch(&mut self) -> Option<Sent> {
        let oldest = self.lines.iter().filter_map(Line::sendable).min();
        let until_us = oldest.map_or(i64::MIN, |oldest| oldest.saturating_add(SPAN_US));
        let mut sent = Sent {
            batch: v1::EdgeBatch::default(),
            first_time: 0,
            again: 0,
        };
        // Every device gets its share, so that time goes on evenly.
        let most = (MOST_FRAMES / self.lines.len().max(1)).max(1);
        for (line, device) in self.lines.iter_mut().zip(0..) {
            let mut frames = v1::DeviceFrames {
                device,
                ..v1::DeviceFrames::default()
            };
            let before = line.newest_sent;
            let count = line.take(until_us, most, &mut frames);
            if count > 0 {
                let fresh = line.newest_sent - before;
                sent.first_time += fresh;
                sent.again += count.saturating_sub(fresh);
                sent.batch.devices.push(frames);
            }
        }
        let complete = self.complete();
        if sent.batch.devices.is_empty() && complete <= self.said_us {
            return None;
        }
        self.said_us = self.said_us.max(complete);
        sent.batch.complete_until_us = complete.max(0);
        Some(sent)
    }

    /// Up to when everything has been sent.
    fn complete(&self) -> i64 {
        let lines = self.lines.iter();
        lines
            .map(|line| {
                line.first_unsent()
                    .map_or(line.complete_us, |kept| kept.capture_us)
            })
            .min()
            .unwrap_or(0)
    }
}

impl Line {
    fn position(&self, sequence: u64) -> usize {
        let first = self.kept.front().map_or(sequence, |kept| kept.sequence);
        usize::try_from(sequence.saturating_sub(first)).unwrap_or(usize::MAX)
    }

    fn first_unsent(&self) -> Option<&Kept> {
        self.kept.get(self.position(self.next))
    }

    /// Capture time of the next frame, when there is credit for it.
    fn sendable(&self) -> Option<i64> {
        let kept = self.first_unsent()?;
        (kept.capture_us <= self.credit_us).then_some(kept.capture_us)
    }

    /// Moves frames up to a capture time into a batch; returns how many.
    fn take(&mut self, until_us: i64, most: usize, frames: &mut v1::DeviceFrames) -> u64 {
        let mut count = 0;
        let until_us = until_us.min(self.credit_us);
        let start = self.position(self.next);
        for kept in self.kept.iter().skip(start).take(most) {
            if kept.capture_us > until_us {
                break;
            }
            match kept.frame.clone() {
                Frame::Camera(frame) => frames.camera.push(frame),
                Frame::Shelf(frame) => frames.shelf.push(frame),
                Frame::Gate(frame) => frames.gate.push(frame),
            }
            self.next = kept.sequence + 1;
            self.newest_sent = self.newest_sent.max(kept.sequence);
            count += 1;
        }
        count
    }

    /// Forgets what need not be kept; returns how many frames were given up.
    fn let_go(&mut self) -> u64 {
        let keep_us = if self.camera { CAMERA_US } else { KEEP_US };
        let mut lost = 0;
        while let Some(kept) = self.kept.front() {
            let old = self.complete_us - kept.capture_us > keep_us;
            let acked = kept.sequence <= self.acked;
            let goes = if self.camera { old } else { acked || old };
            if !goes {
                break;
            }
            let never_sent = kept.sequence > self.newest_sent;
            lost += u64::from(!acked && (!self.camera || never_sent));
            self.next = self.next.max(kept.sequence + 1);
            self.kept.pop_front();
        }
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(kind: v1::DeviceKind) -> Buffer {
        Buffer::new(&[v1::DeviceRef {
            kind: kind.into(),
            device_id: "d".to_owned(),
        }])
    }

    fn shelf_frames(sequences: std::ops::RangeInclusive<u64>) -> v1::DeviceFrames {
        v1::DeviceFrames {
            shelf: sequences
                .map(|sequence| v1::ShelfFrame {
                    sequence,
                    capture_time_us: time(sequence),
                    ..v1::ShelfFrame::default()
                })
                .collect(),
            ..v1::DeviceFrames::default()
        }
    }

    fn time(sequence: u64) -> i64 {
        i64::try_from(sequence).unwrap() * 100_000
    }

    fn progress(acked: u64, credit: u64, resend: u64) -> [v1::DeviceProgress; 1] {
        [v1::DeviceProgress {
            device: 0,
            acked_sequence: acked,
            credit_until_us: time(credit),
            resend_from_sequence: resend,
        }]
    }

    fn sequences(sent: &Sent) -> Vec<u64> {
        let devices = sent.batch.devices.iter();
        devices
            .flat_map(|d| d.shelf.iter().map(|f| f.sequence))
            .collect()
    }

    #[test]
    fn nothing_goes_beyond_the_credit_and_complete_says_no_more_than_was_sent() {
        let mut buffer = edge(v1::DeviceKind::Shelf);
        buffer.push(0, shelf_frames(1..=5), time(6));
        assert!(
            !buffer.ready()
                || buffer
                    .batch()
                    .is_none_or(|sent| sequences(&sent).is_empty())
        );
        buffer.welcome(&progress(0, 3, 0));
        let sent = buffer.batch().unwrap();
        assert_eq!(sequences(&sent), [1, 2, 3]);
        assert_eq!(sent.batch.complete_until_us, time(4));
        buffer.progress(&progress(0, 9, 0));
        let sent = buffer.batch().unwrap();
        assert_eq!(sequences(&sent), [4, 5]);
        assert_eq!(sent.batch.complete_until_us, time(6));
        assert!(!buffer.ready());
    }

    #[test]
    fn what_is_not_acked_is_sent_again_in_order_and_what_is_acked_is_forgotten() {
        let mut buffer = edge(v1::DeviceKind::Shelf);
        buffer.push(0, shelf_frames(1..=5), time(6));
        buffer.welcome(&progress(0, 100, 0));
        buffer.batch().unwrap();
        buffer.progress(&progress(2, 100, 0));
        assert_eq!(buffer.lines[0].kept.len(), 3);
        assert!(buffer.unacked());

        buffer.welcome(&progress(2, 100, 0));
        let sent = buffer.batch().unwrap();
        assert_eq!(
            (sequences(&sent), sent.first_time, sent.again),
            (vec![3, 4, 5], 0, 3)
        );

        buffer.progress(&progress(2, 100, 4));
        assert_eq!(sequences(&buffer.batch().unwrap()), [4, 5]);
        buffer.progress(&progress(5, 100, 0));
        assert!(!buffer.unacked() && buffer.lines[0].kept.is_empty());
    }

    #[test]
    fn a_new_stream_goes_on_from_what_the_shop_has_and_what_is_not_acked_is_kept() {
        let mut buffer = edge(v1::DeviceKind::Shelf);
        buffer.push(0, shelf_frames(1..=5), time(6));
        buffer.welcome(&progress(0, 100, 0));
        buffer.batch().unwrap();
        buffer.welcome(&progress(1, 100, 4));
        assert_eq!(sequences(&buffer.batch().unwrap()), [4, 5]);
        // Its owner has died with what it had.
        buffer.progress(&progress(1, 100, 2));
        assert_eq!(sequences(&buffer.batch().unwrap()), [2, 3, 4, 5]);
    }

    #[test]
    fn a_device_that_has_nothing_to_send_again_still_says_that_it_is_complete() {
        let mut buffer = edge(v1::DeviceKind::Shelf);
        buffer.push(0, shelf_frames(1..=2), time(3));
        buffer.welcome(&progress(0, 100, 0));
        buffer.batch().unwrap();
        assert!(!buffer.ready());
        buffer.progress(&progress(2, 100, 3));
        assert!(buffer.ready());
        let said = buffer.batch().unwrap();
        assert!(sequences(&said).is_empty());
        assert_eq!(said.batch.complete_until_us, time(3));
        assert!(!buffer.ready());
    }

    #[test]
    fn shelves_keep_a_quarter_of_an_hour_and_cameras_ten_seconds() {
        let mut shelf = edge(v1::DeviceKind::Shelf);
        let mut lost = 0;
        for sequence in 1..=9_700 {
            lost += shelf.push(0, shelf_frames(sequence..=sequence), time(sequence + 1));
        }
        assert!(shelf.lines[0].kept.len() >= 9_000);
        assert!(lost > 0, "older frames are counted as lost");

        let mut camera = edge(v1::DeviceKind::Camera);
        camera.welcome(&progress(0, 1_000, 0));
        for sequence in 1..=300 {
            let frame = v1::CameraFrame {
                sequence,
                capture_time_us: time(sequence),
                ..v1::CameraFrame::default()
            };
            let frames = v1::DeviceFrames {
                camera: vec![frame],
                ..v1::DeviceFrames::default()
            };
            camera.push(0, frames, time(sequence + 1));
            camera.batch();
            camera.progress(&progress(sequence, 1_000, 0));
        }
        assert_eq!(camera.lines[0].kept.len(), 100);
    }
}
