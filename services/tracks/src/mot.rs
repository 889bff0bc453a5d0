//! The MOT Challenge's form of tracks: CSV without a header, one row for each person and frame.
//!
//! `frame,id,bb_left,bb_top,bb_width,bb_height,conf,x,y,z`
//!
//! 1. Frames are numbered from 1. An id is the same in all frames; −1 is a detection's, which is
//!    nobody yet.
//! 2. A floor position is in the columns for world coordinates, as in the benchmark's 3D part: x and
//!    y in metres on the floor plan, z = 0. There are no boxes, so the four box columns are −1, which
//!    is the benchmark's word for a value that is not there.
//! 3. `conf` is 1 for what counts; a row whose `conf` is 0 is skipped when read, as the benchmark does
//!    with truth that is not to be judged.

use std::{
    collections::BTreeSet,
    io::{self, Read, Write},
};

use crate::{Place, Sequence};

/// What can be wrong with a file of tracks.
#[derive(Debug, thiserror::Error)]
pub enum MotError {
    /// It can't be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A row is not of the form above.
    #[error(
        "line {line}: {what}; each line has frame,id,bb_left,bb_top,bb_width,bb_height,conf,x,y,z \
         with x and y in metres"
    )]
    Row {
        /// Which, from 1.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
}

type Row = (f64, f64, f64, f64, f64, f64, f64, f64, f64, f64);

/// Reads tracks.
///
/// # Errors
/// When a line has not the columns named above, or names somebody twice in a frame.
pub fn read(input: impl Read) -> Result<Sequence, MotError> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .trim(csv::Trim::All)
        .from_reader(input);
    let mut sequence = Sequence::default();
    let mut known = BTreeSet::new();
    for row in reader.records() {
        let row = row.map_err(|error| bad(&error))?;
        let line = row.position().map_or(0, csv::Position::line);
        let wrong = |what: String| MotError::Row { line, what };
        let (frame, id, .., conf, x, y, _) = row
            .deserialize::<Row>(None)
            .map_err(|error| wrong(error.to_string()))?;
        if !(x.is_finite() && y.is_finite()) {
            return Err(wrong("x and y must be numbers".to_owned()));
        }
        let frame = whole(frame)
            .and_then(|n| u32::try_from(n).ok())
            .filter(|&n| n > 0)
            .ok_or_else(|| wrong(format!("{frame} is no frame; they are numbered from 1")))?;
        let id = whole(id).ok_or_else(|| wrong(format!("{id} is no whole number, so no id")))?;
        if conf == 0.0 {
            continue;
        }
        if id >= 0 && !known.insert((frame, id)) {
            return Err(wrong(format!("{id} is in frame {frame} twice")));
        }
        sequence.push(frame, Place { id, x, y });
    }
    Ok(sequence)
}

/// Writes tracks, frame by frame; positions to a tenth of a millimetre.
///
/// # Errors
/// When `output` can't be written.
pub fn write(sequence: &Sequence, mut output: impl Write) -> io::Result<()> {
    for (frame, places) in sequence.frames() {
        for Place { id, x, y } in places {
            writeln!(output, "{frame},{id},-1,-1,-1,-1,1,{x:.4},{y:.4},0")?;
        }
    }
    output.flush()
}

/// A whole number that a float holds exactly; others write ids as `7.0`.
fn whole(value: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (value.fract() == 0.0 && value.abs() <= EXACT).then_some(value as i64)
}

fn bad(error: &csv::Error) -> MotError {
    MotError::Row {
        line: error.position().map_or(0, csv::Position::line),
        what: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_again() {
        let mut sequence = Sequence::default();
        for (frame, id, x) in [(1, 7, 0.5), (1, 9, -3.25), (4, 7, 1.0)] {
            sequence.push(frame, Place { id, x, y: 2.125 });
        }
        let mut text = Vec::new();
        write(&sequence, &mut text).unwrap();
        let first = "1,7,-1,-1,-1,-1,1,0.5000,2.1250,0\n";
        assert!(text.starts_with(first.as_bytes()));
        assert_eq!(read(text.as_slice()).unwrap(), sequence);
    }

    #[test]
    fn a_row_of_confidence_zero_is_not_there() {
        let text = "1,7,-1,-1,-1,-1,0,1,2,0\n1, 8.0, -1,-1,-1,-1, 1, 1, 2, 0\n";
        let read = read(text.as_bytes()).unwrap();
        assert_eq!((read.places(), read.at(1)[0].id), (1, 8));
    }

    #[test]
    fn a_bad_row_is_named_with_its_line() {
        let good = "1,7,-1,-1,-1,-1,1,1,2,0\n";
        for (bad, what) in [
            ("1,7,-1,-1\n", "fields"),
            ("0,8,-1,-1,-1,-1,1,1,2,0\n", "numbered from 1"),
            ("1,8,-1,-1,-1,-1,1,east,2,0\n", "float"),
            ("1,8,-1,-1,-1,-1,1,nan,2,0\n", "must be numbers"),
            ("1,7,-1,-1,-1,-1,1,1,2,0\n", "twice"),
        ] {
            let error = read(format!("{good}{bad}").as_bytes()).unwrap_err();
            let error = error.to_string();
            assert!(error.starts_with("line 2: "), "{error}");
            assert!(error.contains(what), "{error}");
        }
    }
}
