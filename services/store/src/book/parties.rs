//! What the bookkeeper knows of a party.

use std::collections::BTreeMap;

use amble_engine::{attribution::Decision, evidence::PartyId, layout::ShelfIx, time::Time};
use serde::{Deserialize, Serialize};

use crate::pass::Bill;

/// One party.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Party {
    /// The visit's name; a guest has none.
    pub(super) visit: Option<String>,
    /// How it is paid, and where its receipt goes.
    pub(super) bill: Bill,
    pub(super) opened: Time,
    /// When it left, and which shelves it could have reached shortly before.
    pub(super) left: Option<(Time, Vec<ShelfIx>)>,
    pub(super) settled: bool,
    /// Decisions that concern it, by interaction, newest revision.
    pub(super) decisions: BTreeMap<u64, Decision>,
}

impl Party {
    pub(super) fn of_visit(visit: String, bill: Bill, opened: Time) -> Self {
        Self {
            visit: Some(visit),
            bill,
            ..Self::of_guest(opened)
        }
    }

    pub(super) fn of_guest(opened: Time) -> Self {
        Self {
            visit: None,
            bill: Bill::default(),
            opened,
            left: None,
            settled: false,
            decisions: BTreeMap::new(),
        }
    }
}

/// The parties of a store, and who each guest became.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Parties {
    pub(super) all: BTreeMap<PartyId, Party>,
    joined: BTreeMap<PartyId, PartyId>,
}

impl Parties {
    /// The party that this one belongs to now.
    pub(super) fn now(&self, mut party: PartyId) -> PartyId {
        while let Some(&into) = self.joined.get(&party) {
            party = into;
        }
        party
    }

    /// A guest belongs to a visit from now on.
    pub(super) fn join(&mut self, guest: PartyId, into: PartyId) {
        if guest != into {
            self.joined.insert(guest, into);
        }
        self.all.remove(&guest);
    }
}
