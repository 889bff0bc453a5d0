//! Detections → tracks.
//!
//! Read in this order: a [`Detection`] is what a camera reports; the [`Matcher`] gives it to a track
//! where the track's [`Prediction`] allows, and keeps what strangers left for them; the [`Track`] fuses
//! what all cameras tell and says where it goes next; [`Births`] makes new tracks of what nobody claims;
//! [`relink`] finds the lost among the newborn; [`GateClaims`] says which guests a scanned pass brought
//! in; [`Twins`] finds two tracks on one person; [`Hands`] finds where goods may change hands.
//!
//! Predictions are three rounds old when they are used: the price of deciding every round in event
//! time, whatever machine a camera's frames are matched on.

mod appearance;
mod assignment;
mod births;
mod candidates;
mod claims;
mod crossing;
mod detection;
mod filter;
mod hands;
mod history;
mod matcher;
mod past;
mod prediction;
mod relink;
mod strangers;
#[cfg(test)]
mod testing;
mod track;
mod twins;

pub use appearance::REMEMBERED_S;
pub use births::{Births, Newborn, Unclaimed};
pub use claims::GateClaims;
pub use crossing::Direction;
pub use detection::{Detection, Item};
pub use hands::{Hands, Posture};
pub use history::FULL_US;
pub use matcher::{MATCHES_KEPT_US, Matcher, Matching};
pub use prediction::Prediction;
pub use relink::relink;
pub use track::{Track, TrackInTransit, TrackSnapshot};
pub use twins::{Found, Twins};
