//! The payment service of these tests: localstripe behind a proxy.
//!
//! localstripe carries out every request that it gets: it does not know idempotency keys. What Stripe
//! documents of them is kept here, in front of it (docs.stripe.com/api/idempotent_requests):
//!
//! 1. What the first request with a key came to is answered to all others with it.
//! 2. The same key with other parameters is an error, and so is one whose first request is under way.
//! 3. Keys are forgotten after a day; here, when a test says so.
//!
//! And the troubles that a test wants: see [`Trouble`]. Search, which localstripe lacks, is answered
//! from what it has answered.

use std::{
    collections::{BTreeMap, HashMap},
    future::{pending, ready},
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use amble_checkout::{SecretFile, StripeAccount, StripePayment};
use amble_servers::Payments;
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use tokio::task::AbortHandle;

/// A trouble that a request meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// It fails before anything is done.
    Fail,
    /// Too many requests.
    Busy,
    /// It is carried out, and never answered.
    NeverAnswers,
    /// It is carried out, and the answer breaks off.
    BreaksOff,
    /// It reaches the service twice.
    Twice,
}

/// Which trouble the n-th request (from 0) with a key meets.
type Troubles = dyn Fn(&str, u32) -> Option<Trouble> + Send + Sync;

/// What came back.
type Answer = (StatusCode, Bytes);

#[derive(Default)]
struct Books {
    /// By key: the request, and its answer once there is one.
    keys: HashMap<String, (Vec<u8>, Option<Answer>)>,
    requests: HashMap<String, u32>,
    met: BTreeMap<Trouble, u32>,
    answered: Vec<Value>,
}

struct Proxy {
    target: String,
    client: Client<HttpConnector, Full<Bytes>>,
    troubles: Box<Troubles>,
    forgetful: AtomicBool,
    books: Mutex<Books>,
}

/// The service.
pub struct Provider {
    pub payments: Payments,
    proxy: Arc<Proxy>,
    url: String,
    key: NamedTempFile,
    serving: AbortHandle,
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Provider {
    pub async fn start(
        troubles: impl Fn(&str, u32) -> Option<Trouble> + Send + Sync + 'static,
    ) -> Self {
        let payments = tokio::task::spawn_blocking(Payments::start);
        let payments = payments.await.unwrap().unwrap();
        let proxy = Arc::new(Proxy {
            target: payments.url(),
            client: Client::builder(TokioExecutor::new()).build_http(),
            troubles: Box::new(troubles),
            forgetful: AtomicBool::new(false),
            books: Mutex::default(),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(answer).with_state(proxy.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, app).await });
        let key = NamedTempFile::new().unwrap();
        std::fs::write(key.path(), "sk_test_of_nobody\n").unwrap();
        Self {
            payments,
            proxy,
            url,
            key,
            serving: serving.abort_handle(),
        }
    }

    /// A way to it, as shops have one.
    pub fn way(&self) -> StripePayment {
        StripePayment::new(&StripeAccount {
            url: self.url.clone(),
            key: SecretFile::new(self.key.path()),
        })
        .unwrap()
    }

    /// Registers a card, and gives its token.
    pub async fn card(&self, number: &str) -> String {
        let form = format!(
            "type=card&card[number]={number}&card[exp_month]=12&card[exp_year]=2090&card[cvc]=123"
        );
        let made = self.ask(Method::POST, "/v1/payment_methods", form).await;
        made["id"].as_str().unwrap().to_owned()
    }

    /// From now on localstripe tells its events to this address, signed with this secret.
    pub async fn tell(&self, url: &str, secret: &str) {
        let form = format!("url={url}&secret={secret}");
        self.ask_for(Method::POST, "/_config/webhooks/shop", form)
            .await;
    }

    /// From now on it forgets each key at once, as localstripe alone would.
    pub fn forget_always(&self) {
        self.proxy.forgetful.store(true, Relaxed);
    }

    /// A day goes by.
    pub fn forget_keys(&self) {
        self.proxy.books.lock().unwrap().keys.clear();
    }

    /// How many requests came with each key.
    pub fn requests(&self) -> HashMap<String, u32> {
        self.proxy.books.lock().unwrap().requests.clone()
    }

    /// How many requests met each trouble.
    pub fn troubles(&self) -> BTreeMap<Trouble, u32> {
        self.proxy.books.lock().unwrap().met.clone()
    }

    /// All payment intents, as localstripe itself knows them.
    pub async fn intents(&self) -> Vec<Value> {
        self.all("/v1/payment_intents?limit=100000").await
    }

    /// All charges, whatever they belong to.
    pub async fn charges(&self) -> Vec<Value> {
        self.all("/v1/charges?limit=100000").await
    }

    /// All refunds.
    pub async fn refunds(&self) -> Vec<Value> {
        self.all("/v1/refunds?limit=100000").await
    }

    async fn all(&self, path: &str) -> Vec<Value> {
        let list = self.ask(Method::GET, path, String::new()).await;
        assert_eq!(list["has_more"], json!(false));
        list["data"].as_array().unwrap().clone()
    }

    async fn ask(&self, method: Method, path: &str, form: String) -> Value {
        serde_json::from_slice(&self.ask_for(method, path, form).await).unwrap()
    }

    async fn ask_for(&self, method: Method, path: &str, form: String) -> Bytes {
        let headers = HeaderMap::from_iter([
            (
                "authorization".parse().unwrap(),
                "Bearer sk_test_of_nobody".parse().unwrap(),
            ),
            (
                "content-type".parse().unwrap(),
                "application/x-www-form-urlencoded".parse().unwrap(),
            ),
        ]);
        let (status, body) = self
            .proxy
            .forward(method, &path.parse().unwrap(), headers, form.into())
            .await;
        assert!(status.is_success(), "{path}: {status} {body:?}");
        body
    }
}

async fn answer(State(proxy): State<Arc<Proxy>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    if head.uri.path().ends_with("/search") {
        return proxy.search(&head.uri).into_response();
    }
    let key = head.headers.get("idempotency-key");
    let Some(key) = key.map(|key| key.to_str().unwrap().to_owned()) else {
        let answer = proxy.forward(head.method, &head.uri, head.headers, body);
        return answer.await.into_response();
    };
    let nth = {
        let mut books = proxy.books.lock().unwrap();
        let count = books.requests.entry(key.clone()).or_default();
        *count += 1;
        *count - 1
    };
    let trouble = (proxy.troubles)(&key, nth);
    if let Some(trouble) = trouble {
        *proxy.books.lock().unwrap().met.entry(trouble).or_default() += 1;
    }
    match trouble {
        Some(Trouble::Fail) => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Some(Trouble::Busy) => return StatusCode::TOO_MANY_REQUESTS.into_response(),
        _ => {}
    }
    // On a task of its own: who asked may go away, and what has begun goes on.
    let once = || {
        let (proxy, key, body) = (proxy.clone(), key.clone(), body.clone());
        let (method, uri, headers) = (head.method.clone(), head.uri.clone(), head.headers.clone());
        tokio::spawn(async move { proxy.once(key, method, uri, headers, body).await })
    };
    let first = once().await.unwrap();
    match trouble {
        Some(Trouble::NeverAnswers) => pending().await,
        Some(Trouble::BreaksOff) => {
            let broken = io::Error::other("the answer breaks off");
            Body::from_stream(stream::once(ready(Err::<Bytes, _>(broken)))).into_response()
        }
        Some(Trouble::Twice) => once().await.unwrap().into_response(),
        _ => first.into_response(),
    }
}

impl Proxy {
    /// Keeps the three rules.
    async fn once(
        &self,
        key: String,
        method: Method,
        uri: Uri,
        headers: HeaderMap,
        body: Bytes,
    ) -> Answer {
        let asked = [uri.path().as_bytes(), b"?", &body].concat();
        let refused = |status: StatusCode, code: &str| {
            let error = json!({"error": {"type": "idempotency_error", "code": code}});
            (status, Bytes::from(error.to_string()))
        };
        {
            let mut books = self.books.lock().unwrap();
            match books.keys.get(&key) {
                Some((before, _)) if *before != asked => {
                    return refused(StatusCode::BAD_REQUEST, "idempotency_key_mismatch");
                }
                Some((_, None)) => return refused(StatusCode::CONFLICT, "idempotency_key_in_use"),
                Some((_, Some(answer))) => return answer.clone(),
                None => books.keys.insert(key.clone(), (asked.clone(), None)),
            };
        }
        let answer = self.forward(method, &uri, headers, body).await;
        let mut books = self.books.lock().unwrap();
        if self.forgetful.load(Relaxed) {
            books.keys.remove(&key);
            return answer;
        }
        if let Ok(object) = serde_json::from_slice(&answer.1) {
            books.answered.push(object);
        }
        books.keys.insert(key, (asked, Some(answer.clone())));
        answer
    }

    async fn forward(&self, method: Method, uri: &Uri, headers: HeaderMap, body: Bytes) -> Answer {
        let mut request = hyper::Request::builder()
            .method(method)
            .uri(format!("{}{uri}", self.target));
        for name in ["authorization", "content-type"] {
            if let Some(value) = headers.get(name) {
                request = request.header(name, value);
            }
        }
        let answer = self.client.request(request.body(Full::from(body)).unwrap());
        let (head, body) = answer.await.unwrap().into_parts();
        (head.status, body.collect().await.unwrap().to_bytes())
    }

    /// Intents whose receipt or hold is the one in the question.
    fn search(&self, uri: &Uri) -> String {
        let url = url::Url::parse(&format!("http://proxy{uri}")).unwrap();
        let (_, query) = url.query_pairs().find(|(name, _)| name == "query").unwrap();
        let of = |object: &&Value| {
            ["receipt", "hold"].into_iter().any(|name| {
                let noted = object["metadata"][name].as_str();
                noted.is_some_and(|value| *query == format!("metadata['{name}']:'{value}'"))
            })
        };
        let books = self.books.lock().unwrap();
        let data: Vec<_> = books.answered.iter().filter(of).collect();
        json!({"object": "search_result", "data": data}).to_string()
    }
}
