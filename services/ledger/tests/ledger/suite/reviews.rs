//! What is asked of people, and what follows from their answers.

use amble_ledger::{
    Entry, Ledger, LedgerError, OpenReviews, OutboxEntry, OutboxKind, Outcome, Refusal, Review,
};

use super::{
    ZONE,
    entries::{append, receipt, review, review_id, verdict},
    write,
};

fn ids(reviews: &[Review]) -> Vec<&str> {
    reviews.iter().map(|review| review.id.as_str()).collect()
}

pub(crate) async fn a_review_is_decided_once(ledger: &impl Ledger) {
    let unknown = write(ledger, [verdict("v", 1, None)]).await;
    assert_eq!(unknown, [Outcome::Refused(Refusal::UnknownReview)]);
    let first = verdict("v", 1, Some(-34));
    write(ledger, [receipt("v", 1), review("v", 1), first.clone()]).await;

    let mut other = verdict("v", 1, None);
    if let Entry::Verdict { by, .. } = &mut other {
        *by = "otto".to_owned();
    }
    let stands = Outcome::Refused(Refusal::ReviewAlreadyDecided {
        by: "rita".to_owned(),
        decided_us: 101,
        body: r#"{"right":1}"#.to_owned(),
    });
    // The same words with another correction are another verdict; what comes with it stands.
    let again = [first, verdict("v", 1, Some(-35)), other, review("v", 2)];
    let again = write(ledger, again).await;
    let wanted = [Outcome::AlreadyThere, stands.clone(), stands, Outcome::New];
    assert_eq!(again, wanted);
    let decided = ledger.review(&review_id("v", 1)).await.unwrap().unwrap();
    assert_eq!(decided.decided_by.as_deref(), Some("rita"));
    assert_eq!(decided.decided_us, Some(101));
    assert_eq!(ledger.corrections_of("receipt-v").await.unwrap().len(), 1);
    assert_eq!(ledger.review("receipt-v/review/3").await, Ok(None));
}

pub(crate) async fn a_verdict_and_its_correction_are_one(ledger: &impl Ledger) {
    write(ledger, [receipt("v", 1), review("v", 1), review("v", 2)]).await;
    let mut clash = verdict("v", 1, Some(-34));
    if let Entry::Verdict {
        correction: Some(correction),
        ..
    } = &mut clash
    {
        correction.outbox.push(OutboxEntry::charge("receipt-v", ""));
    }
    let refused = ledger.append(append(ZONE, 1, [clash])).await;
    assert!(
        matches!(refused, Err(LedgerError::Invalid { .. })),
        "{refused:?}"
    );
    let open = ledger.review(&review_id("v", 1)).await.unwrap().unwrap();
    assert_eq!((open.decided_us, open.verdict), (None, None));
    assert_eq!(ledger.outbox_of("receipt-v").await.unwrap().len(), 2);

    write(ledger, [verdict("v", 1, Some(-34)), verdict("v", 2, None)]).await;
    let id = "receipt-v/review/1/correction";
    let correction = ledger.correction(id).await.unwrap().unwrap();
    assert_eq!(correction.review, review_id("v", 1));
    assert_eq!((correction.decided_us, correction.total_minor), (101, -34));
    let of_visit = ledger.corrections_of_visit("v").await;
    assert_eq!(of_visit, Ok(vec![correction]));
    let outbox = ledger.outbox_of("receipt-v").await.unwrap();
    let of: Vec<_> = outbox.iter().map(|item| (item.of(), item.kind)).collect();
    assert_eq!(
        of,
        [
            ("receipt-v", OutboxKind::Charge),
            (id, OutboxKind::Refund),
            (id, OutboxKind::SendCorrection),
            ("receipt-v", OutboxKind::Send),
        ]
    );
}

pub(crate) async fn corrections_give_back_no_more_than_was_charged(ledger: &impl Ledger) {
    let reviews: Vec<_> = (1..=4).map(|number| review("v", number)).collect();
    write(ledger, reviews).await;
    let no_receipt = Refusal::UnknownReceipt {
        receipt: "receipt-v".to_owned(),
    };
    let refused = write(ledger, [verdict("v", 1, Some(-1))]).await;
    assert_eq!(refused, [Outcome::Refused(no_receipt)]);
    // The receipt is over 12.34.
    let outcomes = write(
        ledger,
        [
            receipt("v", 1),
            verdict("v", 1, Some(-1_000)),
            verdict("v", 2, Some(-235)),
            verdict("v", 3, Some(100)),
            verdict("v", 2, Some(-334)),
            verdict("v", 4, Some(-1)),
        ],
    )
    .await;
    let left = |left_minor| Outcome::Refused(Refusal::MoreThanCharged { left_minor });
    assert_eq!(outcomes[2], left(234));
    assert_eq!(outcomes[4], Outcome::New);
    assert_eq!(outcomes[5], left(0));
    assert_eq!(ledger.reviews_waiting().await.unwrap().count, 1);

    let mut foreign = verdict("v", 4, Some(0));
    if let Entry::Verdict {
        correction: Some(correction),
        ..
    } = &mut foreign
    {
        correction.currency = "USD".to_owned();
    }
    let refused = ledger.append(append(ZONE, 1, [foreign])).await;
    assert!(
        matches!(refused, Err(LedgerError::Invalid { .. })),
        "{refused:?}"
    );
}

pub(crate) async fn open_reviews_wait_in_line_and_answered_ones_are_listed_newest_first(
    ledger: &impl Ledger,
) {
    assert_eq!(
        ledger.reviews_waiting().await,
        Ok(OpenReviews {
            count: 0,
            oldest_us: None
        })
    );
    for number in [3, 1, 2, 5, 4] {
        write(ledger, [receipt("v", 1), review("v", number)]).await;
    }
    write(ledger, [receipt("w", 1), review("w", 3)]).await;
    let id = |number| review_id("v", number);
    let first = ledger.open_reviews(None, 3).await.unwrap();
    assert_eq!(ids(&first), [id(1), id(2), id(3)]);
    let next = ledger.open_reviews(Some(&id(3)), 9).await.unwrap();
    assert_eq!(ids(&next), [review_id("w", 3), id(4), id(5)]);
    assert_eq!(ledger.open_reviews(Some("none"), 9).await, Ok(vec![]));

    write(ledger, [1, 4, 5].map(|number| verdict("v", number, None))).await;
    // One may go on after a review that has been answered since.
    let next = ledger.open_reviews(Some(&id(1)), 9).await.unwrap();
    assert_eq!(ids(&next), [id(2), id(3), review_id("w", 3)]);
    let answered = ledger.answered_reviews(None, 2).await.unwrap();
    assert_eq!(ids(&answered), [id(5), id(4)]);
    let answered = ledger.answered_reviews(Some(&id(4)), 2).await.unwrap();
    assert_eq!(ids(&answered), [id(1)]);
    let waiting = OpenReviews {
        count: 3,
        oldest_us: Some(2),
    };
    assert_eq!(ledger.reviews_waiting().await, Ok(waiting));
    let of_visit = ledger.reviews_of_visit("v").await.unwrap();
    assert_eq!(ids(&of_visit), [id(1), id(2), id(3), id(4), id(5)]);
}
