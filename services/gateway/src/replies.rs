//! The way back from the shop to one edge.
//!
//! 1. A reply never blocks and never queues without bound: positions overwrite each other in one
//!    slot a device, and errors that an edge does not fetch are forgotten, oldest first.
//! 2. The edge hears the latest position of each device that moved, once.
//! 3. What can't wait (errors, resends, a lost device) wakes the stream; positions wake it in event
//!    time, where credit is what the edge waits for. In real time the heartbeat carries them, unless
//!    the last one had none to carry: then the shop had nothing to say for a while, and the edge hears
//!    at once that it goes on.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use amble_proto::v1::{DeviceError, DeviceErrorCode, DeviceProgress};
use tokio::sync::Notify;

use crate::{device::Door, limits::MAX_WAITING_ERRORS, ports::Position};

/// What a device's owner says to it.
#[derive(Clone, Debug, PartialEq)]
pub enum DeviceReply {
    /// Ack or credit moved.
    Progress {
        /// Every frame up to this sequence may be forgotten.
        acked_sequence: u64,
        /// Event time up to which frames may be sent, µs since the Unix epoch.
        credit_until_us: i64,
    },
    /// The owner has lost what was above the ack: everything from this sequence on comes again.
    Resend {
        /// The first sequence that is wanted, at least 1.
        from_sequence: u64,
    },
    /// A frame was refused behind the door.
    Refused {
        /// Which.
        sequence: u64,
        /// A stable word for programs.
        code: DeviceErrorCode,
        /// What is wrong, where, and what to do.
        message: String,
    },
    /// The device is connected through another stream now.
    Superseded,
}

/// One device's way back to its edge. Cheap to clone.
#[derive(Clone, Debug)]
pub struct DeviceReplies {
    board: Arc<Board>,
    device: u32,
}

impl DeviceReplies {
    pub(crate) fn new(board: Arc<Board>, device: u32) -> Self {
        Self { board, device }
    }

    /// Says it. After the stream's end it does nothing.
    pub fn send(&self, reply: DeviceReply) {
        self.board.post(self.device, reply);
    }
}

/// Every device's latest position, and what else waits for the edge.
#[derive(Debug)]
pub(crate) struct Board {
    notes: Mutex<Notes>,
    pub(crate) woken: Notify,
}

#[derive(Debug, Default)]
struct Notes {
    slots: Vec<Slot>,
    errors: VecDeque<DeviceError>,
    forgotten_errors: u64,
}

#[derive(Clone, Debug, Default)]
struct Slot {
    acked_sequence: u64,
    credit_until_us: i64,
    /// For the edge; 0: nothing.
    resend_from: u64,
    /// For the door; 0: nothing.
    rewind_to: u64,
    moved: bool,
    superseded: bool,
}

/// What an edge is told next.
#[derive(Debug, Default)]
pub(crate) struct News {
    pub(crate) progress: Vec<DeviceProgress>,
    pub(crate) errors: Vec<DeviceError>,
    /// Errors that were forgotten because the edge did not read.
    pub(crate) forgotten_errors: u64,
    /// Devices that belong to another stream now.
    pub(crate) superseded: Vec<u32>,
}

impl Board {
    pub(crate) fn new(devices: usize) -> Arc<Self> {
        Arc::new(Self {
            notes: Mutex::new(Notes {
                slots: vec![Slot::default(); devices],
                ..Notes::default()
            }),
            woken: Notify::new(),
        })
    }

    /// A panic elsewhere leaves the notes as they are: each field is whole at any time.
    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn post(&self, device: u32, reply: DeviceReply) {
        let mut notes = self.notes();
        let notes = &mut *notes;
        let Some(slot) = notes.slots.get_mut(device as usize) else {
            return;
        };
        match reply {
            DeviceReply::Progress {
                acked_sequence,
                credit_until_us,
            } => {
                // An owner that starts anew stands further back. What the edge was granted it may use, and
                // no frame is refused for that.
                slot.acked_sequence = slot.acked_sequence.max(acked_sequence);
                slot.credit_until_us = slot.credit_until_us.max(credit_until_us);
                slot.moved = true;
            }
            DeviceReply::Resend { from_sequence } => {
                slot.resend_from = from_sequence.max(1);
                slot.rewind_to = from_sequence.max(1);
                slot.moved = true;
            }
            DeviceReply::Refused {
                sequence,
                code,
                message,
            } => {
                if notes.errors.len() == MAX_WAITING_ERRORS {
                    notes.errors.pop_front();
                    notes.forgotten_errors += 1;
                }
                notes.errors.push_back(DeviceError {
                    device: Some(device),
                    sequence,
                    code: code.into(),
                    message,
                });
            }
            DeviceReply::Superseded => slot.superseded = true,
        }
        self.woken.notify_one();
    }

    /// Notes where a device begins. The owner may have replied before the door heard its answer, so
    /// the further one counts.
    pub(crate) fn begin(&self, device: u32, position: Position) -> DeviceProgress {
        let mut notes = self.notes();
        let Some(slot) = notes.slots.get_mut(device as usize) else {
            return DeviceProgress::default();
        };
        slot.acked_sequence = slot.acked_sequence.max(position.acked_sequence);
        slot.credit_until_us = slot.credit_until_us.max(position.credit_until_us);
        slot.moved = slot.resend_from != 0;
        let beyond = position.taken_sequence > slot.acked_sequence;
        DeviceProgress {
            device,
            acked_sequence: slot.acked_sequence,
            credit_until_us: slot.credit_until_us,
            resend_from_sequence: if beyond {
                position.taken_sequence + 1
            } else {
                0
            },
        }
    }

    /// The door asks the edge to send again.
    pub(crate) fn ask_again(&self, device: u32, from_sequence: u64) {
        if let Some(slot) = self.notes().slots.get_mut(device as usize) {
            slot.resend_from = from_sequence;
            slot.moved = true;
            self.woken.notify_one();
        }
    }

    /// Brings the doors up to date with what their owners said.
    pub(crate) fn guide<'a>(&self, doors: impl Iterator<Item = Option<&'a mut Door>>) {
        let mut notes = self.notes();
        for (slot, door) in notes.slots.iter_mut().zip(doors) {
            let Some(door) = door else { continue };
            door.grant(slot.credit_until_us);
            if slot.rewind_to != 0 {
                door.rewind(slot.rewind_to);
                slot.rewind_to = 0;
            }
        }
    }

    /// How many frames these doors have let in that are not acked.
    pub(crate) fn unacked<'a>(&self, doors: impl Iterator<Item = Option<&'a Door>>) -> u64 {
        let notes = self.notes();
        let slots = notes.slots.iter().zip(doors);
        slots
            .filter_map(|(slot, door)| Some(door?.standing().0.saturating_sub(slot.acked_sequence)))
            .sum()
    }

    /// Takes what the edge has not heard yet.
    pub(crate) fn news(&self) -> News {
        let mut notes = self.notes();
        let notes = &mut *notes;
        let mut news = News {
            errors: notes.errors.drain(..).collect(),
            forgotten_errors: std::mem::take(&mut notes.forgotten_errors),
            ..News::default()
        };
        for (device, slot) in (0_u32..).zip(&mut notes.slots) {
            if std::mem::take(&mut slot.superseded) {
                news.superseded.push(device);
            }
            if std::mem::take(&mut slot.moved) {
                news.progress.push(DeviceProgress {
                    device,
                    acked_sequence: slot.acked_sequence,
                    credit_until_us: slot.credit_until_us,
                    resend_from_sequence: std::mem::take(&mut slot.resend_from),
                });
            }
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(acked: u64) -> DeviceReply {
        DeviceReply::Progress {
            acked_sequence: acked,
            credit_until_us: 7,
        }
    }

    #[test]
    fn the_edge_hears_the_latest_position_once() {
        let board = Board::new(2);
        let replies = DeviceReplies::new(board.clone(), 1);
        replies.send(progress(1));
        replies.send(progress(2));
        let news = board.news();
        assert_eq!(news.progress.len(), 1);
        assert_eq!(
            (news.progress[0].device, news.progress[0].acked_sequence),
            (1, 2)
        );
        assert!(board.news().progress.is_empty());
    }

    #[test]
    fn what_moves_is_told_without_waiting_for_a_heartbeat() {
        use futures_util::FutureExt as _;

        let board = Board::new(1);
        assert!(board.woken.notified().now_or_never().is_none());
        DeviceReplies::new(board.clone(), 0).send(progress(1));
        assert!(board.woken.notified().now_or_never().is_some());
    }

    #[test]
    fn credit_is_never_taken_back() {
        let board = Board::new(1);
        let replies = DeviceReplies::new(board.clone(), 0);
        for (acked_sequence, credit_until_us) in [(5, 900), (3, 200)] {
            replies.send(DeviceReply::Progress {
                acked_sequence,
                credit_until_us,
            });
        }
        let told = board.news().progress[0];
        assert_eq!((told.acked_sequence, told.credit_until_us), (5, 900));
    }

    #[test]
    fn a_new_stream_goes_on_from_what_was_taken() {
        let from = |taken_sequence, acked_sequence| {
            let position = Position {
                taken_sequence,
                acked_sequence,
                ..Position::default()
            };
            let begins = Board::new(1).begin(0, position);
            (begins.acked_sequence, begins.resend_from_sequence)
        };
        assert_eq!(from(7, 3), (3, 8));
        assert_eq!(from(3, 3), (3, 0));
        assert_eq!(from(0, 0), (0, 0));
    }

    #[test]
    fn replies_never_queue_without_bound() {
        let board = Board::new(1);
        let replies = DeviceReplies::new(board.clone(), 0);
        for sequence in 0..1_000 {
            replies.send(DeviceReply::Refused {
                sequence,
                code: DeviceErrorCode::TooLate,
                message: String::new(),
            });
        }
        let news = board.news();
        assert_eq!(news.errors.len(), MAX_WAITING_ERRORS);
        assert_eq!(news.errors.last().map(|e| e.sequence), Some(999));
        assert_eq!(news.forgotten_errors, 1_000 - 64);
    }
}
