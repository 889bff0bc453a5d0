//! Rule S1: passes and operators' tokens. What is not good is refused, logged and counted, and none is shown to
//! anybody. Real clients, over real sockets.

use std::{fs, path::Path, time::Duration};

use amble_proto::v1::{
    ChangePriceRequest, DrainNodeRequest, GetStatusRequest, ListNodesRequest, Money,
    OpenVisitRequest, WatchCartRequest, inspect_service_client::InspectServiceClient,
    operator_service_client::OperatorServiceClient, shopper_service_client::ShopperServiceClient,
};
use amble_tests::{Fault, Guarded, Outcome, run};
use tonic::{Code, Request, Status, transport::Channel};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest,
};

const WITHIN: Duration = Duration::from_secs(120);
const SOON: Duration = Duration::from_secs(20);

fn with<T>(request: T, token: &str) -> Outcome<Request<T>> {
    let mut request = Request::new(request);
    let shown = format!("Bearer {token}").parse();
    let shown = shown.map_err(|_| Fault::new("no token"))?;
    request.metadata_mut().insert("authorization", shown);
    Ok(request)
}

/// Calls, less often than is allowed, until it is refused so.
async fn until_refused<T, F>(code: Code, call: impl Fn() -> F) -> Outcome
where
    F: Future<Output = Result<T, Status>>,
{
    let over = tokio::time::timeout(SOON, async {
        while !call().await.is_err_and(|status| status.code() == code) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    Ok(over.await?)
}

fn refused_as<T: std::fmt::Debug>(answer: Result<T, Status>, code: Code) -> Outcome {
    match answer {
        Err(status) if status.code() == code => Ok(()),
        other => Err(Fault::new(format!("not {code:?}: {other:?}"))),
    }
}

#[tokio::test]
async fn operators_need_a_token_with_their_role() -> Outcome {
    let house = Guarded::open(&[])?;
    let channel = house.channel(None).await?;
    let inspect = InspectServiceClient::new(channel.clone());
    let nodes = async |token: &str| {
        let request = with(ListNodesRequest {}, token)?;
        Ok::<_, Fault>(inspect.clone().list_nodes(request).await)
    };
    let answer = inspect.clone().list_nodes(ListNodesRequest {}).await;
    refused_as(answer, Code::Unauthenticated)?;
    house.noted("inspect", "no_token")?;

    // What there is to be asked, everybody may know: that is how grpcurl finds it.
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut reflection = ServerReflectionClient::new(channel.clone());
    let answers = reflection.server_reflection_info(tokio_stream::once(request));
    assert!(answers.await?.into_inner().message().await?.is_some());

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
    let over = until_refused(Code::Unauthenticated, || {
        let mut inspect = inspect.clone();
        let request = with(ListNodesRequest {}, &short);
        async move {
            inspect
                .list_nodes(request.map_err(|_| Status::internal("no token"))?)
                .await
        }
    });
    over.await?;
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
    let house = Guarded::open(&[])?;
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
        &house.path("."),
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
    let house = Guarded::open(&[])?;
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
            gate_id: "entry-1".to_owned(),
        };
        refused_as(shoppers.open_visit(request).await, code)?;
        let request = WatchCartRequest {
            visit_id: "anna-1".to_owned(),
        };
        refused_as(shoppers.watch_cart(with(request, &pass)?).await, code)?;
        house.noted("shoppers", reason)?;
    }
    let over = until_refused(Code::Unauthenticated, || {
        let mut shoppers = shoppers.clone();
        let request = OpenVisitRequest {
            pass_token: short.clone(),
            gate_id: "entry-1".to_owned(),
        };
        async move { shoppers.open_visit(request).await }
    });
    over.await?;
    house.noted("shoppers", "pass_expired")
}

#[tokio::test]
async fn who_calls_too_often_on_one_connection_is_refused_and_others_are_not() -> Outcome {
    let house = Guarded::open(&[])?;
    fs::write(
        house.path("amble.toml"),
        "[limits]\ncalls_per_connection = 5\n",
    )?;
    let house = house.again()?;
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
    let house = Guarded::open(&["--log", "trace"])?;
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
        let gate_id = "entry-1".to_owned();
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
    let folder = house.path(".");
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
        let serve = [&serve[..], &["--wait", "0s"]].concat();
        let doors = [
            "--listen",
            "127.0.0.1:0",
            "--web",
            "127.0.0.1:0",
            "--peer",
            "127.0.0.1:0",
        ];
        let args = [&serve[..], &doors, &[option, url]].concat();
        let ended = run(&folder, WITHIN, &args)?;
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
