//! What is authorised for visits: rules of `src/hold.rs`.

use amble_ledger::{
    Entry, HoldState, HoldStep, HoldWish, Ledger, OutboxEnd, Outcome, ProviderEvent,
};

use super::{receipt, write};

fn hold(visit: &str, amount_minor: i64) -> Entry {
    Entry::Hold {
        visit: visit.to_owned(),
        method: "pm_1".to_owned(),
        amount_minor,
        currency: "EUR".to_owned(),
        opened_us: 7,
    }
}

async fn step(ledger: &impl Ledger, id: &str, from: HoldState, to: HoldState) -> bool {
    let step = HoldStep {
        id: id.to_owned(),
        from,
        to,
        reference: Some("pi_1".to_owned()),
        note: String::new(),
        due_us: i64::MAX,
    };
    ledger.hold_step(step).await.unwrap()
}

async fn wishes(ledger: &impl Ledger, visit: &str) -> Vec<HoldWish> {
    let holds = ledger.holds_of(visit).await.unwrap();
    holds.iter().map(|hold| hold.wish).collect()
}

async fn due(ledger: &impl Ledger) -> Vec<String> {
    let due = ledger.due_holds(0, 100).await.unwrap();
    due.into_iter().map(|hold| hold.id).collect()
}

pub(crate) async fn a_hold_takes_each_step_once(ledger: &impl Ledger) {
    use HoldState::{Asked, Held, Released, Wanted};
    assert_eq!(write(ledger, [hold("v", 10)]).await, [Outcome::New]);
    assert_eq!(
        write(ledger, [hold("v", 99)]).await,
        [Outcome::AlreadyThere]
    );
    assert_eq!(due(ledger).await, ["v/hold/1"]);
    assert!(step(ledger, "v/hold/1", Wanted, Asked).await);
    assert!(!step(ledger, "v/hold/1", Wanted, Asked).await);
    assert!(ledger.hold_retry("v/hold/1", 0, "away").await.unwrap());
    assert_eq!(ledger.holds_of("v").await.unwrap()[0].attempts, 1);
    assert!(step(ledger, "v/hold/1", Asked, Held).await);
    assert_eq!(due(ledger).await, Vec::<String>::new());
    assert!(step(ledger, "v/hold/1", Held, Released).await);
    assert!(!ledger.hold_retry("v/hold/1", 0, "late").await.unwrap());
    let over = ledger.holds_of("v").await.unwrap();
    assert_eq!((over[0].state, over[0].amount_minor), (Released, 10));
    assert_eq!(over[0].reference.as_deref(), Some("pi_1"));
}

pub(crate) async fn a_receipt_decides_which_hold_is_captured(ledger: &impl Ledger) {
    use HoldState::{Asked, Held, Wanted};
    use HoldWish::{Capture, Open, Release};
    // Receipts of these tests are over 1,234.
    write(
        ledger,
        [
            hold("covered", 1_000),
            hold("not", 1_000),
            hold("late", 2_000),
        ],
    )
    .await;
    assert!(ledger.raise_hold("covered", 3, 3_000).await.unwrap());
    for (id, stands) in [
        ("covered/hold/1", true),
        ("covered/hold/3", true),
        ("not/hold/1", true),
        ("late/hold/1", false),
    ] {
        assert!(step(ledger, id, Wanted, Asked).await);
        assert!(!stands || step(ledger, id, Asked, Held).await);
    }
    assert_eq!(wishes(ledger, "covered").await, [Release, Open]);
    write(
        ledger,
        ["covered", "not", "late"].map(|visit| receipt(visit, 1)),
    )
    .await;
    assert_eq!(wishes(ledger, "covered").await, [Release, Capture]);
    assert_eq!(wishes(ledger, "not").await, [Release]);
    // One that comes to stand after the receipt is not captured: its charge has begun without it.
    assert!(step(ledger, "late/hold/1", Asked, Held).await);
    assert_eq!(wishes(ledger, "late").await, [Release]);
    let all = [
        "covered/hold/1",
        "covered/hold/3",
        "late/hold/1",
        "not/hold/1",
    ];
    assert_eq!(due(ledger).await, all);
    assert!(!ledger.give_up_holds("covered").await.unwrap());
    assert_eq!(wishes(ledger, "covered").await, [Release, Capture]);
}

pub(crate) async fn no_hold_begins_after_the_receipt(ledger: &impl Ledger) {
    write(ledger, [receipt("v", 1), hold("v", 10)]).await;
    assert_eq!(ledger.holds_of("v").await.unwrap(), []);
    write(ledger, [hold("w", 10)]).await;
    assert!(!ledger.raise_hold("w", 2, 10).await.unwrap());
    assert!(!ledger.raise_hold("nobody", 2, 20).await.unwrap());
    assert!(ledger.raise_hold("w", 2, 20).await.unwrap());
    assert!(!ledger.raise_hold("w", 2, 20).await.unwrap());
    write(ledger, [receipt("w", 2)]).await;
    assert!(!ledger.raise_hold("w", 3, 30).await.unwrap());
    assert_eq!(wishes(ledger, "w").await, [HoldWish::Release; 2]);
}

pub(crate) async fn what_a_service_tells_counts_once(ledger: &impl Ledger) {
    write(ledger, [receipt("v", 1)]).await;
    let told = |note: &str| ProviderEvent {
        id: "evt_1".to_owned(),
        kind: "payment_intent.succeeded".to_owned(),
        about: "pi_1".to_owned(),
        seen_us: 1,
        ends: Some((
            "receipt-v/charge".to_owned(),
            OutboxEnd::Delivered(note.to_owned()),
        )),
    };
    assert!(ledger.provider_told(told("pi_1")).await.unwrap());
    assert!(!ledger.provider_told(told("pi_2")).await.unwrap());
    let outbox = ledger.outbox_of("receipt-v").await.unwrap();
    assert_eq!(outbox[0].note.as_deref(), Some("pi_1"));
    assert_eq!(outbox[0].outcome.as_deref(), Some("delivered"));
}
