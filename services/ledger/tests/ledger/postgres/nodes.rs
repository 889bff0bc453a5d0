//! Several nodes, each with its own ledger, on one database.

use std::{collections::BTreeSet, sync::Arc};

use amble_ledger::{Claim, Ledger, LedgerError, Outcome, PostgresLedger, Refusal};
use amble_servers::Postgres;
use sqlx::{Connection, PgConnection};
use tokio::{task::JoinSet, time::timeout};

use super::{PATIENCE, database};
use crate::suite::{append, device_state, interaction, pass, rules};

async fn two_nodes(url: &str) -> [Arc<PostgresLedger>; 2] {
    let open = async || Arc::new(PostgresLedger::open(url).await.unwrap());
    [open().await, open().await]
}

#[tokio::test]
async fn a_shard_that_another_node_has_claimed_fails_alone_in_its_group() {
    let server = Postgres::shared().unwrap();
    let [old, new] = two_nodes(&database(&server)).await;
    let claim = |shard: &str, epoch| Claim {
        shard: shard.to_owned(),
        epoch,
    };
    let all = [claim("zone/1", 1), claim("zone/2", 1), claim("zone/3", 1)];
    assert_eq!(old.claim_all(&all).await.unwrap(), [Ok(()), Ok(()), Ok(())]);
    new.claim("zone/2", 2).await.unwrap();
    let write = |shard, shelf| old.append(append(shard, 1, [interaction(shelf, 1)]));
    let (one, two, three) = tokio::join!(
        write("zone/1", "a"),
        write("zone/2", "b"),
        write("zone/3", "c")
    );
    let fenced = matches!(
        two,
        Err(LedgerError::Fenced {
            held: 1,
            newer: 2,
            ..
        })
    );
    assert!(fenced, "{two:?}");
    assert_eq!(one.unwrap().outcomes, [Outcome::New]);
    assert_eq!(three.unwrap().outcomes, [Outcome::New]);
    let stored = new.interactions_after(0, 9).await.unwrap();
    let ids: Vec<_> = stored.iter().map(|stored| stored.id.as_str()).collect();
    assert_eq!(ids, ["a#1", "c#1"]);
}

#[tokio::test]
async fn two_nodes_never_have_the_same_epoch() {
    let server = Postgres::shared().unwrap();
    let [one, other] = two_nodes(&database(&server)).await;
    rules::an_epoch_is_claimed_by_one_ledger_only(&*one, &*other).await;
}

/// Neither is there a row to lock, nor does either know of the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_nodes_that_claim_at_once_one_gets_the_epoch() {
    let server = Postgres::shared().unwrap();
    let [one, other] = two_nodes(&database(&server)).await;
    for shard in 0..50 {
        let shard = format!("zone/{shard}");
        let (a, b) = tokio::join!(one.claim(&shard, 1), other.claim(&shard, 1));
        assert!(a.is_ok() != b.is_ok(), "{shard}: {a:?}, {b:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_read_after_a_claim_holds_all_that_was_answered() {
    const MOVES: u64 = 60;
    let server = Postgres::shared().unwrap();
    let nodes = two_nodes(&database(&server)).await;
    let mut before = None;
    for (epoch, node) in (1..=MOVES).zip(nodes.iter().cycle()) {
        node.claim("zone/1", epoch).await.unwrap();
        let stands = stands(node).await;
        let owner = tokio::spawn(append_until_fenced(node.clone(), epoch, stands));
        if let Some(fenced) = before.replace(owner) {
            let answered = fenced.await.unwrap();
            assert!(answered <= stands, "epoch {epoch}: {answered} of {stands}");
        }
        while self::stands(node).await < stands + 3 {}
    }
    nodes[0].claim("zone/1", MOVES + 1).await.unwrap();
    before.unwrap().await.unwrap();
}

async fn stands(node: &PostgresLedger) -> u64 {
    let state = node.device_state("scale").await.unwrap();
    state.map_or(0, |state| state.sequence)
}

/// Appends one frame after the other; the last that was answered.
async fn append_until_fenced(ledger: Arc<PostgresLedger>, epoch: u64, mut stands: u64) -> u64 {
    loop {
        let entries = [device_state("scale", stands, stands + 1)];
        match ledger.append(append("zone/1", epoch, entries)).await {
            Ok(_) => stands += 1,
            Err(LedgerError::Fenced { .. }) => return stands,
            // On a busy machine a step may take too long; then it stands or not.
            Err(error) => assert!(error.is_retryable(), "{error}"),
        }
    }
}

/// Waits for a lock that another connection holds longer than this ledger waits for one.
#[tokio::test]
async fn an_append_that_the_database_undid_is_tried_again() {
    let server = Postgres::shared().unwrap();
    let url = database(&server);
    let ledger = PostgresLedger::open(&url).await.unwrap();
    ledger.claim("zone/1", 1).await.unwrap();
    let mut other = PgConnection::connect(&url).await.unwrap();
    let mut under_way = other.begin().await.unwrap();
    let insert = "INSERT INTO passes_used VALUES ('p', 'zone/2', 'v', 0)";
    sqlx::query(insert).execute(&mut *under_way).await.unwrap();
    let shown = ledger.append(append("zone/1", 1, [pass("p", "w", 1)]));
    let undone = async {
        let mut eye = PgConnection::connect(&url).await.unwrap();
        // Each attempt has a connection of its own.
        let mut attempts = BTreeSet::new();
        while attempts.len() < 2 {
            let waits = "SELECT pid FROM pg_stat_activity
                 WHERE wait_event_type = 'Lock' AND datname = current_database()";
            let waits = sqlx::query_scalar::<_, i32>(waits).fetch_all(&mut eye);
            attempts.extend(waits.await.unwrap());
        }
        under_way.rollback().await.unwrap();
    };
    let (shown, seen) = tokio::join!(shown, timeout(PATIENCE, undone));
    seen.expect("it was not tried again");
    assert_eq!(shown.unwrap().outcomes, [Outcome::New]);
}

/// Both nodes' gates see the same passes, in opposite orders, so that their transactions wait for one
/// another; and the database is one that undoes what it can't put into an order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_get_into_each_others_way_both_go_on() {
    const PASSES: i64 = 200;
    let server = Postgres::shared().unwrap();
    let url = database(&server);
    let mut db = PgConnection::connect(&url).await.unwrap();
    let strict = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I
        SET default_transaction_isolation TO serializable', current_database()); END $$";
    sqlx::query(strict).execute(&mut db).await.unwrap();
    let nodes = two_nodes(&url).await;
    let mut gates = JoinSet::new();
    for (gate, node) in nodes.iter().enumerate() {
        let shard = format!("zone/{gate}");
        node.claim(&shard, 1).await.unwrap();
        for pair in 0..PASSES / 2 {
            let (node, shard) = (node.clone(), shard.clone());
            let mut shown = [2 * pair, 2 * pair + 1];
            shown.rotate_left(gate);
            let visit = format!("visit-{gate}");
            let entries = shown.map(|number| pass(&format!("pass-{number}"), &visit, number));
            gates.spawn(async move {
                loop {
                    match node.append(append(&shard, 1, entries.clone())).await {
                        Ok(appended) => return appended.outcomes,
                        Err(error) => assert!(error.is_retryable(), "{error}"),
                    }
                }
            });
        }
    }
    // Each pass was refused at one of the gates; at the other it was new, or asked for again.
    let outcomes = gates.join_all().await.concat();
    let refused =
        |outcome: &&Outcome| matches!(outcome, Outcome::Refused(Refusal::PassAlreadyUsed { .. }));
    let refused = outcomes.iter().filter(refused).count();
    assert_eq!(refused, usize::try_from(PASSES).unwrap());
}

#[tokio::test]
async fn a_name_that_the_database_can_not_hold_fails_alone() {
    let (ledger, _server) = super::open().await;
    ledger.claim("zone/1", 1).await.unwrap();
    let write = |shelf| ledger.append(append("zone/1", 1, [interaction(shelf, 1)]));
    let (good, bad, other) = tokio::join!(write("a"), write("\0"), write("b"));
    assert!(good.unwrap().all_stand() && other.unwrap().all_stand());
    assert!(matches!(bad, Err(LedgerError::Invalid { .. })), "{bad:?}");
    assert_eq!(ledger.interactions_after(0, 9).await.unwrap().len(), 2);
}
