//! A recording without what devices that are not there would have sent.

use std::io::{self, BufRead, Write};

use amble_proto::{
    recording::{Reader, RecordingError, write_entry},
    v1::{DeviceKind, RecordedFrames, RecordingEntry, recording_entry::Entry},
};

use super::Fewer;

/// Why a recording can't be stripped.
#[derive(Debug, thiserror::Error)]
pub enum StripError {
    /// It can't be read.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// The new one can't be written.
    #[error("cannot write the recording: {0}")]
    Io(#[from] io::Error),
    /// The plan can't be written.
    #[error("cannot write the store plan: {0}")]
    Plan(#[from] serde_json::Error),
}

/// Writes again, for the shop, what was recorded in the world.
///
/// # Errors
/// When it can't be read or written.
pub fn strip(
    fewer: &Fewer,
    mut input: Reader<impl BufRead>,
    output: &mut impl Write,
) -> Result<(), StripError> {
    while let Some(entry) = input.next_entry()? {
        let left = match entry.entry {
            Some(Entry::Plan(mut plan)) => {
                plan.json = serde_json::to_string(&fewer.shop)?;
                Some(Entry::Plan(plan))
            }
            Some(Entry::Frames(frames)) => frames_left(fewer, frames).map(Entry::Frames),
            other => other,
        };
        if left.is_some() {
            write_entry(output, &RecordingEntry { entry: left })?;
        }
    }
    Ok(output.flush()?)
}

/// What is left of a device's frames; nothing of a device that is not there.
fn frames_left(fewer: &Fewer, mut recorded: RecordedFrames) -> Option<RecordedFrames> {
    let device = recorded.device.clone().unwrap_or_default();
    if device.kind() == DeviceKind::Camera && fewer.blind.contains(&device.device_id) {
        return None;
    }
    if device.kind() != DeviceKind::Shelf {
        return Some(recorded);
    }
    let Some(kept) = fewer.kept.get(&device.device_id) else {
        return Some(recorded);
    };
    if !kept.contains(&true) {
        return None;
    }
    for frame in recorded
        .frames
        .iter_mut()
        .flat_map(|frames| &mut frames.shelf)
    {
        let mut left = kept.iter().cycle();
        frame.grams.retain(|_| left.next().copied().unwrap_or(true));
    }
    Some(recorded)
}
