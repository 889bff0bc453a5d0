//! What the ledger still has of the interactions that a review is about.

use std::collections::BTreeMap;

use amble_engine::{
    attribution::{Decision, Move},
    evidence::{Interaction, PartyId},
    layout::ProductIx,
    time::{Round, Time},
};
use amble_ledger::LedgerError;

use super::totals::units;
use crate::{codec, keys::visit_party, shop::Shop};

/// Decisions that are read at once.
const PAGE: u32 = 1_000;

/// What is known of one interaction.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// Its name.
    pub interaction: String,
    /// The shelf; empty, as all below, when the ledger no longer has the interaction.
    pub shelf: String,
    /// When the plates began to move, and when they had come to rest.
    pub moved: Option<(Time, Time)>,
    /// By how many grams which plate changed.
    pub plates: Vec<(String, f64)>,
    /// Who was near: the visit, or a shopper's key within the store.
    pub suspects: Vec<String>,
    /// How it is explained, the explanation that holds first.
    pub explanations: Vec<Explained>,
}

/// One explanation of an interaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// Who moved how many of what: positive when taken, negative when put back. Empty: nobody.
    pub moves: Vec<(String, String, i32)>,
    /// How probable it is.
    pub probability: f64,
}

impl Shop {
    /// What is known of an interaction, for a review of this visit.
    pub(super) async fn evidence(
        &self,
        visit: &str,
        interaction: String,
    ) -> Result<Evidence, LedgerError> {
        let own = visit_party(visit);
        let party = |party: PartyId| {
            if party == own {
                visit.to_owned()
            } else {
                self.keys.shopper(party).to_string()
            }
        };
        let mut evidence = Evidence::default();
        if let Some(stored) = self.ledger.interaction(&interaction).await? {
            evidence.shelf = stored.shelf;
            if let Some(found) = codec::decode::<Interaction>(&stored.body) {
                evidence.moved = Some((found.change.start, found.change.end));
                let plates = found.change.plates.iter();
                evidence.plates = plates
                    .map(|p| (self.plan.names.plate(p.plate).to_owned(), p.delta_g))
                    .collect();
                evidence.suspects = found.evidence.iter().map(|e| party(e.party)).collect();
                evidence.suspects.sort_unstable();
                evidence.suspects.dedup();
            }
        }
        let decisions = self.ledger.decisions_of(&interaction).await?;
        let last = decisions.last();
        if let Some(decision) = last.and_then(|stored| codec::decode::<Decision>(&stored.body)) {
            let moves = |moves: &[Move]| {
                let of = |m: &Move| {
                    let product = self.plan.names.product(m.product).to_owned();
                    (party(m.party), product, m.quantity)
                };
                moves.iter().map(of).collect()
            };
            let others = decision.alternatives.iter().map(|other| Explained {
                moves: moves(&other.moves),
                probability: other.probability,
            });
            let chosen = Explained {
                moves: moves(&decision.moves),
                probability: decision.probability,
            };
            evidence.explanations = [chosen].into_iter().chain(others).collect();
        }
        evidence.interaction = interaction;
        Ok(evidence)
    }

    /// What was decided last of each interaction, of these rounds, in which a party may have moved a
    /// product; by name.
    pub(super) async fn decided_of(
        &self,
        party: PartyId,
        product: ProductIx,
        from: Round,
        to: Round,
    ) -> Result<BTreeMap<String, Decision>, LedgerError> {
        let mut decided = BTreeMap::new();
        let mut after = from.0 - 1;
        loop {
            let page = self.ledger.decisions_after(after, PAGE).await?;
            let Some(last) = page.last().map(|stored| stored.round) else {
                break;
            };
            for stored in page.into_iter().filter(|stored| stored.round <= to.0) {
                if let Some(decision) = codec::decode::<Decision>(&stored.body) {
                    decided.insert(stored.interaction, decision);
                }
            }
            if last >= to.0 {
                break;
            }
            after = last;
        }
        decided.retain(|_, decision| {
            let others = decision.alternatives.iter().map(|other| &other.moves);
            let mut ways = [&decision.moves].into_iter().chain(others);
            ways.any(|moves| units(moves, party, product) != 0)
        });
        Ok(decided)
    }
}
