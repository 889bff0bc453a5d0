//! What the actors of a shop say to one another, by who is told.
//!
//! Between shards only [`ZoneRound`], [`Border`], [`BucketRound`], [`Transfers`], [`ZoneReport`],
//! [`BucketReport`] and [`Verdict`]s travel; all else stays within a shard. Each of these names its
//! round, and is its sender's watermark for that round.

mod book;
mod bucket;
mod device;
mod shopper;
mod zone;

use amble_engine::layout::ZoneIx;

pub use book::{BucketReport, ToBook, VisitEvent, ZoneReport};
pub use bucket::{Ask, Birth, Claim, News, ToBucket, Transfers, Verdict, ZoneRound};
pub use device::{Frame, Input, Seen, Standing, ToDevice};
pub use shopper::{ShopperInput, ShopperRound, ToShopper};
pub use zone::{
    Border, BucketRound, CameraRound, Crossing, DeviceSave, Outlook, Scan, ShelfNews, ToZone,
};

use crate::keys::BucketIx;

/// Whatever an actor of a shop may be sent.
#[derive(Debug)]
pub enum Message {
    /// To a camera, shelf or gate.
    Device(ToDevice),
    /// To a zone.
    Zone(ToZone),
    /// To a bucket.
    Bucket(ToBucket),
    /// To a party's shopper.
    Shopper(ToShopper),
    /// To the bookkeeper.
    Book(ToBook),
    /// What is left of a message whose receiver has ended.
    Lost,
}

/// Who asks to be sent things again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// A zone.
    Zone(ZoneIx),
    /// A bucket.
    Bucket(BucketIx),
    /// The bookkeeper.
    Book,
}
