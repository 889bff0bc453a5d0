//! From what round, and from what state, a shop or a shard starts.
//!
//! 1. A shard first claims its epoch, then reads, then folds (L3).
//! 2. All shards of a shop that starts begin with the same round: the one after the newest cut that
//!    all have and that lies [`REPLAY`](crate::round::REPLAY) before the newest. The devices send the rest again.
//!    A shop that was away so long that its cameras no longer have all of that begins later, with what they
//!    have ([`shown_from`]): what is in the newer cut is better than rounds in which nobody is seen.
//! 3. A single bucket begins with such a cut of its own; its peers send their rounds again. So does a
//!    zone, but its cut lies only [`ZONE_REPLAY`](crate::round::ZONE_REPLAY) back while the buckets go on. The bookkeeper begins
//!    after the newest round that is durable everywhere, and reads the rest.
//!    Shelves do not find again what was recorded: a zone reads it, and reports it once more.
//! 4. Who was asked for rounds that it does not have begins anew, with the newest cut that lies before
//!    what its peer stands at: that is in the ledger, since the peer began there.
//! 5. A shop that never ran stores its beginning as the first cut: so there always is one.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use amble_engine::{
    evidence::Interaction,
    layout::{Layout, ZoneIx},
    planogram,
    time::{Round, Time},
};
use amble_ledger::{Cut, DeviceState, Ledger, LedgerError, Receipt};
use serde::de::DeserializeOwned;

use crate::{book, codec, durable::CAMERAS_KEEP, message::VisitEvent, shop::Shop};

/// Rule 4: a shard was asked for rounds that it does not have.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("asked for rounds that are not here: it has to begin anew, with {begin_by:?} or before")]
pub(crate) struct TooYoung {
    /// The last round with which it may begin.
    pub(crate) begin_by: Round,
}

/// The ledger has no round from which shards could begin. To begin with nothing would lose every open
/// visit, so it is said, and tried again.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error(
    "no cut in the ledger is common to all shards, or far enough back: one of them could not write for \
     longer than the others; see which of them the log says is away from the ledger"
)]
pub(crate) struct NoCommonCut;

/// How long an edge may take to find a shop that is back, in rounds.
const RETURN: i64 = 10;

/// How many rows are read at once.
const PAGE: u32 = 1_000;

/// A shard that was claimed.
#[derive(Debug)]
pub(crate) struct Claimed {
    pub(crate) epoch: u64,
    pub(crate) cuts: Vec<Cut>,
    /// What the ledger knows of its devices, if it has any.
    pub(crate) devices: Vec<DeviceState>,
}

/// Claims a shard in the epoch after its last one, and reads its cuts.
pub(crate) async fn claim(ledger: &Arc<dyn Ledger>, shard: &str) -> Result<Claimed, LedgerError> {
    let epoch = ledger.epoch(shard).await? + 1;
    ledger.claim(shard, epoch).await?;
    Ok(Claimed {
        epoch,
        cuts: ledger.cuts(shard).await?,
        devices: ledger.device_states(shard).await?,
    })
}

/// The rounds of these cuts.
pub(crate) fn rounds(cuts: &[Cut]) -> impl Iterator<Item = i64> {
    cuts.iter().map(|cut| cut.round)
}

/// The first round of a shop that opens at this time which its cameras show again: they keep ten seconds,
/// and the last of them takes up to one to be back.
pub(crate) fn shown_from(opens: Time) -> Round {
    Round(opens.round().0 - (CAMERAS_KEEP - RETURN))
}

/// The round of the cut to start from, of those that all lists have: the newest that lies so many rounds
/// before the newest of all, or before the first round that is shown again if that is later, and so that
/// `begin_by` is not past. `None`: there is none.
pub(crate) fn common_cut(
    lists: impl Iterator<Item: IntoIterator<Item = i64>>,
    replay: i64,
    shown_from: Option<Round>,
    begin_by: Option<Round>,
) -> Option<Round> {
    let mut common: Option<BTreeSet<i64>> = None;
    for rounds in lists {
        let own: BTreeSet<i64> = rounds.into_iter().collect();
        common = Some(match common {
            None => own,
            Some(common) => common.intersection(&own).copied().collect(),
        });
    }
    let common = common?;
    let newest = *common.last()?;
    let latest = begin_by.map_or(i64::MAX, |round| round.0 - 1);
    let shown = shown_from.map_or(i64::MIN, |round| round.0 - 1);
    let wanted = shown.max(newest - replay);
    let old_enough = common.range(..=latest.min(wanted)).next_back();
    let any = || common.range(..=latest).next();
    old_enough.or_else(any).map(|&round| Round(round))
}

/// The state that a cut of this round holds.
pub(crate) fn state_at<T: DeserializeOwned>(cuts: &[Cut], round: Round) -> Option<T> {
    let cut = cuts.iter().find(|cut| cut.round == round.0)?;
    codec::decode(&cut.body)
}

/// Who writes down when a shop on several nodes began: as an event of no visit.
pub(crate) fn beginning(store: &str) -> String {
    format!("{store}/beginning")
}

/// Interactions, by the round in which they were recorded.
pub(crate) type Recorded = BTreeMap<Round, Vec<Arc<Interaction>>>;

/// What the ledger holds of the rounds after this one.
pub(crate) async fn recorded_after(
    ledger: &Arc<dyn Ledger>,
    at: Round,
) -> Result<Recorded, LedgerError> {
    let mut recorded = Recorded::new();
    let mut after = at.0;
    loop {
        let page = ledger.interactions_after(after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(recorded);
        };
        after = last.round;
        for row in page {
            if let Some(interaction) = codec::decode::<Interaction>(&row.body) {
                let round = recorded.entry(Round(row.round)).or_default();
                round.push(Arc::new(interaction));
            }
        }
    }
}

/// Those on the shelves of one zone.
pub(crate) fn of_zone(recorded: &Recorded, zone: ZoneIx, layout: &Layout) -> Recorded {
    let own = |interaction: &&Arc<Interaction>| {
        let shelf = layout.shelves.get(interaction.shelf.at());
        shelf.is_some_and(|shelf| shelf.zone == zone)
    };
    let rounds = recorded.iter();
    rounds
        .map(|(&round, all)| (round, all.iter().filter(own).cloned().collect()))
        .collect()
}

/// The bookkeeper's newest cut at or before a round, and what the ledger holds since.
pub(crate) async fn book_since(
    shop: &Shop,
    cuts: &[Cut],
    at: Round,
) -> Result<(Option<book::BookCut>, planogram::Memory, book::Past), LedgerError> {
    let usable = cuts.iter().filter(|cut| cut.round <= at.0);
    let newest = usable.max_by_key(|cut| cut.round);
    let state = newest.and_then(|cut| codec::decode::<book::BookCut>(&cut.body));
    let since = match (&state, newest) {
        (Some(_), Some(cut)) => cut.round,
        _ => i64::MIN / 2,
    };
    let mut past = book::Past {
        since: Round(since + 1),
        interactions: recorded_after(&shop.ledger, Round(since)).await?,
        events: BTreeMap::new(),
        receipts: BTreeMap::new(),
    };
    let mut from = since + 1;
    loop {
        let page = shop.ledger.visit_events_from(None, from, PAGE).await?;
        let Some(last) = page.last() else { break };
        from = last.round + 1;
        for row in page.into_iter().filter(|row| !row.visit.is_empty()) {
            if let Some(event) = codec::decode::<VisitEvent>(&row.body) {
                past.events.entry(Round(row.round)).or_default().push(event);
            }
        }
    }
    let first_event = past.events.keys().next().map(|round| round.start());
    let first_left = state.as_ref().and_then(book::BookCut::first_left);
    if let Some(from) = [first_event, first_left].into_iter().flatten().min() {
        past.receipts = receipts_since(&shop.ledger, from).await?;
    }
    let round = state.as_ref().and(newest).map(|cut| cut.round);
    Ok((state, planogram_at(shop, round).await?, past))
}

/// What stood where at a cut of the bookkeeper: its newest note up to then.
async fn planogram_at(shop: &Shop, round: Option<i64>) -> Result<planogram::Memory, LedgerError> {
    let Some(round) = round else {
        return Ok(planogram::Memory::default());
    };
    let notes = shop
        .ledger
        .notes(shop.keys.book().as_str(), book::NOTE)
        .await?;
    let note = notes.iter().find(|note| note.round <= round);
    let memory = note.and_then(|note| codec::decode(&note.body));
    Ok(memory.unwrap_or_default())
}

/// Receipts settled at this time or later, by visit.
async fn receipts_since(
    ledger: &Arc<dyn Ledger>,
    from: Time,
) -> Result<BTreeMap<String, book::StoredReceipt>, LedgerError> {
    let mut since = BTreeMap::new();
    let mut after = None;
    loop {
        let page = ledger.receipts(after.as_ref(), PAGE).await?;
        after = page.last().map(Receipt::place);
        for receipt in page {
            if receipt.settled_us < from.0 {
                return Ok(since);
            }
            let stored = book::StoredReceipt {
                // It says the end of the round.
                settled: Time(receipt.settled_us - 1).round(),
                body: receipt.body.into(),
            };
            since.insert(receipt.visit, stored);
        }
        if after.is_none() {
            return Ok(since);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::round::{REPLAY, ZONE_REPLAY};

    #[test]
    fn all_start_from_a_cut_that_all_have_and_that_lies_far_enough_back() {
        let a = (0..=150).step_by(10);
        let b = (0..=170).step_by(10);
        let [a, b] = [a, b].map(Iterator::collect::<Vec<i64>>);
        let common = |lists: &[&[i64]]| {
            common_cut(lists.iter().map(|list| list.to_vec()), REPLAY, None, None)
        };
        assert_eq!(common(&[&a, &b]), Some(Round(150 - REPLAY)));
        assert_eq!(common(&[&b]), Some(Round(170 - REPLAY)));
        let young = [0, 10, 20];
        assert_eq!(common(&[&a, &young]), Some(Round(0)));
        assert_eq!(common(&[&a, &[]]), None);
        let zone = common_cut([a, b].into_iter(), ZONE_REPLAY, None, None);
        assert_eq!(zone, Some(Round(140)));
    }

    #[test]
    fn who_was_away_for_long_starts_from_what_cameras_still_have() {
        let at = |shown| {
            let lists = [(0..=150).step_by(10)].into_iter();
            common_cut(lists, REPLAY, Some(Round(shown)), None)
        };
        assert_eq!(at(40), Some(Round(150 - REPLAY)));
        assert_eq!(at(111), Some(Round(110)));
        assert_eq!(at(110), Some(Round(100)));
        assert_eq!(at(1_000), Some(Round(150)));
        // Killed at 200 with that cut, opened three seconds later: nine seconds are shown.
        assert_eq!(shown_from(Round(230).start()), Round(140));
    }

    #[test]
    fn who_is_too_young_for_a_peer_begins_where_it_began() {
        let by = |round| {
            common_cut(
                [(0..=150).step_by(10)].into_iter(),
                REPLAY,
                None,
                Some(Round(round)),
            )
        };
        assert_eq!(by(51), Some(Round(50)));
        assert_eq!(by(50), Some(Round(40)));
        assert_eq!(by(500), Some(Round(150 - REPLAY)));
        assert_eq!(by(0), None);
    }
}
