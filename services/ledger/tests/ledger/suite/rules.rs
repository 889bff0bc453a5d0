//! One test of each rule. Helpers of the suite write; what stands is read back through the trait.

use amble_ledger::{
    Claim, Cut, DeviceState, Entry, KEEP_CUTS, Ledger, LedgerError, OutboxEnd, OutboxEntry,
    Outcome, Refusal,
};

use super::{append, device_state, interaction, interaction_at, pass, receipt};

const ZONE: &str = "zone/1";

async fn write(ledger: &impl Ledger, entries: impl Into<Vec<Entry>>) -> Vec<Outcome> {
    ledger.claim(ZONE, 1).await.unwrap();
    ledger
        .append(append(ZONE, 1, entries))
        .await
        .unwrap()
        .outcomes
}

pub(crate) async fn an_older_epoch_never_writes(ledger: &impl Ledger) {
    ledger.claim(ZONE, 1).await.unwrap();
    ledger.claim(ZONE, 3).await.unwrap();
    for epoch in [1, 2] {
        let fenced = LedgerError::Fenced {
            shard: ZONE.to_owned(),
            held: epoch,
            newer: 3,
        };
        let late = append(ZONE, epoch, [interaction("a", 1)]);
        assert_eq!(ledger.append(late).await, Err(fenced.clone()));
        assert_eq!(ledger.claim(ZONE, epoch).await, Err(fenced));
    }
    assert_eq!(ledger.epoch(ZONE).await, Ok(3));
    assert_eq!(ledger.interaction("a#1").await, Ok(None));
}

pub(crate) async fn an_append_needs_a_claim(ledger: &impl Ledger) {
    let early = |epoch| ledger.append(append(ZONE, epoch, [interaction("a", 1)]));
    for epoch in [0, 1] {
        let refused = early(epoch).await;
        assert!(
            matches!(refused, Err(LedgerError::Unclaimed { claimed: 0, .. })),
            "{refused:?}"
        );
    }
    assert!(matches!(
        ledger.claim(ZONE, 0).await,
        Err(LedgerError::Invalid { .. })
    ));
    ledger.claim(ZONE, 1).await.unwrap();
    ledger.claim(ZONE, 1).await.unwrap();
    assert!(matches!(
        early(2).await,
        Err(LedgerError::Unclaimed { claimed: 1, .. })
    ));
    early(1).await.unwrap();
}

pub(crate) async fn claims_are_answered_each(ledger: &impl Ledger) {
    ledger.claim("zone/2", 5).await.unwrap();
    let claim = |shard: &str, epoch| Claim {
        shard: shard.to_owned(),
        epoch,
    };
    let claims = [
        claim("zone/3", 1),
        claim("zone/2", 4),
        claim(ZONE, 2),
        claim("zone/4", 0),
        claim(ZONE, 1),
    ];
    let answers = ledger.claim_all(&claims).await.unwrap();
    assert_eq!((&answers[0], &answers[2]), (&Ok(()), &Ok(())));
    for (fenced, newest) in [(&answers[1], 5), (&answers[4], 2)] {
        let by = matches!(fenced, Err(LedgerError::Fenced { newer, .. }) if *newer == newest);
        assert!(by, "{fenced:?}");
    }
    assert!(matches!(answers[3], Err(LedgerError::Invalid { .. })));
    for (shard, epoch) in [(ZONE, 2), ("zone/2", 5), ("zone/3", 1), ("zone/4", 0)] {
        assert_eq!(ledger.epoch(shard).await, Ok(epoch), "{shard}");
    }
    assert_eq!(ledger.claim_all(&[]).await, Ok(vec![]));
}

pub(crate) async fn a_refused_append_leaves_nothing(ledger: &impl Ledger) {
    write(ledger, [device_state("scale", 0, 5)]).await;
    let entries = [interaction("a", 6), device_state("scale", 4, 6)];
    let refused = ledger.append(append(ZONE, 1, entries)).await;
    assert!(matches!(
        refused,
        Err(LedgerError::NotContinuing {
            stored: 5,
            offered: 4,
            ..
        })
    ));
    assert_eq!(ledger.interaction("a#6").await, Ok(None));
}

pub(crate) async fn a_refused_append_fails_alone(ledger: &impl Ledger) {
    ledger.claim(ZONE, 1).await.unwrap();
    ledger.claim("zone/2", 2).await.unwrap();
    let half_way = [interaction("d", 1), device_state("scale", 3, 4)];
    let (good, stale, other, broken) = tokio::join!(
        ledger.append(append(ZONE, 1, [interaction("a", 1)])),
        ledger.append(append("zone/2", 1, [interaction("b", 1)])),
        ledger.append(append(ZONE, 1, [interaction("c", 1)])),
        ledger.append(append(ZONE, 1, half_way)),
    );
    assert_eq!(good.unwrap().outcomes, [Outcome::New]);
    assert_eq!(other.unwrap().outcomes, [Outcome::New]);
    assert!(matches!(stale, Err(LedgerError::Fenced { .. })));
    assert!(matches!(broken, Err(LedgerError::NotContinuing { .. })));
    let stored = ledger.interactions_after(0, 10).await.unwrap();
    let ids: Vec<_> = stored
        .iter()
        .map(|interaction| interaction.id.as_str())
        .collect();
    assert_eq!(ids, ["a#1", "c#1"]);
}

pub(crate) async fn a_device_state_continues_from_the_stored_one(ledger: &impl Ledger) {
    let stored = async || {
        ledger
            .device_state("scale")
            .await
            .unwrap()
            .map_or(0, |s| s.sequence)
    };
    write(ledger, []).await;
    let orphan = ledger
        .append(append(ZONE, 1, [device_state("scale", 3, 4)]))
        .await;
    assert!(matches!(
        orphan,
        Err(LedgerError::NotContinuing {
            stored: 0,
            offered: 3,
            ..
        })
    ));
    write(
        ledger,
        [device_state("scale", 0, 5), device_state("scale", 5, 9)],
    )
    .await;
    assert_eq!(stored().await, 9);
    for from in [0, 5, 10] {
        let refused = ledger
            .append(append(ZONE, 1, [device_state("scale", from, 20)]))
            .await;
        assert!(
            matches!(refused, Err(LedgerError::NotContinuing { stored: 9, .. })),
            "{from}"
        );
    }
    assert_eq!(stored().await, 9);
    // A device may move to another zone, and begin again lower when it was replaced.
    ledger.claim("zone/2", 1).await.unwrap();
    ledger
        .append(append("zone/2", 1, [device_state("scale", 9, 2)]))
        .await
        .unwrap();
    assert_eq!(ledger.device_states(ZONE).await, Ok(vec![]));
    assert_eq!(ledger.device_states("zone/2").await.unwrap()[0].sequence, 2);
}

pub(crate) async fn an_append_sent_again_is_recognised(ledger: &impl Ledger) {
    let entries = vec![
        device_state("scale", 0, 5),
        interaction("a", 5),
        Entry::Cut {
            round: 1,
            body: vec![1],
        },
        event(1, 0, b"in"),
        pass("p", "v", 7),
        decision("a#5", 0, 1),
        receipt("v", 9),
        price("milk", 149, 0),
        poison("m", 1),
    ];
    let first = write(ledger, entries.clone()).await;
    assert_eq!(first, vec![Outcome::New; entries.len()]);
    let again = write(ledger, entries.clone()).await;
    assert_eq!(again, vec![Outcome::AlreadyThere; entries.len()]);
    assert_eq!(ledger.interactions_after(0, 10).await.unwrap().len(), 1);
    assert_eq!(ledger.due_outbox(0, 10).await.unwrap().len(), 2);
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

pub(crate) async fn cuts_keep_the_newest(ledger: &impl Ledger) {
    let last = i64::from(KEEP_CUTS) + 4;
    for round in 1..=last {
        write(
            ledger,
            [Entry::Cut {
                round,
                body: vec![1],
            }],
        )
        .await;
    }
    write(
        ledger,
        [Entry::Cut {
            round: last,
            body: vec![2],
        }],
    )
    .await;
    let cuts = ledger.cuts(ZONE).await.unwrap();
    let rounds: Vec<_> = cuts.iter().map(|cut| cut.round).collect();
    assert_eq!(rounds, (5..=last).rev().collect::<Vec<_>>());
    assert_eq!(cuts[0].body, [2], "a cut of the same round is replaced");
    assert_eq!(ledger.cuts("zone/2").await, Ok(vec![]));
}

pub(crate) async fn many_shards_are_read_at_once(ledger: &impl Ledger) {
    let cut = |round| Entry::Cut {
        round,
        body: vec![1],
    };
    write(ledger, [cut(1), cut(2), device_state("a", 0, 1)]).await;
    ledger.claim("zone/2", 1).await.unwrap();
    let other = [cut(3), device_state("c", 0, 1), device_state("b", 0, 1)];
    let other = ledger.append(append("zone/2", 1, other)).await;
    assert!(other.unwrap().all_stand());
    let shards = ["zone/2", "zone/3", ZONE];
    let cuts = ledger.cuts_of(&shards).await.unwrap();
    let rounds = |cuts: &Vec<Cut>| cuts.iter().map(|cut| cut.round).collect::<Vec<_>>();
    let rounds: Vec<_> = cuts.iter().map(rounds).collect();
    assert_eq!(rounds, [vec![3], vec![], vec![2, 1]]);
    let states = ledger.device_states_of(&shards).await.unwrap();
    let names = |states: &Vec<DeviceState>| {
        let names = states.iter().map(|state| state.device.clone());
        names.collect::<Vec<_>>().join(" ")
    };
    let names: Vec<_> = states.iter().map(names).collect();
    assert_eq!(names, ["b c", "", "a"]);
}

pub(crate) async fn poison_is_counted_and_kept_at_the_third(ledger: &impl Ledger) {
    for attempts in [1, 2] {
        write(ledger, [poison("m", attempts)]).await;
        let kept = &ledger.poison().await.unwrap()[0];
        assert_eq!((kept.attempts, &kept.body), (attempts, &None));
    }
    write(ledger, [poison("m", 3), poison("m", 1)]).await;
    let kept = &ledger.poison().await.unwrap()[0];
    assert_eq!(
        (kept.attempts, kept.body.as_deref()),
        (3, Some(&b"whole"[..]))
    );
    assert_eq!(ledger.health().await.unwrap().poisoned, 1);
    assert_eq!(ledger.forget_poison("m").await, Ok(true));
    assert_eq!(ledger.forget_poison("m").await, Ok(false));
}

pub(crate) async fn prices_are_known_from_some_time_on(ledger: &impl Ledger) {
    let changes = [
        price("milk", 1, 10),
        price("milk", 2, 20),
        price("tea", 5, 5),
    ];
    write(
        ledger,
        [changes.as_slice(), &[price("milk", 3, 30)]].concat(),
    )
    .await;
    let since = async |time| {
        let changes = ledger.price_changes(time).await.unwrap();
        changes
            .iter()
            .map(|change| change.price_minor)
            .collect::<Vec<_>>()
    };
    assert_eq!(since(i64::MIN).await, [5, 1, 2, 3]);
    assert_eq!(since(20).await, [5, 2, 3]);
    assert_eq!(since(i64::MAX).await, [5, 3]);
    let refused = write(ledger, [price("milk", 9, 30)]).await;
    let stored = Refusal::PriceAlreadySet { price_minor: 3 };
    assert_eq!(refused, [Outcome::Refused(stored)]);
}

pub(crate) async fn lists_end_with_whole_rounds(ledger: &impl Ledger) {
    let rounds = [1, 2, 2, 2, 3];
    for (at, round) in (1..).zip(rounds) {
        let of = u32::try_from(at).unwrap();
        let entries = [
            interaction_at("a", at, round),
            decision("a", of, round),
            event(round, of, b""),
        ];
        write(ledger, entries).await;
    }
    let count = async |round, limit| {
        let interactions = ledger.interactions_after(round, limit).await.unwrap().len();
        let decisions = ledger.decisions_after(round, limit).await.unwrap().len();
        let events = ledger
            .visit_events_from(Some(ZONE), round + 1, limit)
            .await
            .unwrap()
            .len();
        assert_eq!((decisions, events), (interactions, interactions));
        interactions
    };
    assert_eq!(count(0, 1).await, 1);
    assert_eq!(count(0, 2).await, 4);
    assert_eq!(count(0, 9).await, 5);
    assert_eq!(count(2, 9).await, 1);
    assert_eq!(count(3, 9).await, 0);
    assert_eq!(
        ledger.visit_events_from(Some("zone/2"), 0, 9).await,
        Ok(vec![])
    );
    assert_eq!(ledger.visit_events_from(None, 0, 9).await.unwrap().len(), 5);
}

pub(crate) async fn receipts_are_listed_newest_first(ledger: &impl Ledger) {
    for (visit, settled_us) in [("a", 1), ("b", 3), ("c", 3), ("d", 2)] {
        write(ledger, [receipt(visit, settled_us)]).await;
    }
    let mut seen = Vec::new();
    let mut place = None;
    loop {
        let page = ledger.receipts(place.as_ref(), 3).await.unwrap();
        let Some(last) = page.last() else { break };
        place = Some(last.place());
        seen.extend(page.into_iter().map(|receipt| receipt.visit));
    }
    assert_eq!(seen, ["c", "b", "d", "a"]);
}

pub(crate) async fn pruning_takes_the_old_only(ledger: &impl Ledger) {
    for round in 1..=4_i64 {
        let ordinal = u32::try_from(round).unwrap();
        let entries = [
            interaction_at("a", round.unsigned_abs(), round),
            decision("a", ordinal, round),
            event(round, ordinal, b""),
            pass(&format!("p{round}"), "v", round * 100_000),
        ];
        write(ledger, entries).await;
    }
    write(ledger, [receipt("v", 0), device_state("scale", 0, 1)]).await;
    assert_eq!(ledger.prune(3, 1).await, Ok(4));
    assert_eq!(ledger.prune(3, 9).await, Ok(4));
    assert_eq!(ledger.prune(3, 9).await, Ok(0));
    assert_eq!(ledger.interactions_after(0, 9).await.unwrap().len(), 2);
    assert_eq!(ledger.decisions_after(0, 9).await.unwrap().len(), 2);
    assert_eq!(ledger.visit_events_from(None, 0, 9).await.unwrap().len(), 2);
    assert_eq!(ledger.pass_used("p2").await, Ok(None));
    assert!(ledger.pass_used("p3").await.unwrap().is_some());
    assert!(ledger.receipt_of_visit("v").await.unwrap().is_some());
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

fn event(round: i64, ordinal: u32, body: &[u8]) -> Entry {
    Entry::VisitEvent {
        round,
        ordinal,
        visit: "v".to_owned(),
        body: body.to_vec(),
    }
}

fn decision(interaction: &str, revision: u32, round: i64) -> Entry {
    Entry::Decision {
        interaction: interaction.to_owned(),
        revision,
        round,
        body: revision.to_string().into_bytes(),
    }
}

fn price(product: &str, price_minor: i64, valid_from_us: i64) -> Entry {
    Entry::PriceChange {
        product: product.to_owned(),
        price_minor,
        valid_from_us,
    }
}

fn poison(message: &str, attempts: u32) -> Entry {
    Entry::Poison {
        message: message.to_owned(),
        attempts,
        device: "scale".to_owned(),
        body: b"whole".to_vec(),
    }
}
