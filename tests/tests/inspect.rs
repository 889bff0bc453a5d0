//! Whoever keeps a shop running sees into it, from any of its nodes, and can move what it is made of.

use std::{collections::BTreeMap, time::Duration};

use amble_proto::v1::{
    ActorKind, DrainNodeRequest, Event, EventKind, MoveShardRequest, MoveShardResponse, Node,
    NodeState, PlacementReason, Shard, ShardKind, ShardState, VisitState, actor_description::State,
    inspect_service_client::InspectServiceClient,
};
use amble_servers::{Etcd, Place, Postgres};
use amble_tests::{Fault, Inspector, Nodes, Outcome, Start, first_key, run, told, until};
use tonic::{Code, Status};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};

/// How long a shop lives in these tests at most.
const LIFE: Duration = Duration::from_secs(120);
/// How long anything may take to be seen.
const SOON: Duration = Duration::from_secs(30);
/// People and sensors, until the test is over.
const PEOPLE: [&str; 6] = ["--speed", "real", "--seconds", "600", "--people", "6"];

fn wish(inspector: &Inspector, shard: &str, to: &str) -> Result<MoveShardResponse, Status> {
    let request = MoveShardRequest {
        shard_key: shard.to_owned(),
        to_node: to.to_owned(),
        wait: Some(amble_proto::Duration {
            seconds: 20,
            nanos: 0,
        }),
    };
    let call = |mut client: InspectServiceClient<_>| {
        let request = request.clone();
        async move { client.move_shard(request).await }
    };
    inspector.call(call)
}

fn drain(inspector: &Inspector, node: &str, undo: bool) -> Result<(), Status> {
    let request = DrainNodeRequest {
        node: node.to_owned(),
        undo,
    };
    let call = |mut client: InspectServiceClient<_>| {
        let request = request.clone();
        async move { client.drain_node(request).await }
    };
    inspector.call(call).map(drop)
}

/// All shards, when all are served.
fn served(inspector: &Inspector) -> Outcome<Option<Vec<Shard>>> {
    let shards = inspector.shards()?;
    let all = shards.iter().all(|s| s.state() == ShardState::Served);
    Ok((all && !shards.is_empty()).then_some(shards))
}

fn refused<T: std::fmt::Debug>(answer: Result<T, Status>, code: Code, word: &str) -> Outcome {
    match answer {
        Err(status) if status.code() == code && status.message().contains(word) => Ok(()),
        Err(status) => Err(Fault::new(format!("wanted {code:?}: {}", told(&status)))),
        Ok(answer) => Err(Fault::new(format!("wanted {code:?}, got {answer:?}"))),
    }
}

struct World {
    etcd: Etcd,
    _postgres: Postgres,
    nodes: Nodes,
}

impl World {
    fn open(folder: &std::path::Path) -> Outcome<Self> {
        let (etcd, postgres) = (Etcd::start(1)?, Postgres::start()?);
        let mut options = vec!["--ledger".to_owned(), postgres.database("shop")?];
        for endpoint in etcd.endpoints() {
            options.extend(["--etcd".to_owned(), endpoint]);
        }
        let places = [const { Place::here() }; 3];
        let mut nodes = Nodes::new(folder, "kiosk", &places, &Place::here(), LIFE, &options)?;
        for node in 0..3 {
            nodes.start(node)?;
        }
        nodes.opened()?;
        Ok(Self {
            etcd,
            _postgres: postgres,
            nodes,
        })
    }

    fn inspector(&self, node: usize) -> Outcome<Inspector> {
        Inspector::connect(self.nodes.address(node))
    }
}

#[test]
fn three_nodes_are_seen_and_moved_from_any_of_them() -> Outcome {
    let folder = tempfile::tempdir()?;
    let mut world = World::open(folder.path())?;
    let people = world.nodes.simulate(&PEOPLE)?;
    let inspectors = [
        world.inspector(0)?,
        world.inspector(1)?,
        world.inspector(2)?,
    ];
    let [here, there, _] = &inspectors;
    let mut events = there.watch()?;

    // All are settled, and any node says the same of them.
    let shards = until("for shards that are served", SOON, || served(here))?;
    let mut views = Vec::new();
    for inspector in &inspectors {
        let listed = inspector.nodes()?;
        assert!(listed.unanswered.is_empty(), "{:?}", listed.unanswered);
        let nodes = listed.nodes.iter();
        assert!(nodes.clone().all(|node| node.report.is_some()));
        assert_eq!(nodes.clone().filter(|node| node.coordinator).count(), 1);
        views.push(nodes.map(|node| node.node_id.clone()).collect::<Vec<_>>());
    }
    assert_eq!(views[0].len(), 3);
    assert!(views.iter().all(|view| *view == views[0]), "{views:?}");

    finds_and_describes_actors(here, &shards)?;

    // A shard moves, and is served where it was wished.
    let zone = shards.iter().find(|s| s.kind() == ShardKind::Zone);
    let zone = zone.ok_or_else(|| Fault::new("there is no zone"))?;
    let elsewhere = views[0].iter().find(|node| **node != zone.node_id);
    let elsewhere = elsewhere.ok_or_else(|| Fault::new("there is one node"))?;
    let moved = wish(here, &zone.shard_key, elsewhere)?;
    assert!(moved.served && moved.epoch > zone.epoch, "{moved:?}");
    let said = there.describe(&zone.shard_key)?;
    assert_eq!(said.actor.unwrap_or_default().node_id, *elsewhere);
    let is_wish = |event: &Event| {
        event.reason() == PlacementReason::Operator && event.shard_key == zone.shard_key
    };
    let placed = there.next(&mut events, "the wish in the events", is_wish)?;
    assert_eq!(placed.before_node_id, zone.node_id);
    let history = here.history(&zone.shard_key)?;
    assert!(history.iter().any(is_wish), "{history:?}");
    let began = |event: &Event| event.kind() == EventKind::ShardBegan && event.epoch == moved.epoch;
    assert!(history.iter().any(began), "{history:?}");
    refused(wish(here, "zone/nowhere", ""), Code::NotFound, "shard")?;
    refused(
        wish(here, &zone.shard_key, "nobody"),
        Code::NotFound,
        "node",
    )?;

    // A node is drained by its name, and takes shards again.
    drain(there, "node-0", false)?;
    until("for a node without shards", SOON, || {
        let nodes = there.nodes()?.nodes;
        let drained = nodes.iter().find(|node| node.name == "node-0");
        Ok(drained.and_then(|node| {
            (node.state() == NodeState::Draining && node.shards == 0).then_some(())
        }))
    })?;
    refused(
        wish(there, &zone.shard_key, "node-0"),
        Code::FailedPrecondition,
        "takes no shards",
    )?;
    drain(there, "node-0", true)?;
    until("for a node that is open again", SOON, || {
        let nodes = there.nodes()?.nodes;
        Ok(nodes
            .iter()
            .all(|n| n.state() == NodeState::Live)
            .then_some(()))
    })?;

    goes_wrong(&mut world, there, &views[0])?;
    people.kill()
}

/// A node that does not answer is named, then it is out; without etcd nothing moves, and all is seen.
fn goes_wrong(world: &mut World, there: &Inspector, ids: &[String]) -> Outcome {
    let paused = ids.iter().find(|id| id.starts_with("node-2-"));
    let paused = paused.ok_or_else(|| Fault::new("there is no node-2"))?;
    let mut events = there.watch()?;
    world.nodes.pause(2)?;
    let listed = there.nodes()?;
    // Named either way; on a busy machine the others may have put it out before they were asked.
    let is_out = |n: &Node| n.node_id == *paused && n.state() == NodeState::PutOut;
    let named = listed.unanswered.contains(paused) || listed.nodes.iter().any(is_out);
    assert!(named, "{listed:?}");
    assert!(listed.nodes.iter().filter(|n| n.report.is_some()).count() >= 2);
    there.next(&mut events, "the silent node", |event| {
        event.kind() == EventKind::NodeSilent && event.node_id == *paused
    })?;
    until("for a node that is put out", SOON, || {
        let nodes = there.nodes()?.nodes;
        let out = nodes.iter().find(|node| node.node_id == *paused);
        Ok(out
            .filter(|node| node.state() == NodeState::PutOut)
            .map(drop))
    })?;
    world.nodes.resume(2)?;
    world.nodes.kill(2)?;
    until("for shards that others serve", SOON, || served(there))?;

    world.etcd.pause(0)?;
    until("for etcd to be missed", SOON, || {
        Ok(there.nodes()?.etcd_away.then_some(()))
    })?;
    refused(
        wish(there, "bookkeeper", "node-0"),
        Code::Unavailable,
        "etcd",
    )?;
    refused(drain(there, "node-0", false), Code::Unavailable, "etcd")?;
    assert!(served(there)?.is_some(), "all are seen without etcd");
    Ok(world.etcd.resume(0)?)
}

fn finds_and_describes_actors(here: &Inspector, shards: &[Shard]) -> Outcome {
    // Shelves are found page by page, each once, wherever they live.
    let all = here.actors(ActorKind::Shelf)?;
    let first = here.page(ActorKind::Shelf, 2, "")?;
    let second = here.page(ActorKind::Shelf, 2, &first.next_page_token)?;
    let paged = [first.actors, second.actors].concat();
    assert_eq!(paged, all[..4]);

    let mut counted = BTreeMap::<_, u32>::new();
    for kind in [
        ActorKind::Camera,
        ActorKind::Shelf,
        ActorKind::Gate,
        ActorKind::Zone,
    ] {
        for actor in here.actors(kind)? {
            *counted.entry(actor.shard_key).or_default() += 1;
        }
    }
    for shard in shards.iter().filter(|s| s.kind() == ShardKind::Zone) {
        assert_eq!(Some(&shard.actors), counted.get(&shard.shard_key));
    }

    let camera = first_key(&here.actors(ActorKind::Camera)?)?;
    until("for a camera whose frames are taken", SOON, || {
        let said = here.describe(&camera)?;
        let Some(State::Device(device)) = said.state else {
            return Err(Fault::new("a camera that is no device"));
        };
        let node = device.stream_node_id.starts_with("node-");
        Ok((device.connected && node && device.taken_sequence > 0).then_some(()))
    })?;
    let zone = here.describe(&first_key(&here.actors(ActorKind::Zone)?)?)?;
    assert!(zone.epoch > 0 && zone.hears.contains(&camera), "{zone:?}");
    let people = until("for a shopper with people", SOON, || {
        for shopper in here.actors(ActorKind::Shopper)? {
            // It may have gone between the two questions.
            let Ok(said) = here.describe(&shopper.actor_key) else {
                continue;
            };
            if let Some(State::Shopper(state)) = &said.state
                && !state.people.is_empty()
            {
                return Ok(Some((said.hears.clone(), state.clone())));
            }
        }
        Ok(None)
    })?;
    assert_ne!(people.1.visit_state(), VisitState::Unspecified);
    let subscribed = |zone: &Shard| people.0.contains(&zone.shard_key);
    assert!(shards.iter().any(subscribed), "{people:?}");
    let book = here.describe("bookkeeper")?;
    assert_eq!(book.next_round > 0, book.done_until.is_some());
    assert!(matches!(book.state, Some(State::Bookkeeper(_))));
    refused(
        here.describe("zone/nowhere/camera/x"),
        Code::NotFound,
        "actor",
    )?;
    refused(
        here.describe("bucket/0/shopper/0123456789abcdef"),
        Code::NotFound,
        "actor",
    )
}

#[test]
fn one_node_without_etcd_is_seen_as_well_and_moves_nothing() -> Outcome {
    let folder = tempfile::tempdir()?;
    let start = Start::new(folder.path(), "kiosk", &[])?;
    let shop = start.open(LIFE)?;
    let here = Inspector::connect(start.address())?;
    assert!(reflected(&here, start.address())?);

    let listed = here.nodes()?;
    let [node] = listed.nodes.as_slice() else {
        return Err(Fault::new(format!("{listed:?}")));
    };
    let memory = node.report.as_ref().map_or(0, |report| report.memory_bytes);
    assert!(memory > 1 << 20 && node.since.is_some(), "{node:?}");
    let shards = until("for shards that are served", SOON, || served(&here))?;
    assert_eq!(shards.len(), node.shards as usize);
    assert!(
        shards
            .iter()
            .all(|s| s.epoch == 1 && s.node_id == node.node_id)
    );
    let waits = here
        .describe(&first_key(&here.actors(ActorKind::Zone)?)?)?
        .waits;
    assert!(
        waits.iter().any(|w| w.what == "its devices' round"),
        "{waits:?}"
    );
    let began = here.history("bookkeeper")?;
    assert!(began.iter().any(|e| e.kind() == EventKind::ShardBegan));
    refused(
        wish(&here, "bookkeeper", ""),
        Code::FailedPrecondition,
        "one node",
    )?;
    refused(
        drain(&here, &node.node_id, false),
        Code::FailedPrecondition,
        "one node",
    )?;

    // The commands say the same.
    let url = format!("http://{}", start.address());
    let amble = |args: &[&str]| {
        let args = [args, &["--connect", &url]].concat();
        run(folder.path(), SOON, &args)?.well()
    };
    let json: serde_json::Value = serde_json::from_slice(&amble(&["nodes", "--json"])?.out)?;
    assert_eq!(json["nodes"][0]["state"], "NODE_STATE_LIVE");
    for (args, wanted) in [
        (&["nodes"][..], "alone"),
        (&["shards"], "bookkeeper"),
        (&["actors", "cam", "--kind", "camera"], "camera"),
        (&["actors", "describe", "bookkeep"], "open interactions"),
        (&["shards", "history"], "begins at alone in epoch 1"),
        (&["top", "--seconds", "1"], "shards served"),
    ] {
        let told = amble(args)?;
        let text = told.text()?;
        assert!(text.contains(wanted), "{args:?}: {text}");
        // Tables; a log may be as wide as what happened.
        if args.len() == 1 {
            let wide = text.lines().find(|line| line.chars().count() > 80);
            assert!(wide.is_none(), "{args:?}: {wide:?}");
        }
    }
    shop.close()?;
    Ok(())
}

/// Whether reflection names the service.
fn reflected(here: &Inspector, address: std::net::SocketAddr) -> Outcome<bool> {
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let answer = here.block_on(async {
        let url = format!("http://{address}");
        let channel = tonic::transport::Endpoint::from_shared(url)?
            .connect()
            .await?;
        let mut client = ServerReflectionClient::new(channel);
        let answers = client.server_reflection_info(tokio_stream::once(request));
        Ok::<_, Fault>(answers.await?.into_inner().message().await?)
    })?;
    let Some(MessageResponse::ListServicesResponse(list)) =
        answer.and_then(|answer| answer.message_response)
    else {
        return Ok(false);
    };
    let mut names = list.service.iter().map(|service| service.name.as_str());
    Ok(names.any(|name| name == "amble.v1.InspectService"))
}
