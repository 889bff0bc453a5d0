//! The shop's console: its API, and who may use it.

use std::{sync::Arc, time::Duration};

use amble_gateway::{Admission, Limits};
use amble_proto::v1::Floor;
use amble_trust::token::{Role, Verifier, issue};

use crate::{
    pages::{answer, ask, read_until},
    shop::{Open, open, open_guarded, open_to_the_world},
};

/// A key pair that nothing but this test knows.
const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIJ7Z57xrzVsHDevkF2ZwsE+jbDwrtxVheMDsanF0+lHO\n\
    -----END PRIVATE KEY-----\n";
const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\n\
    MCowBQYDK2VwAyEAYa3TgxchQWrU8VXU2RDfs6X7Rf9299Qur1BCLOKNxfU=\n\
    -----END PUBLIC KEY-----\n";

async fn guarded(limits: Limits) -> Open {
    let operators = Verifier::new("test-store", &[PUBLIC.to_owned()]).unwrap();
    let admission = Admission {
        operators: Some(operators),
        ..Admission::default()
    };
    open_guarded(limits, admission).await
}

fn token(role: Role, valid: Duration) -> String {
    issue(PRIVATE, "tests", "test-store", "anna", role, valid).unwrap()
}

#[tokio::test]
async fn a_console_asks_for_a_token_and_its_role_and_says_what_to_do() {
    let open = guarded(Limits::default()).await;
    let hour = Duration::from_secs(3_600);
    let [view, review, operate] =
        [Role::View, Role::Review, Role::Operate].map(|role| token(role, hour));
    let ended = token(Role::View, Duration::ZERO);
    // A token is good until the second is over in which it ends.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let said = r#"{"review":"r/review/1","lines":[]}"#;
    let price = r#"{"product":"1","price":{"minor":9,"currency":"EUR"}}"#;
    let long = format!(r#"{{"review":"{}","lines":[]}}"#, "x".repeat(9_000));
    for (method, path, token, body, status, word) in [
        ("GET", "plan", "", "", 401, "NO_TOKEN"),
        ("GET", "floor", "rubbish", "", 401, "TOKEN_FORGED"),
        ("GET", "floor", &ended, "", 401, "TOKEN_EXPIRED"),
        ("GET", "visits", "pass-v1", "", 403, "SHOPPERS_TOKEN"),
        ("GET", "visits/v9", &view, "", 404, "NOT_FOUND"),
        ("GET", "visits?size=x", &view, "", 400, "BAD_FIELD"),
        ("GET", "sales?from_us=-1", &view, "", 400, "BAD_FIELD"),
        ("GET", "sales", &view, "", 400, "BAD_FIELD"),
        ("GET", "prices?since_us=-1", &view, "", 400, "BAD_FIELD"),
        ("GET", "prices", "", "", 401, "NO_TOKEN"),
        ("GET", "mismatches?size=x", &view, "", 400, "BAD_FIELD"),
        ("GET", "review?id=r%2F1", &view, "", 404, "NOT_FOUND"),
        ("GET", "nothing", &view, "", 404, "NO_SUCH_PAGE"),
        ("DELETE", "visits", &view, "", 405, "METHOD"),
        ("POST", "review", &view, said, 403, "ROLE"),
        ("POST", "review", &review, "{}", 400, "BAD_FIELD"),
        ("POST", "review", &review, &long, 400, "BAD_FIELD"),
        ("POST", "price", &review, price, 403, "ROLE"),
    ] {
        let path = format!("/api/v1/console/{path}");
        let (code, head, text) = answer(&open, method, &path, token, body).await;
        let told = format!("{method} {path}: {head} {text}");
        assert_eq!(code, status, "{told}");
        assert!(text.contains(&format!(r#""reason":"{word}""#)), "{told}");
        assert!(text.contains(r#""detail":""#), "{told}");
    }
    for (method, path, token, body) in [
        ("GET", "plan", &view, ""),
        ("GET", "visits", &view, ""),
        ("GET", "visits/v1", &view, ""),
        ("GET", "receipts?size=3", &view, ""),
        ("GET", "sales?from_us=5", &view, ""),
        ("GET", "shelves", &view, ""),
        ("POST", "review", &review, said),
        ("POST", "price", &operate, price),
    ] {
        let path = format!("/api/v1/console/{path}");
        let (code, head, text) = answer(&open, method, &path, token, body).await;
        assert_eq!(code, 200, "{method} {path}: {head} {text}");
        assert!(head.contains("cache-control: no-store"), "{head}");
    }
}

#[tokio::test]
async fn more_calls_of_a_console_than_the_limit_are_refused() {
    let limits = Limits {
        operator_calls_per_second: 1,
        ..Limits::default()
    };
    let open = open(limits).await;
    let path = "/api/v1/console/sales?from_us=5";
    assert_eq!(answer(&open, "GET", path, "", "").await.0, 200);
    let (status, head, text) = answer(&open, "GET", path, "", "").await;
    assert_eq!(status, 429, "{text}");
    assert!(head.contains("retry-after: 1"), "{head}");
}

#[tokio::test]
async fn a_console_that_reads_slowly_gets_the_newest_floor_and_no_backlog() {
    let mut open = open(Limits::default()).await;
    let mut stream = ask(&open, "GET", "/api/v1/console/floor", "", "").await;
    let mut came = Vec::new();
    read_until(&mut stream, &mut came, "text/event-stream").await;
    for as_of_us in 1..=100_000 {
        let floor = Floor {
            as_of_us,
            ..Floor::default()
        };
        open.console.floor.send_replace(Some(Arc::new(floor)));
    }
    read_until(&mut stream, &mut came, r#""as_of_us":100000,"#).await;
    let text = String::from_utf8_lossy(&came).into_owned();
    assert!(text.matches("event: floor").count() < 1_000);
    assert!(text.contains("x-accel-buffering: no"), "{text}");
    open.stop();
    read_until(&mut stream, &mut came, "event: again").await;
    read_until(&mut stream, &mut came, r#""reason":"STOPPING""#).await;
}

#[tokio::test]
async fn where_nobody_is_asked_for_a_token_the_world_has_no_console() {
    let open = open_to_the_world().await;
    for (method, path) in [("GET", "plan"), ("POST", "price")] {
        let path = format!("/api/v1/console/{path}");
        let (status, _, text) = answer(&open, method, &path, "", "{}").await;
        assert_eq!(status, 403, "{text}");
        assert!(text.contains(r#""reason":"NO_OPERATORS""#), "{text}");
    }
    // The shopper's own API is there all the same.
    let (status, _, text) = answer(&open, "GET", "/api/v1/visit/cart", "", "").await;
    assert_eq!(status, 401, "{text}");
}
