//! The ledger keeps the rules of ownership by which the cluster is model-checked.
//!
//! Neither room knows the other; here both are known. The rules stand in `cluster/src/ownership.rs`, and
//! the ledger has them in its own words.

#![allow(clippy::unwrap_used, reason = "tests stop at what they did not expect")]

use std::{
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

use amble_cluster::{
    Epoch,
    ownership::{may_append, may_claim},
};
use amble_ledger::{Append, Ledger, SqliteLedger};

static COUNT: AtomicU64 = AtomicU64::new(0);

const SHARD: &str = "shop/zone/1";

/// A ledger of its own, in which an epoch was claimed: by this process, or by another one on the same file.
async fn claimed(folder: &Path, epoch: u64, own: bool) -> SqliteLedger {
    let path = folder.join(format!("{}.db", COUNT.fetch_add(1, Ordering::Relaxed)));
    let ledger = SqliteLedger::open(&path).await.unwrap();
    if epoch > 0 {
        let claimer = if own {
            &ledger
        } else {
            &SqliteLedger::open(&path).await.unwrap()
        };
        claimer.claim(SHARD, epoch).await.unwrap();
    }
    ledger
}

#[tokio::test]
async fn the_ledger_lets_claim_and_write_whom_the_rules_let() {
    let folder = tempfile::tempdir().unwrap();
    for (before, tried, own) in (0..4).flat_map(|before| {
        (0..4).flat_map(move |tried| [true, false].map(|own| (before, tried, own)))
    }) {
        let (epoch, known) = (Epoch(tried), Epoch(before));
        let ledger = claimed(folder.path(), before, own).await;
        let append = Append {
            shard: SHARD.to_owned(),
            epoch: tried,
            entries: vec![],
        };
        let append = ledger.append(append).await;
        assert_eq!(
            append.is_ok(),
            may_append(epoch, known),
            "{tried} after {before}"
        );
        let claim = ledger.claim(SHARD, tried).await;
        assert_eq!(
            claim.is_ok(),
            may_claim(epoch, known, own),
            "{tried} after {before}, own: {own}"
        );
    }
}
