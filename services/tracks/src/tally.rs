//! All measures of one comparison, or of several added up.

use serde::{Serialize, Serializer};

use crate::{Figures, Sequence, clear::Clear, hota::Hota, identity::Identity};

/// Counts of one comparison, or of several added up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// How long people were there, in minutes of a person.
    pub person_minutes: f64,
    /// CLEAR-MOT.
    pub clear: Clear,
    /// IDF1.
    pub identity: Identity,
    /// HOTA.
    pub hota: Hota,
}

impl Tally {
    /// Compares tracks with the truth. Two places may be one person up to `within_m` metres;
    /// `frames_per_s` tells how long a frame is.
    #[must_use]
    pub fn of(truth: &Sequence, tracks: &Sequence, within_m: f64, frames_per_s: f64) -> Self {
        Self {
            person_minutes: truth.places() as f64 / frames_per_s / 60.0,
            clear: Clear::of(truth, tracks, within_m),
            identity: Identity::of(truth, tracks, within_m),
            hota: Hota::of(truth, tracks, within_m),
        }
    }

    /// What comes of it.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let Self {
            person_minutes,
            clear,
            identity,
            hota,
        } = self;
        let minutes = if *person_minutes > 0.0 {
            *person_minutes
        } else {
            1.0
        };
        Figures {
            person_minutes: *person_minutes,
            mota: clear.mota(),
            motp_m: clear.motp_m(),
            misses: clear.misses(),
            false_positives: clear.false_positives(),
            switches: clear.switches,
            switches_per_person_minute: clear.switches as f64 / minutes,
            fragmentations: clear.fragmentations,
            idf1: identity.idf1(),
            idp: identity.idp(),
            idr: identity.idr(),
            hota: hota.hota(),
            deta: hota.deta(),
            assa: hota.assa(),
            loca: hota.loca(),
        }
    }
}

/// As what comes of it.
impl Serialize for Tally {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.figures().serialize(serializer)
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.person_minutes += other.person_minutes;
        self.clear += other.clear;
        self.identity += other.identity;
        self.hota += other.hota;
    }
}
