//! What is old goes, so that the ledger stays as large as the shop is busy.
//!
//! 1. What goes are interactions, decisions, events of visits, used passes and what a payment service told: what receipts
//!    were decided from. Receipts, charges, corrections and reviews stay.
//! 2. Old is what lies so much further back than the newest cut of every shard, in the shop's own time: whoever begins
//!    anew from its cut finds what it needs, also after the shop was closed for a year.
//! 3. Little at a time, with a pause after: appends go first. Several nodes may do it at once; a ledger that is away is
//!    asked again the next time.

use std::{sync::Arc, time::Duration};

use amble_engine::time::ROUND_US;
use amble_ledger::{Ledger, LedgerError};
use amble_store::Shop;
use tokio::{
    task::JoinHandle,
    time::{MissedTickBehavior, interval, sleep},
};

/// How often old things are looked for.
const EVERY: Duration = Duration::from_secs(600);
/// So many of each kind at once.
const BITE: u32 = 200;
/// And nothing for so long after it.
const PAUSE: Duration = Duration::from_millis(100);

/// Upkeep under way; it ends when this is dropped.
#[derive(Debug)]
pub struct Upkeep(JoinHandle<()>);

impl Upkeep {
    /// Begins to let go of what is older than this.
    pub fn begin(shop: Arc<Shop>, keep: Duration) -> Self {
        // The bookkeeper has no cuts: it begins where the others do.
        let cutting = shop.keys.shards().filter(|&key| key != shop.keys.book());
        let names: Vec<String> = cutting.map(ToString::to_string).collect();
        Self(tokio::spawn(async move {
            let mut times = interval(EVERY);
            times.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                times.tick().await;
                match let_go(&*shop.ledger, &names, keep).await {
                    Ok(0) => {}
                    Ok(gone) => tracing::info!(gone, "what was kept for long enough is deleted"),
                    Err(error) => {
                        tracing::warn!(%error, "what was kept for long enough can't be deleted now");
                    }
                }
            }
        }))
    }
}

impl Drop for Upkeep {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// How many went.
async fn let_go(
    ledger: &dyn Ledger,
    shards: &[String],
    keep: Duration,
) -> Result<u64, LedgerError> {
    let shards: Vec<&str> = shards.iter().map(String::as_str).collect();
    let cuts = ledger.cut_rounds_of(&shards).await?;
    let newest = cuts.iter().map(|rounds| rounds.iter().max());
    // One that has no cut yet begins with the ledger's first entry.
    let Some(Some(last)) = newest.min() else {
        return Ok(0);
    };
    let rounds = keep.as_micros() / u128::from(ROUND_US.unsigned_abs());
    let before = last.saturating_sub(i64::try_from(rounds).unwrap_or(i64::MAX));
    let mut all = 0;
    loop {
        let gone = ledger.prune(before, BITE).await?;
        all += gone;
        if gone == 0 {
            return Ok(all);
        }
        sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use amble_ledger::{Append, Entry, SqliteLedger};

    const DAY: Duration = Duration::from_hours(24);
    const DAY_ROUNDS: i64 = 864_000;

    async fn write(ledger: &SqliteLedger, shard: &str, entries: Vec<Entry>) {
        ledger.claim(shard, 1).await.unwrap();
        let append = Append {
            shard: shard.to_owned(),
            epoch: 1,
            entries,
        };
        ledger.append(append).await.unwrap();
    }

    fn cut(day: i64) -> Entry {
        Entry::Cut {
            round: day * DAY_ROUNDS,
            body: vec![1],
        }
    }

    #[tokio::test]
    async fn what_goes_is_older_than_the_shard_that_is_furthest_behind() {
        let ledger = SqliteLedger::in_memory().await.unwrap();
        let used = |day: i64| Entry::PassUsed {
            pass: format!("of-day-{day}"),
            visit: "v".to_owned(),
            used_us: day * DAY_ROUNDS * ROUND_US,
        };
        let passes = (0..40).map(used).collect();
        let shards = ["zone/1".to_owned(), "zone/2".to_owned()];
        write(&ledger, "zone/1", passes).await;
        write(&ledger, "zone/1", vec![cut(40)]).await;
        assert_eq!(
            let_go(&ledger, &shards, DAY * 7).await,
            Ok(0),
            "one has no cut"
        );
        write(&ledger, "zone/2", vec![cut(20)]).await;
        assert_eq!(let_go(&ledger, &shards, DAY * 7).await, Ok(13));
        assert_eq!(ledger.pass_used("of-day-12").await, Ok(None));
        assert!(ledger.pass_used("of-day-13").await.unwrap().is_some());
        write(&ledger, "zone/2", vec![cut(40)]).await;
        assert_eq!(let_go(&ledger, &shards, DAY * 7).await, Ok(20));
        assert_eq!(let_go(&ledger, &shards, DAY * 7).await, Ok(0));
    }
}
