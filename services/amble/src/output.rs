//! Writing to the standard output.

use std::io::{self, ErrorKind, Write as _};

use serde::Serialize;

use crate::failure::Failure;

/// Prints text as it is. A reader that has seen enough (`amble store new kiosk | head`) is no
/// failure.
///
/// # Errors
/// When the standard output can't be written for any other reason.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => Ok(result?),
    }
}

/// Prints one line of JSON.
///
/// # Errors
/// When the value has no JSON form, or the standard output can't be written.
pub fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let mut line = serde_json::to_string(value)?;
    line.push('\n');
    print(&line)
}
