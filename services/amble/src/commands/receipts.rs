//! `amble receipts`: what was sold, from the ledger.

use std::{
    io::{self, BufWriter, ErrorKind},
    process::ExitCode,
    time::{Duration, SystemTime},
};

use amble_checkout::export::{Export, ExportError, Form, sales};
use amble_ledger::Ledger;

use crate::{
    args::{ReceiptsArgs, ReceiptsCommand, ReceiptsExportArgs, ReceiptsForm},
    assembly::shop::open_ledger,
    config::{Config, LedgerPlace},
    failure::Failure,
};

/// How long a database is waited for.
const WAIT: Duration = Duration::from_secs(10);

/// Carries out what is asked.
///
/// # Errors
/// When the ledger can't be read, a stored document is not sound, or nothing can be printed.
pub async fn run(args: &ReceiptsArgs, config: &Config) -> Result<ExitCode, Failure> {
    let ReceiptsCommand::Export(args) = &args.command;
    match &config.ledger {
        LedgerPlace::Memory => {
            return Err(Failure::usage(
                "the settings keep the ledger in memory, and nothing of it is here: name its place with --ledger",
            ));
        }
        // Opening would make one.
        LedgerPlace::File(path) if !path.exists() => {
            return Err(Failure::new(format!(
                "there is no ledger at {}: name its place with --ledger",
                path.display()
            )));
        }
        _ => {}
    }
    let form = form(args)?;
    let ledger = open_ledger(&config.ledger, WAIT).await?;
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

/// Microseconds since the Unix epoch; what was before counts as its beginning.
fn micros(time: SystemTime) -> i64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    i64::try_from(since.unwrap_or_default().as_micros()).unwrap_or(i64::MAX)
}
