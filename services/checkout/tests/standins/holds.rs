//! Authorisations at localstripe.
//!
//! 1. Each ends in exactly one capture or one release: as the service's own books say.
//! 2. What was bought is taken exactly once, from the hold that covers it, or anew when none does.
//! 3. A service that is away keeps nobody from going in or out; one that declines says so.

use std::{collections::BTreeMap, sync::Arc};

use amble_checkout::{Capture, CaptureOrder, Money, Payment, ReceiptFolder, ReleaseOrder};
use amble_ledger::{HoldState, SqliteLedger};
use serde_json::Value;

use crate::{
    payments::{DECLINED, GOOD, order},
    provider::Provider,
    shop::{Shop, document, until},
    storm::trouble,
};

async fn shop() -> Shop {
    Shop::open(Arc::new(SqliteLedger::in_memory().await.unwrap())).await
}

async fn states(shop: &Shop, visit: &str) -> Vec<HoldState> {
    let holds = shop.ledger.holds_of(visit).await.unwrap();
    holds.iter().map(|hold| hold.state).collect()
}

async fn all_over(shop: &Shop, visits: &[String]) {
    until("every hold to be over", async || {
        for visit in visits {
            let holds = shop.ledger.holds_of(visit).await.unwrap();
            if holds.iter().any(|hold| !hold.state.is_end()) {
                return false;
            }
        }
        true
    })
    .await;
}

/// What was taken for each intent that was not cancelled: localstripe gives the rest of a capture back.
async fn taken(provider: &Provider) -> BTreeMap<String, i64> {
    let (charges, refunds) = (provider.charges().await, provider.refunds().await);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let captured = charges.iter().filter(|charge| charge["captured"] == true);
    let of = |charge: &Value| {
        let rest = refunds
            .iter()
            .filter(|refund| refund["charge"] == charge["id"])
            .map(|refund| refund["amount"].as_i64().unwrap());
        charge["amount"].as_i64().unwrap() - rest.sum::<i64>()
    };
    captured
        .map(|charge| (text(&charge["payment_intent"]), of(charge)))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_the_storm_each_authorisation_ends_once_and_what_was_bought_is_taken_once() {
    const VISITS: u32 = 60;
    let provider = Provider::start(trouble).await;
    let card = provider.card(GOOD).await;
    let (shop, receipts) = (shop().await, tempfile::tempdir().unwrap());
    let worker = || {
        let mail = Arc::new(ReceiptFolder::new(receipts.path()));
        shop.worker(Arc::new(provider.way()), mail)
    };
    // Two nodes that take each other's work.
    let workers = [worker(), worker()];
    let mut wanted = BTreeMap::new();
    let mut visits = Vec::new();
    for number in 0..VISITS {
        let mut receipt = document(number, "EUR");
        let visit = receipt.visit.clone();
        // A third is covered at the entry, a third after a raise, a third never.
        let (first, raised) = match number % 3 {
            0 => (1_000, None),
            1 => (100, Some(1_000)),
            _ => (100, None),
        };
        shop.enter(&visit, &card, first).await;
        if let Some(raised) = raised {
            assert!(shop.ledger.raise_hold(&visit, 2, raised).await.unwrap());
            assert!(!shop.ledger.raise_hold(&visit, 2, raised).await.unwrap());
        }
        // Some leave while their hold is being asked for, others long after.
        if number % 2 == 0 {
            until("the holds to stand", async || {
                let holds = shop.ledger.holds_of(&visit).await.unwrap();
                let largest = holds.last().map(|hold| hold.state);
                largest == Some(HoldState::Held)
            })
            .await;
        }
        if number % 5 == 0 {
            receipt.lines.clear();
            receipt.taxes.clear();
            receipt.total_minor = 0;
        } else {
            wanted.insert(receipt.id.clone(), receipt.total_minor);
        }
        shop.settle(&receipt, &card, "").await;
        visits.push(visit);
    }
    shop.all_done().await;
    all_over(&shop, &visits).await;
    for worker in workers {
        assert_eq!(worker.stop().await.refused, 0);
    }

    let (intents, taken) = (provider.intents().await, taken(&provider).await);
    let mut charged = BTreeMap::new();
    for intent in &intents {
        let (hold, status) = (
            &intent["metadata"]["hold"],
            intent["status"].as_str().unwrap(),
        );
        assert!(
            matches!(status, "succeeded" | "canceled"),
            "{hold} is {status}"
        );
        if status != "succeeded" {
            continue;
        }
        let receipt = match hold.as_str() {
            Some(hold) => hold.split_once('/').unwrap().0.replace('v', "r"),
            None => intent["metadata"]["receipt"].as_str().unwrap().to_owned(),
        };
        let before = charged.insert(receipt.clone(), taken[intent["id"].as_str().unwrap()]);
        assert_eq!(before, None, "{receipt} was charged twice");
    }
    assert_eq!(charged, wanted);
    let mut captured = 0;
    for (number, visit) in visits.iter().enumerate() {
        let states = states(&shop, visit).await;
        let own = states.iter().filter(|state| **state == HoldState::Captured);
        let own = own.count();
        assert!(own <= 1, "{visit}: {states:?}");
        let covered = number % 3 != 2 && number % 2 == 0 && number % 5 != 0;
        assert!(own == 1 || !covered, "{visit} was covered: {states:?}");
        captured += own;
    }
    println!(
        "{VISITS} visits: {} authorisations and charges, {captured} captures; troubles: {:?}",
        intents.len(),
        provider.troubles()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_is_away_keeps_nobody_in_and_nothing_set_aside() {
    let provider = Provider::start(|_, _| None).await;
    let card = provider.card(GOOD).await;
    let (shop, receipts) = (shop().await, tempfile::tempdir().unwrap());
    provider.payments.pause().unwrap();
    let mail = Arc::new(ReceiptFolder::new(receipts.path()));
    let worker = shop.worker(Arc::new(provider.way()), mail);
    let receipt = document(1, "EUR");
    shop.enter(&receipt.visit, &card, 1_000).await;
    until("the hold to be asked for in vain", async || {
        let holds = shop.ledger.holds_of(&receipt.visit).await.unwrap();
        holds[0].state == HoldState::Asked && holds[0].attempts > 0
    })
    .await;
    shop.settle(&receipt, &card, "").await;
    // Nobody has been asked for this one, and nobody is.
    assert!(
        !shop
            .ledger
            .raise_hold(&receipt.visit, 2, 2_000)
            .await
            .unwrap()
    );
    provider.payments.resume().unwrap();
    shop.all_done().await;
    all_over(&shop, std::slice::from_ref(&receipt.visit)).await;
    assert_eq!(states(&shop, &receipt.visit).await, [HoldState::Released]);
    assert_eq!(worker.stop().await.refused, 0);
    let intents = provider.intents().await;
    let of = |status: &str| {
        intents
            .iter()
            .filter(|intent| intent["status"] == status)
            .count()
    };
    assert_eq!((of("succeeded"), of("canceled")), (1, intents.len() - 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_declined_authorisation_is_told_and_charged_anew_at_the_exit() {
    let provider = Provider::start(|_, _| None).await;
    let bad = provider.card(DECLINED).await;
    let (shop, receipts) = (shop().await, tempfile::tempdir().unwrap());
    let mail = Arc::new(ReceiptFolder::new(receipts.path()));
    let worker = shop.worker(Arc::new(provider.way()), mail);
    let receipt = document(1, "EUR");
    shop.enter(&receipt.visit, &bad, 1_000).await;
    all_over(&shop, std::slice::from_ref(&receipt.visit)).await;
    let holds = shop.ledger.holds_of(&receipt.visit).await.unwrap();
    assert_eq!(holds[0].state, HoldState::Declined);
    assert!(holds[0].note.as_ref().unwrap().contains("402"), "{holds:?}");
    shop.settle(&receipt, &bad, "").await;
    shop.all_done().await;
    assert_eq!(shop.ends(&receipt.id).await[0].0, "refused");
    assert_eq!(worker.stop().await.refused, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_capture_is_taken_once_also_when_its_key_is_forgotten_and_none_of_what_is_gone() {
    let provider = Provider::start(|_, _| None).await;
    let (way, card) = (provider.way(), provider.card(GOOD).await);
    let capture = |reference: &str| CaptureOrder {
        key: "r-1".to_owned(),
        reference: reference.to_owned(),
        amount: Money {
            minor: 300,
            currency: "EUR".to_owned(),
        },
    };
    let held = way.authorise(&order("v-1/hold/1", &card, 500, "EUR")).await;
    let held = held.unwrap();
    for _ in 0..2 {
        assert_eq!(
            way.capture(&capture(&held)).await,
            Ok(Capture::Taken(held.clone()))
        );
        provider.forget_keys();
    }
    assert_eq!(taken(&provider).await, BTreeMap::from([(held, 300)]));

    let gone = way.authorise(&order("v-2/hold/1", &card, 500, "EUR")).await;
    let gone = gone.unwrap();
    let release = ReleaseOrder {
        key: "v-2/hold/1".to_owned(),
        reference: gone.clone(),
    };
    for _ in 0..2 {
        way.release(&release).await.unwrap();
    }
    let late = CaptureOrder {
        key: "r-2".to_owned(),
        ..capture(&gone)
    };
    assert!(matches!(way.capture(&late).await, Ok(Capture::Gone(_))));
}
