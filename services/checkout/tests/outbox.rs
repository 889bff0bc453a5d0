//! The outbox against a payment service that makes every trouble it can.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests stop at what they did not expect"
)]

use std::{sync::Arc, time::Duration};

use amble_checkout::{
    Backoff, Counts, Fault, Limits, Outbox, ReceiptDocument, ReceiptFolder, ReceiptLine,
    SandboxPayment, sandbox, settle,
};
use amble_ledger::{Append, Ledger, SqliteLedger};
use tempfile::TempDir;

const SHARD: &str = "bookkeeper";

struct Shop {
    ledger: Arc<dyn Ledger>,
    payment: Arc<SandboxPayment>,
    receipts: TempDir,
}

impl Shop {
    async fn open(payment: SandboxPayment) -> Self {
        let ledger = SqliteLedger::in_memory().await.unwrap();
        ledger.claim(SHARD, 1).await.unwrap();
        Self {
            ledger: Arc::new(ledger),
            payment: Arc::new(payment),
            receipts: tempfile::tempdir().unwrap(),
        }
    }

    async fn settle(&self, number: u32, method: &str) {
        let document = document(number);
        let entries = vec![settle(&document, method, "").unwrap()];
        let append = Append {
            shard: SHARD.to_owned(),
            epoch: 1,
            entries,
        };
        assert!(self.ledger.append(append).await.unwrap().all_stand());
    }

    fn worker(&self) -> Outbox {
        let second = Duration::from_secs(1);
        let backoff = Backoff::new(second / 500, second / 50).unwrap();
        let limits = Limits::new(8, second / 5, second / 100, backoff).unwrap();
        let mail = Arc::new(ReceiptFolder::new(self.receipts.path()));
        Outbox::start(self.ledger.clone(), self.payment.clone(), mail, limits)
    }

    async fn all_done(&self) {
        let done = async {
            while self.ledger.health().await.unwrap().outbox_waiting > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), done)
            .await
            .unwrap();
    }

    /// Every receipt charged once with its total, and there as two files.
    fn check(&self, receipts: u32) {
        let movements = self.payment.movements().unwrap();
        let moved: Vec<_> = movements.iter().map(|m| (m.key.clone(), m.minor)).collect();
        let wanted = (0..receipts)
            .map(document)
            .map(|document| (document.id, document.total_minor));
        assert_eq!(moved, wanted.collect::<Vec<_>>());
        let files = std::fs::read_dir(self.receipts.path()).unwrap().count();
        assert_eq!(files, 2 * receipts as usize);
    }
}

fn document(number: u32) -> ReceiptDocument {
    let price = i64::from(number) + 100;
    ReceiptDocument {
        id: format!("r-{number:03}"),
        visit: format!("v-{number:03}"),
        store: "corner".to_owned(),
        store_name: "Corner Shop".to_owned(),
        lines: vec![ReceiptLine {
            product: "4006381333931".to_owned(),
            name: "Milk".to_owned(),
            quantity: 2,
            unit_price_minor: price,
            amount_minor: 2 * price,
            tax: "A".to_owned(),
        }],
        total_minor: 2 * price,
        currency: "EUR".to_owned(),
        taxes: vec![],
        tax_added: false,
        entered_us: 0,
        left_us: 1,
        settled_us: i64::from(number),
        undecided: 0,
        language: String::new(),
    }
}

/// Each key meets up to five troubles, in an order of its own, before all is well.
fn storm(key: &str, order: u32) -> Option<Fault> {
    let seed = key.bytes().map(u32::from).sum::<u32>();
    if order >= seed % 6 {
        return None;
    }
    let troubles = [Fault::Fail, Fault::TimeOutAfterCharging, Fault::AnswerTwice];
    troubles
        .get((seed / 6 + order) as usize % troubles.len())
        .copied()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_storm_every_receipt_is_charged_exactly_once() {
    let shop = Shop::open(SandboxPayment::new().troubled(storm)).await;
    let worker = shop.worker();
    for number in 0..60 {
        shop.settle(number, "card").await;
        worker.wake().wake();
    }
    shop.all_done().await;
    let counts = worker.stop().await;
    assert_eq!((counts.delivered, counts.refused), (120, 0));
    assert!(counts.again > 0);
    assert!(
        shop.payment.orders().values().any(|&orders| orders > 2),
        "no storm"
    );
    shop.check(60);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopped_and_killed_in_the_middle_the_next_worker_finishes() {
    let shop = Shop::open(SandboxPayment::new().troubled(storm)).await;
    for number in 0..40 {
        shop.settle(number, "card").await;
    }
    for _ in 0..3 {
        let stopped = shop.worker();
        tokio::time::sleep(Duration::from_millis(10)).await;
        stopped.stop().await;

        // A worker that ends in the middle of whatever it does, as when its process is killed.
        let process = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let killed = {
            let _inside = process.enter();
            shop.worker()
        };
        tokio::time::sleep(Duration::from_millis(10)).await;
        process.shutdown_background();
        drop(killed);
    }
    let waiting = shop.ledger.health().await.unwrap().outbox_waiting;
    assert!(waiting > 0, "nothing was left to finish");
    // Two at once do no harm either.
    let both = (shop.worker(), shop.worker());
    shop.all_done().await;
    both.0.stop().await;
    both.1.stop().await;
    shop.check(40);
}

#[tokio::test]
async fn a_declined_charge_ends_refused_and_the_receipt_is_sent_all_the_same() {
    let shop = Shop::open(SandboxPayment::new()).await;
    shop.settle(0, sandbox::DECLINED).await;
    let worker = shop.worker();
    shop.all_done().await;
    assert_eq!(
        worker.stop().await,
        Counts {
            delivered: 1,
            refused: 1,
            again: 0
        }
    );
    let outbox = shop.ledger.outbox_of("r-000").await.unwrap();
    let outcomes: Vec<_> = outbox.iter().map(|item| item.outcome.as_deref()).collect();
    assert_eq!(outcomes, [Some("refused"), Some("delivered")]);
    assert_eq!(shop.payment.movements().unwrap(), []);
}

#[tokio::test]
async fn a_dead_service_holds_up_no_letter_and_loses_no_charge() {
    let dead = SandboxPayment::new().troubled(|_, _| Some(Fault::Fail));
    let shop = Shop::open(dead).await;
    for number in 0..20 {
        shop.settle(number, "card").await;
    }
    let worker = shop.worker();
    let letters = async {
        while shop.ledger.health().await.unwrap().outbox_waiting > 20 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), letters)
        .await
        .unwrap();
    worker.stop().await;
    let waiting = shop.ledger.due_outbox(i64::MAX, 100).await.unwrap();
    assert_eq!(waiting.len(), 20);
    assert!(
        waiting
            .iter()
            .all(|item| item.attempts > 0 && item.note.is_some())
    );
}
