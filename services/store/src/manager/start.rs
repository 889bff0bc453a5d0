//! How shards start: all at once, or one anew, by the rules of [`recover`].

use std::{collections::BTreeMap, sync::Arc};

use amble_cluster::{Epoch, Key};
use amble_engine::time::{Round, Time};
use amble_ledger::{Append, Cut, Entry, LedgerError};
use ractor::{Actor, ActorProcessingErr, ActorRef};

use super::{Restart, Shard, State};
use crate::{
    book::{self, Bookkeeper},
    bucket::{self, Bucket, BucketCut},
    codec,
    inspect::What,
    message::{Peer, ToBook, ToBucket, ToNode, ToZone},
    recover::{self, Claimed, NoCommonCut, Recorded},
    round::{LAG, REPLAY, ZONE_REPLAY},
    zone::{self, Zone, ZoneCut},
};

impl State {
    /// Rule 2 of [`recover`].
    pub(super) async fn start_all(
        &mut self,
        myself: &ActorRef<Restart>,
        begin: Time,
    ) -> Result<(), ActorProcessingErr> {
        let shop = Arc::clone(&self.shop);
        let shards: Vec<Shard> = shop
            .buckets()
            .map(Shard::Bucket)
            .chain(shop.zones().map(Shard::Zone))
            .collect();
        let mut claimed = BTreeMap::new();
        for &shard in &shards {
            claimed.insert(
                shard,
                recover::claim(&shop.ledger, &self.name(shard)).await?,
            );
        }
        let lists = claimed.values().map(|c| recover::rounds(&c.cuts));
        let shown_from = (!shop.event_time).then(|| recover::shown_from(begin));
        let at = match recover::common_cut(lists, REPLAY, shown_from, None) {
            Some(round) => round,
            None => {
                self.store_beginning(&mut claimed, begin.round().plus(-1))
                    .await?
            }
        };
        tracing::info!(
            store = shop.plan.plan.store,
            round = at.0 + 1,
            "the shop opens"
        );
        shop.stats.decided(at);
        for (&shard, claimed) in &claimed {
            let newest = claimed.cuts.iter().map(|cut| Round(cut.round)).max();
            shop.durable.stands(&self.name(shard), newest.unwrap_or(at));
        }
        let recorded = self.recorded_for(&shards, at).await?;
        for (shard, claimed) in claimed {
            self.start(myself, shard, at, claimed, &recorded).await?;
        }
        let book = recover::claim(&shop.ledger, &self.name(Shard::Book)).await?;
        self.start(myself, Shard::Book, at, book, &recorded).await?;
        for &shard in &shards {
            self.ask_peers(shard, at.next());
        }
        self.ask_peers(Shard::Book, at.next());
        Ok(())
    }

    /// Rule 4 of [`recover`].
    async fn store_beginning(
        &self,
        claimed: &mut BTreeMap<Shard, Claimed>,
        at: Round,
    ) -> Result<Round, LedgerError> {
        for (&shard, claimed) in claimed {
            let body = match shard {
                Shard::Zone(zone) => codec::encode(&ZoneCut::empty(zone)),
                _ => codec::encode(&BucketCut::default()),
            };
            let entries = vec![Entry::Cut {
                round: at.0,
                body: body.clone(),
            }];
            let append = Append {
                shard: self.name(shard),
                epoch: claimed.epoch,
                entries,
            };
            self.shop.ledger.append(append).await?;
            claimed.cuts = vec![Cut { round: at.0, body }];
        }
        Ok(at)
    }

    /// Rule 3 of [`recover`].
    pub(super) async fn restart(
        &mut self,
        myself: &ActorRef<Restart>,
        shard: Shard,
    ) -> Result<(), ActorProcessingErr> {
        let claimed = recover::claim(&self.shop.ledger, &self.name(shard)).await?;
        let at = match shard {
            // Its own cuts are far apart; it reads what the ledger has, and that is whole up to here.
            Shard::Book => self.shop.durable.common(),
            _ => {
                let replay = match shard {
                    Shard::Zone(_) => ZONE_REPLAY,
                    _ => REPLAY,
                };
                let own = recover::rounds(&claimed.cuts);
                recover::common_cut([own].into_iter(), replay, None, self.begin_by(shard))
            }
        };
        let at = at.ok_or(NoCommonCut)?;
        let recorded = self.recorded_for(&[shard], at).await?;
        self.start(myself, shard, at, claimed, &recorded).await?;
        self.begin_by.remove(&shard);
        let key = Key::shard_named(&self.name(shard));
        self.shop.tell_nodes(&ToNode::Begun(key));
        if shard == Shard::Book {
            self.shop.tell_nodes(&ToNode::Decided(at));
        }
        self.ask_peers(shard, at.next());
        Ok(())
    }

    /// What was recorded after a round, for the zones among these shards (rule 3 of [`recover`]); nothing
    /// when there are none.
    pub(super) async fn recorded_for(
        &self,
        shards: &[Shard],
        at: Round,
    ) -> Result<Recorded, LedgerError> {
        match shards.iter().any(|shard| matches!(shard, Shard::Zone(_))) {
            true => recover::recorded_after(&self.shop.ledger, at).await,
            false => Ok(Recorded::new()),
        }
    }

    pub(super) async fn start(
        &mut self,
        myself: &ActorRef<Restart>,
        shard: Shard,
        at: Round,
        claimed: Claimed,
        recorded: &Recorded,
    ) -> Result<(), ActorProcessingErr> {
        let first = at.next();
        let shop = Arc::clone(&self.shop);
        let epoch = claimed.epoch;
        self.begun.insert(shard, Epoch(epoch));
        let writer = self.writer(myself, shard, epoch);
        let supervisor = myself.get_cell();
        let actor = match shard {
            Shard::Zone(zone) => {
                let cut = recover::state_at(&claimed.cuts, at);
                let cut = cut.unwrap_or_else(|| ZoneCut::empty(zone));
                let arguments = zone::Arguments {
                    shop,
                    zone,
                    first,
                    cut,
                    writer,
                    devices: claimed.devices,
                    recorded: recover::of_zone(recorded, zone, &self.shop.plan.layout),
                };
                let (actor, _) = Actor::spawn_linked(None, Zone, arguments, supervisor).await?;
                let key = self.shop.keys.zone(zone).clone();
                self.shop.enter(key, &actor);
                actor.get_cell()
            }
            Shard::Bucket(bucket) => {
                let cut = recover::state_at(&claimed.cuts, at).unwrap_or_default();
                let arguments = bucket::Arguments {
                    shop,
                    bucket,
                    first,
                    cut,
                    writer,
                };
                let (actor, _) = Actor::spawn_linked(None, Bucket, arguments, supervisor).await?;
                let key = self.shop.keys.bucket(bucket).clone();
                self.shop.enter(key, &actor);
                actor.get_cell()
            }
            Shard::Book => {
                let (cut, planogram, past) = recover::book_since(&shop, &claimed.cuts, at).await?;
                let arguments = book::Arguments {
                    shop,
                    first,
                    cut,
                    planogram,
                    past,
                    writer,
                };
                let (actor, _) =
                    Actor::spawn_linked(None, Bookkeeper, arguments, supervisor).await?;
                let key = self.shop.keys.book().clone();
                self.shop.enter(key, &actor);
                actor.get_cell()
            }
        };
        self.actors.insert(actor.get_id(), shard);
        self.cells.insert(shard, actor);
        self.shop.happened(What::Began {
            shard: self.name(shard),
            epoch,
            round: first,
        });
        Ok(())
    }

    /// Asks everyone who sends to a shard for what they sent since its first round.
    pub(super) fn ask_peers(&self, shard: Shard, first: Round) {
        let shop = &self.shop;
        let (peer, from) = match shard {
            Shard::Zone(zone) => (Peer::Zone(zone), first.plus(-LAG)),
            Shard::Bucket(bucket) => (Peer::Bucket(bucket), first.plus(-1)),
            Shard::Book => (Peer::Book, first),
        };
        for zone in shop.zones() {
            shop.tell_zone(zone, ToZone::Again(peer, from));
        }
        for bucket in shop.buckets() {
            shop.tell_bucket(bucket, ToBucket::Again(peer, from));
        }
        if let Shard::Bucket(bucket) = shard {
            shop.tell_book(ToBook::Again(bucket));
        }
    }
}
