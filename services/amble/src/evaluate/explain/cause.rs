//! What went wrong in one interaction, for one line.

use amble_engine::{evidence::PartyId, layout::ProductIx};
use serde::Serialize;

use super::{
    Written,
    scene::{Deeds, People},
};

/// The cause of a wrong line. Of those that apply, the first in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Nothing was recorded of what was done: no weight changed, no hands were seen to meet.
    Unrecorded,
    /// No track near was the person's.
    Untracked,
    /// The person's track was taken for somebody else's.
    AnothersTrack,
    /// What changed hands, or did not: a hand-over or a drop that never was, the wrong goods, the wrong way.
    HandOver,
    /// Somebody else was chosen, though the person was tracked.
    Person,
    /// Another product was chosen.
    Product,
    /// Another quantity was chosen.
    Quantity,
    /// Nothing was made of it.
    Nothing,
    /// Something was made of nothing.
    Invented,
    /// Every interaction says what is right; the receipt does not.
    Settled,
}

impl Cause {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Unrecorded => "not recorded",
            Self::Untracked => "person not tracked",
            Self::AnothersTrack => "tracked as another",
            Self::HandOver => "hand-over or drop",
            Self::Person => "wrong person",
            Self::Product => "wrong product",
            Self::Quantity => "wrong quantity",
            Self::Nothing => "nothing made of it",
            Self::Invented => "made of nothing",
            Self::Settled => "right but for the receipt",
        }
    }
}

/// One interaction and one line.
pub(super) struct Case<'a> {
    pub(super) written: &'a Written<'a>,
    pub(super) deeds: &'a Deeds,
    pub(super) people: &'a People<'a>,
    pub(super) at: usize,
    pub(super) party: PartyId,
    pub(super) product: ProductIx,
}

impl Case<'_> {
    /// What went wrong; `None` when nothing did.
    pub(super) fn cause(&self) -> Option<Cause> {
        let (interaction, own) = (&self.written.interactions[self.at].1, self.party);
        let truly = self.deeds.net(self.at);
        let said = self.deeds.said(self.written, self.at);
        let units = |net: &[(PartyId, ProductIx, i32)], party, product| -> i32 {
            let all = net.iter().filter(|n| (n.0, n.1) == (party, product));
            all.map(|n| n.2).sum()
        };
        let (was, is) = (
            units(truly, own, self.product),
            units(&said, own, self.product),
        );
        if was == is {
            return None;
        }
        // Who truly did it, and how they were tracked.
        let doer = if was != 0 {
            Some(own)
        } else {
            let same = truly.iter().find(|n| n.1 == self.product);
            same.map(|n| n.0)
        };
        if let Some(doer) = doer.filter(|_| self.people.known()) {
            let tracks = interaction.evidence.iter();
            let mut own = tracks
                .filter(|e| self.people.who(e) == Some(doer))
                .peekable();
            if own.peek().is_none() {
                return Some(Cause::Untracked);
            }
            if own.all(|e| self.written.finally(e.party) != doer) {
                return Some(Cause::AnothersTrack);
            }
        }
        Some(if interaction.contact.is_some() {
            Cause::HandOver
        } else if was != 0 && is != 0 {
            Cause::Quantity
        } else if was != 0 {
            if said.iter().any(|n| n.0 != own && n.1 == self.product) {
                Cause::Person
            } else if said.is_empty() {
                Cause::Nothing
            } else {
                Cause::Product
            }
        } else if truly.iter().any(|n| n.0 != own && n.1 == self.product) {
            Cause::Person
        } else if truly.is_empty() {
            Cause::Invented
        } else {
            Cause::Product
        })
    }
}
