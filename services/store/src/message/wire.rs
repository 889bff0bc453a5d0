//! The form of messages that go to another node: postcard, preceded by a version.
//!
//! Only what [`super`] names as travelling between shards, and what doors say to actors, has one. The
//! rest never leaves its shard's process: it becomes [`Message::Lost`] here, which no node can read.

use std::{sync::Arc, time::Instant};

use amble_cluster::{Answer, Back, Wire};
use amble_engine::{
    evidence::PartyId,
    layout::ProductIx,
    time::{Round, Time},
};
use amble_proto::v1::DeviceFrames;
use bytes::Bytes;
use prost::Message as _;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::sync::oneshot;

use super::{
    Border, BucketReport, BucketRound, Happened, Input, Inspect, Lifted, Message, Peer, ToBook,
    ToBucket, ToDevice, ToNode, ToShopper, ToZone, Transfers, Verdict, ZoneReport, ZoneRound,
};
use crate::{
    book::ShelfQuery,
    codec,
    device::{Link, Reply},
    inspect::ActorFilter,
    keys::BucketIx,
    pass::PassError,
    review::{Answer as Given, Dispute},
    shopper::{CartView, Pending},
};

/// What people looked like, by the order of a round's outlooks: no other form of these has it.
type Looks = Vec<Option<Arc<[f32]>>>;

#[derive(Serialize, Deserialize)]
enum Packet {
    ZoneBucket(Arc<BucketRound>, Looks),
    ZoneBorder(Arc<Border>),
    ZoneAgain(Peer, Round),
    BucketZone(Arc<ZoneRound>),
    BucketTransfers(Arc<Transfers>),
    BucketVerdict(Verdict),
    BucketAgain(Peer, Round),
    BucketFollow(PartyId, amble_cluster::Key),
    BucketVisits,
    BookZone(Arc<ZoneReport>),
    BookBucket(Arc<BucketReport>),
    BookPrice(ProductIx, i64, Time),
    BookFlush,
    BookAgain(BucketIx),
    Attach(Link),
    Detach(u64),
    Frames {
        stream: u64,
        // One by one they would cost more than all else.
        #[serde(with = "serde_bytes")]
        frames: Vec<u8>,
        complete_until: Option<Time>,
    },
    Rewound(u64),
    PassOver(Time),
    Phone(String),
    Resume(Link),
    Budget(Option<i64>),
    Reply(Reply),
    Replies(Vec<(u64, Reply)>),
    Cart(Arc<CartView>),
    Node(ToNode),
    Describe,
    Look,
    Find(ActorFilter),
    Drain(bool),
    Happened(Box<Happened>),
    BookDispute(Dispute),
    BookAnswer(Given),
    BookPlaces(ShelfQuery),
    BookMismatches(ShelfQuery),
    BucketLifted(PartyId, Lifted),
    /// A cart with what its form has no place for. Who does not know this one yet waits for the next without.
    CartPending(Arc<CartView>, Vec<Pending>),
}

/// Gives the bytes of an answer to who waits for it here.
fn expect<A: DeserializeOwned + Send + 'static>(answer: oneshot::Sender<A>) -> Option<Answer> {
    Some(Box::new(move |bytes: Bytes| {
        if let Ok(value) = codec::read(&bytes) {
            let _ = answer.send(value);
        }
    }))
}

/// A place for an answer that goes back to another node.
fn carry<A: Serialize + Send + 'static>(back: Option<Back>) -> Option<oneshot::Sender<A>> {
    let back = back?;
    let (answer, wait) = oneshot::channel::<A>();
    tokio::spawn(async move {
        // Who is asked and ends drops the question; the way back goes with it.
        if let Ok(value) = wait.await {
            back(codec::encode(&value).into());
        }
    });
    Some(answer)
}

fn looks(round: &BucketRound) -> Looks {
    let outlooks = round.outlooks.iter();
    outlooks
        .map(|outlook| outlook.prediction.appearance.clone())
        .collect()
}

impl Wire for Message {
    fn into_wire(self) -> (Bytes, Option<Answer>) {
        let (packet, answer) = match self {
            Self::Zone(message) => (zone(message), None),
            Self::Bucket(message) => bucket(message),
            Self::Book(message) => book(message),
            Self::Device(message) => device(message),
            Self::Shopper(ToShopper::Budget(minor, answer)) => {
                (Some(Packet::Budget(minor)), expect(answer))
            }
            Self::Reply(reply) => (Some(Packet::Reply(reply)), None),
            Self::Replies(replies) => (Some(Packet::Replies(replies)), None),
            Self::Cart(view) if view.pending.is_empty() => (Some(Packet::Cart(view)), None),
            Self::Cart(view) => {
                let pending = view.pending.clone();
                (Some(Packet::CartPending(view, pending)), None)
            }
            Self::Node(message) => (Some(Packet::Node(message)), None),
            Self::Describe(answer) => (Some(Packet::Describe), expect(answer)),
            Self::Inspect(message) => inspect(message),
            Self::Shopper(_) | Self::Lost => (None, None),
        };
        let bytes = packet.map(|packet| codec::encode(&packet).into());
        (bytes.unwrap_or_default(), answer)
    }

    fn from_wire(bytes: Bytes, back: Option<Back>) -> Option<Self> {
        Some(match codec::read(&bytes).ok()? {
            Packet::ZoneBucket(mut round, looks) => {
                let outlooks = &mut Arc::make_mut(&mut round).outlooks;
                for (outlook, look) in outlooks.iter_mut().zip(looks) {
                    outlook.prediction.appearance = look;
                }
                Self::Zone(ToZone::Bucket(round))
            }
            Packet::ZoneBorder(border) => Self::Zone(ToZone::Border(border)),
            Packet::ZoneAgain(peer, from) => Self::Zone(ToZone::Again(peer, from)),
            Packet::BucketZone(round) => Self::Bucket(ToBucket::Zone(round)),
            Packet::BucketTransfers(transfers) => Self::Bucket(ToBucket::Transfers(transfers)),
            Packet::BucketVerdict(verdict) => Self::Bucket(ToBucket::Verdict(verdict)),
            Packet::BucketLifted(party, lifted) => Self::Bucket(ToBucket::Lifted(party, lifted)),
            Packet::BucketAgain(peer, from) => Self::Bucket(ToBucket::Again(peer, from)),
            Packet::BucketFollow(party, to) => {
                Self::Bucket(ToBucket::Follow(party, to, carry(back)?))
            }
            Packet::BucketVisits => Self::Bucket(ToBucket::Visits(carry(back)?)),
            Packet::BookZone(report) => Self::Book(ToBook::Zone(report)),
            Packet::BookBucket(report) => Self::Book(ToBook::Bucket(report)),
            Packet::BookPrice(product, minor, from) => {
                Self::Book(ToBook::Price(product, minor, from, carry(back)?))
            }
            Packet::BookFlush => Self::Book(ToBook::Flush(carry(back)?)),
            Packet::BookAgain(bucket) => Self::Book(ToBook::Again(bucket)),
            Packet::Attach(link) => Self::Device(ToDevice::Attach(link, carry(back)?)),
            Packet::Detach(stream) => Self::Device(ToDevice::Detach(stream)),
            Packet::Frames {
                stream,
                frames,
                complete_until,
            } => Self::Device(ToDevice::Frames(Box::new(Input {
                stream,
                frames: DeviceFrames::decode(&*frames).ok()?,
                complete_until,
                arrived: Instant::now(),
            }))),
            Packet::Rewound(stream) => Self::Device(ToDevice::Rewound(stream)),
            Packet::PassOver(until) => Self::Device(ToDevice::PassOver(until)),
            Packet::Phone(token) => Self::Device(ToDevice::Phone(
                token,
                carry::<Result<String, PassError>>(back)?,
            )),
            Packet::Resume(link) => Self::Device(ToDevice::Resume(link)),
            Packet::Budget(minor) => Self::Shopper(ToShopper::Budget(minor, carry(back)?)),
            Packet::Reply(reply) => Self::Reply(reply),
            Packet::Replies(replies) => Self::Replies(replies),
            Packet::Cart(view) => Self::Cart(view),
            Packet::CartPending(mut view, pending) => {
                Arc::make_mut(&mut view).pending = pending;
                Self::Cart(view)
            }
            Packet::Node(message) => Self::Node(message),
            Packet::Describe => Self::Describe(carry(back)?),
            Packet::Look => Self::Inspect(Inspect::Look(carry(back)?)),
            Packet::Find(filter) => Self::Inspect(Inspect::Find(filter, carry(back)?)),
            Packet::Drain(draining) => Self::Inspect(Inspect::Drain(draining, carry(back)?)),
            Packet::Happened(event) => Self::Inspect(Inspect::Happened(event)),
            Packet::BookDispute(dispute) => Self::Book(ToBook::Dispute(dispute, carry(back)?)),
            Packet::BookAnswer(given) => Self::Book(ToBook::Answer(given, carry(back)?)),
            Packet::BookPlaces(query) => Self::Book(ToBook::Places(query, carry(back)?)),
            Packet::BookMismatches(query) => Self::Book(ToBook::Mismatches(query, carry(back)?)),
        })
    }
}

fn zone(message: ToZone) -> Option<Packet> {
    Some(match message {
        ToZone::Bucket(round) => {
            let looks = looks(&round);
            Packet::ZoneBucket(round, looks)
        }
        ToZone::Border(border) => Packet::ZoneBorder(border),
        ToZone::Again(peer, from) => Packet::ZoneAgain(peer, from),
        // From its own devices and its own writer.
        _ => return None,
    })
}

fn bucket(message: ToBucket) -> (Option<Packet>, Option<Answer>) {
    let packet = match message {
        ToBucket::Zone(round) => Packet::BucketZone(round),
        ToBucket::Transfers(transfers) => Packet::BucketTransfers(transfers),
        ToBucket::Verdict(verdict) => Packet::BucketVerdict(verdict),
        ToBucket::Lifted(party, lifted) => Packet::BucketLifted(party, lifted),
        ToBucket::Again(peer, from) => Packet::BucketAgain(peer, from),
        ToBucket::Follow(party, to, answer) => {
            return (Some(Packet::BucketFollow(party, to)), expect(answer));
        }
        ToBucket::Visits(answer) => return (Some(Packet::BucketVisits), expect(answer)),
        // From its own shoppers and its own clock.
        ToBucket::Shopper(_) | ToBucket::Tick | ToBucket::Describe(_) => return (None, None),
    };
    (Some(packet), None)
}

fn book(message: ToBook) -> (Option<Packet>, Option<Answer>) {
    let packet = match message {
        ToBook::Zone(report) => Packet::BookZone(report),
        ToBook::Bucket(report) => Packet::BookBucket(report),
        ToBook::Again(bucket) => Packet::BookAgain(bucket),
        ToBook::Price(product, minor, from, answer) => {
            let packet = Packet::BookPrice(product, minor, from);
            return (Some(packet), expect(answer));
        }
        ToBook::Flush(answer) => return (Some(Packet::BookFlush), expect(answer)),
        ToBook::Dispute(dispute, answer) => {
            return (Some(Packet::BookDispute(dispute)), expect(answer));
        }
        ToBook::Places(query, answer) => {
            return (Some(Packet::BookPlaces(query)), expect(answer));
        }
        ToBook::Mismatches(query, answer) => {
            return (Some(Packet::BookMismatches(query)), expect(answer));
        }
        ToBook::Answer(given, answer) => return (Some(Packet::BookAnswer(given)), expect(answer)),
        // From its own writer and its own clock.
        ToBook::Receipted(..) | ToBook::Tick | ToBook::Describe(_) => return (None, None),
    };
    (Some(packet), None)
}

fn device(message: ToDevice) -> (Option<Packet>, Option<Answer>) {
    let packet = match message {
        ToDevice::Attach(link, answer) => return (Some(Packet::Attach(link)), expect(answer)),
        ToDevice::Phone(token, answer) => return (Some(Packet::Phone(token)), expect(answer)),
        ToDevice::Detach(stream) => Packet::Detach(stream),
        ToDevice::Frames(input) => Packet::Frames {
            stream: input.stream,
            frames: input.frames.encode_to_vec(),
            complete_until: input.complete_until,
        },
        ToDevice::Rewound(stream) => Packet::Rewound(stream),
        ToDevice::PassOver(until) => Packet::PassOver(until),
        ToDevice::Resume(link) => Packet::Resume(link),
        // From its own zone.
        _ => return (None, None),
    };
    (Some(packet), None)
}

fn inspect(message: Inspect) -> (Option<Packet>, Option<Answer>) {
    let (packet, answer) = match message {
        Inspect::Look(answer) => (Packet::Look, expect(answer)),
        Inspect::Find(filter, answer) => (Packet::Find(filter), expect(answer)),
        Inspect::Drain(draining, answer) => (Packet::Drain(draining), expect(answer)),
        Inspect::Happened(event) => (Packet::Happened(event), None),
    };
    (Some(packet), answer)
}

#[cfg(test)]
mod tests {
    use amble_engine::{layout::ShelfIx, price::Currency, time::Time};

    use super::*;
    use crate::shopper::PartyCut;

    fn across(message: Message) -> Option<Message> {
        Message::from_wire(message.into_wire().0, None)
    }

    #[test]
    fn what_is_pending_goes_to_other_nodes_beside_a_cart_whose_form_is_as_ever() {
        let cut = PartyCut::new(PartyId(1), None, 1, Round(0));
        let euro = Currency::from_code("EUR").unwrap();
        let mut view = CartView::empty(&cut, Time(7), euro);
        let plain = Message::Cart(Arc::new(view.clone())).into_wire().0;
        view.pending.push(Pending {
            product: ProductIx(3),
            since: Time(5),
        });
        assert_eq!(codec::encode(&view)[1..], plain[2..], "the cart alone");
        match across(Message::Cart(Arc::new(view.clone()))) {
            Some(Message::Cart(there)) => assert_eq!(there.pending, view.pending),
            other => panic!("{other:?}"),
        }
        let lifted = Lifted {
            shelf: ShelfIx(2),
            product: Some(ProductIx(3)),
            at: Time(5),
        };
        match across(Message::Bucket(ToBucket::Lifted(PartyId(9), lifted))) {
            Some(Message::Bucket(ToBucket::Lifted(party, there))) => {
                assert_eq!((party, there), (PartyId(9), lifted));
            }
            other => panic!("{other:?}"),
        }
    }
}
