//! What the cameras of a recording saw, in the form in which other trackers want it.

use std::io::BufRead;

use amble_engine::time::Time;
use amble_proto::{
    recording::{Reader, RecordingError},
    v1::{CameraFrame, recording_entry::Entry},
};
use amble_tracks::{Place, Sequence};

use super::Ground;

/// All detections, each as nobody (id −1) in the frame in which it was captured.
///
/// # Errors
/// When the recording can't be read.
pub fn detections(
    mut reader: Reader<impl BufRead>,
    ground: &Ground,
) -> Result<Sequence, RecordingError> {
    let mut found = Sequence::default();
    while let Some(entry) = reader.next_entry()? {
        if let Some(Entry::Frames(recorded)) = entry.entry {
            for frame in recorded.frames.into_iter().flat_map(|frames| frames.camera) {
                add(&frame, ground, &mut found);
            }
        }
    }
    Ok(found)
}

fn add(frame: &CameraFrame, ground: &Ground, found: &mut Sequence) {
    let round = Time(frame.capture_time_us).round();
    let Some(number) = ground.frame(round.end()) else {
        return;
    };
    for point in frame.detections.iter().filter_map(|d| d.position.as_ref()) {
        found.push(
            number,
            Place {
                id: -1,
                x: f64::from(point.x),
                y: f64::from(point.y),
            },
        );
    }
}
