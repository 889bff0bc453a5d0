//! Who may write: the owner of a shard, from where its devices stand.

use amble_ledger::{Claim, Ledger, LedgerError, Outcome};

use super::{
    ZONE,
    entries::{append, device_state, interaction},
    write,
};

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

/// On one database, which the coordinator of neither remembers: both are given the same epoch.
pub(crate) async fn an_epoch_is_claimed_by_one_ledger_only(one: &impl Ledger, other: &impl Ledger) {
    one.claim(ZONE, 5).await.unwrap();
    let taken = LedgerError::Fenced {
        shard: ZONE.to_owned(),
        held: 5,
        newer: 5,
    };
    assert_eq!(other.claim(ZONE, 5).await, Err(taken));
    // Who has it may ask again, should the answer have been lost, and writes.
    one.claim(ZONE, 5).await.unwrap();
    let first = append(ZONE, 5, [interaction("a", 1)]);
    one.append(first).await.unwrap();
    other.claim(ZONE, 6).await.unwrap();
    let late = one.append(append(ZONE, 5, [interaction("a", 2)])).await;
    assert!(matches!(
        late,
        Err(LedgerError::Fenced {
            held: 5,
            newer: 6,
            ..
        })
    ));
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
