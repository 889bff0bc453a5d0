//! A ledger that is there already, for commands that look into it.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use amble_ledger::Ledger;

use crate::{assembly::shop::open_ledger, config::LedgerPlace, failure::Failure};

/// How long a database is waited for.
const WAIT: Duration = Duration::from_secs(10);

/// Opens it, and never makes one.
///
/// # Errors
/// When there is none, or it can't be read.
pub async fn open(place: &LedgerPlace) -> Result<Arc<dyn Ledger>, Failure> {
    match place {
        LedgerPlace::Memory => {
            return Err(Failure::usage(
                "the settings keep the ledger in memory, and nothing of it is here: name its place with --ledger",
            ));
        }
        LedgerPlace::File(path) if !path.exists() => {
            return Err(Failure::new(format!(
                "there is no ledger at {}: name its place with --ledger",
                path.display()
            )));
        }
        _ => {}
    }
    open_ledger(place, WAIT).await
}

/// Microseconds since the Unix epoch; what was before counts as its beginning.
pub fn micros(time: SystemTime) -> i64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    i64::try_from(since.unwrap_or_default().as_micros()).unwrap_or(i64::MAX)
}
