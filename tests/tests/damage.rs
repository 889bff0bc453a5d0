//! A recording that can't be replayed is refused, and the error says what is wrong with it and where.

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use amble_proto::{
    recording::{Reader, write_entry},
    v1::{RecordedFrames, RecordingEntry, recording_entry::Entry},
};
use amble_tests::{Chance, Fault, Finished, Outcome, Receipts, run};

const WITHIN: Duration = Duration::from_secs(60);

/// A replay that failed as failures should: exit code 1, words and no panic.
fn refused(finished: &Finished, words: &[&str]) -> Outcome {
    let err = finished.err.lines().last().unwrap_or_default();
    let all = &finished.err;
    let clear = all.contains("error: ") && words.iter().all(|word| all.contains(word));
    if finished.code == Some(1) && clear && !all.contains("panicked") {
        Ok(())
    } else {
        Err(Fault::new(format!(
            "exit code {:?} without {words:?}:\n{err}",
            finished.code
        )))
    }
}

fn replayed(folder: &Path, bytes: &[u8]) -> Outcome<Finished> {
    fs::write(folder.join("bad.amble"), bytes)?;
    run(folder, WITHIN, &["replay", "bad.amble"])
}

fn recorded(folder: &Path) -> Outcome<Vec<u8>> {
    let record = ["record", "--store", "kiosk", "--seconds", "40", "day.amble"];
    run(folder, WITHIN, &record)?.well()?;
    Ok(fs::read(folder.join("day.amble"))?)
}

/// Where the entry after the plan begins: an entry is its length, as a varint, and so many bytes.
fn after_plan(day: &[u8]) -> usize {
    let mut length = 0;
    for (place, byte) in day.iter().enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return place + 1 + length;
        }
    }
    day.len()
}

#[test]
fn bad_recordings_are_named() -> Outcome {
    let folder = tempfile::tempdir()?;
    let day = recorded(folder.path())?;
    let plan_ends = after_plan(&day);
    let replay = |bytes: &[u8]| replayed(folder.path(), bytes);

    // Cut off inside an entry: the last one, or the plan.
    refused(&replay(&day[..day.len() - 1])?, &["byte", "cut off"])?;
    refused(&replay(&day[..plan_ends - 1])?, &["byte 0", "cut off"])?;
    // No plan, or nothing at all.
    refused(
        &replay(&day[plan_ends..])?,
        &["does not begin with a store plan"],
    )?;
    refused(&replay(&[])?, &["does not begin with a store plan"])?;
    // A plan that is no plan.
    let mut broken = day.clone();
    let brace = day.iter().position(|&byte| byte == b'{').unwrap_or(0);
    broken[brace] ^= 1;
    refused(&replay(&broken)?, &["store plan", "bad.amble"])?;
    // A flipped byte in the entry's frame: its tag becomes one that protobuf does not have.
    let mut flipped = day;
    let (_, entry) = flipped.split_at_mut(plan_ends);
    let tag = entry.iter().take_while(|&&byte| byte & 0x80 != 0).count() + 1;
    entry[tag] ^= 0xff;
    refused(&replay(&flipped)?, &[&format!("byte {plan_ends}")])?;
    Ok(())
}

/// The day with each entry of frames as `change` makes it; `None`: without it.
fn changed(
    day: &[u8],
    mut change: impl FnMut(RecordedFrames) -> Option<RecordedFrames>,
) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut reader = Reader::new(day);
    while let Some(RecordingEntry { entry }) = reader.next_entry()? {
        let entry = match entry {
            Some(Entry::Frames(frames)) => match change(frames) {
                Some(frames) => Some(Entry::Frames(frames)),
                None => continue,
            },
            other => other,
        };
        write_entry(&mut bytes, &RecordingEntry { entry })?;
    }
    Ok(bytes)
}

/// What no door lets in is no recording of a shop's day, and the error says where it stands.
#[test]
fn what_no_door_lets_in_is_named() -> Outcome {
    type Spoil = fn(&mut RecordedFrames);
    let folder = tempfile::tempdir()?;
    let day = recorded(folder.path())?;
    let cases: [(Spoil, &str); 6] = [
        (
            |f| f.frames.as_mut().unwrap().shelf[0].grams[0] = f32::NAN,
            "is NaN g",
        ),
        (
            |f| f.frames.as_mut().unwrap().shelf[0].capture_time_us += 9_000_000_000,
            "ahead",
        ),
        (
            |f| f.frames.as_mut().unwrap().shelf[0].capture_time_us = i64::MIN,
            "before",
        ),
        (
            |f| f.frames.as_mut().unwrap().shelf[0].sequence += 1,
            "is awaited",
        ),
        (
            |f| f.frames.as_mut().unwrap().shelf[0].grams = vec![0.0; 5_000],
            "5000 weights",
        ),
        (|f| f.complete_until_us = i64::MAX, "ahead"),
    ];
    for (spoil, words) in cases {
        // The 300th that a shelf sent.
        let mut count = 0;
        let bytes = changed(&day, |mut frames| {
            if frames.frames.as_ref().is_some_and(|f| !f.shelf.is_empty()) {
                count += 1;
                if count == 300 {
                    spoil(&mut frames);
                }
            }
            Some(frames)
        })?;
        refused(
            &replayed(folder.path(), &bytes)?,
            &["at byte", "shelf", words],
        )?;
    }
    Ok(())
}

/// A device that has nothing more to say is passed over, at the same place in every replay.
#[test]
fn a_device_that_falls_silent_holds_up_nobody() -> Outcome {
    let folder = tempfile::tempdir()?;
    let day = recorded(folder.path())?;
    for silent in ["cam-2", "g1/s3", "exit-1"] {
        let mut heard = BTreeMap::<String, u32>::new();
        let bytes = changed(&day, |frames| {
            let id = frames.device.as_ref()?.device_id.clone();
            let count = heard.entry(id.clone()).or_default();
            *count += 1;
            (id != silent || *count < 150).then_some(frames)
        })?;
        assert!(
            heard[silent] > 300,
            "{silent} has {} entries",
            heard[silent]
        );
        let first = replayed(folder.path(), &bytes)?.well()?;
        assert!(
            first.err.contains(silent),
            "nobody says that {silent} was silent"
        );
        assert!(!Receipts::from_lines(first.text()?)?.0.is_empty());
        let second = replayed(folder.path(), &bytes)?.well()?;
        assert!(first.out == second.out, "{silent}: two replays differ");
    }
    Ok(())
}

/// Protobuf has no checksum, so a flipped figure may stay unseen; but nothing panics or hangs.
#[test]
fn a_flipped_bit_anywhere_ends_in_receipts_or_an_error() -> Outcome {
    let folder = tempfile::tempdir()?;
    let day = recorded(folder.path())?;
    let mut chance = Chance(6);
    for _ in 0..30 {
        let place = usize::try_from(chance.between(0, day.len() as u64))?;
        let bit = chance.between(0, 8);
        let mut flipped = day.clone();
        flipped[place] ^= 1 << bit;
        let finished = replayed(folder.path(), &flipped)?;
        if finished.code == Some(1) {
            refused(&finished, &[])?;
        } else {
            assert!(
                finished.code == Some(0) && !finished.err.contains("panicked"),
                "byte {place}, bit {bit}: exit code {:?}\n{}",
                finished.code,
                finished.err
            );
        }
    }
    Ok(())
}
