//! A node that is paused while it writes, and goes on when another has its shards.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use amble_servers::Postgres;
use rustix::process::Signal;

use super::database;
use crate::victim::{SHARD, Victim, open};

/// How long a claim may take behind a node that was paused in the middle of a transaction.
const AT_ONCE: Duration = Duration::from_secs(1);

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
        let started = Instant::now();
        let stored: BTreeSet<String> = runtime.block_on(async {
            let epoch = ledger.epoch(SHARD).await.unwrap() + 1;
            ledger.claim(SHARD, epoch).await.unwrap();
            let took = started.elapsed();
            assert!(took < AT_ONCE, "the claim took {took:?}");
            let stored = ledger.interactions_after(0, u32::MAX).await.unwrap();
            stored
                .into_iter()
                .map(|interaction| interaction.id)
                .collect()
        });
        victim.signal(Signal::CONT);
        let answers = answers.into_iter().chain(victim.last_answers());
        let lost: Vec<_> = answers.filter(|answer| !stored.contains(answer)).collect();
        assert!(lost.is_empty(), "answered and not read: {lost:?}");
        let after = runtime.block_on(ledger.interactions_after(0, u32::MAX));
        assert_eq!(
            after.unwrap().len(),
            stored.len(),
            "written by a paused owner"
        );
    }
}
