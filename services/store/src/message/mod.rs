//! What the actors of a shop say to one another, by who is told.
//!
//! Between shards only [`ZoneRound`], [`Border`], [`BucketRound`], [`Transfers`], [`ZoneReport`],
//! [`BucketReport`] and [`Verdict`]s travel; all else stays within a shard. Each of these names its
//! round, and is its sender's watermark for that round. [`Lifted`] is told besides, outside of all rounds, for phones
//! alone: nothing is decided by it.

mod book;
mod bucket;
mod device;
mod inspect;
mod lifted;
mod node;
mod own;
mod shopper;
mod transit;
mod wire;
mod worded;
mod zone;

use std::sync::Arc;

use amble_engine::layout::ZoneIx;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

pub use book::{BucketReport, ToBook, VisitEvent, ZoneReport};
pub use bucket::{Ask, Birth, Claim, News, ToBucket, Transfers, Verdict, ZoneRound};
pub use device::{Frame, Input, Seen, Standing, ToDevice};
pub use inspect::{Description, Happened, Inspect};
pub use lifted::Lifted;
pub use node::ToNode;
pub use shopper::{ShopperInput, ShopperRound, ToShopper};
pub use worded::Worded;
pub use zone::{
    Border, BucketRound, CameraRound, Crossing, DeviceSave, Outlook, Scan, ShelfNews, ToZone,
};

use crate::{device::Reply, keys::BucketIx, shopper::CartView};

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
    /// To a stream that carries a device.
    Reply(Reply),
    /// To streams of another node, by their numbers.
    Replies(Vec<(u64, Reply)>),
    /// To somebody who follows a cart.
    Cart(Arc<CartView>),
    /// To a node.
    Node(ToNode),
    /// To a node, by whoever looks into the shop.
    Inspect(Inspect),
    /// To any actor: how it sees itself now.
    Describe(oneshot::Sender<Description>),
    /// What is left of a message whose receiver has ended.
    Lost,
}

/// Who asks to be sent things again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Peer {
    /// A zone.
    Zone(ZoneIx),
    /// A bucket.
    Bucket(BucketIx),
    /// The bookkeeper.
    Book,
}
