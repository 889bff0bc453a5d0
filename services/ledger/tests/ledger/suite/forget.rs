//! What is forgotten, and what stays: rules of `src/sql/forget.rs`.

use amble_ledger::{Entry, Ledger, OutboxEnd, OutboxEntry, Whose};

use super::{pass, write};

pub(crate) const MAIL: &str = "ada@example.org";
pub(crate) const METHOD: &str = "cus_ada/pm_ada";

/// A visit that is over, with all that a shopper has shown.
pub(crate) async fn visited(ledger: &impl Ledger, visit: &str, settled_us: i64, mail: &str) {
    let id = format!("receipt-{visit}");
    let entries = [
        pass(visit, visit, 1),
        Entry::VisitEvent {
            round: settled_us,
            ordinal: 0,
            visit: visit.to_owned(),
            body: format!("{mail} {METHOD}").into_bytes(),
        },
        Entry::Hold {
            visit: visit.to_owned(),
            method: METHOD.to_owned(),
            amount_minor: 3_000,
            currency: "EUR".to_owned(),
            opened_us: 1,
        },
        Entry::Receipt {
            outbox: vec![
                OutboxEntry::charge(&id, METHOD),
                OutboxEntry::send(&id, mail),
            ],
            id: id.clone(),
            visit: visit.to_owned(),
            settled_us,
            total_minor: 1_234,
            currency: "EUR".to_owned(),
            body: r#"{"total_minor":1234}"#.to_owned(),
        },
    ];
    write(ledger, entries).await;
    for (kind, note) in [("charge", "pi_kept"), ("send", mail)] {
        let end = OutboxEnd::Delivered(note.to_owned());
        let done = ledger.outbox_done(&format!("{id}/{kind}"), &end).await;
        assert!(done.unwrap());
    }
    let step = amble_ledger::HoldStep {
        id: format!("{visit}/hold/1"),
        from: amble_ledger::HoldState::Wanted,
        to: amble_ledger::HoldState::Never,
        reference: None,
        note: mail.to_owned(),
        due_us: 0,
    };
    assert!(ledger.hold_step(step).await.unwrap());
}

async fn left(ledger: &impl Ledger, whose: Whose) -> Vec<String> {
    ledger.to_forget(&whose, i64::MAX, 100).await.unwrap()
}

pub(crate) async fn what_ties_a_visit_to_a_person_goes_and_the_books_stay(ledger: &impl Ledger) {
    visited(ledger, "v", 1, MAIL).await;
    visited(ledger, "w", 2, "bob@example.org").await;
    let receipt = ledger.receipt("receipt-v").await.unwrap();
    assert!(ledger.forget_visit("v").await.unwrap());
    assert!(!ledger.forget_visit("v").await.unwrap());
    assert_eq!(ledger.receipt("receipt-v").await.unwrap(), receipt);
    let outbox = ledger.outbox_of("receipt-v").await.unwrap();
    let told = outbox
        .iter()
        .map(|item| (item.body.as_str(), item.note.as_deref()));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [("", Some("pi_kept")), ("", Some(""))]
    );
    assert_eq!(ledger.holds_of("v").await.unwrap()[0].method, "");
    assert_eq!(ledger.pass_used("v").await.unwrap(), None);
    let events = ledger.visit_events_from(None, 0, 100).await.unwrap();
    assert!(events.iter().all(|event| event.visit == "w"), "{events:?}");
    assert_eq!(left(ledger, Whose::Everybody).await, ["w"]);
}

pub(crate) async fn a_person_is_found_by_address_method_or_customer(ledger: &impl Ledger) {
    visited(ledger, "v", 1, MAIL).await;
    visited(ledger, "w", 2, "bob@example.org").await;
    for subject in [MAIL, METHOD, "cus_ada"] {
        let found = left(ledger, Whose::Subject(subject.to_owned())).await;
        assert_eq!(found[0], "v", "{subject}");
        assert_eq!(
            found.len(),
            if subject == MAIL { 1 } else { 2 },
            "{subject}"
        );
    }
    for nobody in ["", "cus", "ada", "%", "pm_ada"] {
        assert!(
            left(ledger, Whose::Subject(nobody.to_owned()))
                .await
                .is_empty()
        );
    }
    assert_eq!(left(ledger, Whose::Visit("w".to_owned())).await, ["w"]);
    let old = ledger.to_forget(&Whose::Everybody, 2, 100).await.unwrap();
    assert_eq!(old, ["v"]);
}

pub(crate) async fn what_is_under_way_is_not_forgotten(ledger: &impl Ledger) {
    write(ledger, [super::receipt("v", 1)]).await;
    assert!(left(ledger, Whose::Everybody).await.is_empty());
    ledger.forget_visit("v").await.unwrap();
    let outbox = ledger.outbox_of("receipt-v").await.unwrap();
    assert_eq!(outbox[0].body, "card");
}
