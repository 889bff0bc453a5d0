//! The doors of shoppers and operators.

use amble_gateway::Limits;
use amble_proto::v1::{
    AnswerReviewRequest, ChangePriceRequest, DisputeLineRequest, DisputeState, GetReceiptRequest,
    GetReviewRequest, GetStorePlanRequest, ListMismatchesRequest, ListPlacesRequest,
    ListReviewsRequest, ListVisitsRequest, Money, OpenVisitRequest, ProductUnits, SetBudgetRequest,
    VisitState, WatchCartRequest, WatchStoreRequest,
    operator_service_client::OperatorServiceClient, shopper_service_client::ShopperServiceClient,
    watch_store_response::Event,
};
use tonic::{Code, Request, Status, transport::Channel};
use tonic_types::StatusExt as _;

use crate::shop::open;

/// A request that shows a pass.
fn showing<T>(pass: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    let bearer = format!("Bearer {pass}").parse().unwrap();
    request.metadata_mut().insert("authorization", bearer);
    request
}

fn watch(visit_id: &str) -> WatchCartRequest {
    WatchCartRequest {
        visit_id: visit_id.to_owned(),
    }
}

async fn enter(client: &mut ShopperServiceClient<Channel>, pass: &str) -> Result<String, Status> {
    let request = OpenVisitRequest {
        pass_token: pass.to_owned(),
        gate_id: "in".to_owned(),
    };
    let answer = client.open_visit(request).await?;
    Ok(answer.into_inner().visit_id)
}

fn reason(status: &Status) -> (Code, String) {
    let details = status.get_error_details();
    (status.code(), details.error_info().unwrap().reason.clone())
}

#[tokio::test]
async fn a_pass_opens_one_visit_once() {
    let open = open(Limits::default()).await;
    let mut client = ShopperServiceClient::new(open.channel().await);
    assert_eq!(enter(&mut client, "pass-v1").await.unwrap(), "v1");
    for (pass, code, word) in [
        ("pass-v1", Code::AlreadyExists, "PASS_USED"),
        ("pass-expired", Code::Unauthenticated, "PASS_EXPIRED"),
        ("rubbish", Code::Unauthenticated, "PASS_FORGED"),
        ("pass-\n", Code::Unauthenticated, "PASS_FORGED"),
        ("", Code::InvalidArgument, "BAD_FIELD"),
    ] {
        let status = enter(&mut client, pass).await.unwrap_err();
        assert_eq!(reason(&status), (code, word.to_owned()), "{status}");
    }
    let status = enter(&mut client, &"x".repeat(4_097)).await.unwrap_err();
    assert!(status.message().contains("4097 bytes"), "{status}");
    let elsewhere = OpenVisitRequest {
        pass_token: "pass-v2".to_owned(),
        gate_id: "roof".to_owned(),
    };
    let status = client.open_visit(elsewhere).await.unwrap_err();
    assert_eq!(status.message(), "there is no gate `roof`");
}

#[tokio::test]
async fn a_shopper_sees_one_visit_only() {
    let open = open(Limits::default()).await;
    let mut client = ShopperServiceClient::new(open.channel().await);
    enter(&mut client, "pass-v1").await.unwrap();
    enter(&mut client, "pass-v2").await.unwrap();
    let status = client.watch_cart(watch("v1")).await.unwrap_err();
    assert_eq!(
        reason(&status),
        (Code::Unauthenticated, "NO_PASS".to_owned())
    );
    let status = client.watch_cart(showing("pass-v2", watch("v1"))).await;
    let status = status.unwrap_err();
    assert_eq!(
        reason(&status),
        (Code::PermissionDenied, "NOT_YOURS".to_owned())
    );
    let receipt = GetReceiptRequest {
        visit_id: "v1".to_owned(),
    };
    let status = client
        .get_receipt(showing("pass-v1", receipt))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
}

#[tokio::test]
async fn a_watched_cart_is_the_latest_and_ends_with_the_settled_one() {
    let open = open(Limits::default()).await;
    let mut client = ShopperServiceClient::new(open.channel().await);
    enter(&mut client, "pass-v1").await.unwrap();
    let carts = client.watch_cart(showing("pass-v1", watch("v1"))).await;
    let mut carts = carts.unwrap().into_inner();
    for version in 2..1_000 {
        open.shop.set_cart("v1", version, VisitState::Shopping);
    }
    open.shop.set_cart("v1", 1_000, VisitState::Settled);
    let mut versions = Vec::new();
    while let Some(answer) = carts.message().await.unwrap() {
        versions.push(answer.cart.unwrap().version);
    }
    assert!(versions.is_sorted() && versions.len() < 1_000);
    assert_eq!(versions.last(), Some(&1_000));
}

#[tokio::test]
async fn a_cart_that_is_lost_before_it_is_settled_says_so() {
    let open = open(Limits::default()).await;
    let mut client = ShopperServiceClient::new(open.channel().await);
    enter(&mut client, "pass-v1").await.unwrap();
    let carts = client.watch_cart(showing("pass-v1", watch("v1"))).await;
    let mut carts = carts.unwrap().into_inner();
    carts.message().await.unwrap().unwrap();
    open.shop.lose_cart("v1");
    let status = carts.message().await.unwrap_err();
    assert_eq!(
        reason(&status),
        (Code::Unavailable, "INTERRUPTED".to_owned())
    );
}

#[tokio::test]
async fn a_budget_is_an_amount_of_money() {
    let open = open(Limits::default()).await;
    let mut client = ShopperServiceClient::new(open.channel().await);
    let budget = |currency: &str, minor| SetBudgetRequest {
        visit_id: "v1".to_owned(),
        budget: Some(Money {
            currency: currency.to_owned(),
            minor,
        }),
    };
    for bad in [budget("EUR", -1), budget("euro", 1), budget("", 1)] {
        let status = client
            .set_budget(showing("pass-v1", bad))
            .await
            .unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert!(status.message().starts_with("budget: "), "{status}");
    }
    let good = showing("pass-v1", budget("EUR", 5_000));
    client.set_budget(good).await.unwrap();
    let budget = open.shop.budget.lock().unwrap().clone();
    assert_eq!(budget.map(|m| m.minor), Some(5_000));
}

#[tokio::test]
async fn more_calls_than_the_limit_are_refused() {
    let limits = Limits {
        shopper_calls_per_second: 3,
        ..Limits::default()
    };
    let open = open(limits).await;
    let mut client = ShopperServiceClient::new(open.channel().await);
    for n in 0..3 {
        enter(&mut client, &format!("pass-v{n}")).await.unwrap();
    }
    let status = enter(&mut client, "pass-v9").await.unwrap_err();
    assert_eq!(
        reason(&status),
        (Code::ResourceExhausted, "TOO_MANY_CALLS".to_owned())
    );
    assert!(status.get_error_details().retry_info().is_some());
}

#[tokio::test]
async fn operators_ask_and_change_within_limits() {
    let open = open(Limits::default()).await;
    let mut client = OperatorServiceClient::new(open.channel().await);
    let plan = client.get_store_plan(GetStorePlanRequest {}).await.unwrap();
    assert_eq!(plan.into_inner().json, "{}");

    let list = |state, page_size| ListVisitsRequest {
        state,
        page_size,
        page_token: String::new(),
    };
    for (request, asked) in [
        (list(0, 0), "None/100"),
        (list(4, 5_000), "Some(Settled)/1000"),
    ] {
        let page = client.list_visits(request).await.unwrap().into_inner();
        assert_eq!(page.visits[0].visit_id, asked);
    }
    let status = client.list_visits(list(9, 0)).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);

    let price = |product: &str, minor, valid_from_us| ChangePriceRequest {
        product: product.to_owned(),
        price: Some(Money {
            currency: "EUR".to_owned(),
            minor,
        }),
        valid_from_us,
    };
    let noted = client
        .change_price(price("4006381333931", 199, 0))
        .await
        .unwrap();
    assert_eq!(noted.into_inner().valid_from_us, 77);
    for (bad, code) in [
        (price("unknown", 1, 0), Code::NotFound),
        (price("", 1, 0), Code::InvalidArgument),
        (price("1", -1, 0), Code::InvalidArgument),
        (price("1", 1, -1), Code::InvalidArgument),
        (price("1", 1, i64::MAX), Code::InvalidArgument),
    ] {
        let status = client.change_price(bad).await.unwrap_err();
        assert_eq!(status.code(), code, "{status}");
    }
}

#[tokio::test]
async fn a_line_is_disputed_with_its_visits_pass() {
    let open = open(Limits::default()).await;
    let mut client = ShopperServiceClient::new(open.channel().await);
    let line = |product: &str| DisputeLineRequest {
        visit_id: "v1".to_owned(),
        product: product.to_owned(),
    };
    let noted = client.dispute_line(showing("pass-v1", line("tea"))).await;
    let noted = noted.unwrap().into_inner().dispute.unwrap();
    assert_eq!((noted.state(), noted.charged), (DisputeState::Open, 1));
    for (pass, product, code) in [
        ("pass-v2", "tea", Code::PermissionDenied),
        ("pass-v1", "unknown", Code::NotFound),
        ("pass-v1", "", Code::InvalidArgument),
    ] {
        let status = client.dispute_line(showing(pass, line(product))).await;
        assert_eq!(status.unwrap_err().code(), code);
    }
}

#[tokio::test]
async fn reviews_are_listed_and_answered_within_limits() {
    let open = open(Limits::default()).await;
    let mut client = OperatorServiceClient::new(open.channel().await);
    let list = |state, page_size, token: &str| ListReviewsRequest {
        state,
        page_size,
        page_token: token.to_owned(),
    };
    for (request, asked) in [
        (list(0, 0, ""), "false/100"),
        (list(2, 5_000, ""), "true/1000"),
    ] {
        let page = client.list_reviews(request).await.unwrap().into_inner();
        assert_eq!(page.reviews[0].review_id, asked);
    }
    for bad in [list(9, 0, ""), list(0, 0, &"x".repeat(600))] {
        let status = client.list_reviews(bad).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
    }
    let none = GetReviewRequest {
        review_id: "r/review/1".to_owned(),
    };
    let status = client.get_review(none).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);

    let answer = |lines: usize, note: &str| AnswerReviewRequest {
        review_id: "r/review/1".to_owned(),
        lines: (0..lines)
            .map(|n| ProductUnits {
                product: n.to_string(),
                quantity: 0,
            })
            .collect(),
        note: note.to_owned(),
        by: "anna".to_owned(),
    };
    let answered = client.answer_review(answer(64, "seen")).await.unwrap();
    let verdict = answered.into_inner().review.unwrap().verdict.unwrap();
    assert_eq!((verdict.by.as_str(), verdict.lines.len()), ("anna", 64));
    for bad in [answer(65, ""), answer(1, &"x".repeat(501))] {
        let status = client.answer_review(bad).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
    }
}

#[tokio::test]
async fn shelves_and_mismatches_are_listed_within_limits() {
    let open = open(Limits::default()).await;
    let mut client = OperatorServiceClient::new(open.channel().await);
    let list = |kind, page_size, token: &str| ListMismatchesRequest {
        kind,
        page_size,
        page_token: token.to_owned(),
        ..ListMismatchesRequest::default()
    };
    for (request, asked) in [
        (list(0, 0, ""), "None/0/100"),
        (list(2, 5_000, "40"), "Some(Empty)/40/1000"),
    ] {
        let page = client.list_mismatches(request).await.unwrap().into_inner();
        assert_eq!(page.mismatches[0].mismatch_id, asked);
    }
    for bad in [list(9, 0, ""), list(0, 0, "x"), list(0, 0, "-1")] {
        let status = client.list_mismatches(bad).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
    }
    let shelf = |shelf_id: &str| ListPlacesRequest {
        shelf_id: shelf_id.to_owned(),
        ..ListPlacesRequest::default()
    };
    let status = client.list_places(shelf("g9/s9")).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    let status = client.list_places(shelf(&"x".repeat(600))).await;
    assert_eq!(status.unwrap_err().code(), Code::InvalidArgument);
}

#[tokio::test]
async fn watchers_are_told_to_come_again_when_the_node_leaves() {
    let mut open = open(Limits::default()).await;
    let mut operator = OperatorServiceClient::new(open.channel().await);
    let request = WatchStoreRequest {
        include_settled: true,
    };
    let mut events = operator.watch_store(request).await.unwrap().into_inner();
    let first = events.message().await.unwrap().unwrap();
    assert!(matches!(first.event, Some(Event::Receipt(_))));
    open.stop();
    let status = events.message().await.unwrap_err();
    assert_eq!(reason(&status), (Code::Unavailable, "STOPPING".to_owned()));
}
