//! `amble config`.

use std::process::ExitCode;

use crate::{
    args::ConfigArgs,
    config::{Config, document},
    failure::Failure,
    output::{print, print_json},
};

/// Prints the settings.
///
/// # Errors
/// When the standard output can't be written.
pub fn run(args: &ConfigArgs, config: &Config) -> Result<ExitCode, Failure> {
    if args.json {
        print_json(config)
    } else {
        print(&document(config)?)
    }?;
    Ok(ExitCode::SUCCESS)
}
