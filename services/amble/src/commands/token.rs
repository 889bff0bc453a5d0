//! `amble token`.

use std::{fs, process::ExitCode};

use amble_trust::token;

use crate::{
    args::{TokenArgs, TokenCommand},
    failure::{Explain as _, Failure},
    output::print,
};

/// Who issues tokens on the command line.
const ISSUER: &str = "amble-cli";

/// Prints a token.
///
/// # Errors
/// When the key can't be read, or the token would be valid for too long.
pub fn run(args: &TokenArgs) -> Result<ExitCode, Failure> {
    let TokenCommand::Issue(args) = &args.command;
    let key = fs::read_to_string(&args.key)
        .explain(|| format!("cannot read the key {}", args.key.display()))?;
    let issued = token::issue(
        &key,
        ISSUER,
        &args.store,
        &args.name,
        args.role.into(),
        *args.valid,
    );
    let issued = issued.explain(|| args.key.display().to_string())?;
    print(&format!("{issued}\n")).map(|()| ExitCode::SUCCESS)
}
