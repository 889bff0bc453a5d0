//! The ledger keeps the rules of ownership by which the cluster is model-checked.
//!
//! Neither room knows the other; here both are known. The rules stand in `cluster/src/ownership.rs`, and
//! the ledger has them in its own words.

#![allow(clippy::unwrap_used, reason = "tests stop at what they did not expect")]

use amble_cluster::{
    Epoch,
    ownership::{may_append, may_claim},
};
use amble_ledger::{Append, Ledger, SqliteLedger};

const SHARD: &str = "shop/zone/1";

async fn claimed(epoch: u64) -> SqliteLedger {
    let ledger = SqliteLedger::in_memory().await.unwrap();
    if epoch > 0 {
        ledger.claim(SHARD, epoch).await.unwrap();
    }
    ledger
}

#[tokio::test]
async fn the_ledger_lets_claim_and_write_whom_the_rules_let() {
    for before in 0..4 {
        for tried in 0..4 {
            let (epoch, known) = (Epoch(tried), Epoch(before));
            let claim = claimed(before).await.claim(SHARD, tried).await;
            assert_eq!(
                claim.is_ok(),
                may_claim(epoch, known),
                "{tried} after {before}"
            );
            let append = Append {
                shard: SHARD.to_owned(),
                epoch: tried,
                entries: vec![],
            };
            let append = claimed(before).await.append(append).await;
            assert_eq!(
                append.is_ok(),
                may_append(epoch, known),
                "{tried} after {before}"
            );
        }
    }
}
