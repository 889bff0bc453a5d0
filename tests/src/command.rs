//! The frame of the commands that measure: `tests/chaos/soak` and `tests/chaos/spread`.

use std::{
    env::{self, Args},
    iter::Skip,
    process::ExitCode,
};

use crate::Outcome;

/// Reads what is wanted from the command line, and does it. What can't be read ends with 2 and the usage;
/// what goes wrong, with 1.
pub fn command<W>(
    usage: &str,
    read: impl FnOnce(Skip<Args>) -> Result<W, String>,
    run: impl FnOnce(W) -> Outcome,
) -> ExitCode {
    let wanted = match read(env::args().skip(1)) {
        Ok(wanted) => wanted,
        Err(what) => {
            eprintln!("{what}\n{usage}");
            return ExitCode::from(2);
        }
    };
    match run(wanted) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("{fault:?}");
            ExitCode::FAILURE
        }
    }
}
