//! What every service of the house needs: reflection, health, metrics, pages.

use std::{collections::BTreeMap, sync::OnceLock};

use amble_gateway::{
    Limits,
    metrics::{PrometheusHandle, install},
};
use amble_proto::v1::{GetStatusRequest, Pace, operator_service_client::OperatorServiceClient};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tonic_reflection::pb::{v1, v1alpha};

use crate::{
    edge::{Edge, SHELF, good_weights, shelf, weights},
    shop::{open, open_with},
};

const SERVICES: [&str; 6] = [
    "amble.v1.ConsoleService",
    "amble.v1.DeviceService",
    "amble.v1.InspectService",
    "amble.v1.OperatorService",
    "amble.v1.ShopperService",
    "grpc.health.v1.Health",
];

#[tokio::test]
async fn reflection_v1_lists_every_service() {
    use v1::{
        ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
        server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
    };
    let open = open(Limits::default()).await;
    let mut client = ServerReflectionClient::new(open.channel().await);
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let answers = client.server_reflection_info(tokio_stream::once(request));
    let answer = answers.await.unwrap().into_inner().message().await.unwrap();
    let Some(MessageResponse::ListServicesResponse(list)) = answer.unwrap().message_response else {
        panic!("no list");
    };
    let names: Vec<String> = list.service.into_iter().map(|s| s.name).collect();
    assert!(
        SERVICES.iter().all(|s| names.iter().any(|n| n == s)),
        "{names:?}"
    );
}

#[tokio::test]
async fn reflection_v1alpha_lists_every_service() {
    use v1alpha::{
        ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
        server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
    };
    let open = open(Limits::default()).await;
    let mut client = ServerReflectionClient::new(open.channel().await);
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let answers = client.server_reflection_info(tokio_stream::once(request));
    let answer = answers.await.unwrap().into_inner().message().await.unwrap();
    let Some(MessageResponse::ListServicesResponse(list)) = answer.unwrap().message_response else {
        panic!("no list");
    };
    let names: Vec<String> = list.service.into_iter().map(|s| s.name).collect();
    assert!(
        SERVICES.iter().all(|s| names.iter().any(|n| n == s)),
        "{names:?}"
    );
}

#[tokio::test]
async fn health_says_of_each_service_whether_it_serves() {
    let mut open = open(Limits::default()).await;
    let mut client = HealthClient::new(open.channel().await);
    // The empty name is the whole process.
    for service in SERVICES.iter().take(4).chain(&[""]) {
        let request = HealthCheckRequest {
            service: (*service).to_owned(),
        };
        let answer = client.check(request).await.unwrap().into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving, "{service}");
    }
    let request = HealthCheckRequest {
        service: "amble.v1.DeviceService".to_owned(),
    };
    let mut watched = client.watch(request).await.unwrap().into_inner();
    watched.message().await.unwrap();
    open.stop();
    let last = watched.message().await.unwrap().unwrap();
    assert_eq!(last.status(), ServingStatus::NotServing);
}

/// The process's recorder; there can be only one.
fn recorder() -> PrometheusHandle {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    RECORDER.get_or_init(|| install().unwrap()).clone()
}

/// Status line and body of a page.
async fn get(address: &str, path: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.lines().next().unwrap().to_owned();
    (status, body.to_owned())
}

#[tokio::test]
async fn the_pages_tell_alive_from_ready() {
    let mut open = open(Limits::default()).await;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(get(&open.web, path).await.0, "HTTP/1.1 200 OK");
    }
    assert_eq!(get(&open.web, "/metrics").await.0, "HTTP/1.1 404 Not Found");
    let _watch_that_keeps_it_open = Edge::attach(open.channel().await, Pace::RealTime).await;
    open.stop();
    crate::shop::eventually(|| async { get(&open.web, "/readyz").await.0.contains("503") }).await;
    assert_eq!(get(&open.web, "/healthz").await.0, "HTTP/1.1 200 OK");
}

#[tokio::test]
async fn the_pages_are_there_until_they_are_closed() {
    let mut open = open(Limits::default()).await;
    let web = open.web.clone();
    open.stop();
    let pages = open.doors_closed().await.unwrap();
    assert_eq!(get(&web, "/healthz").await.0, "HTTP/1.1 200 OK");
    pages.close().await.unwrap();
    assert!(TcpStream::connect(&web).await.is_err());
}

#[tokio::test]
async fn every_metric_has_help_and_type_and_a_name_by_the_rules() {
    let open = open_with(Limits::default(), Some(recorder())).await;
    let mut edge = Edge::attach(open.channel().await, Pace::EventTime).await;
    edge.send(vec![shelf(vec![
        good_weights(1),
        weights(2, &[f32::NAN; 3]),
    ])])
    .await;
    edge.error().await;
    edge.acked(SHELF, 2).await;
    let mut operator = OperatorServiceClient::new(open.channel().await);
    operator.get_status(GetStatusRequest {}).await.unwrap();

    let page = get(&open.web, "/metrics").await.1;
    let (mut help, mut types) = (BTreeMap::new(), BTreeMap::new());
    let mut families = BTreeMap::new();
    for line in page.lines().filter(|l| !l.is_empty()) {
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        match words[..] {
            ["#", "HELP", name, text] => drop(help.insert(name, text)),
            ["#", "TYPE", name, kind] => drop(types.insert(name, kind)),
            [sample, value, ..] => {
                let name = sample.split('{').next().unwrap();
                assert!(value.parse::<f64>().is_ok(), "{line}");
                let family = ["_bucket", "_sum", "_count"]
                    .iter()
                    .find_map(|end| name.strip_suffix(end))
                    .unwrap_or(name);
                families.insert(family.to_owned(), ());
            }
            _ => panic!("no line of a metrics page: {line}"),
        }
    }
    assert!(families.len() >= 12, "{families:?}");
    for family in families.keys() {
        let kind = types[family.as_str()];
        assert!(help[family.as_str()].ends_with('.'), "{family}");
        assert!(family.starts_with("amble_"), "{family}");
        assert_eq!(kind == "counter", family.ends_with("_total"), "{family}");
        assert_eq!(
            kind == "histogram",
            family.ends_with("_seconds"),
            "{family}"
        );
    }
    assert!(page.contains("amble_device_refused_total{code=\"BAD_VALUE\"}"));
}
