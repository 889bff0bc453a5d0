//! The payment storm: a rush of exits, and a payment service that fails, is too busy, times out after it
//! has charged, breaks off its answers and gets orders twice.
//!
//! 1. Every receipt is charged exactly once, with its total: as the service's own books say.
//! 2. Every entry of the outbox ends well.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use amble_checkout::ReceiptFolder;
use amble_ledger::{Ledger, PostgresLedger, SqliteLedger};
use amble_servers::Postgres;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::{
    payments::GOOD,
    provider::{Provider, Trouble},
    shop::{Shop, document},
};

/// Six times as fast as five hundred in a minute.
const BETWEEN_EXITS: Duration = Duration::from_millis(20);

pub const TROUBLES: [Trouble; 5] = [
    Trouble::NeverAnswers,
    Trouble::Fail,
    Trouble::BreaksOff,
    Trouble::Twice,
    Trouble::Busy,
];

/// Each key meets up to three troubles, always the same ones in the same order, before all is well.
pub fn trouble(key: &str, nth: u32) -> Option<Trouble> {
    let seed = key.bytes().fold(7_u32, |seed, byte| {
        seed.wrapping_mul(31).wrapping_add(u32::from(byte))
    });
    if nth >= seed % 4 {
        return None;
    }
    let place = (seed / 4 + nth) as usize % TROUBLES.len();
    TROUBLES.get(place).copied()
}

/// Lets so many leave, one worker a node, and waits until the outbox is empty.
async fn storm(provider: &Provider, ledger: Arc<dyn Ledger>, exits: u32, nodes: usize) -> Shop {
    let card = provider.card(GOOD).await;
    let shop = Shop::open(ledger).await;
    let receipts = tempfile::tempdir().unwrap();
    let workers: Vec<_> = (0..nodes)
        .map(|_| {
            let mail = Arc::new(ReceiptFolder::new(receipts.path()));
            shop.worker(Arc::new(provider.way()), mail)
        })
        .collect();
    let began = Instant::now();
    let mut exit = interval(BETWEEN_EXITS);
    exit.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for number in 0..exits {
        exit.tick().await;
        shop.settle(&document(number, "EUR"), &card, "").await;
        workers.iter().for_each(|worker| worker.wake().wake());
    }
    let left = began.elapsed();
    shop.all_done().await;
    let done = began.elapsed();
    let mut again = 0;
    for worker in workers {
        let counts = worker.stop().await;
        assert_eq!(counts.refused, 0);
        again += counts.again;
    }
    let requests: u32 = provider.requests().values().sum();
    println!(
        "{exits} exits in {left:.1?}, all done after {done:.1?}; {requests} requests to charge, \
         {again} attempts in vain; troubles: {:?}",
        provider.troubles()
    );
    shop
}

/// Both rules, by the service's own books and the ledger.
async fn check(provider: &Provider, shop: &Shop, exits: u32) {
    for (trouble, met) in provider.troubles() {
        assert!(met > exits / 20, "no storm: {trouble:?} {met} times");
    }
    assert_eq!(provider.troubles().len(), TROUBLES.len());
    let wanted: BTreeMap<_, _> = (0..exits)
        .map(|number| document(number, "EUR"))
        .map(|document| (document.id, document.total_minor))
        .collect();
    let mut charged = BTreeMap::new();
    for intent in provider.intents().await {
        let receipt = intent["metadata"]["receipt"].as_str().unwrap().to_owned();
        assert_eq!(intent["status"], "succeeded", "{receipt}");
        let before = charged.insert(receipt.clone(), intent["amount"].as_i64().unwrap());
        assert_eq!(before, None, "{receipt} was charged twice");
    }
    assert_eq!(charged, wanted);
    assert_eq!(provider.charges().await.len(), exits as usize);
    for receipt in wanted.keys() {
        let ends = shop.ends(receipt).await;
        assert!(ends.iter().all(|(end, _)| end == "delivered"), "{ends:?}");
        assert!(ends[0].1.starts_with("pi_"), "{ends:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_exits_are_charged_exactly_once_each() {
    let provider = Provider::start(trouble).await;
    let folder = tempfile::tempdir().unwrap();
    let ledger = SqliteLedger::open(&folder.path().join("ledger.db")).await;
    let shop = storm(&provider, Arc::new(ledger.unwrap()), 500, 1).await;
    check(&provider, &shop, 500).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_are_those_of_two_nodes_that_take_each_others_entries() {
    let provider = Provider::start(trouble).await;
    let postgres = tokio::task::spawn_blocking(Postgres::start);
    let postgres = postgres.await.unwrap().unwrap();
    let url = postgres.database("storm").unwrap();
    let ledger = PostgresLedger::open(&url).await.unwrap();
    let shop = storm(&provider, Arc::new(ledger), 100, 2).await;
    check(&provider, &shop, 100).await;
}

/// That the storm is one, and its check sees what it is for: localstripe alone keeps no keys.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_forgets_keys_shows_as_one_that_charges_twice() {
    let provider = Provider::start(trouble).await;
    provider.forget_always();
    let ledger = SqliteLedger::in_memory().await.unwrap();
    storm(&provider, Arc::new(ledger), 60, 1).await;
    let charged = provider.charges().await.len();
    assert!(charged > 60, "{charged} charges");
}
