//! Rule S1: who has not the certificate of whom they say they are is refused, and that is logged and counted. Real
//! clients, over real sockets.

use std::{fs, time::Duration};

use amble_proto::{
    cluster::v1::{ConnectRequest, peer_service_client::PeerServiceClient},
    v1::{
        AttachRequest, DeviceErrorCode, DeviceKind, DeviceRef, EdgeHello, GetStatusRequest,
        attach_request, attach_response::Message, device_service_client::DeviceServiceClient,
        operator_service_client::OperatorServiceClient,
    },
};
use amble_servers::{Etcd, Port};
use amble_tests::{Fault, Guarded, Outcome, Start, run, until};
use tonic::{
    Code, Status,
    transport::{Channel, Endpoint},
};

const WITHIN: Duration = Duration::from_secs(120);
const SOON: Duration = Duration::from_secs(20);

/// Attaches a gate and a camera: which of them are refused, and with which code.
async fn attach(channel: Channel) -> Result<Vec<(u32, DeviceErrorCode)>, Status> {
    let device = |kind: DeviceKind, id: &str| DeviceRef {
        kind: kind.into(),
        device_id: id.to_owned(),
    };
    let hello = EdgeHello {
        edge_id: "edge".to_owned(),
        devices: vec![
            device(DeviceKind::Gate, "entry-1"),
            device(DeviceKind::Camera, "cam-1"),
        ],
        ..EdgeHello::default()
    };
    let message = Some(attach_request::Message::Hello(hello));
    // Stays open: the answer is waited for.
    let (to, requests) = tokio::sync::mpsc::channel(1);
    to.send(AttachRequest { message }).await.ok();
    let requests = tokio_stream::wrappers::ReceiverStream::new(requests);
    let answers = DeviceServiceClient::new(channel).attach(requests).await?;
    let mut answers = answers.into_inner();
    let mut refused = Vec::new();
    while let Some(answer) = answers.message().await? {
        match answer.message {
            Some(Message::Error(error)) => refused.push((error.device.unwrap_or(9), error.code())),
            // Errors of the hello come before the first heartbeat.
            Some(Message::Progress(_)) => break,
            _ => {}
        }
    }
    Ok(refused)
}

/// Whether somebody is not let in, at the handshake or as the first call is made.
async fn kept_out(way: Endpoint) -> bool {
    match way.connect().await {
        Err(_) => true,
        Ok(channel) => attach(channel).await.is_err(),
    }
}

fn refused_as<T: std::fmt::Debug>(answer: Result<T, Status>, code: Code) -> Outcome {
    match answer {
        Err(status) if status.code() == code => Ok(()),
        other => Err(Fault::new(format!("not {code:?}: {other:?}"))),
    }
}

#[tokio::test]
async fn devices_need_a_good_certificate() -> Outcome {
    let house = Guarded::open(&[])?;
    assert_eq!(
        attach(house.channel(Some("certs/devices")).await?).await?,
        []
    );

    let nobody = attach(house.channel(None).await?).await;
    refused_as(nobody, Code::Unauthenticated)?;
    house.noted("devices", "no_certificate")?;

    assert!(kept_out(house.way(house.start.address(), "certs/ca", Some("late/devices"))?).await);
    house.noted("grpc", "certificate_expired")?;

    assert!(kept_out(house.way(house.start.address(), "certs/ca", Some("other/devices"))?).await);
    house.noted("grpc", "other_authority")?;

    let url = format!("http://{}", house.start.address());
    assert!(kept_out(Endpoint::from_shared(url)?).await);
    house.noted("grpc", "no_tls")?;
    // And who is refused hurts nobody.
    assert_eq!(
        attach(house.channel(Some("certs/devices")).await?).await?,
        []
    );
    Ok(())
}

#[tokio::test]
async fn a_device_that_says_to_be_another_is_refused_alone() -> Outcome {
    let house = Guarded::open(&[])?;
    let refused = attach(house.channel(Some("certs/gate-entry-1")).await?).await?;
    assert_eq!(refused, [(1, DeviceErrorCode::NotYours)]);
    house.noted("devices", "other_device")?;
    // A node is no device either.
    let refused = attach(house.channel(Some("certs/node")).await?).await;
    refused_as(refused, Code::FailedPrecondition)
}

#[tokio::test]
async fn a_certificate_that_changes_on_disk_is_used_for_new_connections() -> Outcome {
    let house = Guarded::open(&[])?;
    let turn = |to: &str| {
        std::os::unix::fs::symlink(to, house.path("node.new"))?;
        fs::rename(house.path("node.new"), house.path("node"))
    };
    let before = house.channel(Some("certs/devices")).await?;
    turn("other/node")?;
    let begun = std::time::Instant::now();
    while house
        .way(house.start.address(), "other/ca", None)?
        .connect()
        .await
        .is_err()
    {
        assert!(begun.elapsed() < SOON, "{}", house.shop.errors());
    }
    assert!(
        house
            .way(house.start.address(), "certs/ca", None)?
            .connect()
            .await
            .is_err()
    );
    // Devices of the other authority come in, and those that are in stay.
    let way = house.way(house.start.address(), "other/ca", Some("other/devices"))?;
    assert_eq!(attach(way.connect().await?).await?, []);
    assert_eq!(attach(before).await?, []);

    turn("nowhere")?;
    until("for the bad reload to be counted", SOON, || {
        let failing = house.shop.metric("amble_tls_reload_failing", &[])?;
        Ok((failing > 0.0).then_some(()))
    })?;
    house
        .way(house.start.address(), "other/ca", None)?
        .connect()
        .await?;
    turn("certs/node")?;
    until("for a good reload", SOON, || {
        let failing = house.shop.metric("amble_tls_reload_failing", &[])?;
        Ok((failing == 0.0).then_some(()))
    })?;
    house.channel(None).await?;
    Ok(())
}

#[tokio::test]
async fn devices_may_have_a_port_of_their_own() -> Outcome {
    let port = Port::free()?;
    let address = port.address().to_string();
    let house = Guarded::open(&["--listen-devices", &address])?;
    let way = |who| house.way(port.address(), "certs/ca", who);
    let devices = way(Some("certs/devices"))?.connect().await?;
    assert_eq!(attach(devices.clone()).await?, []);
    let status = OperatorServiceClient::new(devices)
        .get_status(GetStatusRequest {})
        .await;
    refused_as(status, Code::Unimplemented)?;
    assert!(kept_out(way(None)?).await);
    house.noted("devices", "no_certificate")?;
    let elsewhere = attach(house.channel(Some("certs/devices")).await?).await;
    refused_as(elsewhere, Code::Unimplemented)
}

#[test]
fn without_a_certificate_nothing_is_served_unless_that_is_said() -> Outcome {
    let folder = tempfile::tempdir()?;
    let serve = ["serve", "--store", "kiosk", "--ledger", ":memory:"];
    let ended = run(folder.path(), WITHIN, &serve)?;
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.contains("amble certs dev") && ended.err.contains("--insecure"));

    let start = Start::new(folder.path(), "kiosk", &[])?;
    let shop = start.open(WITHIN)?;
    for what in ["tls", "operators"] {
        let label = format!("what=\"{what}\"");
        assert!(shop.metric("amble_unprotected", &[&label])? > 0.0);
        let said = format!("protection=\"{what}\"");
        assert!(shop.log()?.contains(&said), "{}", shop.errors());
    }
    shop.close()?;
    Ok(())
}

/// Whether somebody with this certificate gets an answer from a node's port for peers.
async fn is_a_peer(way: Endpoint) -> bool {
    let Ok(channel) = way.connect().await else {
        return false;
    };
    let requests = tokio_stream::iter([ConnectRequest::default()]);
    let answer = PeerServiceClient::new(channel).connect(requests).await;
    // Without a hello it is sent away; but it was heard.
    answer.is_err_and(|status| status.code() == Code::InvalidArgument)
}

#[tokio::test]
async fn nodes_need_a_good_certificate_of_a_node() -> Outcome {
    let (etcd, port) = (Etcd::start(1)?, Port::free()?);
    let (url, peer) = (etcd.endpoints().remove(0), port.address().to_string());
    let house = Guarded::open(&["--etcd", &url, "--peer", &peer, "--node", "one"])?;
    let way = |who| house.way(port.address(), "certs/ca", who);
    assert!(is_a_peer(way(Some("certs/node"))?).await);
    for (who, reason) in [
        (None, "no_certificate"),
        (Some("late/node"), "certificate_expired"),
        (Some("other/node"), "other_authority"),
        (Some("certs/devices"), "other_name"),
    ] {
        assert!(!is_a_peer(way(who)?).await, "{who:?} was let in");
        house.noted("peers", reason)?;
    }
    Ok(())
}
