//! Shoppers' pages and their API.

use amble_gateway::Limits;
use amble_proto::v1::{OpenVisitRequest, VisitState, shopper_service_client::ShopperServiceClient};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::shop::{Open, PATIENCE, open};

/// Asks, and leaves the connection open.
pub(crate) async fn ask(
    open: &Open,
    method: &str,
    path: &str,
    pass: &str,
    body: &str,
) -> TcpStream {
    let mut stream = TcpStream::connect(&open.pages).await.unwrap();
    let shown = if pass.is_empty() {
        String::new()
    } else {
        format!("authorization: Bearer {pass}\r\n")
    };
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n{shown}content-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body.as_bytes()).await.unwrap();
    stream
}

/// Asks, and reads the whole answer: status, head, body.
pub(crate) async fn answer(
    open: &Open,
    method: &str,
    path: &str,
    pass: &str,
    body: &str,
) -> (u16, String, String) {
    let mut stream = ask(open, method, path, pass, body).await;
    let mut text = String::new();
    let read = stream.read_to_string(&mut text);
    timeout(PATIENCE, read).await.unwrap().unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_ascii_lowercase(), body.to_owned())
}

/// Reads on until there is this text in all that came.
pub(crate) async fn read_until(stream: &mut TcpStream, came: &mut Vec<u8>, wanted: &str) {
    let read = async {
        while !String::from_utf8_lossy(came).contains(wanted) {
            assert_ne!(stream.read_buf(came).await.unwrap(), 0, "no {wanted}");
        }
    };
    timeout(PATIENCE, read).await.unwrap();
}

#[tokio::test]
async fn a_refusal_is_a_problem_that_says_what_to_do() {
    let open = open(Limits::default()).await;
    let long = "x".repeat(2_000);
    for (method, path, pass, body, status, word) in [
        ("GET", "visit/cart", "", "", 401, "NO_PASS"),
        ("GET", "visit/cart", "rubbish", "", 401, "PASS_FORGED"),
        ("GET", "visit/cart", "pass-v9", "", 404, "NOT_FOUND"),
        ("GET", "visit/receipt", "pass-v9", "", 404, "NOT_FOUND"),
        ("POST", "visit/open", "", r#"{"gate":"in"}"#, 401, "NO_PASS"),
        (
            "POST",
            "visit/open",
            "pass-expired",
            r#"{"gate":"in"}"#,
            401,
            "PASS_EXPIRED",
        ),
        (
            "POST",
            "visit/open",
            "pass-v1",
            r#"{"gate":"roof"}"#,
            404,
            "NOT_FOUND",
        ),
        ("POST", "visit/open", "pass-v1", "{}", 400, "BAD_FIELD"),
        ("POST", "visit/open", "pass-v1", &long, 400, "BAD_FIELD"),
        ("PUT", "visit/budget", "pass-v1", "{}", 400, "BAD_FIELD"),
        (
            "PUT",
            "visit/budget",
            "pass-v1",
            r#"{"budget":{"minor":-1,"currency":"EUR"}}"#,
            400,
            "BAD_FIELD",
        ),
        (
            "PUT",
            "visit/budget",
            "pass-v1",
            r#"{"budget":{"minor":1.5,"currency":"EUR"}}"#,
            400,
            "BAD_FIELD",
        ),
        ("POST", "qr", "rubbish", "", 401, "PASS_FORGED"),
        ("DELETE", "visit/cart", "pass-v1", "", 405, "METHOD"),
        ("GET", "visits", "pass-v1", "", 404, "NO_SUCH_PAGE"),
    ] {
        let path = format!("/api/v1/{path}");
        let (code, head, text) = answer(&open, method, &path, pass, body).await;
        let said = format!("{method} {path} {pass}: {head} {text}");
        assert_eq!(code, status, "{said}");
        assert!(text.contains(&format!(r#""reason":"{word}""#)), "{said}");
        assert!(text.contains(r#""detail":""#), "{said}");
        assert!(
            head.contains("content-type: application/problem+json"),
            "{said}"
        );
        assert!(head.contains("cache-control: no-store"), "{said}");
    }
}

#[tokio::test]
async fn what_comes_in_from_a_page_goes_through_the_same_door() {
    let limits = Limits {
        shopper_calls_per_second: 4,
        ..Limits::default()
    };
    let open = open(limits).await;
    let opened = answer(
        &open,
        "POST",
        "/api/v1/visit/open",
        "pass-v1",
        r#"{"gate":"in"}"#,
    )
    .await;
    assert_eq!((opened.0, opened.2.as_str()), (200, r#"{"visit":"v1"}"#));
    let euros = r#"{"budget":{"minor":500,"currency":"EUR"}}"#;
    let set = answer(&open, "PUT", "/api/v1/visit/budget", "pass-v1", euros).await;
    assert_eq!(set.0, 204);
    let budget = open.shop.budget.lock().unwrap().clone();
    assert_eq!(budget.map(|money| money.minor), Some(500));
    let clear = r#"{"budget":null}"#;
    let cleared = answer(&open, "PUT", "/api/v1/visit/budget", "pass-v1", clear).await;
    assert_eq!(cleared.0, 204);
    assert_eq!(*open.shop.budget.lock().unwrap(), None);

    // The rate is that of all phones together, whichever way they come.
    let mut client = ShopperServiceClient::new(open.channel().await);
    let request = OpenVisitRequest {
        pass_token: "pass-v2".to_owned(),
        gate_id: "in".to_owned(),
    };
    client.open_visit(request).await.unwrap();
    let refused = answer(&open, "GET", "/api/v1/visit/receipt", "pass-v1", "").await;
    assert_eq!(refused.0, 429, "{}", refused.2);
    assert!(refused.1.contains("retry-after: 1"), "{}", refused.1);
}

#[tokio::test]
async fn a_cart_comes_as_events_until_the_page_is_told_to_come_again() {
    let mut open = open(Limits::default()).await;
    open.shop.set_cart("v1", 1, VisitState::Open);
    let mut events = ask(&open, "GET", "/api/v1/visit/cart", "pass-v1", "").await;
    let mut came = Vec::new();
    for wanted in ["text/event-stream", "event: cart", r#""version":1"#] {
        read_until(&mut events, &mut came, wanted).await;
    }
    open.shop.set_cart("v1", 2, VisitState::Shopping);
    for wanted in [r#""version":2"#, r#""state":"shopping""#] {
        read_until(&mut events, &mut came, wanted).await;
    }
    open.stop();
    // The end of a chunked answer.
    for wanted in ["event: again", "STOPPING", "0\r\n\r\n"] {
        read_until(&mut events, &mut came, wanted).await;
    }
}

#[tokio::test]
async fn a_page_runs_nothing_but_its_own_files_and_asks_whether_they_still_hold() {
    let open = open(Limits::default()).await;
    for (path, kind) in [
        ("/", "text/html"),
        ("/pass", "text/html"),
        ("/static/cart.js", "text/javascript"),
        ("/static/style.css", "text/css"),
    ] {
        let (status, head, text) = answer(&open, "GET", path, "", "").await;
        assert_eq!(status, 200, "{path}");
        assert!(head.contains(&format!("content-type: {kind}")), "{head}");
        for wanted in [
            "content-security-policy: default-src 'none'; script-src 'self'",
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
            "cache-control: no-cache",
        ] {
            assert!(head.contains(wanted), "{path} lacks {wanted}: {head}");
        }
        assert!(!text.contains("://") || path.ends_with(".js"), "{path}");
        let tag = head.lines().find_map(|line| line.strip_prefix("etag: "));
        let again = format!("{path} HTTP/1.1\r\nif-none-match: {}\r\nx:", tag.unwrap());
        let (status, _, text) = answer(&open, "GET", &again, "", "").await;
        assert_eq!((status, text.as_str()), (304, ""), "{path}");
    }
    assert_eq!(
        answer(&open, "GET", "/static/nothing.js", "", "").await.0,
        404
    );
}

#[tokio::test]
async fn a_ticket_is_bound_to_the_key_that_comes_with_it() {
    let open = open(Limits::default()).await;
    let bind = async |shown: &str, body: &str| {
        let (status, _, text) = answer(&open, "POST", "/api/v1/pass/bind", shown, body).await;
        (status, text)
    };
    let key = r#"{"key": {"x": "one", "y": "two"}}"#;
    let bound = bind("ticket-v1", key).await;
    assert_eq!(bound, (200, r#"{"pass":"pass-v1-one-two"}"#.to_owned()));
    for (shown, body, status) in [
        ("pass-v1", key, 401),
        ("", key, 401),
        ("ticket-v1", r#"{"key": {"x": "one"}}"#, 400),
        ("ticket-v1", r#"{"key": {"x": "", "y": "two"}}"#, 400),
    ] {
        let (said, text) = bind(shown, body).await;
        assert_eq!(said, status, "{shown} {body}: {text}");
    }
}

#[tokio::test]
async fn a_code_has_the_gate_s_proof_in_the_place_of_the_call_s() {
    let open = open(Limits::default()).await;
    let draw = async |shown: &str, body: &str| {
        let (status, _, image) = answer(&open, "POST", "/api/v1/qr", shown, body).await;
        assert_eq!(status, 200, "{image}");
        image
    };
    let fresh = draw("pass-v1~call", r#"{"proof": "gate"}"#).await;
    assert_eq!(fresh, draw("pass-v1~gate", "").await);
    assert_ne!(fresh, draw("pass-v1~call", "").await);
}

#[tokio::test]
async fn a_pass_becomes_a_code() {
    let open = open(Limits::default()).await;
    let (status, head, image) = answer(&open, "POST", "/api/v1/qr", "pass-v1", "").await;
    assert_eq!(status, 200, "{image}");
    assert!(head.contains("content-type: image/svg+xml"), "{head}");
    assert!(
        image.contains("<svg") && image.ends_with("</svg>"),
        "{image}"
    );
}

#[tokio::test]
async fn what_a_payment_service_tells_comes_in_as_it_was_signed_and_within_limits() {
    let open = open(Limits::default()).await;
    let tell = async |signature: &str, body: &str| {
        let mut stream = TcpStream::connect(&open.pages).await.unwrap();
        let length = body.len();
        let head = format!(
            "POST /webhooks/stripe HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n{signature}content-length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        // Who is refused half-way need not hear all of it.
        let _ = stream.write_all(body.as_bytes()).await;
        let mut text = String::new();
        let _ = timeout(PATIENCE, stream.read_to_string(&mut text))
            .await
            .unwrap();
        text
    };
    let event = " {\"id\": \"evt_1\"}\r\n";
    let taken = tell("stripe-signature: good\r\n", event).await;
    assert!(taken.starts_with("HTTP/1.1 204"), "{taken}");
    assert_eq!(*open.shop.told.lock().unwrap(), [event.as_bytes()]);
    for signature in ["", "stripe-signature: bad\r\n"] {
        let refused = tell(signature, event).await;
        assert!(refused.starts_with("HTTP/1.1 400"), "{refused}");
        assert!(refused.contains("NOT_SIGNED"), "{refused}");
    }
    let long = "x".repeat((256 << 10) + 1);
    let refused = tell("stripe-signature: good\r\n", &long).await;
    assert!(refused.starts_with("HTTP/1.1 400"), "{refused}");
    let (status, _, body) = answer(&open, "GET", "/webhooks/stripe", "", "").await;
    assert_eq!(status, 405, "{body}");
    assert_eq!(open.shop.told.lock().unwrap().len(), 1);
}
