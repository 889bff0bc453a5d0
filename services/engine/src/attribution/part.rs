//! What attribution goes by, part by part: sources of evidence, and ideas of how to use them.
//!
//! 1. A shop goes by all of them. One is left out only to see what it is worth.
//! 2. What is left out says nothing: it speaks neither for nor against anybody or any product.

use serde::{Deserialize, Serialize};

/// A source of evidence, or an idea.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Where on its shelf a product stands. Left out: any product of the shelf may have stood on any of its
    /// plates.
    Place,
    /// Where people stand. Left out: everybody near the shelf may have reached in, one as likely as another.
    Bodies,
    /// Where hands are. Left out: who reached in is known by where people stand, and nothing goes from hand
    /// to hand.
    Hands,
    /// The whole time of the unrest. Left out: people and hands are looked at when the plates came to rest.
    Interval,
    /// Items seen in hands.
    Sightings,
    /// The living planogram. Left out: everything stands where the plan wants it, and never runs out; what is
    /// put into a wrong place is forgotten.
    LivingPlanogram,
    /// Open hypotheses. Left out: each change is decided at once, for its best explanation, for good.
    OpenHypotheses,
}
