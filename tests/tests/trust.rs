//! Rule S1: who is not whom they say they are is refused, and that is logged and counted. Real clients, over real
//! sockets.

use std::{fs, path::Path, time::Duration};

use amble_proto::v1::{
    AttachRequest, ChangePriceRequest, DeviceErrorCode, DeviceKind, DeviceRef, DrainNodeRequest,
    EdgeHello, GetStatusRequest, ListNodesRequest, Money, OpenVisitRequest, WatchCartRequest,
    attach_request, attach_response::Message, device_service_client::DeviceServiceClient,
    inspect_service_client::InspectServiceClient, operator_service_client::OperatorServiceClient,
    shopper_service_client::ShopperServiceClient,
};
use amble_tests::{Fault, Outcome, Shop, Start, run, until};
use tempfile::TempDir;
use tonic::{
    Code, Request, Status,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity},
};

const WITHIN: Duration = Duration::from_secs(120);
const SOON: Duration = Duration::from_secs(20);

/// A shop that asks who comes.
struct House {
    folder: TempDir,
    start: Start,
    shop: Shop,
}

impl House {
    fn open(options: &[&str]) -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let amble = |args: &[&str]| run(folder.path(), WITHIN, args)?.well();
        amble(&[
            "certs",
            "dev",
            "certs",
            "--store",
            "kiosk",
            "--device",
            "gate/entry",
        ])?;
        amble(&["certs", "dev", "other", "--store", "kiosk"])?;
        // Of the same authority as the good ones.
        let authority = folder.path().join("late/ca");
        fs::create_dir_all(&authority)?;
        for file in ["ca.crt", "ca.key"] {
            fs::copy(
                folder.path().join("certs/ca").join(file),
                authority.join(file),
            )?;
        }
        amble(&["certs", "dev", "late", "--store", "kiosk", "--days", "0"])?;
        amble(&["pass", "keygen", "operators.pem"])?;
        amble(&["pass", "keygen", "forger.pem"])?;
        std::os::unix::fs::symlink("certs/node", folder.path().join("node"))?;
        let start = Start::new(folder.path(), "kiosk", options)?;
        let start = start.protected(&["--tls", "node", "--operator-key", "operators.pub"]);
        let shop = start.open(WITHIN)?;
        Ok(Self {
            folder,
            start,
            shop,
        })
    }

    fn path(&self, of: &str) -> std::path::PathBuf {
        self.folder.path().join(of)
    }

    /// A way to the shop, which is known by the authority, with somebody's certificate.
    fn way(&self, authority: &str, who: Option<&str>) -> Outcome<Endpoint> {
        let authority = fs::read(self.path(authority).join("ca.crt"))?;
        let mut tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(authority));
        if let Some(who) = who {
            let file = |name: &str| fs::read(self.path(who).join(name));
            tls = tls.identity(Identity::from_pem(file("tls.crt")?, file("tls.key")?));
        }
        let url = format!("https://{}", self.start.address());
        Ok(Endpoint::from_shared(url)?.tls_config(tls)?)
    }

    async fn channel(&self, who: Option<&str>) -> Outcome<Channel> {
        Ok(self.way("certs/ca", who)?.connect().await?)
    }

    /// What `amble` prints, without the line's end.
    fn amble(&self, args: &[&str]) -> Outcome<String> {
        let said = run(self.folder.path(), WITHIN, args)?.well()?;
        Ok(said.text()?.trim_end().to_owned())
    }

    fn token(&self, key: &str, role: &str, valid: &str) -> Outcome<String> {
        let who = ["token", "issue", "--store", "kiosk", "--name", "anna"];
        let what = ["--key", key, "--role", role, "--valid", valid];
        self.amble(&[&who[..], &what].concat())
    }

    fn pass(&self, key: &str, store: &str, valid: &str) -> Outcome<String> {
        let what = ["--store", store, "--visit", "anna-1", "--valid", valid];
        self.amble(&[&["pass", "issue", "--key", key][..], &what].concat())
    }

    /// It was counted, and is in the log.
    fn noted(&self, door: &str, reason: &str) -> Outcome {
        let labels = [format!("door=\"{door}\""), format!("reason=\"{reason}\"")];
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        until(&format!("for {door}, {reason} to be noted"), SOON, || {
            let counted = self.shop.metric("amble_refused_total", &labels)? >= 1.0;
            let log = self.shop.log()?;
            let logged = log
                .lines()
                .any(|line| labels.iter().all(|l| line.contains(l)));
            Ok((counted && logged).then_some(()))
        })
    }
}

/// Attaches a gate and a camera: which of them are refused, and with which code.
async fn attach(channel: Channel) -> Result<Vec<(u32, DeviceErrorCode)>, Status> {
    let device = |kind: DeviceKind, id: &str| DeviceRef {
        kind: kind.into(),
        device_id: id.to_owned(),
    };
    let hello = EdgeHello {
        edge_id: "edge".to_owned(),
        devices: vec![
            device(DeviceKind::Gate, "entry"),
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

fn with<T>(request: T, token: &str) -> Outcome<Request<T>> {
    let mut request = Request::new(request);
    let shown = format!("Bearer {token}").parse();
    let shown = shown.map_err(|_| Fault::new("no token"))?;
    request.metadata_mut().insert("authorization", shown);
    Ok(request)
}

fn refused_as<T: std::fmt::Debug>(answer: Result<T, Status>, code: Code) -> Outcome {
    match answer {
        Err(status) if status.code() == code => Ok(()),
        other => Err(Fault::new(format!("not {code:?}: {other:?}"))),
    }
}

#[tokio::test]
async fn devices_need_a_good_certificate() -> Outcome {
    let house = House::open(&[])?;
    assert_eq!(
        attach(house.channel(Some("certs/devices")).await?).await?,
        []
    );

    let nobody = attach(house.channel(None).await?).await;
    refused_as(nobody, Code::Unauthenticated)?;
    house.noted("devices", "no_certificate")?;

    assert!(kept_out(house.way("certs/ca", Some("late/devices"))?).await);
    house.noted("grpc", "certificate_expired")?;

    assert!(kept_out(house.way("certs/ca", Some("other/devices"))?).await);
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
    let house = House::open(&[])?;
    let refused = attach(house.channel(Some("certs/gate-entry")).await?).await?;
    assert_eq!(refused, [(1, DeviceErrorCode::NotYours)]);
    house.noted("devices", "other_device")?;
    // A node is no device either.
    let refused = attach(house.channel(Some("certs/node")).await?).await;
    refused_as(refused, Code::FailedPrecondition)
}

#[tokio::test]
async fn operators_need_a_token_with_their_role() -> Outcome {
    let house = House::open(&[])?;
    let channel = house.channel(None).await?;
    let inspect = InspectServiceClient::new(channel.clone());
    let nodes = async |token: &str| {
        let request = with(ListNodesRequest {}, token)?;
        Ok::<_, Fault>(inspect.clone().list_nodes(request).await)
    };
    let answer = inspect.clone().list_nodes(ListNodesRequest {}).await;
    refused_as(answer, Code::Unauthenticated)?;
    house.noted("inspect", "no_token")?;

    let pass = house.pass("issuer.pem", "kiosk", "10m")?;
    refused_as(nodes(&pass).await?, Code::PermissionDenied)?;
    house.noted("inspect", "shoppers_token")?;

    let forged = house.token("forger.pem", "operate", "1h")?;
    refused_as(nodes(&forged).await?, Code::Unauthenticated)?;
    house.noted("inspect", "token_forged")?;
    // Who may let people in may not operate, whatever the token says.
    let by_issuer = house.token("issuer.pem", "operate", "1h")?;
    refused_as(nodes(&by_issuer).await?, Code::Unauthenticated)?;

    let short = house.token("operators.pem", "view", "1s")?;
    tokio::time::timeout(SOON, async {
        while nodes(&short).await?.is_ok() {}
        Ok::<_, Fault>(())
    })
    .await??;
    house.noted("inspect", "token_expired")?;

    let view = house.token("operators.pem", "view", "1h")?;
    let listed = nodes(&view).await??.into_inner();
    let drain = DrainNodeRequest {
        node: listed.nodes[0].node_id.clone(),
        undo: false,
    };
    let answer = inspect.clone().drain_node(with(drain, &view)?).await;
    refused_as(answer, Code::PermissionDenied)?;
    house.noted("inspect", "role")?;

    let mut operators = OperatorServiceClient::new(channel);
    refused_as(
        operators.get_status(GetStatusRequest {}).await,
        Code::Unauthenticated,
    )?;
    house.noted("operators", "no_token")?;
    let price = ChangePriceRequest {
        product: "nothing".to_owned(),
        price: Some(Money {
            currency: "EUR".to_owned(),
            minor: 1,
        }),
        valid_from_us: 0,
    };
    let answer = operators.change_price(with(price.clone(), &pass)?).await;
    refused_as(answer, Code::PermissionDenied)?;
    house.noted("operators", "shoppers_token")?;
    // It is asked, and there is no such product.
    let operate = house.token("operators.pem", "operate", "1h")?;
    let answer = operators.change_price(with(price, &operate)?).await;
    refused_as(answer, Code::NotFound)
}

#[tokio::test]
async fn the_commands_show_a_token_or_a_nodes_certificate() -> Outcome {
    let house = House::open(&[])?;
    fs::write(
        house.path("anna.token"),
        house.token("operators.pem", "view", "1h")?,
    )?;
    let url = format!("https://{}", house.start.address());
    let nodes = ["nodes", "--connect", &url, "--tls"];
    let with_token = [&nodes[..], &["certs/ca", "--token-file", "anna.token"]].concat();
    assert!(house.amble(&with_token)?.contains("alone"));
    assert!(
        house
            .amble(&[&nodes[..], &["certs/node"]].concat())?
            .contains("alone")
    );
    let devices = run(
        house.folder.path(),
        WITHIN,
        &[&nodes[..], &["certs/devices"]].concat(),
    )?;
    assert_eq!(devices.code, Some(1));
    assert!(
        devices.err.contains("authorization: Bearer"),
        "{}",
        devices.err
    );
    Ok(())
}

#[tokio::test]
async fn passes_that_are_forged_or_over_open_and_show_nothing() -> Outcome {
    let house = House::open(&[])?;
    let mut shoppers = ShopperServiceClient::new(house.channel(None).await?);
    let forged = house.pass("forger.pem", "kiosk", "10m")?;
    let elsewhere = house.pass("issuer.pem", "bakery", "10m")?;
    let short = house.pass("issuer.pem", "kiosk", "1s")?;
    for (pass, code, reason) in [
        (forged, Code::Unauthenticated, "pass_forged"),
        (elsewhere, Code::PermissionDenied, "pass_other_store"),
    ] {
        let request = OpenVisitRequest {
            pass_token: pass.clone(),
            gate_id: "entry".to_owned(),
        };
        refused_as(shoppers.open_visit(request).await, code)?;
        let request = WatchCartRequest {
            visit_id: "anna-1".to_owned(),
        };
        refused_as(shoppers.watch_cart(with(request, &pass)?).await, code)?;
        house.noted("shoppers", reason)?;
    }
    let over = tokio::time::timeout(SOON, async {
        loop {
            let request = OpenVisitRequest {
                pass_token: short.clone(),
                gate_id: "entry".to_owned(),
            };
            if let Err(status) = shoppers.open_visit(request).await {
                return status;
            }
        }
    });
    refused_as(Err::<(), _>(over.await?), Code::Unauthenticated)?;
    house.noted("shoppers", "pass_expired")
}

#[tokio::test]
async fn a_certificate_that_changes_on_disk_is_used_for_new_connections() -> Outcome {
    let house = House::open(&[])?;
    let turn = |to: &str| {
        std::os::unix::fs::symlink(to, house.path("node.new"))?;
        fs::rename(house.path("node.new"), house.path("node"))
    };
    let before = house.channel(Some("certs/devices")).await?;
    turn("other/node")?;
    let begun = std::time::Instant::now();
    while house.way("other/ca", None)?.connect().await.is_err() {
        assert!(begun.elapsed() < SOON, "{}", house.shop.errors());
    }
    assert!(house.way("certs/ca", None)?.connect().await.is_err());
    // Devices of the other authority come in, and those that are in stay.
    let way = house.way("other/ca", Some("other/devices"))?;
    assert_eq!(attach(way.connect().await?).await?, []);
    assert_eq!(attach(before).await?, []);

    turn("nowhere")?;
    until("for the bad reload to be counted", SOON, || {
        let failing = house.shop.metric("amble_tls_reload_failing", &[])?;
        Ok((failing > 0.0).then_some(()))
    })?;
    house.way("other/ca", None)?.connect().await?;
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
    let port = amble_servers::Port::free()?;
    let address = port.address().to_string();
    let house = House::open(&["--listen-devices", &address])?;
    let url = format!("https://{address}");
    let way = |who| -> Outcome<Endpoint> {
        let tls = house.way("certs/ca", who)?;
        let _ = tls;
        let authority = fs::read(house.path("certs/ca/ca.crt"))?;
        let mut tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(authority));
        if let Some(who) = who {
            let file = |name: &str| fs::read(house.path(who).join(name));
            tls = tls.identity(Identity::from_pem(file("tls.crt")?, file("tls.key")?));
        }
        Ok(Endpoint::from_shared(url.clone())?.tls_config(tls)?)
    };
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

#[tokio::test]
async fn who_calls_too_often_on_one_connection_is_refused_and_others_are_not() -> Outcome {
    let folder_limits = "[limits]\ncalls_per_connection = 5\n";
    let house = House::open(&[])?;
    fs::write(house.path("amble.toml"), folder_limits)?;
    let House {
        folder,
        start,
        shop,
    } = house;
    shop.close()?;
    let shop = start.open(WITHIN)?;
    let house = House {
        folder,
        start,
        shop,
    };
    let token = house.token("operators.pem", "view", "1h")?;
    let ask = async |channel: Channel| {
        let request = with(ListNodesRequest {}, &token)?;
        Ok::<_, Fault>(InspectServiceClient::new(channel).list_nodes(request).await)
    };
    let greedy = house.channel(None).await?;
    let mut refused = 0;
    for _ in 0..20 {
        if let Err(status) = ask(greedy.clone()).await? {
            assert_eq!(status.code(), Code::ResourceExhausted);
            refused += 1;
        }
    }
    assert!(refused > 0);
    house.noted("inspect", "too_many_calls")?;
    assert!(ask(house.channel(None).await?).await?.is_ok());
    Ok(())
}

/// Whatever was shown, good or bad, and whatever lies on disk.
#[tokio::test]
async fn no_secret_is_logged() -> Outcome {
    let house = House::open(&["--log", "trace"])?;
    let channel = house.channel(Some("certs/devices")).await?;
    let mut secrets = Vec::new();
    for key in ["operators.pem", "forger.pem"] {
        let token = house.token(key, "operate", "1h")?;
        let mut client = InspectServiceClient::new(channel.clone());
        let _ = client.list_nodes(with(ListNodesRequest {}, &token)?).await;
        secrets.push(token);
    }
    for key in ["issuer.pem", "forger.pem"] {
        let pass_token = house.pass(key, "kiosk", "10m")?;
        secrets.push(pass_token.clone());
        let mut client = ShopperServiceClient::new(channel.clone());
        let gate_id = "entry".to_owned();
        let request = OpenVisitRequest {
            pass_token,
            gate_id,
        };
        let _ = client.open_visit(request).await;
    }
    house.noted("inspect", "token_forged")?;
    house.noted("shoppers", "pass_forged")?;
    for key in [
        "issuer.pem",
        "operators.pem",
        "certs/node/tls.key",
        "certs/devices/tls.key",
    ] {
        secrets.push(secret_line(&house.path(key))?);
    }
    let log = house.shop.log()?;
    assert!(
        log.contains("TRACE") || log.contains("DEBUG"),
        "the log says little"
    );
    // Tokens have a head and a body that are no secret in themselves; the signature is.
    for secret in &secrets {
        let tail = secret.rsplit('.').next().unwrap_or(secret);
        assert!(!log.contains(tail), "a secret is in the log: {tail}");
    }
    house.shop.close()?;

    for (option, url) in [
        ("--ledger", "postgres://amble:sesame@127.0.0.1:1/shop"),
        (
            "--ledger",
            "postgres://amble@127.0.0.1:1/shop?password=sesame",
        ),
        ("--etcd", "http://amble:sesame@127.0.0.1:1"),
    ] {
        let serve = ["serve", "--log", "trace", "--store", "kiosk", "--insecure"];
        let doors = [
            "--listen",
            "127.0.0.1:0",
            "--web",
            "127.0.0.1:0",
            "--peer",
            "127.0.0.1:0",
        ];
        let args = [&serve[..], &doors, &[option, url]].concat();
        let ended = run(house.folder.path(), WITHIN, &args)?;
        assert_ne!(ended.code, Some(0));
        assert!(!ended.err.contains("sesame"), "{}", ended.err);
    }
    Ok(())
}

/// The body of a key.
fn secret_line(key: &Path) -> Outcome<String> {
    let text = fs::read_to_string(key)?;
    let line = text.lines().find(|line| !line.starts_with("-----"));
    line.map(str::to_owned).ok_or_else(|| Fault::new("no key"))
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
