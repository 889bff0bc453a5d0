//! What leaves somebody's hands away from the shelves: handed to another party, or left on the floor.
//!
//! 1. When hands of two parties meet, one unit that either holds may have changed hands
//!    ([`Settings::handed_over`]): the more likely the longer they met, stretched out, and when both stood
//!    still. When a hand goes down to the floor, one may have been left there
//!    ([`Settings::left_there`]). Nobody gives what it does not hold, so a world in which nobody has
//!    anything to give becomes less probable by it.
//! 2. Who gives holds it out, and the other reaches for it: whose hand was first where they met gives,
//!    the more surely the earlier it was there ([`Settings::reply_s`]). Who comes gives, more often than
//!    who stands ([`Settings::comes`]).
//! 3. What this hand took last goes, more often than what it took before ([`Settings::latest`]), or what others of
//!    its party took.
//! 4. What is handed over is a piece less for one and one more for the other, at no place; what is left
//!    on the floor is nobody's that we know.
//!
//! A contact ties the open clusters that leave open what its parties hold.

use std::collections::BTreeMap;

use crate::{
    evidence::{Contact, Interaction, PartyId, TrackId},
    layout::ProductIx,
};

use super::{
    Settings,
    answers::net,
    book::Book,
    cluster::{Cluster, World},
    decision::{Decision, InteractionId},
    explain::{Explanation, ranked},
    meeting::Meeting,
    state::{Piece, StackKey},
    taken::{order, share},
};

/// What one of a party may give.
#[derive(Clone, Debug, Default, PartialEq)]
struct Hands {
    /// What it holds, ascending by product, each more than 0.
    held: Vec<(ProductIx, i32)>,
    /// What of it they took themselves, the latest first.
    order: Vec<ProductIx>,
}

/// From whom to whom something may have gone; to nobody when it was left on the floor.
#[derive(Debug)]
struct Way {
    from: PartyId,
    /// Whose hand.
    by: TrackId,
    into: Option<PartyId>,
    prior: f64,
}

impl Book {
    /// Decides what came of a contact.
    pub(super) fn contact(
        &mut self,
        id: InteractionId,
        interaction: &Interaction,
        contact: Contact,
    ) -> Vec<Decision> {
        let ways = ways(interaction, contact, &self.settings);
        let Some(something) = chance(interaction, contact, &self.settings) else {
            return Vec::new();
        };
        let parties: Vec<PartyId> = ways.iter().map(|way| way.from).collect();
        let clusters = std::mem::take(&mut self.memory.clusters).into_iter();
        let (tied, free): (Vec<Cluster>, Vec<Cluster>) =
            clusters.partition(|cluster| leaves_open(cluster, &parties));
        let joined = tied
            .into_iter()
            .reduce(|a, b| a.joined(b, self.settings.beam));
        let mut cluster = joined.unwrap_or_else(Cluster::empty);
        let hands = |world: &World| -> Vec<Hands> {
            let of = |way: &Way| self.hands((way.from, way.by), &free, &cluster, world);
            ways.iter().map(of).collect()
        };
        let explained: Vec<Vec<Explanation>> = cluster
            .worlds
            .iter()
            .map(|world| explain(&ways, &hands(world), something, &self.settings))
            .collect();
        let of: Vec<&[Explanation]> = explained.iter().map(Vec::as_slice).collect();
        cluster.extend(id, interaction.shelf, interaction.change.end, &of);
        cluster.prune(&self.settings);
        self.memory.clusters = free;
        self.conclude(cluster, None)
    }

    /// What a party holds in one world, and what of it one of its people took last.
    fn hands(
        &self,
        (party, track): (PartyId, TrackId),
        free: &[Cluster],
        tied: &Cluster,
        world: &World,
    ) -> Hands {
        let mut held: BTreeMap<ProductIx, i32> = self.memory.state.held(party).collect();
        // All worlds of the free clusters give the party the same.
        let first = free.iter().filter_map(|c| Some((c, c.worlds.first()?)));
        for (cluster, world) in first.chain([(tied, world)]) {
            for (member, &choice) in cluster.members.iter().zip(&world.choices) {
                let pieces = &member.explanations[usize::from(choice)];
                for piece in pieces.iter().filter(|p| p.party == Some(party)) {
                    *held.entry(piece.key.product).or_insert(0) += piece.quantity;
                }
            }
        }
        let held: Vec<(ProductIx, i32)> = held.into_iter().filter(|h| h.1 > 0).collect();
        Hands {
            order: order(&self.memory.taken, party, track, &held),
            held,
        }
    }
}

/// Whether a cluster leaves open what any of these hold.
fn leaves_open(cluster: &Cluster, parties: &[PartyId]) -> bool {
    cluster.members.iter().any(|member| {
        let gains = |pieces: &Vec<Piece>| -> Vec<_> {
            let all = net(pieces).into_iter();
            all.filter(|gain| parties.contains(&gain.0)).collect()
        };
        let mut each = member.explanations.iter().map(gains);
        let first = each.next();
        each.any(|other| first.as_ref() != Some(&other))
    })
}

/// Chance that anything went, when there is anything to go; `None` when it is not known whose the hands
/// were, or when they are one party's.
fn chance(interaction: &Interaction, contact: Contact, settings: &Settings) -> Option<f64> {
    let of = |track: TrackId| interaction.evidence.iter().find(|e| e.track == track);
    match contact {
        Contact::Floor(track) => of(track).map(|_| settings.left_there),
        Contact::Met(a, b) => {
            let (a, b) = of(a).zip(of(b)).filter(|(a, b)| a.party != b.party)?;
            let odds = (settings.handed_over / (1.0 - settings.handed_over)).ln();
            let seen = Meeting::of(&a.path, &b.path)?.handed_over(settings);
            Some(1.0 / (1.0 + (-(odds + seen)).exp()))
        }
    }
}

/// The ways that goods may have gone; none when it is not known whose the hands were.
fn ways(interaction: &Interaction, contact: Contact, settings: &Settings) -> Vec<Way> {
    let of = |track: TrackId| interaction.evidence.iter().find(|e| e.track == track);
    match contact {
        Contact::Floor(track) => {
            let who = of(track).into_iter();
            who.map(|own| Way {
                from: own.party,
                by: own.track,
                into: None,
                prior: 1.0,
            })
            .collect()
        }
        Contact::Met(a, b) => {
            let Some((a, b)) = of(a).zip(of(b)).filter(|(a, b)| a.party != b.party) else {
                return Vec::new();
            };
            let Some(meeting) = Meeting::of(&a.path, &b.path) else {
                return Vec::new();
            };
            let odds = meeting.first_gives(settings);
            let gives = 1.0 / (1.0 + (-odds).exp());
            vec![
                Way {
                    from: a.party,
                    by: a.track,
                    into: Some(b.party),
                    prior: gives,
                },
                Way {
                    from: b.party,
                    by: b.track,
                    into: Some(a.party),
                    prior: 1.0 - gives,
                },
            ]
        }
    }
}

/// What may have come of a contact when these are held, by way.
fn explain(ways: &[Way], hands: &[Hands], something: f64, settings: &Settings) -> Vec<Explanation> {
    let able = || {
        ways.iter()
            .zip(hands)
            .filter(|(_, own)| !own.held.is_empty())
    };
    let all: f64 = able().map(|(way, _)| way.prior).sum();
    let mut explanations = vec![Explanation {
        pieces: Vec::new(),
        score: (1.0 - something).ln(),
    }];
    for (way, own) in able() {
        for &(product, _) in &own.held {
            let share = share(own.held.len(), &own.order, product, settings.latest);
            let piece = |party: Option<PartyId>, quantity| Piece {
                party,
                key: StackKey::in_hands(product),
                quantity,
            };
            let mut pieces = vec![piece(Some(way.from), -1), piece(way.into, 1)];
            pieces.sort_unstable();
            explanations.push(Explanation {
                pieces,
                score: (something * way.prior / all * share).ln(),
            });
        }
    }
    ranked(explanations, settings)
}
