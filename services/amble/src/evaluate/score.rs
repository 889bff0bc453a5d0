//! Precision, recall and F1 out of three counts.

use serde::{Serialize, Serializer, ser::SerializeStruct as _};

/// Pieces that were right, charged too much, and missed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Taken and charged.
    pub right: u64,
    /// Charged, but not taken.
    pub extra: u64,
    /// Taken, but not charged.
    pub lacking: u64,
}

impl Score {
    /// Right of charged.
    #[must_use]
    pub fn precision(&self) -> f64 {
        share(self.right, self.right + self.extra)
    }

    /// Right of taken.
    #[must_use]
    pub fn recall(&self) -> f64 {
        share(self.right, self.right + self.lacking)
    }

    /// The harmonic mean of both.
    #[must_use]
    pub fn f1(&self) -> f64 {
        share(2 * self.right, 2 * self.right + self.extra + self.lacking)
    }
}

impl std::ops::AddAssign for Score {
    fn add_assign(&mut self, other: Self) {
        self.right += other.right;
        self.extra += other.extra;
        self.lacking += other.lacking;
    }
}

impl Serialize for Score {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut score = serializer.serialize_struct("Score", 6)?;
        score.serialize_field("right", &self.right)?;
        score.serialize_field("extra", &self.extra)?;
        score.serialize_field("lacking", &self.lacking)?;
        score.serialize_field("precision", &self.precision())?;
        score.serialize_field("recall", &self.recall())?;
        score.serialize_field("f1", &self.f1())?;
        score.end()
    }
}

/// `part` of `whole`; 0 when there is nothing.
#[must_use]
pub fn part_of(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// `part` of `whole`; 1 when there is nothing.
#[must_use]
pub fn share(part: u64, whole: u64) -> f64 {
    // Counts of pieces are far below 2^52.
    if whole == 0 {
        1.0
    } else {
        part as f64 / whole as f64
    }
}
