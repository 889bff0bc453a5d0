//! Rule S1: a node takes nobody for a peer who has no node's certificate, and calls nobody who has none.

use std::{path::Path, time::Duration};

use amble_cluster::{Key, TellError};
use amble_proto::cluster::v1::{
    ConnectRequest, Hello, connect_request, peer_service_client::PeerServiceClient,
};
use amble_servers::{Authority, Good};
use amble_trust::{Keeper, call::Mutual, client};
use tempfile::TempDir;
use tokio::time::timeout;
use tonic::{Status, transport::Endpoint};

use crate::nodes::{LONG, Message, Node, introduce, next};

const NODE: &str = "amble://shop/node";

struct Room {
    folder: TempDir,
    authority: Authority,
}

impl Room {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            authority: Authority::new().unwrap(),
        }
    }

    /// The certificate of somebody, by this authority or another.
    async fn mutual(&self, who: &str, by: &Authority, name: &str, good: Good) -> Mutual {
        let folder = self.folder.path().join(who);
        by.put(&folder, &[name], good).unwrap();
        Mutual {
            keeper: Keeper::open(&folder).await.unwrap(),
            name: NODE.into(),
        }
    }

    async fn node(&self, name: &str) -> Node {
        let trust = self.mutual(name, &self.authority, NODE, Good::Now).await;
        Node::trusting(name, Some(trust)).await
    }
}

/// Says hello to a node, with the certificate in a folder.
async fn hello(node: &Node, certificate: &Path, authority: &Path) -> Result<(), Status> {
    let mut tls = client::tls(certificate).unwrap();
    if certificate != authority {
        tls = tls.ca_certificate(tonic::transport::Certificate::from_pem(
            std::fs::read(authority.join("ca.crt")).unwrap(),
        ));
    }
    let url = format!("https://localhost:{}", node.address.port());
    let endpoint = Endpoint::from_shared(url).unwrap().tls_config(tls).unwrap();
    let refused = |error: tonic::transport::Error| Status::from_error(error.into());
    let channel = endpoint.connect().await.map_err(refused)?;
    let hello = Hello {
        node: "stranger-1".to_owned(),
        peer: node.id.to_string(),
        session: 1,
        ..Hello::default()
    };
    let message = Some(connect_request::Message::Hello(hello));
    let requests = tokio_stream::iter([ConnectRequest { message }]);
    let mut client = PeerServiceClient::new(channel);
    let answers = client.connect(requests).await?;
    answers.into_inner().message().await.map(|_| ())
}

#[tokio::test]
async fn nodes_that_trust_each_other_talk() {
    let room = Room::new();
    let (a, b) = (room.node("a").await, room.node("b").await);
    let key = Key::shard_named("shop/zone/1");
    let mut taken = b.owns(&key);
    introduce(&[&a, &b]);
    a.believes(&key, &b, 1);
    a.router.tell(&key, Message::Count(1)).unwrap();
    assert!(matches!(next(&mut taken).await, Message::Count(1)));
}

#[tokio::test]
async fn who_has_no_good_certificate_of_a_node_is_not_let_in() {
    let room = Room::new();
    let node = room.node("a").await;
    let at = |name: &str| room.folder.path().join(name);
    let own = at("a");
    room.mutual("late", &room.authority, NODE, Good::Before)
        .await;
    let other = Authority::new().unwrap();
    room.mutual("stranger", &other, NODE, Good::Now).await;
    room.mutual(
        "device",
        &room.authority,
        "amble://shop/camera/*",
        Good::Now,
    )
    .await;
    room.mutual(
        "neighbour",
        &room.authority,
        "amble://market/node",
        Good::Now,
    )
    .await;
    std::fs::create_dir(at("nobody")).unwrap();
    std::fs::copy(own.join("ca.crt"), at("nobody/ca.crt")).unwrap();

    // It is the certificate, not the way there.
    assert!(
        timeout(LONG, hello(&node, &own, &own))
            .await
            .unwrap()
            .is_ok()
    );
    for who in ["nobody", "late", "stranger", "device", "neighbour"] {
        let answer = timeout(LONG, hello(&node, &at(who), &own)).await.unwrap();
        assert!(answer.is_err(), "{who} came in");
    }
}

#[tokio::test]
async fn nobody_is_told_anything_who_stands_at_a_peers_address_without_its_certificate() {
    let room = Room::new();
    let good = room.node("good").await;
    let other = Authority::new().unwrap();
    for (name, by, own, when) in [
        ("late", &room.authority, NODE, Good::Before),
        ("stranger", &other, NODE, Good::Now),
        (
            "device",
            &room.authority,
            "amble://shop/camera/*",
            Good::Now,
        ),
    ] {
        let trust = room.mutual(name, by, own, when).await;
        let bad = Node::trusting(name, Some(trust)).await;
        let key = Key::shard_named(&format!("shop/zone/{name}"));
        let mut taken = bad.owns(&key);
        introduce(&[&good, &bad]);
        good.believes(&key, &bad, 1);
        // Nobody who sends waits; what is meant for a peer that never answers is given up in the end.
        let told: Result<(), TellError> = good.router.tell(&key, Message::Count(1));
        assert!(told.is_ok());
        let came = timeout(Duration::from_millis(700), taken.recv()).await;
        assert!(came.is_err(), "{name} was told something");
    }
}
