//! What is read: in which order, up to where, and for how long.

use amble_ledger::{Cut, DeviceState, Entry, KEEP_CUTS, Ledger, Outcome, ProviderEvent, Refusal};

use super::{
    ZONE,
    entries::{
        append, decision, device_state, event, interaction_at, pass, poison, price, receipt,
    },
    write,
};

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

pub(crate) async fn notes_keep_the_newest_of_each_name(ledger: &impl Ledger) {
    let note = |name: &str, round, body| Entry::Note {
        name: name.to_owned(),
        round,
        body: vec![body],
    };
    let last = i64::from(KEEP_CUTS) + 4;
    write(ledger, [note("other", 1, 7)]).await;
    for round in 1..=last {
        write(ledger, [note("own", round, 1)]).await;
    }
    let again = write(ledger, [note("own", last, 1), note("own", last, 2)]).await;
    assert_eq!(again, [Outcome::AlreadyThere, Outcome::New]);
    let own = ledger.notes(ZONE, "own").await.unwrap();
    let rounds: Vec<_> = own.iter().map(|note| note.round).collect();
    assert_eq!(rounds, (5..=last).rev().collect::<Vec<_>>());
    assert_eq!(own[0].body, [2], "a note of the same round is replaced");
    let other = ledger.notes(ZONE, "other").await.unwrap();
    assert_eq!(other.len(), 1, "another name's stay");
    assert_eq!(ledger.notes("zone/2", "own").await, Ok(vec![]));
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
    let rounds = ledger.cut_rounds_of(&shards).await.unwrap();
    assert_eq!(rounds, [vec![3], vec![], vec![2, 1]]);
    let at = ledger.cuts_at(&shards, 2).await.unwrap();
    assert_eq!(at, [None, None, Some(cuts[2][0].clone())]);
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
    let told = |round: i64| ProviderEvent {
        id: format!("evt_{round}"),
        kind: "payment_intent.created".to_owned(),
        about: "pi_1".to_owned(),
        seen_us: round * 100_000,
        ends: None,
    };
    for round in 1..=4 {
        assert!(ledger.provider_told(told(round)).await.unwrap());
    }
    assert_eq!(ledger.prune(3, 1).await, Ok(5));
    assert_eq!(ledger.prune(3, 9).await, Ok(5));
    assert_eq!(ledger.prune(3, 9).await, Ok(0));
    assert_eq!(ledger.interactions_after(0, 9).await.unwrap().len(), 2);
    assert_eq!(ledger.decisions_after(0, 9).await.unwrap().len(), 2);
    assert_eq!(ledger.visit_events_from(None, 0, 9).await.unwrap().len(), 2);
    assert_eq!(ledger.pass_used("p2").await, Ok(None));
    assert!(ledger.pass_used("p3").await.unwrap().is_some());
    assert!(!ledger.provider_told(told(3)).await.unwrap());
    assert!(ledger.receipt_of_visit("v").await.unwrap().is_some());
}
