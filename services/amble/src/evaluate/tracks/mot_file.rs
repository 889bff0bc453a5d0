//! Files of tracks.

use std::{
    fs::File,
    io::{BufReader, BufWriter},
    path::Path,
};

use amble_tracks::{Sequence, mot};

use crate::failure::{Explain as _, Failure};

/// Reads a file of tracks.
///
/// # Errors
/// When it can't be read or is not of the form; the error names the file and the line.
pub fn read(path: &Path) -> Result<Sequence, Failure> {
    let file = File::open(path).explain(|| format!("cannot read {}", path.display()))?;
    mot::read(BufReader::new(file)).explain(|| path.display().to_string())
}

/// Writes a file of tracks.
///
/// # Errors
/// When it can't be written.
pub fn write(path: &Path, sequence: &Sequence) -> Result<(), Failure> {
    let explain = || format!("cannot write {}", path.display());
    let file = File::create(path).explain(explain)?;
    mot::write(sequence, BufWriter::new(file)).explain(explain)
}
