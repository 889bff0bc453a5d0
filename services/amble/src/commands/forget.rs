//! `amble forget`: what ties visits to people goes, the books stay.
//!
//! 1. Nothing is forgotten that a shop may still remember: it keeps a visit, and its pass, for as long as the pass could be
//!    shown again, and writes what it remembers anew. What is younger than that is said, and left for another time.
//! 2. Who is forgotten is in no output and no log: only how many visits it were.
//! 3. It may end half-way; doing it again goes on.

use std::{
    fs,
    io::{self, Read as _},
    path::Path,
    process::ExitCode,
    time::SystemTime,
};

use amble_engine::time::{ROUND_US, Time};
use amble_ledger::{Ledger, SqliteLedger, Whose};
use amble_store::pass::LONGEST_US;
use serde::Serialize;

use super::ledger;
use crate::{
    args::{ForgetArgs, WhoseArgs},
    config::{Config, LedgerPlace},
    failure::{Explain as _, Failure},
    output::print_json,
};

/// Visits that are read at once.
const PAGE: u32 = 500;

/// For how long after a visit was settled a shop may remember it: twice what a pass is valid, as buckets keep passes,
/// and half an hour for what lingers.
const REMEMBERED_US: i64 = 2 * LONGEST_US + 1_800_000_000;

/// The longest subject that is looked for: the longest address is shorter.
const MAX_SUBJECT_BYTES: u64 = 1_024;

/// What was done.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Done {
    /// Visits that were forgotten, or would be.
    forgotten: usize,
    /// Visits that the shop may still remember: for another time.
    too_young: usize,
    /// Whether nothing was changed.
    dry_run: bool,
}

/// Forgets.
///
/// # Errors
/// When the ledger can't be read or written, or the subject can't be read.
pub async fn run(args: &ForgetArgs, config: &Config) -> Result<ExitCode, Failure> {
    let (whose, before) = whose(&args.whose, ledger::micros(SystemTime::now()))?;
    let ledger = ledger::open(&config.ledger).await?;
    let done = forget(&*ledger, &whose, before, args.dry_run).await?;
    drop(ledger);
    if done.forgotten > 0
        && !args.dry_run
        && let LedgerPlace::File(path) = &config.ledger
    {
        SqliteLedger::rewrite(path).await?;
    }
    print_json(&done)?;
    Ok(match done.too_young {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

async fn forget(
    ledger: &dyn Ledger,
    whose: &Whose,
    before: i64,
    dry_run: bool,
) -> Result<Done, Failure> {
    // Rule 1, by the shop's own time: a recording may have been played.
    let newest = ledger.newest_cut().await?;
    let known = newest.map_or(i64::MAX, |round| {
        Time(round.saturating_mul(ROUND_US)).0 - REMEMBERED_US
    });
    let mut done = Done {
        forgotten: 0,
        too_young: 0,
        dry_run,
    };
    if before > known {
        let all = ledger.to_forget(whose, before, u32::MAX).await?.len();
        let old = ledger.to_forget(whose, known, u32::MAX).await?.len();
        done.too_young = all.saturating_sub(old);
    }
    let before = before.min(known);
    if dry_run {
        done.forgotten = ledger.to_forget(whose, before, u32::MAX).await?.len();
        return Ok(done);
    }
    loop {
        let visits = ledger.to_forget(whose, before, PAGE).await?;
        for visit in &visits {
            ledger.forget_visit(visit).await?;
        }
        done.forgotten += visits.len();
        if visits.is_empty() {
            return Ok(done);
        }
    }
}

/// Whose visits, and before when they were settled.
fn whose(args: &WhoseArgs, now_us: i64) -> Result<(Whose, i64), Failure> {
    if let Some(visit) = &args.visit {
        return Ok((Whose::Visit(visit.clone()), i64::MAX));
    }
    if let Some(file) = &args.subject {
        return Ok((Whose::Subject(subject(file)?), i64::MAX));
    }
    let before = match (args.older_than, args.before) {
        (Some(age), _) => {
            let age = i64::try_from(age.as_micros()).unwrap_or(i64::MAX);
            now_us.saturating_sub(age)
        }
        (None, Some(time)) => ledger::micros(time),
        (None, None) => return Err(Failure::usage("say whose visits: see amble forget --help")),
    };
    Ok((Whose::Everybody, before))
}

fn subject(file: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        io::stdin()
            .take(MAX_SUBJECT_BYTES)
            .read_to_string(&mut text)
    } else {
        fs::File::open(file).and_then(|file| file.take(MAX_SUBJECT_BYTES).read_to_string(&mut text))
    };
    read.explain(|| format!("cannot read the subject in {}", file.display()))?;
    let line = text.trim();
    if line.is_empty() || line.contains(char::is_control) {
        return Err(Failure::usage(format!(
            "{} must hold one line: an address, a payment method or a customer",
            file.display()
        )));
    }
    Ok(line.to_owned())
}

#[cfg(test)]
mod tests {
    use amble_ledger::{Append, Entry, OutboxEnd, OutboxEntry};

    use super::*;

    /// A ledger with visits settled at these times, and a shop that has come to the last of them.
    async fn ledger(settled: &[i64], newest_us: i64) -> SqliteLedger {
        let ledger = SqliteLedger::in_memory().await.unwrap();
        ledger.claim("bookkeeper", 1).await.unwrap();
        let mut entries = vec![Entry::Cut {
            round: newest_us / ROUND_US,
            body: Vec::new(),
        }];
        for settled_us in settled {
            let id = format!("r-{settled_us}");
            entries.push(Entry::Receipt {
                outbox: vec![OutboxEntry::send(&id, "ada@example.org")],
                visit: format!("v-{settled_us}"),
                settled_us: *settled_us,
                total_minor: 0,
                currency: "EUR".to_owned(),
                body: "{}".to_owned(),
                id,
            });
        }
        let append = Append {
            shard: "bookkeeper".to_owned(),
            epoch: 1,
            entries,
        };
        ledger.append(append).await.unwrap();
        for settled_us in settled {
            let end = OutboxEnd::Delivered(String::new());
            let id = format!("r-{settled_us}/send");
            ledger.outbox_done(&id, &end).await.unwrap();
        }
        ledger
    }

    #[tokio::test]
    async fn what_the_shop_may_remember_waits_and_again_changes_nothing() {
        let now = 100 * REMEMBERED_US;
        let known = now - REMEMBERED_US;
        let ledger = ledger(&[1, known - 1, known, now], now).await;
        let subject = Whose::Subject("ada@example.org".to_owned());
        let done = |forgotten, dry_run| Done {
            forgotten,
            too_young: 2,
            dry_run,
        };
        let run = async |dry| forget(&ledger, &subject, i64::MAX, dry).await.unwrap();
        assert_eq!(run(true).await, done(2, true));
        assert_eq!(run(false).await, done(2, false));
        assert_eq!(run(false).await, done(0, false));
        let outbox = ledger.outbox_of("r-1").await.unwrap();
        assert_eq!(outbox[0].body, "");
    }

    #[tokio::test]
    async fn retention_takes_what_is_old_enough_only() {
        let ledger = ledger(&[1, 2, 3], i64::MAX / 2).await;
        let done = forget(&ledger, &Whose::Everybody, 3, false).await.unwrap();
        assert_eq!((done.forgotten, done.too_young), (2, 0));
        let left = ledger.to_forget(&Whose::Everybody, i64::MAX, 9).await;
        assert_eq!(left.unwrap(), ["v-3"]);
    }
}
