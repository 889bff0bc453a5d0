//! A recording that can't be replayed is refused, and the error says what is wrong with it.

use std::{fs, path::Path, time::Duration};

use amble_tests::{Fault, Finished, Outcome, run};

const WITHIN: Duration = Duration::from_secs(60);

/// A replay that failed as failures should: exit code 1, words and no panic.
fn refused(finished: &Finished, words: &[&str]) -> Outcome {
    let err = &finished.err;
    let clear = err.starts_with("error: ") && words.iter().all(|word| err.contains(word));
    if finished.code == Some(1) && clear && !err.contains("panicked") {
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
    let record = ["record", "--store", "kiosk", "--seconds", "20", "day.amble"];
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
