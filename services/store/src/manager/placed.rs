//! The manager of one node among several: it serves what the shard map places here (rules C3, C4).
//!
//! What is done about a shard is decided by `amble_cluster`'s [`Tenure`]; here it is done. All shards
//! that come at once are claimed together, read together, and begin from the same round.

use std::collections::{BTreeMap, BTreeSet};

use amble_cluster::{
    Epoch, Key, NodeId,
    ownership::{Act, Heard, Phase, Tenure},
};
use amble_engine::time::{Round, Time};
use amble_ledger::{Append, Claim, Entry, LedgerError};
use ractor::{ActorProcessingErr, ActorRef};

use super::{REST, Restart, Shard, State};
use crate::{
    codec,
    message::{ToNode, ToZone},
    recover::{self, Claimed, NoCommonCut, Recorded},
    round::{REPLAY, ZONE_REPLAY},
};

/// What this node does about the shards of its shop.
#[derive(Debug)]
pub(super) struct Tenures {
    me: NodeId,
    begin: Time,
    /// The round after which the shop began, once it is known.
    begins: Option<Round>,
    of: BTreeMap<Shard, Tenure>,
    nodes: BTreeSet<NodeId>,
    /// Where each shard was placed last.
    at: BTreeMap<Shard, NodeId>,
    /// Shards that came from a node that lives.
    given: BTreeSet<Shard>,
}

impl Tenures {
    pub(super) fn new(me: NodeId, begin: Time) -> Self {
        Self {
            me,
            begin,
            begins: None,
            of: BTreeMap::new(),
            nodes: BTreeSet::new(),
            at: BTreeMap::new(),
            given: BTreeSet::new(),
        }
    }

    /// Notes where a shard is placed, and whether that was planned: its owner before lives.
    fn placed(&mut self, shard: Shard, node: &NodeId) {
        let before = self.at.insert(shard, node.clone());
        if before.as_ref() != Some(node) {
            let lives = before.is_some_and(|before| self.nodes.contains(&before));
            if lives {
                self.given.insert(shard);
            } else {
                self.given.remove(&shard);
            }
        }
    }

    /// How many rounds shards replay that come together: see [`recover`]'s rule 3.
    fn replay(&self, claims: &[(Shard, Epoch)]) -> i64 {
        let alone = |shard| match shard {
            Shard::Zone(_) => self.given.contains(&shard),
            Shard::Bucket(_) => false,
            Shard::Book => true,
        };
        if claims.iter().all(|&(shard, _)| alone(shard)) {
            ZONE_REPLAY
        } else {
            REPLAY
        }
    }

    fn hear(&mut self, shard: Shard, heard: &Heard) -> Option<Act> {
        self.of.entry(shard).or_default().hear(&self.me, heard)
    }

    pub(super) fn phase(&self, shard: Shard) -> (Phase, Epoch) {
        self.of.get(&shard).map(Tenure::phase).unwrap_or_default()
    }
}

impl State {
    /// Follows the map and the list of nodes, until the manager ends.
    pub(super) fn follow_the_map(&self, myself: &ActorRef<Restart>) {
        let Some(placing) = &self.shop.placing else {
            return;
        };
        let (mut changes, mut nodes) = (placing.table.changes(), placing.table.nodes());
        let myself = myself.clone();
        tokio::spawn(async move {
            while myself.cast(Restart::Map).is_ok() {
                let more = tokio::select! {
                    more = changes.changed() => more,
                    more = nodes.changed() => more,
                };
                if more.is_err() {
                    return;
                }
            }
        });
    }

    /// The map or the list of nodes has changed.
    pub(super) async fn look_at_the_map(&mut self, myself: &ActorRef<Restart>) {
        let shop = self.shop.clone();
        let Some(placing) = &shop.placing else {
            return;
        };
        let now: BTreeSet<NodeId> = placing.table.nodes().borrow().keys().cloned().collect();
        for gone in std::mem::replace(&mut self.tenures.nodes, now.clone()).difference(&now) {
            shop.tell_own_zones(&|| ToZone::NodeGone(gone.clone()));
        }
        let mut claims = Vec::new();
        for shard in self.all_shards() {
            let Some(owner) = placing.table.owner(&self.name(shard)) else {
                continue;
            };
            self.tenures.placed(shard, &owner.node);
            match self.tenures.hear(shard, &Heard::Placed(owner)) {
                Some(Act::Claim(epoch)) => {
                    self.end(shard).await;
                    claims.push((shard, epoch));
                }
                Some(Act::Stop) => {
                    tracing::info!(shard = self.name(shard), "a shard is placed elsewhere now");
                    self.end(shard).await;
                }
                _ => {}
            }
        }
        self.take_over(myself, claims).await;
    }

    /// Claims, reads, begins, announces; again later what the ledger could not do now.
    pub(super) async fn take_over(
        &mut self,
        myself: &ActorRef<Restart>,
        mut claims: Vec<(Shard, Epoch)>,
    ) {
        // What was placed elsewhere or anew while it waited is not this call's business any more.
        claims.retain(|&(shard, epoch)| self.tenures.phase(shard) == (Phase::Claiming, epoch));
        if claims.is_empty() {
            return;
        }
        if let Err(error) = self.serve(myself, &claims).await {
            tracing::warn!(%error, shards = claims.len(), "shards could not be taken over; trying again");
            myself.send_after(REST, move || Restart::TakeOver(claims));
        }
    }

    async fn serve(
        &mut self,
        myself: &ActorRef<Restart>,
        claims: &[(Shard, Epoch)],
    ) -> Result<(), ActorProcessingErr> {
        let claimed = self.claim(claims).await?;
        if claimed.is_empty() {
            return Ok(());
        }
        let shop = self.shop.clone();
        let with_cuts: Vec<Shard> = self.all_shards().filter(|s| *s != Shard::Book).collect();
        let names: Vec<String> = with_cuts.iter().map(|&shard| self.name(shard)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let rounds = shop.ledger.cut_rounds_of(&names).await?;
        let begins = self.beginning().await?;
        let lists = || rounds.iter().map(|rounds| since(begins, rounds));
        let begin_by = claimed
            .iter()
            .filter_map(|&(shard, _)| self.begin_by(shard))
            .min();
        let replay = self.tenures.replay(&claimed);
        let at = recover::common_cut(lists(), replay, None, begin_by).ok_or(NoCommonCut)?;
        // Also the others', of which this node may not have heard yet: its doors go by the slowest.
        let stand: BTreeMap<Shard, Round> = with_cuts
            .into_iter()
            .zip(&rounds)
            .map(|(shard, rounds)| (shard, rounds.first().map_or(begins, |&round| Round(round))))
            .collect();
        for (&shard, &stands) in &stand {
            shop.durable.stands(&self.name(shard), stands);
        }
        let durable = stand.values().min().copied().unwrap_or(begins);
        let from = |shard| match shard {
            Shard::Book => durable,
            _ => at,
        };
        let (all, recorded) = self.read(&claimed, at).await?;
        for (shard, state) in all {
            let epoch = Epoch(state.epoch);
            let name = self.name(shard);
            let from = from(shard);
            tracing::info!(
                shard = name,
                epoch = epoch.0,
                round = from.0 + 1,
                "a shard begins here"
            );
            self.start(myself, shard, from, state, &recorded).await?;
            self.begin_by.remove(&shard);
            self.tenures.hear(shard, &Heard::Claimed(epoch));
            shop.router.announce(&name, epoch);
            shop.tell_nodes(&ToNode::Begun(Key::shard_named(&name)));
            match stand.get(&shard) {
                Some(&stands) => shop.tell_nodes(&ToNode::Stands(name, stands)),
                None => shop.tell_nodes(&ToNode::Decided(from)),
            }
        }
        for (shard, _) in claimed {
            self.ask_peers(shard, from(shard).next());
        }
        Ok(())
    }

    /// What the ledger knows of shards that were claimed: the cuts of one round, all of the bookkeeper's,
    /// and the devices; and what was recorded since, if zones are among them.
    async fn read(
        &self,
        claimed: &[(Shard, Epoch)],
        at: Round,
    ) -> Result<(Vec<(Shard, Claimed)>, Recorded), LedgerError> {
        let ledger = &self.shop.ledger;
        let names: Vec<String> = claimed.iter().map(|&(shard, _)| self.name(shard)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let shards: Vec<Shard> = claimed.iter().map(|&(shard, _)| shard).collect();
        let (cuts, devices, recorded) = tokio::try_join!(
            ledger.cuts_at(&names, at.0),
            ledger.device_states_of(&names),
            self.recorded_for(&shards, at),
        )?;
        let mut all = Vec::with_capacity(claimed.len());
        for ((&(shard, epoch), cut), devices) in claimed.iter().zip(cuts).zip(devices) {
            let cuts = match shard {
                Shard::Book => ledger.cuts(self.shop.keys.book().as_str()).await?,
                _ => Vec::from_iter(cut),
            };
            let epoch = epoch.0;
            all.push((
                shard,
                Claimed {
                    epoch,
                    cuts,
                    devices,
                },
            ));
        }
        Ok((all, recorded))
    }

    /// Those that the ledger lets this node have; the others are reported to the coordinator.
    async fn claim(
        &mut self,
        claims: &[(Shard, Epoch)],
    ) -> Result<Vec<(Shard, Epoch)>, LedgerError> {
        let wanted: Vec<Claim> = claims
            .iter()
            .map(|&(shard, epoch)| Claim {
                shard: self.name(shard),
                epoch: epoch.0,
            })
            .collect();
        let answers = self.shop.ledger.claim_all(&wanted).await?;
        let mut claimed = Vec::new();
        for (&(shard, epoch), answer) in claims.iter().zip(answers) {
            match answer {
                Ok(()) => claimed.push((shard, epoch)),
                Err(LedgerError::Fenced { newer, .. }) => {
                    self.note_fence(shard, epoch, Some(Epoch(newer)));
                    self.refused(shard, epoch, Epoch(newer));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(claimed)
    }

    /// The ledger, or a fault of its own, has ended what this node did about a shard in an epoch.
    pub(super) fn refused(&mut self, shard: Shard, held: Epoch, newer: Epoch) {
        let act = self.tenures.hear(shard, &Heard::Refused { held, newer });
        if let (Some(Act::Raise(above)), Some(placing)) = (act, &self.shop.placing) {
            placing.member.raise(&self.name(shard), above);
        }
    }

    /// A shard that was served here in this epoch failed: it is to be placed once more.
    pub(super) fn failed(&mut self, shard: Shard, epoch: Epoch) {
        self.refused(shard, epoch, Epoch(epoch.0 + 1));
    }

    /// The round after which a shop that never ran begins. The first node to say so says it for all.
    async fn beginning(&mut self) -> Result<Round, LedgerError> {
        if let Some(known) = self.tenures.begins {
            return Ok(known);
        }
        let ledger = &self.shop.ledger;
        let shard = recover::beginning(&self.shop.plan.plan.store);
        loop {
            let told = ledger.visit_events_from(Some(&shard), 0, 1).await?;
            if let Some(round) = told.first().and_then(|first| codec::decode(&first.body)) {
                return Ok(*self.tenures.begins.insert(round));
            }
            let Claimed { epoch, .. } = recover::claim(ledger, &shard).await?;
            let own = self.tenures.begin.round().plus(-1);
            let append = Append {
                shard: shard.clone(),
                epoch,
                entries: vec![Entry::VisitEvent {
                    round: 0,
                    ordinal: 0,
                    visit: String::new(),
                    body: codec::encode(&own),
                }],
            };
            match ledger.append(append).await {
                // What the first said stands, whoever that was.
                Ok(_) => {}
                Err(error) if error.is_refusal() => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// The rounds of a shard's cuts, and the shop's beginning, while it is not too long ago: every shard can
/// begin there with nothing.
fn since(begins: Round, rounds: &[i64]) -> Vec<i64> {
    let mut all = rounds.to_vec();
    if rounds.len() < amble_ledger::KEEP_CUTS as usize {
        all.push(begins.0);
    }
    all
}
