//! What came of one batch: for the edge, for the metrics, for the status.

use amble_proto::v1::{DeviceError, DeviceErrorCode};

use crate::limits::MAX_ERRORS_A_BATCH;

/// Why a frame, or a part of it, was not taken.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) code: DeviceErrorCode,
    /// What is wrong and what to do; whoever reports it says where.
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn bad_value(message: String) -> Self {
        Self {
            code: DeviceErrorCode::BadValue,
            message,
        }
    }

    pub(crate) fn too_large(message: String) -> Self {
        Self {
            code: DeviceErrorCode::TooLarge,
            message,
        }
    }
}

/// Counts and errors of one batch. The good case allocates nothing.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) camera_frames: u64,
    pub(crate) detections: u64,
    pub(crate) shelf_frames: u64,
    pub(crate) samples: u64,
    pub(crate) gate_events: u64,
    /// Frames that were sent again and had been taken before.
    pub(crate) repeated: u64,
    /// Frames that came while an earlier one was awaited; they come again.
    pub(crate) early: u64,
    /// Camera frames that never came.
    pub(crate) missing: u64,
    /// How many were refused, by code; the codes are few and dense.
    pub(crate) refused: Vec<(DeviceErrorCode, u64)>,
    /// The first ones, for the edge.
    pub(crate) errors: Vec<DeviceError>,
    /// Devices that must send again, and from where.
    pub(crate) resend: Vec<(u32, u64)>,
}

impl Report {
    /// Notes a refusal; `place` says where.
    pub(crate) fn refuse(
        &mut self,
        device: Option<u32>,
        sequence: u64,
        place: &dyn std::fmt::Display,
        fault: Fault,
    ) {
        let Fault { code, message } = fault;
        match self.refused.iter_mut().find(|(c, _)| *c == code) {
            Some((_, count)) => *count += 1,
            None => self.refused.push((code, 1)),
        }
        if self.errors.len() < MAX_ERRORS_A_BATCH {
            self.errors.push(DeviceError {
                device,
                sequence,
                code: code.into(),
                message: format!("{place}: {message}"),
            });
        }
    }

    /// Empty again, keeping its room.
    pub(crate) fn clear(&mut self) {
        let Self {
            refused,
            errors,
            resend,
            ..
        } = std::mem::take(self);
        *self = Self {
            refused,
            errors,
            resend,
            ..Self::default()
        };
        self.refused.clear();
        self.errors.clear();
        self.resend.clear();
    }
}
