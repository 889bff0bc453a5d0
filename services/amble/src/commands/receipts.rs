//! `amble receipts`: what was sold, from the ledger.

use std::{
    io::{self, BufWriter, ErrorKind},
    process::ExitCode,
    time::{Duration, SystemTime},
};

use amble_checkout::export::{Export, Form, Sale};
use amble_ledger::{Ledger, ReceiptPlace};

use crate::{
    args::{ReceiptsArgs, ReceiptsCommand, ReceiptsExportArgs, ReceiptsForm},
    assembly::shop::open_ledger,
    config::{Config, LedgerPlace},
    failure::{Explain as _, Failure},
};

/// How long a database is waited for.
const WAIT: Duration = Duration::from_secs(10);

/// Receipts that are read at once.
const PAGE: u32 = 500;

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
    let ledger = open_ledger(&config.ledger, WAIT).await?;
    let out = BufWriter::new(io::stdout().lock());
    match export(&*ledger, form(args)?, args, out).await {
        // Who reads has seen enough.
        Err(Unwritten::Printed(error)) if error.kind() == ErrorKind::BrokenPipe => {}
        Err(Unwritten::Printed(error)) => return Err(error.into()),
        Err(Unwritten::Read(failure)) => return Err(failure),
        Ok(()) => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// Why an export ended too soon.
enum Unwritten {
    Read(Failure),
    Printed(io::Error),
}

impl From<io::Error> for Unwritten {
    fn from(error: io::Error) -> Self {
        Self::Printed(error)
    }
}

async fn export(
    ledger: &dyn Ledger,
    form: Form,
    args: &ReceiptsExportArgs,
    out: impl io::Write,
) -> Result<(), Unwritten> {
    let mut export = Export::begin(form, out)?;
    let since = args.since.map_or(i64::MIN, micros);
    // The list goes on after this place: with what was settled before that time.
    let mut place = args.until.map(|until| ReceiptPlace {
        settled_us: micros(until),
        id: String::new(),
    });
    loop {
        let page = ledger.receipts(place.as_ref(), PAGE).await;
        let page = page.map_err(|error| Unwritten::Read(error.into()))?;
        let Some(last) = page.last() else { break };
        place = Some(last.place());
        for receipt in &page {
            if receipt.settled_us < since {
                return Ok(export.finish()?);
            }
            let corrections = ledger.corrections_of(&receipt.id).await;
            let corrections = corrections.map_err(|error| Unwritten::Read(error.into()))?;
            let sale = Sale::read(receipt, &corrections)
                .explain(|| format!("receipt {} can't be given out", receipt.id))
                .map_err(Unwritten::Read)?;
            export.sale(&sale)?;
        }
    }
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

#[cfg(test)]
mod tests {
    use amble_checkout::{ReceiptDocument, settle};
    use amble_ledger::{Append, SqliteLedger};

    use super::*;

    fn receipt(number: i64) -> ReceiptDocument {
        ReceiptDocument {
            id: format!("r-{number}"),
            visit: format!("v-{number}"),
            store: "corner".to_owned(),
            store_name: "Corner".to_owned(),
            lines: vec![],
            total_minor: 0,
            currency: "EUR".to_owned(),
            taxes: vec![],
            tax_added: false,
            entered_us: 0,
            left_us: 0,
            settled_us: number * 1_000_000,
            undecided: 0,
            language: String::new(),
        }
    }

    #[tokio::test]
    async fn what_is_given_out_was_settled_from_then_until_before_then() {
        let ledger = SqliteLedger::in_memory().await.unwrap();
        ledger.claim("book", 1).await.unwrap();
        // More than a page.
        let receipts = (1..=i64::from(PAGE) + 100).map(receipt);
        let entries = receipts.map(|receipt| settle(&receipt, "", "").unwrap());
        let append = Append {
            shard: "book".to_owned(),
            epoch: 1,
            entries: entries.collect(),
        };
        assert!(ledger.append(append).await.unwrap().all_stand());
        let at = |second| SystemTime::UNIX_EPOCH + Duration::from_secs(second);
        let given = async |since: Option<u64>, until: Option<u64>| {
            let args = ReceiptsExportArgs {
                ledger: None,
                form: ReceiptsForm::Json,
                authority: None,
                since: since.map(at),
                until: until.map(at),
            };
            let mut out = Vec::new();
            let form = form(&args).unwrap();
            let ended = export(&ledger, form, &args, &mut out).await;
            assert!(ended.is_ok());
            let text = String::from_utf8(out).unwrap();
            let ids = text.lines().map(|line| {
                let line: serde_json::Value = serde_json::from_str(line).unwrap();
                line["receipt"]["id"].as_str().unwrap().to_owned()
            });
            ids.collect::<Vec<_>>()
        };
        assert_eq!(given(None, None).await.len(), PAGE as usize + 100);
        assert_eq!(given(Some(3), Some(6)).await, ["r-5", "r-4", "r-3"]);
        assert!(given(Some(10_000), None).await.is_empty());
    }
}
