//! What each version wrote, kept as files: `forms/VERSION/KIND`, and `said-…` for what nodes say to one another.
//!
//! 1. The files of this version are read, and written again they are the same. If a test here fails after a
//!    type was changed, its form has changed: raise `VERSION`, and write its files with
//!    `cargo test --release -p amble-store forms -- --ignored`.
//! 2. No file is ever changed or removed. Those of other versions are refused, and said to be theirs.

use std::{fs, path::PathBuf, sync::Arc, time::Instant};

use amble_cluster::{Key, Wire as _};
use amble_engine::{
    attribution::Decision,
    evidence::{Interaction, PartyId},
    layout::{CameraIx, ProductIx, ZoneIx},
    time::{Round, Time},
    weighing::Weigher,
};
use amble_ledger::{Append, Entry, Ledger};
use amble_proto::v1::{DeviceErrorCode, DeviceFrames, Event, ShelfFrame};
use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::oneshot;

use super::{Unread, VERSION, day::Kiosk, encode, read};
use crate::{
    Input, Shop,
    book::BookCut,
    bucket::BucketCut,
    device::{Link, Reply, Scans, StoredMatches},
    inspect::ActorFilter,
    keys::BucketIx,
    message::{
        Ask, Border, BucketReport, BucketRound, Happened, Inspect, Message, News, Peer, ToBook,
        ToBucket, ToDevice, ToNode, ToShopper, ToZone, Transfers, Verdict, VisitEvent, ZoneReport,
        ZoneRound,
    },
    zone::ZoneCut,
};

fn folder(version: u8) -> PathBuf {
    let forms = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("forms");
    forms.join(version.to_string())
}

/// What a version wrote, by name.
fn kept(version: u8) -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(folder(version)).into_iter().flatten();
    files
        .map(|file| {
            let file = file.unwrap();
            let name = file.file_name().into_string().unwrap();
            (name, fs::read(file.path()).unwrap())
        })
        .collect()
}

/// What becomes of bytes that are read and written again.
fn again<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<Vec<u8>, Unread> {
    read::<T>(bytes).map(|value| encode(&value))
}

/// The same for what a file of this name holds.
fn again_as(name: &str, bytes: &[u8]) -> Result<Vec<u8>, Unread> {
    match name.trim_end_matches(|c: char| c == '-' || c.is_ascii_digit()) {
        "zone-cut" => again::<ZoneCut>(bytes),
        "bucket-cut" => again::<BucketCut>(bytes),
        "book-cut" => again::<BookCut>(bytes),
        "camera" => again::<StoredMatches>(bytes),
        "shelf" => again::<Weigher>(bytes),
        "gate" => again::<Scans>(bytes),
        "interaction" => again::<Interaction>(bytes),
        "decision" => again::<Decision>(bytes),
        "event" => again::<VisitEvent>(bytes),
        "beginning" => again::<Round>(bytes),
        said if said.starts_with("said-") => again_said(bytes),
        other => panic!("what is {other}?"),
    }
}

fn again_said(bytes: &[u8]) -> Result<Vec<u8>, Unread> {
    if let Err(other @ Unread::OtherVersion(_)) = read::<()>(bytes) {
        return Err(other);
    }
    let back = Box::new(|_: Bytes| {});
    let message = Message::from_wire(Bytes::copy_from_slice(bytes), Some(back));
    let message = message.ok_or_else(|| Unread::Damaged("no message".to_owned()))?;
    Ok(message.into_wire().0.to_vec())
}

#[tokio::test]
async fn what_this_version_wrote_is_read_and_written_alike() {
    let kept = kept(VERSION);
    for kind in [
        "zone-cut",
        "bucket-cut",
        "book-cut",
        "camera",
        "shelf",
        "gate",
        "interaction",
        "decision",
        "event",
        "said-verdict",
    ] {
        let any = kept.iter().any(|(name, _)| name.starts_with(kind));
        assert!(any, "nothing is kept of the kind {kind}");
    }
    for (name, bytes) in kept {
        let written = again_as(&name, &bytes);
        assert!(
            written.as_ref() == Ok(&bytes),
            "{name}: {:?}",
            written.err()
        );
    }
}

#[tokio::test]
async fn what_another_version_wrote_is_refused_and_said_to_be_its() {
    for version in (0..VERSION).filter(|&version| folder(version).exists()) {
        for (name, bytes) in kept(version) {
            let refused = again_as(&name, &bytes);
            assert_eq!(refused, Err(Unread::OtherVersion(version)), "{name}");
        }
    }
    for (name, mut bytes) in kept(VERSION) {
        bytes[0] = VERSION + 1;
        let refused = again_as(&name, &bytes);
        assert_eq!(refused, Err(Unread::OtherVersion(VERSION + 1)), "{name}");
    }
}

#[tokio::test]
async fn what_is_cut_short_or_goes_on_is_damaged() {
    for (name, mut bytes) in kept(VERSION) {
        let short = again_as(&name, &bytes[..bytes.len() - 1]);
        assert!(matches!(short, Err(Unread::Damaged(_))), "{name}");
        bytes.push(0);
        let long = again_as(&name, &bytes);
        assert!(matches!(long, Err(Unread::Damaged(_))), "{name}");
    }
    assert!(matches!(read::<Round>(&[]), Err(Unread::Damaged(_))));
}

/// Rule 2 of [`codec`](super): as after a crash that left nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_opens_on_what_another_version_stored_and_goes_on() {
    let mut kiosk = Kiosk::open(40).await;
    for _ in 0..150 {
        assert!(kiosk.goes_on().await);
    }
    let mut kiosk = kiosk.open_again(as_of_another_version).await;
    for _ in 0..150 {
        assert!(kiosk.goes_on().await);
    }
    let stored = held(&*kiosk.ledger, &kiosk.running.shop).await;
    let read = |name: &str, bytes: &[u8]| again_as(name, bytes).is_ok();
    for kind in ["zone-cut", "bucket-cut", "shelf"] {
        let mut own = stored.iter().filter(|(name, _)| name == kind);
        assert!(own.any(|(name, bytes)| read(name, bytes)), "no new {kind}");
    }
}

/// All cuts and folds in the ledger become those of the next version.
async fn as_of_another_version(ledger: &dyn Ledger, shop: &Shop) {
    let other = |mut body: Vec<u8>| {
        body[0] = VERSION + 1;
        body
    };
    let zones = shop.zones().map(|zone| shop.keys.zone(zone));
    let buckets = shop.buckets().map(|bucket| shop.keys.bucket(bucket));
    for shard in zones.chain(buckets).chain([shop.keys.book()]) {
        let shard = shard.as_str();
        let cuts = ledger.cuts(shard).await.unwrap().into_iter();
        let cuts = cuts.map(|cut| Entry::Cut {
            round: cut.round,
            body: other(cut.body),
        });
        let folds = ledger.device_states(shard).await.unwrap().into_iter();
        let folds = folds.map(|fold| Entry::DeviceState {
            device: fold.device,
            continues_from: fold.sequence,
            sequence: fold.sequence,
            capture_us: fold.capture_us,
            state: other(fold.state),
        });
        let entries: Vec<Entry> = cuts.chain(folds).collect();
        // The bookkeeper stores a cut twice a minute only.
        assert!(!entries.is_empty() || shard == shop.keys.book().as_str());
        // What the shop had under way when it was stopped may still be carried out, a claim too.
        loop {
            let epoch = ledger.epoch(shard).await.unwrap() + 1;
            let append = Append {
                shard: shard.to_owned(),
                epoch,
                entries: entries.clone(),
            };
            let written = match ledger.claim(shard, epoch).await {
                Ok(()) => ledger.append(append).await.map(drop),
                Err(error) => Err(error),
            };
            match written {
                Ok(()) => break,
                Err(error) => assert!(error.is_refusal(), "{error}"),
            }
        }
    }
}

#[tokio::test]
#[ignore = "writes the files of a version that has none yet"]
async fn keep() {
    let folder = folder(VERSION);
    assert!(!folder.exists(), "{} is there", folder.display());
    fs::create_dir_all(&folder).unwrap();
    let stored = a_day().await;
    let said = said(&stored).into_iter().map(|(name, message)| {
        let name = format!("said-{name}");
        (name, message.into_wire().0.to_vec())
    });
    for (name, bytes) in stored.into_iter().chain(said) {
        assert!(!bytes.is_empty(), "{name}");
        fs::write(folder.join(name), bytes).unwrap();
    }
}

/// Plays a kiosk's day; what the ledger holds of it: the fullest of each kind, while people are there.
async fn a_day() -> Vec<(String, Vec<u8>)> {
    let mut kiosk = Kiosk::open(60).await;
    let mut stored: Vec<(String, Vec<u8>)> = Vec::new();
    while kiosk.goes_on().await {
        for (name, bytes) in held(&*kiosk.ledger, &kiosk.running.shop).await {
            match stored.iter_mut().find(|(known, _)| *known == name) {
                Some((_, known)) if known.len() >= bytes.len() => {}
                Some((_, known)) => *known = bytes,
                None => stored.push((name, bytes)),
            }
        }
    }
    stored
}

async fn held(ledger: &dyn Ledger, shop: &Shop) -> Vec<(String, Vec<u8>)> {
    let mut held = Vec::new();
    let zones = shop.zones().map(|zone| ("zone-cut", shop.keys.zone(zone)));
    let buckets = shop
        .buckets()
        .map(|bucket| ("bucket-cut", shop.keys.bucket(bucket)));
    let shards = zones.chain(buckets).chain([("book-cut", shop.keys.book())]);
    for (kind, shard) in shards {
        let cuts = ledger.cuts(shard.as_str()).await.unwrap();
        held.extend(cuts.into_iter().map(|cut| (kind.to_owned(), cut.body)));
        for device in ledger.device_states(shard.as_str()).await.unwrap() {
            let kind = ["camera", "shelf", "gate"];
            let kind = kind.iter().find(|kind| device.device.contains(**kind));
            held.push(((*kind.unwrap()).to_owned(), device.state));
        }
    }
    let interactions = ledger.interactions_after(i64::MIN / 2, 8).await.unwrap();
    let decisions = ledger.decisions_after(i64::MIN / 2, 8).await.unwrap();
    let events = ledger
        .visit_events_from(None, i64::MIN / 2, 8)
        .await
        .unwrap();
    let interactions = interactions
        .into_iter()
        .map(|row| ("interaction", row.body));
    let decisions = decisions.into_iter().map(|row| ("decision", row.body));
    let events = events.into_iter().map(|row| ("event", row.body));
    for (nth, (kind, body)) in (0..).zip(interactions.chain(decisions).chain(events)) {
        held.push((format!("{kind}-{}", nth % 8), body));
    }
    held
}

/// One of each message that goes from node to node, with what was stored in it.
fn said(stored: &[(String, Vec<u8>)]) -> Vec<(&'static str, Message)> {
    fn of<T: DeserializeOwned>(stored: &[(String, Vec<u8>)], kind: &str) -> Vec<T> {
        let own = stored.iter().filter(|(name, _)| name.starts_with(kind));
        own.map(|(_, bytes)| read(bytes).unwrap()).collect()
    }
    let buckets: Vec<BucketCut> = of(stored, "bucket-cut");
    let rounds = buckets.iter().flat_map(|bucket| bucket.told.iter());
    let told: Option<&BucketRound> = rounds
        .map(|(_, round)| round)
        .max_by_key(|round| round.outlooks.len());
    let interactions: Vec<Interaction> = of(stored, "interaction");
    let (zone, bucket, round) = (ZoneIx(0), BucketIx(0), Round(17_000_000_000));
    let (key, party) = (
        Key::shard_named("kiosk/node/a-1").child("stream/3"),
        PartyId(9),
    );
    let link = Link {
        stream: 3,
        event_time: false,
        to: key.clone(),
    };
    let frames = DeviceFrames {
        shelf: vec![ShelfFrame {
            sequence: 5,
            grams: vec![1.5; 12],
            ..ShelfFrame::default()
        }],
        ..DeviceFrames::default()
    };
    let input = Input {
        stream: 3,
        frames,
        complete_until: Some(Time(1)),
        arrived: Instant::now(),
    };
    let scans: Vec<Scans> = of(stored, "gate");
    let zone_round = ZoneRound {
        zone,
        round,
        seen: vec![],
        births: vec![],
        claims: vec![],
        given_up: vec![],
        scans: scans.into_iter().flat_map(|scans| scans.recent).collect(),
        asks: Arc::new(
            interactions
                .iter()
                .map(|interaction| Ask {
                    shelf: interaction.shelf,
                    sequence: 1,
                    from: Time(0),
                    to: Time(1),
                    place: amble_engine::geometry::Vec2 { x: 1.0, y: 2.0 },
                    radius: 2.5,
                })
                .collect(),
        ),
        complete: Instant::now(),
    };
    let arrivals = interactions
        .iter()
        .map(|i| (Arc::new(i.clone()), Instant::now()));
    let report = ZoneReport {
        zone,
        round,
        interactions: arrivals.collect(),
        unrest: vec![],
        complete: Instant::now(),
    };
    let verdict = |news| Verdict {
        party,
        news,
        as_of: Time(5),
        needed: None,
        grabs: vec![],
    };
    let border = Border {
        from: zone,
        round,
        looked: vec![CameraIx(0)],
        unclaimed: vec![],
    };
    let transfers = Transfers {
        from: bucket,
        round,
        tracks: vec![],
    };
    let events = BucketReport {
        bucket,
        round,
        events: of(stored, "event"),
    };
    let refused = Reply::Refused {
        sequence: 4,
        code: DeviceErrorCode::BadValue,
        message: "it is empty".to_owned(),
    };
    let filter = ActorFilter {
        part: "zone/1".to_owned(),
        kind: Some(1),
        ..ActorFilter::default()
    };
    vec![
        (
            "zone-bucket",
            Message::Zone(ToZone::Bucket(Arc::new(told.unwrap().clone()))),
        ),
        (
            "zone-border",
            Message::Zone(ToZone::Border(Arc::new(border))),
        ),
        (
            "zone-again",
            Message::Zone(ToZone::Again(Peer::Bucket(bucket), round)),
        ),
        (
            "bucket-zone",
            Message::Bucket(ToBucket::Zone(Arc::new(zone_round))),
        ),
        (
            "bucket-transfers",
            Message::Bucket(ToBucket::Transfers(Arc::new(transfers))),
        ),
        (
            "verdict-decided",
            Message::Bucket(ToBucket::Verdict(verdict(News::Decided(of(
                stored, "decision",
            ))))),
        ),
        (
            "verdict-settled",
            Message::Bucket(ToBucket::Verdict(verdict(News::Settled("{}".into())))),
        ),
        (
            "bucket-again",
            Message::Bucket(ToBucket::Again(Peer::Book, round)),
        ),
        (
            "bucket-follow",
            Message::Bucket(ToBucket::Follow(party, key, oneshot::channel().0)),
        ),
        (
            "bucket-visits",
            Message::Bucket(ToBucket::Visits(oneshot::channel().0)),
        ),
        ("book-zone", Message::Book(ToBook::Zone(Arc::new(report)))),
        (
            "book-bucket",
            Message::Book(ToBook::Bucket(Arc::new(events))),
        ),
        (
            "book-price",
            Message::Book(ToBook::Price(
                ProductIx(1),
                199,
                Time(4),
                oneshot::channel().0,
            )),
        ),
        (
            "book-flush",
            Message::Book(ToBook::Flush(oneshot::channel().0)),
        ),
        ("book-again", Message::Book(ToBook::Again(bucket))),
        (
            "device-attach",
            Message::Device(ToDevice::Attach(link.clone(), oneshot::channel().0)),
        ),
        ("device-detach", Message::Device(ToDevice::Detach(3))),
        (
            "device-frames",
            Message::Device(ToDevice::Frames(Box::new(input))),
        ),
        ("device-rewound", Message::Device(ToDevice::Rewound(3))),
        (
            "device-passed-over",
            Message::Device(ToDevice::PassOver(Time(7))),
        ),
        (
            "device-phone",
            Message::Device(ToDevice::Phone("a pass".to_owned(), oneshot::channel().0)),
        ),
        ("device-resume", Message::Device(ToDevice::Resume(link))),
        (
            "shopper-budget",
            Message::Shopper(ToShopper::Budget(Some(2_000), oneshot::channel().0)),
        ),
        ("reply", Message::Reply(refused.clone())),
        (
            "replies",
            Message::Replies(vec![(3, refused), (4, Reply::Superseded)]),
        ),
        (
            "node-stands",
            Message::Node(ToNode::Stands("kiosk/zone/1".to_owned(), round)),
        ),
        ("describe", Message::Describe(oneshot::channel().0)),
        (
            "look",
            Message::Inspect(Inspect::Look(oneshot::channel().0)),
        ),
        (
            "find",
            Message::Inspect(Inspect::Find(filter, oneshot::channel().0)),
        ),
        (
            "drain",
            Message::Inspect(Inspect::Drain(true, oneshot::channel().0)),
        ),
        (
            "happened",
            Message::Inspect(Inspect::Happened(Box::new(Happened(Event::default())))),
        ),
    ]
}
