//! Refunds at localstripe.
//!
//! 1. Every correction gives back exactly once what it says: as the service's own books say.
//! 2. No refund goes before its charge, and none is of a charge that was refused.

use std::{collections::BTreeMap, sync::Arc};

use amble_checkout::{Money, Payment, ReceiptFolder, RefundOrder};
use amble_ledger::{Ledger, OutboxItem, SqliteLedger};
use serde_json::Value;

use crate::{
    payments::{DECLINED, GOOD, order},
    provider::Provider,
    shop::{Shop, document, until},
    storm::{TROUBLES, trouble},
};

async fn shop() -> Shop {
    Shop::open(Arc::new(SqliteLedger::in_memory().await.unwrap())).await
}

/// What was given back, by correction; each once.
fn given_back(refunds: &[Value]) -> BTreeMap<String, i64> {
    let mut given = BTreeMap::new();
    for refund in refunds {
        let correction = refund["metadata"]["correction"].as_str().unwrap();
        let minor = refund["amount"].as_i64().unwrap();
        let before = given.insert(correction.to_owned(), minor);
        assert_eq!(before, None, "{correction} was given back twice");
    }
    given
}

async fn entry(ledger: &dyn Ledger, receipt: &str, id: &str) -> OutboxItem {
    let entries = ledger.outbox_of(receipt).await.unwrap();
    entries.into_iter().find(|entry| entry.id == id).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_the_storm_every_correction_is_given_back_exactly_once() {
    const EXITS: u32 = 80;
    let provider = Provider::start(trouble).await;
    let card = provider.card(GOOD).await;
    let (shop, receipts) = (shop().await, tempfile::tempdir().unwrap());
    let worker = || {
        let mail = Arc::new(ReceiptFolder::new(receipts.path()));
        shop.worker(Arc::new(provider.way()), mail)
    };
    // Two nodes that take each other's entries.
    let workers = [worker(), worker()];
    let mut wanted = BTreeMap::new();
    for number in 0..EXITS {
        let receipt = document(number, "EUR");
        shop.settle(&receipt, &card, "").await;
        for quantity in [1, 0] {
            let correction = shop.correct(&receipt, quantity).await;
            wanted.insert(correction.id, -correction.total_minor);
        }
        workers.iter().for_each(|worker| worker.wake().wake());
    }
    shop.all_done().await;
    for worker in workers {
        assert_eq!(worker.stop().await.refused, 0);
    }
    for trouble in TROUBLES {
        let met = provider.troubles().get(&trouble).copied();
        assert!(
            met > Some(EXITS / 20),
            "no storm: {trouble:?} {met:?} times"
        );
    }
    assert_eq!(given_back(&provider.refunds().await), wanted);
    let charged = provider.charges().await;
    assert_eq!(charged.len(), EXITS as usize);
    let sum = |values: &[Value]| -> i64 {
        let amounts = values.iter().map(|value| value["amount"].as_i64().unwrap());
        amounts.sum()
    };
    assert_eq!(sum(&charged), sum(&provider.refunds().await));
    let files = std::fs::read_dir(receipts.path()).unwrap().count();
    assert_eq!(files, 3 * 2 * EXITS as usize);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_waits_for_its_charge_and_of_one_that_was_refused_nothing_is_given_back() {
    let provider = Provider::start(|_, _| None).await;
    let (good, bad) = (provider.card(GOOD).await, provider.card(DECLINED).await);
    let (shop, receipts) = (shop().await, tempfile::tempdir().unwrap());
    provider.payments.pause().unwrap();
    let worker = shop.worker(
        Arc::new(provider.way()),
        Arc::new(ReceiptFolder::new(receipts.path())),
    );
    let mut refunds = Vec::new();
    for (number, card) in [(1, &good), (2, &bad)] {
        let receipt = document(number, "EUR");
        shop.settle(&receipt, card, "").await;
        let correction = shop.correct(&receipt, 0).await;
        refunds.push((receipt.id, format!("{}/refund", correction.id)));
    }
    for (receipt, id) in &refunds {
        until("the refund to be put off", async || {
            let waiting = entry(&*shop.ledger, receipt, id).await;
            waiting
                .note
                .unwrap_or_default()
                .contains("has not been charged yet")
        })
        .await;
    }
    provider.payments.resume().unwrap();
    shop.all_done().await;
    assert_eq!(worker.stop().await.refused, 2);
    let (receipt, id) = &refunds[0];
    let given = entry(&*shop.ledger, receipt, id).await;
    assert_eq!(given.outcome.as_deref(), Some("delivered"));
    assert!(given.note.unwrap().starts_with("re_"));
    let (receipt, id) = &refunds[1];
    let refused = entry(&*shop.ledger, receipt, id).await;
    assert_eq!(refused.outcome.as_deref(), Some("refused"));
    let why = refused.note.unwrap();
    assert!(
        why.contains("r-002 was never charged") && why.contains("402"),
        "{why}"
    );
    assert_eq!(provider.refunds().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_older_than_the_services_memory_is_looked_for_before_it_is_given_again() {
    let provider = Provider::start(|_, _| None).await;
    let (way, card) = (provider.way(), provider.card(GOOD).await);
    let reference = way.charge(&order("r-1", &card, 700, "EUR")).await.unwrap();
    let old = |key: &str| RefundOrder {
        key: key.to_owned(),
        since_us: 0,
        charge: "r-1".to_owned(),
        reference: reference.clone(),
        amount: Money {
            minor: 300,
            currency: "EUR".to_owned(),
        },
    };
    let first = way.refund(&old("c-1")).await.unwrap();
    let second = way.refund(&old("c-2")).await.unwrap();
    assert_ne!(first, second);
    provider.forget_keys();
    assert_eq!(way.refund(&old("c-1")).await.unwrap(), first);
    assert_eq!(way.refund(&old("c-2")).await.unwrap(), second);
    assert_eq!(provider.refunds().await.len(), 2);
}
