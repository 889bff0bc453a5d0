//! What the payment service tells by itself: localstripe signs and sends its events to a server here.

use std::sync::Arc;

use amble_checkout::{ReceiptFolder, SecretFile, StripeWebhook, WebhookError};
use amble_ledger::{Ledger, SqliteLedger};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use tempfile::NamedTempFile;
use tokio::net::TcpListener;

use crate::{
    payments::GOOD,
    provider::{Provider, Trouble},
    shop::{Shop, document},
};

const SECRET: &str = "whsec_of_nobody";

/// Where events come in, with this shop's ledger.
async fn door(ledger: Arc<dyn Ledger>) -> (String, NamedTempFile) {
    let file = NamedTempFile::new().unwrap();
    std::fs::write(file.path(), SECRET).unwrap();
    let webhook = Arc::new(StripeWebhook::new(ledger, SecretFile::new(file.path())).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/webhooks/stripe", listener.local_addr().unwrap());
    let app = Router::new()
        .route("/webhooks/stripe", post(take))
        .with_state(webhook);
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, file)
}

async fn take(
    State(webhook): State<Arc<StripeWebhook>>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let signature = headers["stripe-signature"].to_str().unwrap();
    match webhook.take(signature, &body).await {
        Ok(()) => StatusCode::OK,
        Err(WebhookError::Signature(_) | WebhookError::Form(_)) => StatusCode::BAD_REQUEST,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_answer_ever_said_an_event_does() {
    let never = |_: &str, _| Some(Trouble::NeverAnswers);
    let provider = Provider::start(never).await;
    let card = provider.card(GOOD).await;
    let shop = Shop::open(Arc::new(SqliteLedger::in_memory().await.unwrap())).await;
    let (url, _secret) = door(shop.ledger.clone()).await;
    provider.tell(&url, SECRET).await;
    let receipts = tempfile::tempdir().unwrap();
    let mail = Arc::new(ReceiptFolder::new(receipts.path()));
    let worker = shop.worker(Arc::new(provider.way()), mail);
    let receipt = document(1, "EUR");
    shop.settle(&receipt, &card, "").await;
    shop.all_done().await;
    worker.stop().await;
    let (end, note) = &shop.ends(&receipt.id).await[0];
    assert_eq!(end, "delivered");
    assert_eq!(
        Some(note.as_str()),
        provider.intents().await[0]["id"].as_str()
    );
    assert_eq!(provider.charges().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_says_another_amount_or_is_not_signed_ends_nothing() {
    let shop = Shop::open(Arc::new(SqliteLedger::in_memory().await.unwrap())).await;
    let receipt = document(1, "EUR");
    shop.settle(&receipt, "pm_1", "").await;
    let file = NamedTempFile::new().unwrap();
    std::fs::write(file.path(), SECRET).unwrap();
    let webhook = StripeWebhook::new(shop.ledger.clone(), SecretFile::new(file.path())).unwrap();
    let event = |id: &str, minor: i64| {
        serde_json::json!({"id": id, "type": "payment_intent.succeeded", "data": {"object": {
            "id": "pi_1", "amount": minor, "amount_received": minor, "currency": "eur",
            "metadata": {"receipt": receipt.id}}}})
        .to_string()
    };
    let waiting = async || {
        shop.ledger.outbox_of(&receipt.id).await.unwrap()[0]
            .outcome
            .clone()
    };
    let less = event("evt_1", receipt.total_minor - 1);
    webhook.take(&signed(&less), less.as_bytes()).await.unwrap();
    let right = event("evt_2", receipt.total_minor);
    let forged = webhook.take(&signed(&less), right.as_bytes()).await;
    assert!(matches!(forged, Err(WebhookError::Signature(_))));
    // An id that was seen counts no more, whatever comes with it.
    let again = event("evt_1", receipt.total_minor);
    webhook
        .take(&signed(&again), again.as_bytes())
        .await
        .unwrap();
    assert_eq!(waiting().await, None);
    for _ in 0..2 {
        webhook
            .take(&signed(&right), right.as_bytes())
            .await
            .unwrap();
        assert_eq!(waiting().await.as_deref(), Some("delivered"));
    }
}

fn signed(body: &str) -> String {
    let now = std::time::SystemTime::UNIX_EPOCH
        .elapsed()
        .unwrap()
        .as_secs();
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
    let tag = ring::hmac::sign(&key, format!("{now}.{body}").as_bytes());
    format!("t={now},v1={}", hex::encode(tag))
}
