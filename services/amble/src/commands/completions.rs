//! `amble completions`.

use std::process::ExitCode;

use clap::CommandFactory as _;

use crate::{args::CompletionsArgs, cli::Cli, failure::Failure, output::print};

/// Prints the script.
///
/// # Errors
/// When the standard output can't be written.
pub fn run(args: &CompletionsArgs) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "amble", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::SUCCESS)
}
