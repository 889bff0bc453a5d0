//! What is written once: keys, and what is refused for what is there.

use amble_ledger::{Entry, Ledger, LedgerError, OutboxEnd, OutboxEntry, Outcome, Refusal};

use super::{
    ZONE,
    entries::{
        append, decision, device_state, event, interaction, pass, poison, price, receipt, review,
        verdict,
    },
    write,
};

pub(crate) async fn an_append_sent_again_is_recognised(ledger: &impl Ledger) {
    let entries = vec![
        device_state("scale", 0, 5),
        interaction("a", 5),
        Entry::Cut {
            round: 1,
            body: vec![1],
        },
        Entry::Note {
            name: "n".to_owned(),
            round: 1,
            body: vec![1],
        },
        event(1, 0, b"in"),
        pass("p", "v", 7),
        decision("a#5", 0, 1),
        receipt("v", 9),
        review("v", 0),
        verdict("v", 0, Some(-34)),
        price("milk", 149, 0),
        poison("m", 1),
    ];
    let first = write(ledger, entries.clone()).await;
    assert_eq!(first, vec![Outcome::New; entries.len()]);
    let again = write(ledger, entries.clone()).await;
    assert_eq!(again, vec![Outcome::AlreadyThere; entries.len()]);
    assert_eq!(ledger.interactions_after(0, 10).await.unwrap().len(), 1);
    assert_eq!(ledger.due_outbox(0, 10).await.unwrap().len(), 4);
}

pub(crate) async fn a_key_with_another_content_keeps_the_first(ledger: &impl Ledger) {
    write(
        ledger,
        [event(1, 0, b"in"), decision("a#5", 0, 1), receipt("v", 9)],
    )
    .await;
    let mut other = receipt("v", 9);
    if let Entry::Receipt { id, .. } = &mut other {
        *id = "second".to_owned();
    }
    let mut changed = decision("a#5", 0, 1);
    if let Entry::Decision { body, .. } = &mut changed {
        *body = b"else".to_vec();
    }
    let outcomes = write(ledger, [event(1, 0, b"out"), changed, other]).await;
    assert_eq!(outcomes, vec![Outcome::Differs; 3]);
    assert_eq!(
        ledger.visit_events_from(None, 0, 9).await.unwrap()[0].body,
        b"in"
    );
    assert_eq!(ledger.decisions_of("a#5").await.unwrap()[0].body, b"0");
    assert_eq!(
        ledger.receipt_of_visit("v").await.unwrap().unwrap().id,
        "receipt-v"
    );
    assert_eq!(ledger.receipt("second").await, Ok(None));
}

pub(crate) async fn a_pass_opens_one_visit(ledger: &impl Ledger) {
    write(ledger, [pass("p", "v", 7)]).await;
    let refusal = Outcome::Refused(Refusal::PassAlreadyUsed {
        visit: "v".to_owned(),
        used_us: 7,
    });
    // A second use is refused, and what comes with it stands.
    let outcomes = write(ledger, [pass("p", "w", 8), pass("q", "w", 8)]).await;
    assert_eq!(outcomes, [refusal.clone(), Outcome::New]);
    ledger.claim("zone/2", 1).await.unwrap();
    let elsewhere = ledger
        .append(append("zone/2", 1, [pass("p", "v", 7)]))
        .await
        .unwrap();
    assert_eq!(elsewhere.outcomes, [refusal]);
    assert_eq!(ledger.pass_used("p").await.unwrap().unwrap().visit, "v");
    assert_eq!(ledger.pass_used("r").await, Ok(None));
}

pub(crate) async fn a_receipt_and_its_outbox_are_one(ledger: &impl Ledger) {
    let mut clash = receipt("w", 1);
    if let Entry::Receipt { outbox, .. } = &mut clash {
        *outbox = vec![
            OutboxEntry::send("receipt-w", ""),
            OutboxEntry::charge("receipt-v", ""),
        ];
    }
    write(ledger, [receipt("v", 1)]).await;
    let refused = ledger.append(append(ZONE, 1, [clash])).await;
    assert!(
        matches!(refused, Err(LedgerError::Invalid { .. })),
        "{refused:?}"
    );
    assert_eq!(ledger.receipt("receipt-w").await, Ok(None));
    assert_eq!(ledger.outbox_of("receipt-w").await, Ok(vec![]));
    let waiting = ledger.outbox_of("receipt-v").await.unwrap();
    let ids: Vec<_> = waiting.iter().map(|item| item.id.as_str()).collect();
    assert_eq!(ids, ["receipt-v/charge", "receipt-v/send"]);
    assert_eq!(ledger.health().await.unwrap().outbox_waiting, 2);
}

pub(crate) async fn an_outbox_entry_ends_once(ledger: &impl Ledger) {
    write(ledger, [receipt("v", 1)]).await;
    let charge = "receipt-v/charge";
    assert_eq!(
        ledger.outbox_retry(charge, 500, "no answer").await,
        Ok(true)
    );
    let due = ledger.due_outbox(499, 10).await.unwrap();
    assert_eq!(due.len(), 1, "the charge is not due yet");
    let due = ledger.due_outbox(500, 10).await.unwrap();
    assert_eq!((due[1].id.as_str(), due[1].attempts), (charge, 1));
    assert_eq!(due[1].note.as_deref(), Some("no answer"));

    let end = OutboxEnd::Delivered("reference 1".to_owned());
    assert_eq!(ledger.outbox_done(charge, &end).await, Ok(true));
    let late = OutboxEnd::Refused("declined".to_owned());
    assert_eq!(ledger.outbox_done(charge, &late).await, Ok(false));
    assert_eq!(ledger.outbox_retry(charge, 600, "late").await, Ok(false));
    let stands = &ledger.outbox_of("receipt-v").await.unwrap()[0];
    assert_eq!(stands.outcome.as_deref(), Some("delivered"));
    assert_eq!(stands.note.as_deref(), Some("reference 1"));
    assert_eq!(ledger.due_outbox(i64::MAX, 10).await.unwrap().len(), 1);
}

pub(crate) async fn what_can_never_be_stored_is_said_so(ledger: &impl Ledger) {
    ledger.claim(ZONE, 1).await.unwrap();
    let with = |total: i64, code: &str| {
        let mut entry = receipt("v", 1);
        if let Entry::Receipt {
            total_minor,
            currency,
            ..
        } = &mut entry
        {
            (*total_minor, *currency) = (total, code.to_owned());
        }
        entry
    };
    let never = [
        device_state("scale", 0, 0),
        device_state("scale", 0, u64::MAX),
        interaction("a", u64::MAX),
        with(-1, "EUR"),
        with(1, "euro"),
    ];
    for entry in never {
        let refused = ledger.append(append(ZONE, 1, [entry.clone()])).await;
        assert!(
            matches!(refused, Err(LedgerError::Invalid { .. })),
            "{entry:?}"
        );
    }
}
