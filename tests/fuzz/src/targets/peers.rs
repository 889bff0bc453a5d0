//! What nodes say to one another: the stream that carries it, and what a shop's nodes read in it.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use amble_cluster::{Back, Key, NodeId, Owner, Router, Table, Wire};
use amble_proto::cluster::v1::{
    Announcement, Answer, ConnectRequest, Frame, Heartbeat, Hello, Item, Message, WrongOwner,
    answer::Outcome, connect_request, item::Item as Kind,
};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use prost::Message as _;
use tokio::runtime::Runtime;
use tonic::{
    body::Body,
    codegen::{Service as _, http::Request},
};

use crate::{Fate, Target, target::Broken};

const ME: &str = "b-1";
const SHARD: &str = "kiosk/zone/1";
const CALL: &str = "/amble.cluster.v1.PeerService/Connect";

pub(super) fn all() -> Vec<Target> {
    vec![
        Target::new("peer-stream", take_stream()).seeds(streams()),
        Target::new("peer-message", read_message()).seeds(said()),
    ]
}

fn runtime() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime")
}

/// What nodes say, as a shop's room keeps it for each version of the form.
fn said() -> Vec<Vec<u8>> {
    let forms = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../services/store/forms");
    let versions = fs::read_dir(forms).expect("the forms are there").flatten();
    let newest = versions.max_by_key(|version| {
        let name = version.file_name();
        name.to_string_lossy().parse::<u8>().unwrap_or(0)
    });
    let newest = newest.expect("a version").path();
    let mut files: Vec<_> = fs::read_dir(newest)
        .expect("a folder")
        .flatten()
        .filter(|file| file.file_name().to_string_lossy().starts_with("said-"))
        .map(|file| file.path())
        .collect();
    files.sort();
    files.iter().flat_map(fs::read).collect()
}

fn read_message() -> impl Fn(&[u8]) -> Result<Fate, Broken> {
    let runtime = runtime();
    move |input| {
        let read = runtime.block_on(async {
            let read = amble_store::is_said(input);
            // Questions that nobody answers end.
            tokio::task::yield_now().await;
            read
        });
        Ok(if read { Fate::Taken } else { Fate::Refused })
    }
}

/// Something that nodes say: text, and nothing else.
struct Told;

/// How often the stream was told something, in this process.
static TOLD: AtomicU64 = AtomicU64::new(0);

impl Wire for Told {
    fn into_wire(self) -> (Bytes, Option<amble_cluster::Answer>) {
        (Bytes::new(), None)
    }

    fn from_wire(bytes: Bytes, back: Option<Back>) -> Option<Self> {
        let text = std::str::from_utf8(&bytes).ok()?.to_owned();
        if let Some(back) = back {
            back(text.into());
        }
        Some(Self)
    }
}

/// A stream that ends well was one of good messages, and of each item it is known what became of it.
fn take_stream() -> impl Fn(&[u8]) -> Result<Fate, Broken> {
    let runtime = runtime();
    let lost = || amble_cluster::losses().map(|(_, count)| count).sum::<u64>();
    move |input| {
        let (told, dropped) = (TOLD.load(Ordering::Relaxed), lost());
        let answer = runtime.block_on(call(input));
        let messages = messages(input);
        let known = (TOLD.load(Ordering::Relaxed) - told) + (lost() - dropped);
        match answer {
            Some(0) if known < messages => Err(format!(
                "of {messages} messages, {known} were told or counted as dropped"
            )),
            Some(0) => Ok(Fate::Taken),
            _ => Ok(Fate::Refused),
        }
    }
}

/// Calls the node's door with these bytes as the stream; its status.
async fn call(input: &[u8]) -> Option<u32> {
    let table = Arc::new(Table::default());
    let node = NodeId::new(ME);
    let owner = Owner {
        node: node.clone(),
        epoch: amble_cluster::Epoch(1),
    };
    table.learn(SHARD, owner);
    let (router, peers) = Router::<Told>::in_cluster(node, table, None);
    router.local().enter(Key::shard_named(SHARD), |_| {
        TOLD.fetch_add(1, Ordering::Relaxed);
        Ok(())
    });
    let body = Body::new(Full::new(Bytes::copy_from_slice(input)));
    let request = Request::post(CALL)
        .header("content-type", "application/grpc")
        .body(body);
    let answer = peers.service().call(request.ok()?).await.ok()?;
    let status = |headers: &tonic::codegen::http::HeaderMap| {
        let status = headers.get("grpc-status")?;
        status.to_str().ok()?.parse().ok()
    };
    if let Some(status) = status(answer.headers()) {
        return Some(status);
    }
    let whole = answer.into_body().collect().await.ok()?;
    status(whole.trailers()?)
}

/// How many new messages there are in a stream that is good, whatever becomes of them.
fn messages(mut input: &[u8]) -> u64 {
    let (mut next, mut count) = (1, 0);
    let mut welcome = true;
    while let Some((head, rest)) = input.split_at_checked(5) {
        let size = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        let Some((body, rest)) = rest.split_at_checked(size) else {
            break;
        };
        input = rest;
        match ConnectRequest::decode(body).ok().and_then(|m| m.message) {
            // One that wants to go on with what nobody knows, or wants somebody else, is not taken.
            Some(connect_request::Message::Hello(hello)) => {
                welcome = hello.peer == ME && !hello.resumed;
            }
            Some(connect_request::Message::Frame(frame)) if welcome && frame.first <= next => {
                for (number, item) in (frame.first..).zip(frame.items) {
                    if number == next {
                        next += 1;
                        count += u64::from(matches!(item.item, Some(Kind::Message(_)) | None));
                    }
                }
            }
            _ => {}
        }
    }
    count
}

/// Streams as nodes send them: who it is, then what it has to say.
fn streams() -> Vec<Vec<u8>> {
    let hello = Hello {
        node: "a-1".to_owned(),
        peer: ME.to_owned(),
        session: 7,
        resumed: false,
        received: 0,
    };
    let message = |key: &str, question| {
        Kind::Message(Message {
            key: key.to_owned(),
            shard_bytes: u32::try_from(SHARD.len()).unwrap_or(0),
            payload: Bytes::from_static(b"frames"),
            question,
        })
    };
    let items = vec![
        message(SHARD, false),
        message(SHARD, true),
        message("kiosk/zone/2", true),
        Kind::Announcement(Announcement {
            shard: "kiosk/zone/2".to_owned(),
            epoch: 3,
        }),
        Kind::WrongOwner(WrongOwner {
            shard: SHARD.to_owned(),
            node: "c-1".to_owned(),
            epoch: 2,
        }),
        Kind::Answer(Answer {
            question: 1,
            outcome: Some(Outcome::Payload(Bytes::from_static(b"yes"))),
        }),
    ];
    let frame = |first: u64, items: &[Kind]| Frame {
        received: 0,
        first,
        items: items
            .iter()
            .map(|item| Item {
                item: Some(item.clone()),
            })
            .collect(),
        heartbeat: Some(Heartbeat {
            sent_us: 1_000,
            silent: vec!["c-1".to_owned()],
        }),
    };
    let begin = connect_request::Message::Hello(hello);
    let all = connect_request::Message::Frame(frame(1, &items));
    let some = connect_request::Message::Frame(frame(1, &items[..2]));
    let more = connect_request::Message::Frame(frame(3, &items[2..]));
    let nothing = connect_request::Message::Frame(Frame::default());
    vec![
        stream(&[begin.clone(), all.clone()]),
        stream(&[begin.clone(), some.clone(), nothing, more]),
        // What comes again is passed over.
        stream(&[begin, some, all]),
    ]
}

/// As gRPC frames it.
fn stream(messages: &[connect_request::Message]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for message in messages {
        let message = ConnectRequest {
            message: Some(message.clone()),
        };
        let body = message.encode_to_vec();
        bytes.push(0);
        bytes.extend(u32::try_from(body.len()).unwrap_or(0).to_be_bytes());
        bytes.extend(body);
    }
    bytes
}
