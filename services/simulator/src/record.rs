//! Writes a day to a file, with no network in between.

use std::io::Write;

use amble_proto::{recording::write_entry, v1};

use crate::{
    day::{Day, RoundOutput},
    error::SimulatorError,
    truth::Truth,
};

/// Plays a day to its end: the store plan first, then every device's frames, round by round.
/// `pass_keys_pem`: the public keys of who signed the passes; none: they are not checked. Returns
/// the truth.
///
/// # Errors
/// When `output` can't be written.
pub fn record(
    mut day: Day,
    pass_keys_pem: Vec<String>,
    output: &mut impl Write,
) -> Result<Truth, SimulatorError> {
    let plan = v1::RecordedPlan {
        json: day.plan_json().to_owned(),
        pass_keys_pem,
        start_us: 0,
        passes_rotate: false,
    };
    put(output, v1::recording_entry::Entry::Plan(plan))?;
    while let Some(round) = day.next_round()? {
        for frames in recorded(&day, round) {
            put(output, v1::recording_entry::Entry::Frames(frames))?;
        }
    }
    output.flush()?;
    Ok(day.take_truth())
}

/// A round's entries: every device that has something to say, or has said everything.
fn recorded(day: &Day, round: RoundOutput) -> impl Iterator<Item = v1::RecordedFrames> + '_ {
    let devices = round.devices.into_iter().zip(day.devices());
    devices.map(|(sent, device)| v1::RecordedFrames {
        device: Some(device.clone()),
        frames: Some(sent.frames),
        complete_until_us: sent.complete_until_us,
    })
}

fn put(output: &mut impl Write, entry: v1::recording_entry::Entry) -> Result<(), SimulatorError> {
    write_entry(output, &v1::RecordingEntry { entry: Some(entry) })?;
    Ok(())
}
