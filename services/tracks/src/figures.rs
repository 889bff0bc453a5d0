//! What a comparison says.

use serde::Serialize;

/// What a comparison says; shares are 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// How long people were there, in minutes of a person.
    pub person_minutes: f64,
    /// 1 less misses, false positives and switches for each place of the truth; can be negative.
    pub mota: f64,
    /// Mean distance of what was found, in metres.
    pub motp_m: f64,
    /// Places of the truth that nobody tracked.
    pub misses: u64,
    /// Tracked places with nobody there.
    pub false_positives: u64,
    /// Times that somebody was found by another track than before.
    pub switches: u64,
    /// The same for each minute of a person.
    pub switches_per_person_minute: f64,
    /// Times that somebody was lost and found again.
    pub fragmentations: u64,
    /// Harmonic mean of the next two.
    pub idf1: f64,
    /// Share of the tracked places that bear the right name.
    pub idp: f64,
    /// Share of the truth's places that bear the right name.
    pub idr: f64,
    /// Finding and naming in equal parts.
    pub hota: f64,
    /// HOTA's finding.
    pub deta: f64,
    /// HOTA's naming.
    pub assa: f64,
    /// How near tracks are to those whom they found.
    pub loca: f64,
}
