//! A shop without sensors: a ledger, receipts, and the worker.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use amble_checkout::{
    Backoff, Charged, Corrected, CorrectionDocument, Holds, Limits, Mail, Outbox, Payment,
    ReceiptDocument, ReceiptLine, ReceiptTax, amend, correct, settle,
};
use amble_ledger::{Append, Entry, Ledger};

const SHARD: &str = "bookkeeper";

pub struct Shop {
    pub ledger: Arc<dyn Ledger>,
}

impl Shop {
    pub async fn open(ledger: Arc<dyn Ledger>) -> Self {
        ledger.claim(SHARD, 1).await.unwrap();
        Self { ledger }
    }

    pub async fn settle(&self, document: &ReceiptDocument, method: &str, address: &str) {
        self.append(vec![settle(document, method, address).unwrap()])
            .await;
    }

    /// A visit begins, of which so much is to be authorised.
    pub async fn enter(&self, visit: &str, method: &str, minor: i64) {
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_micros();
        let holds = Holds::new(minor, minor).unwrap();
        let entry = holds.at_entry(visit, Some(method), "EUR", i64::try_from(now).unwrap());
        self.append(vec![entry.unwrap()]).await;
    }

    /// A review's verdict: of the receipt's one product only `quantity` were taken.
    pub async fn correct(&self, receipt: &ReceiptDocument, quantity: u32) -> CorrectionDocument {
        let earlier = self.ledger.corrections_of(&receipt.id).await.unwrap();
        let earlier: Vec<_> = earlier
            .iter()
            .map(|stored| CorrectionDocument::from_json(&stored.body).unwrap())
            .collect();
        let charged = Charged {
            receipt,
            earlier: &earlier,
        };
        let mut right = receipt.lines[0].clone();
        right.quantity = quantity;
        right.amount_minor = i64::from(quantity) * right.unit_price_minor;
        let review = format!("{}/review/{}", receipt.id, earlier.len() + 1);
        let (id, now) = (format!("{review}/correction"), receipt.settled_us + 1);
        let Ok(Corrected::By(correction)) = correct(charged, &[right], &[], &id, now) else {
            panic!("{} is to be corrected", receipt.id);
        };
        let entries = vec![
            Entry::Review {
                id: review.clone(),
                receipt: receipt.id.clone(),
                visit: receipt.visit.clone(),
                opened_us: receipt.settled_us,
                why: "costly".to_owned(),
                body: "{}".to_owned(),
            },
            Entry::Verdict {
                review,
                by: "rita".to_owned(),
                decided_us: now,
                body: "{}".to_owned(),
                correction: Some(amend(&correction).unwrap()),
            },
        ];
        self.append(entries).await;
        *correction
    }

    async fn append(&self, entries: Vec<Entry>) {
        let append = Append {
            shard: SHARD.to_owned(),
            epoch: 1,
            entries,
        };
        assert!(self.ledger.append(append).await.unwrap().all_stand());
    }

    /// A worker that is as patient as a test can be: an attempt may take a second.
    pub fn worker(&self, payment: Arc<dyn Payment>, mail: Arc<dyn Mail>) -> Outbox {
        let ms = Duration::from_millis;
        let backoff = Backoff::new(ms(20), ms(400)).unwrap();
        let limits = Limits::new(32, ms(1_000), ms(20), backoff).unwrap();
        Outbox::start(self.ledger.clone(), payment, mail, limits)
    }

    pub async fn waiting(&self) -> u64 {
        self.ledger.health().await.unwrap().outbox_waiting
    }

    pub async fn all_done(&self) {
        until("the outbox to be empty", async || self.waiting().await == 0).await;
    }

    /// How the entries of a receipt ended, the charge's first and its own letter's last, with what was said
    /// of each.
    pub async fn ends(&self, receipt: &str) -> Vec<(String, String)> {
        let entries = self.ledger.outbox_of(receipt).await.unwrap();
        let end = |text: Option<String>| text.unwrap_or_default();
        let ends = entries.into_iter();
        ends.map(|item| (end(item.outcome), end(item.note)))
            .collect()
    }
}

/// Waits for a condition: two minutes, which no test needs on a machine that is not overloaded.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(120);
    while !holds().await {
        assert!(tokio::time::Instant::now() < deadline, "waited for {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A receipt over one product, settled now.
pub fn document(number: u32, currency: &str) -> ReceiptDocument {
    let price = i64::from(number) + 100;
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_micros();
    let now = i64::try_from(now).unwrap();
    ReceiptDocument {
        id: format!("r-{number:03}"),
        visit: format!("v-{number:03}"),
        store: "corner".to_owned(),
        store_name: "Corner & Sons".to_owned(),
        lines: vec![ReceiptLine {
            product: "4006381333931".to_owned(),
            name: "Tee <grün>".to_owned(),
            quantity: 2,
            unit_price_minor: price,
            amount_minor: 2 * price,
            tax: "A".to_owned(),
        }],
        total_minor: 2 * price,
        currency: currency.to_owned(),
        taxes: vec![ReceiptTax {
            id: "A".to_owned(),
            rate_basis_points: 700,
            net_minor: 2 * price - 13,
            tax_minor: 13,
        }],
        tax_added: false,
        entered_us: now - 60_000_000,
        left_us: now - 1_000_000,
        settled_us: now,
        undecided: 0,
        language: "de".to_owned(),
    }
}
