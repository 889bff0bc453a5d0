//! A node that is paused while it writes, and goes on when another has its shards.

use std::collections::BTreeSet;

use amble_ledger::Ledger;
use amble_servers::Postgres;
use rustix::process::Signal;
use tokio::time::timeout;

use super::{PATIENCE, database};
use crate::victim::{SHARD, Victim, open};

#[test]
fn a_paused_owner_holds_nobody_up_and_writes_nothing_when_it_goes_on() {
    const PAUSES: usize = 12;
    let server = Postgres::shared().unwrap();
    let url = database(&server);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let ledger = runtime.block_on(open(&url));
    for pause in 1..=PAUSES {
        let mut victim = Victim::start(&url);
        let answers = victim.answers(5 * pause);
        victim.signal(Signal::STOP);
        let read = runtime.block_on(async {
            let claimed = timeout(PATIENCE, claim_next(&*ledger)).await;
            // Nothing but a bound frees what a paused process has locked.
            claimed.expect("the paused process holds the shard");
            stored(&*ledger).await
        });
        victim.signal(Signal::CONT);
        let answers = answers.into_iter().chain(victim.last_answers());
        let lost: Vec<_> = answers.filter(|answer| !read.contains(answer)).collect();
        assert!(lost.is_empty(), "answered and not read: {lost:?}");
        let after = runtime.block_on(stored(&*ledger));
        assert_eq!(after, read, "written by a paused owner");
    }
}

async fn claim_next(ledger: &dyn Ledger) {
    loop {
        let epoch = ledger.epoch(SHARD).await.unwrap() + 1;
        match ledger.claim(SHARD, epoch).await {
            Ok(()) => return,
            Err(error) => assert!(error.is_retryable(), "{error}"),
        }
    }
}

async fn stored(ledger: &dyn Ledger) -> BTreeSet<String> {
    let stored = ledger.interactions_after(0, u32::MAX).await.unwrap();
    let ids = stored.into_iter().map(|interaction| interaction.id);
    ids.collect()
}
