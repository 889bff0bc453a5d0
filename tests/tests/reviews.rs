//! A disputed line, from the shopper's word to the money given back: real processes, the real ledger, and a
//! shop that dies on the way. The rules are those of `docs/REVIEWS.md`.

use std::{path::Path, time::Duration};

use amble_proto::v1::{
    Dispute, DisputeLineRequest, DisputeState, GetReceiptRequest, Receipt,
    shopper_service_client::ShopperServiceClient,
};
use amble_tests::{Fault, Finished, Outcome, Process, Start, run, until};
use serde_json::Value;
use tokio::runtime::Runtime;
use tonic::{Code, Request, Status, transport::Channel};

/// How long a shop lives in these tests at most.
const LIFE: Duration = Duration::from_secs(180);
/// How long anything may take to be seen.
const SOON: Duration = Duration::from_secs(30);

/// What a shopper does with the pass of a visit.
struct Shopper {
    runtime: Runtime,
    client: ShopperServiceClient<Channel>,
    visit: String,
    pass: String,
}

impl Shopper {
    fn of(start: &Start, folder: &Path, visit: &str) -> Outcome<Self> {
        let issue = ["pass", "issue", "--key", "issuer.pem", "--store", "kiosk"];
        let issue = [&issue[..], &["--visit", visit]].concat();
        let pass = run(folder, SOON, &issue)?.well()?.text()?.trim().to_owned();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let url = format!("http://{}", start.address());
        let client = runtime.block_on(ShopperServiceClient::connect(url))?;
        Ok(Self {
            runtime,
            client,
            visit: visit.to_owned(),
            pass,
        })
    }

    fn shows<T>(&self, message: T) -> Outcome<Request<T>> {
        let mut request = Request::new(message);
        let bearer = format!("Bearer {}", self.pass).parse();
        let bearer = bearer.map_err(|_| Fault::new("no pass"))?;
        request.metadata_mut().insert("authorization", bearer);
        Ok(request)
    }

    /// "That's not mine."
    fn disputes(&self, product: &str) -> Outcome<Result<Dispute, Status>> {
        let request = self.shows(DisputeLineRequest {
            visit_id: self.visit.clone(),
            product: product.to_owned(),
        })?;
        let answer = self
            .runtime
            .block_on(self.client.clone().dispute_line(request));
        Ok(answer.map(|said| said.into_inner().dispute.unwrap_or_default()))
    }

    fn receipt(&self) -> Outcome<Receipt> {
        let request = self.shows(GetReceiptRequest {
            visit_id: self.visit.clone(),
        })?;
        let answer = self
            .runtime
            .block_on(self.client.clone().get_receipt(request))?;
        Ok(answer.into_inner().receipt.unwrap_or_default())
    }
}

/// The arguments of `amble reviews`.
fn reviews(start: &Start, words: &[&str]) -> Vec<String> {
    let shop = format!("http://{}", start.address());
    let all = ["reviews", "--json", "--connect", &shop];
    all.iter()
        .chain(words)
        .map(|&word| word.to_owned())
        .collect()
}

fn ask(folder: &Path, start: &Start, words: &[&str]) -> Outcome<Finished> {
    let args = reviews(start, words);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    run(folder, SOON, &args)
}

fn json(finished: Finished) -> Outcome<Value> {
    Ok(serde_json::from_slice(&finished.well()?.out)?)
}

/// The ids of a list.
fn ids(listed: &Value) -> Vec<&str> {
    let reviews = listed["reviews"].as_array().into_iter().flatten();
    reviews
        .filter_map(|review| review["reviewId"].as_str())
        .collect()
}

/// Some visit that bought something, and one of its products with how many.
fn bought(start: &Start) -> Outcome<(String, String, u64)> {
    let receipts = until("for a receipt with a line", SOON, || {
        let receipts = start.receipts(3, SOON)?.0;
        let full = receipts.into_iter().find(|(_, r)| !r.lines.is_empty());
        Ok(full)
    });
    let (visit, receipt) = receipts?;
    let (product, &quantity) = receipt
        .lines
        .first_key_value()
        .ok_or_else(|| Fault::new("no line"))?;
    Ok((visit, product.clone(), quantity))
}

#[test]
fn a_disputed_line_is_answered_once_and_its_money_given_back_once() -> Outcome {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let start = Start::new(folder, "kiosk", &["--event-time"])?;
    let mut shop = start.open(LIFE)?;
    let day = [
        "--speed",
        "max",
        "--seconds",
        "240",
        "--seed",
        "5",
        "--json",
    ];
    start.simulate(LIFE, &day)?.finish()?.well()?;
    let (visit, product, quantity) = bought(&start)?;

    // The shopper says so, twice; whoever has no such line may not.
    let shopper = Shopper::of(&start, folder, &visit)?;
    let before = shopper.receipt()?;
    for _ in 0..2 {
        let dispute = shopper.disputes(&product)??;
        assert_eq!(dispute.state(), DisputeState::Open);
        assert_eq!(
            (u64::from(dispute.charged), dispute.right),
            (quantity, None)
        );
    }
    let none = shopper.disputes("no-such-product")?.map_err(|s| s.code());
    assert_eq!(none, Err(Code::NotFound));

    // A shop that dies now has it still.
    shop.kill()?;
    shop = start.open(LIFE)?;
    let id = format!("receipt-{visit}/dispute/{product}");
    let listed = json(ask(folder, &start, &["list"])?)?;
    assert!(ids(&listed).contains(&id.as_str()), "{listed}");
    let shown = json(ask(folder, &start, &["show", &id])?)?;
    assert_eq!(shown["reason"], "REVIEW_REASON_DISPUTE");
    let evidence = shown["evidence"].as_array().map_or(0, Vec::len);
    assert!(evidence > 0, "no evidence: {shown}");
    let plates = &shown["evidence"][0]["plates"];
    assert!(plates.as_array().is_some_and(|p| !p.is_empty()), "{shown}");

    // It dies as it is answered: whatever came of that, the same answer again is that answer.
    let right = format!("{product}=0");
    let answer = ["answer", &id, &right, "--by", "anna", "--note", "put back"];
    let args = reviews(&start, &answer);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let answering = Process::start(folder, "answering", SOON, &args)?;
    shop.kill()?;
    // It may have been told, or not.
    let _ = answering.finish()?;
    shop = start.open(LIFE)?;
    let first = json(ask(folder, &start, &answer)?)?;
    let again = json(ask(folder, &start, &answer)?)?;
    assert_eq!(first, again);
    let other = ["answer", &id, &right, "--by", "bert"];
    let refused = ask(folder, &start, &other)?;
    assert!(refused.well().is_err(), "a second answer was taken");

    // The shopper sees the answer where the question was, and what is given back.
    let shopper = Shopper::of(&start, folder, &visit)?;
    let receipt = shopper.receipt()?;
    let line = before.lines.iter().filter(|line| line.product == product);
    let cost: i64 = line.filter_map(|l| Some(l.amount.as_ref()?.minor)).sum();
    assert_eq!(
        (&receipt.lines, &receipt.total),
        (&before.lines, &before.total)
    );
    let [dispute] = receipt.disputes.as_slice() else {
        return Err(Fault::new(format!("{:?}", receipt.disputes)));
    };
    assert_eq!(
        (dispute.state(), dispute.right),
        (DisputeState::Upheld, Some(0))
    );
    let [correction] = receipt.corrections.as_slice() else {
        return Err(Fault::new(format!("{:?}", receipt.corrections)));
    };
    let back = correction.total.as_ref().map(|total| total.minor);
    assert_eq!(back, Some(-cost));
    assert!(!ids(&json(ask(folder, &start, &["list"])?)?).contains(&id.as_str()));
    let answered = json(ask(folder, &start, &["list", "--answered"])?)?;
    assert!(ids(&answered).contains(&id.as_str()), "{answered}");

    // The money goes back once, and the ledger says so.
    let refunded = |outbox: &[(String, String, Option<String>)]| -> Vec<Option<String>> {
        let refunds = outbox.iter().filter(|entry| entry.1 == "refund");
        refunds.map(|entry| entry.2.clone()).collect()
    };
    let delivered = vec![Some("delivered".to_owned())];
    until("for the refund", SOON, || {
        let outbox = outbox(&folder.join("ledger.sqlite"), &before.receipt_id)?;
        Ok((refunded(&outbox) == delivered).then_some(()))
    })?;
    shop.close()?;
    Ok(())
}

/// The outbox entries of a receipt and its corrections: id, kind, how it ended.
fn outbox(ledger: &Path, receipt: &str) -> Outcome<Vec<(String, String, Option<String>)>> {
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(ledger)
        .read_only(true);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let entries = runtime.block_on(async {
        use sqlx::{Connection as _, sqlite::SqliteConnection};
        let mut ledger = SqliteConnection::connect_with(&options).await?;
        let entries = sqlx::query_as("SELECT id, kind, outcome FROM outbox WHERE receipt = $1");
        entries.bind(receipt).fetch_all(&mut ledger).await
    });
    entries.map_err(|error: sqlx::Error| Fault::new(error.to_string()))
}
