//! A recording instead of devices: the same inputs, in the same order for each device, as fast as
//! the shop takes them. The clock passes nobody over.

use std::io::BufRead;

use amble_cluster::AskError;
use amble_engine::time::Time;
use amble_gateway::limits::END_OF_TIME_US;
use amble_proto::{
    recording::{Reader, RecordingError},
    v1::{RecordedFrames, RecordedPlan, recording_entry::Entry},
};
use amble_store::Running;

use super::player::Player;

/// A device that has told nothing for so long of the recording is passed over, in microseconds of
/// event time. Whoever is waited for live is never so far behind: credit ends before that.
pub(super) const SILENT_US: i64 = 10_000_000;
/// How far the recording may be ahead of what is decided: what a silent device may hold up, and some
/// more, so that the shop's actors work in larger pieces.
pub(super) const AHEAD_US: i64 = SILENT_US + 3_000_000;
/// How much event time passes after the recording's last frame, so that every party that has left is
/// settled: longer than the longest wait for a shelf.
pub(super) const AFTER_US: i64 = 20_000_000;
/// In what steps event time goes on.
pub(super) const STEP_US: i64 = 1_000_000;

/// Why a recording can't be played.
#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    /// The file is damaged.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// It does not begin with the plan.
    #[error("the recording does not begin with a store plan")]
    NoPlan,
    /// An entry can't be what a shop took.
    #[error("the recording is damaged at byte {offset}: {what}")]
    Entry {
        /// Where the entry begins.
        offset: u64,
        /// What is wrong with it.
        what: String,
    },
    /// Its times make no sense.
    #[error("the recording says that it begins at {0} µs, which is no time since 1970")]
    Begin(i64),
    /// An actor does not answer.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// An actor has failed, and nobody can send again what it lost.
    #[error("{0} failed while the recording was played; the log says why")]
    Failed(String),
    /// The shop has stopped.
    #[error("the shop stopped before the recording ended")]
    Stopped,
}

/// The plan that a recording begins with.
///
/// # Errors
/// When there is none.
pub fn plan(reader: &mut Reader<impl BufRead>) -> Result<RecordedPlan, PlayError> {
    match reader.next_entry()?.and_then(|entry| entry.entry) {
        Some(Entry::Plan(plan)) => Ok(plan),
        _ => Err(PlayError::NoPlan),
    }
}

/// The event time at which a recording begins: what it says, or that of its first frame.
///
/// # Errors
/// When the recording is damaged, or that is no time.
pub fn begin(said_us: i64, reader: &mut Reader<impl BufRead>) -> Result<Time, PlayError> {
    let mut begin_us = said_us;
    while begin_us == 0
        && let Some(entry) = reader.next_entry()?
    {
        if let Some(Entry::Frames(frames)) = &entry.entry {
            begin_us = first_time(frames).unwrap_or_default();
        }
    }
    if !(0..=END_OF_TIME_US).contains(&begin_us) {
        return Err(PlayError::Begin(begin_us));
    }
    Ok(Time(begin_us).round().start())
}

fn first_time(recorded: &RecordedFrames) -> Option<i64> {
    let frames = recorded.frames.as_ref()?;
    let camera = frames.camera.first().map(|frame| frame.capture_time_us);
    let shelf = frames.shelf.first().map(|frame| frame.capture_time_us);
    let gate = frames.gate.first().map(|event| event.capture_time_us);
    camera.or(shelf).or(gate)
}

/// Plays everything after the plan into a shop that begins at `begin`, until all of it is decided,
/// settled and written. `progress` hears the event time that has been played.
///
/// # Errors
/// When the recording is damaged or does not fit its plan, or the shop stops.
pub async fn play(
    running: &Running,
    begin: Time,
    mut reader: Reader<impl BufRead>,
    mut progress: impl FnMut(Time),
) -> Result<(), PlayError> {
    let mut player = Player::attach(&running.shop, begin).await?;
    let played = async {
        loop {
            let offset = reader.offset();
            let Some(entry) = reader.next_entry()? else {
                break;
            };
            let before = player.played();
            player.entry(offset, entry.entry).await?;
            if player.played() > before {
                progress(player.played());
            }
        }
        player.finish().await?;
        Ok(running.shop.flush().await?)
    };
    tokio::select! {
        played = played => played,
        () = running.ended() => Err(PlayError::Stopped),
    }
}
