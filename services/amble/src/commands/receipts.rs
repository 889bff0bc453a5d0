//! `amble receipts`: what was sold, from the ledger.

use std::{
    io::{self, BufWriter, ErrorKind},
    process::ExitCode,
    time::SystemTime,
};

use amble_checkout::export::{Export, ExportError, Form, sales};
use amble_ledger::Ledger;

use super::ledger::{self, micros};
use crate::{
    args::{ReceiptsArgs, ReceiptsCommand, ReceiptsExportArgs, ReceiptsForm},
    config::Config,
    failure::Failure,
};

/// Carries out what is asked.
///
/// # Errors
/// When the ledger can't be read, a stored document is not sound, or nothing can be printed.
pub async fn run(args: &ReceiptsArgs, config: &Config) -> Result<ExitCode, Failure> {
    let ReceiptsCommand::Export(args) = &args.command;
    let form = form(args)?;
    let ledger = ledger::open(&config.ledger).await?;
    match export(&*ledger, form, args).await {
        // Who reads has seen enough.
        Err(ExportError::Written(error)) if error.kind() == ErrorKind::BrokenPipe => {}
        ended => ended?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn export(
    ledger: &dyn Ledger,
    form: Form,
    args: &ReceiptsExportArgs,
) -> Result<(), ExportError> {
    let mut export = Export::begin(form, BufWriter::new(io::stdout().lock()))?;
    let (since, until) = (args.since.map(micros), args.until.map(micros));
    sales(ledger, since, until, &mut export).await?;
    Ok(export.finish()?)
}

fn form(args: &ReceiptsExportArgs) -> Result<Form, Failure> {
    Ok(match args.form {
        ReceiptsForm::Json => Form::JsonLines,
        ReceiptsForm::Csv => Form::Csv,
        ReceiptsForm::Epcis => Form::Epcis {
            authority: args
                .authority
                .clone()
                .ok_or_else(|| Failure::usage("--form epcis needs --authority"))?,
            created_us: micros(SystemTime::now()),
        },
    })
}
