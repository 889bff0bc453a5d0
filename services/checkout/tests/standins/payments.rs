//! Charges, refunds and cancellations at localstripe.

use std::sync::Arc;

use amble_checkout::{ChargeOrder, Money, Payment, PaymentError, ReceiptFolder, RefundOrder};
use amble_ledger::SqliteLedger;
use serde_json::{Value, json};

use crate::{
    provider::Provider,
    shop::{Shop, document, until},
};

/// A card that pays, and one that localstripe declines.
pub const GOOD: &str = "4242424242424242";
pub const DECLINED: &str = "4000000000000341";

pub fn order(key: &str, method: &str, minor: i64, currency: &str) -> ChargeOrder {
    ChargeOrder {
        key: key.to_owned(),
        since_us: i64::MAX,
        method: method.to_owned(),
        amount: Money {
            minor,
            currency: currency.to_owned(),
        },
    }
}

fn status(intents: &[Value], id: &str) -> String {
    let intent = intents.iter().find(|intent| intent["id"] == id).unwrap();
    intent["status"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_charges_once_with_the_currencys_own_units_and_gives_back_no_more_than_it_is_told() {
    let provider = Provider::start(|_, _| None).await;
    let (way, card) = (provider.way(), provider.card(GOOD).await);
    let yen = order("r-1", &card, 500, "JPY");
    let reference = way.charge(&yen).await.unwrap();
    assert_eq!(way.charge(&yen).await.unwrap(), reference);
    let intents = provider.intents().await;
    assert_eq!(intents.len(), 1);
    assert_eq!(
        [&intents[0]["amount"], &intents[0]["currency"]],
        [&json!(500), &json!("jpy")]
    );

    // Another amount under the same key is a fault of this program, and moves nothing.
    let other = way.charge(&order("r-1", &card, 501, "JPY")).await;
    assert!(matches!(other, Err(PaymentError::Declined(_))), "{other:?}");

    let back = RefundOrder {
        key: "c-1".to_owned(),
        since_us: i64::MAX,
        charge: "r-1".to_owned(),
        reference,
        amount: Money {
            minor: 130,
            currency: "JPY".to_owned(),
        },
    };
    let refund = way.refund(&back).await.unwrap();
    assert_eq!(way.refund(&back).await.unwrap(), refund);
    let refunds = provider.refunds().await;
    assert_eq!((refunds.len(), &refunds[0]["amount"]), (1, &json!(130)));
    assert_eq!(provider.charges().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_authorised_waits_and_a_bad_card_is_declined_for_good() {
    let provider = Provider::start(|_, _| None).await;
    let way = provider.way();
    let good = provider.card(GOOD).await;
    let entry = order("v-1/hold/1", &good, 5_000, "EUR");
    let id = way.authorise(&entry).await.unwrap();
    assert_eq!(way.authorise(&entry).await.unwrap(), id);
    assert_eq!(status(&provider.intents().await, &id), "requires_capture");

    let bad = provider.card(DECLINED).await;
    for method in [bad.as_str(), "pm_of_nobody", "v-1"] {
        for _ in 0..2 {
            let declined = way
                .charge(&order(&format!("r-{method}"), method, 100, "EUR"))
                .await;
            assert!(
                matches!(declined, Err(PaymentError::Declined(_))),
                "{method}: {declined:?}"
            );
        }
    }
    let intents = provider.intents().await;
    let paid = intents
        .iter()
        .filter(|intent| intent["status"] == "succeeded");
    assert_eq!(paid.count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_older_than_the_services_memory_is_looked_for_before_it_is_given_again() {
    let provider = Provider::start(|_, _| None).await;
    let (way, card) = (provider.way(), provider.card(GOOD).await);
    let old = ChargeOrder {
        since_us: 0,
        ..order("r-1", &card, 700, "EUR")
    };
    let first = way.charge(&old).await.unwrap();
    provider.forget_keys();
    assert_eq!(way.charge(&old).await.unwrap(), first);
    assert_eq!(provider.charges().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_service_is_down_letters_go_and_afterwards_each_is_charged_once() {
    const EXITS: u32 = 20;
    let provider = Provider::start(|_, _| None).await;
    let card = provider.card(GOOD).await;
    let shop = Shop::open(Arc::new(SqliteLedger::in_memory().await.unwrap())).await;
    let receipts = tempfile::tempdir().unwrap();
    let mail = Arc::new(ReceiptFolder::new(receipts.path()));
    let worker = shop.worker(Arc::new(provider.way()), mail);

    provider.payments.pause().unwrap();
    for number in 0..EXITS {
        shop.settle(&document(number, "EUR"), &card, "").await;
        worker.wake().wake();
    }
    until("letters while nobody can be charged", async || {
        shop.waiting().await == u64::from(EXITS)
    })
    .await;
    until("each charge to be tried in vain", async || {
        let waiting = shop.ledger.due_outbox(i64::MAX, 100).await.unwrap();
        waiting.iter().all(|item| item.attempts > 0)
    })
    .await;
    provider.payments.resume().unwrap();
    shop.all_done().await;
    assert_eq!(worker.stop().await.refused, 0);
    assert_eq!(provider.charges().await.len(), EXITS as usize);
}
