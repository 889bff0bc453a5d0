//! The one HTTP client that checkout keeps: HTTP/1.1, connections kept, TLS with the same provider and
//! the same roots as the rest of the program. No redirects: no service that is paid through sends any.

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Request, StatusCode};
use hyper_rustls::HttpsConnector;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

/// Answers are objects of a few kilobytes.
const MAX_ANSWER_BYTES: usize = 1 << 20;

/// The client.
#[derive(Clone)]
pub(crate) struct Http(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
}

impl Http {
    /// # Errors
    ///
    /// When the TLS client can't be made.
    pub(crate) fn new() -> Result<Self, rustls::Error> {
        let provider = rustls::crypto::ring::default_provider();
        let connector = hyper_rustls::HttpsConnectorBuilder::new()
            .with_provider_and_webpki_roots(provider)?
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Self(Client::builder(TokioExecutor::new()).build(connector)))
    }

    /// Asks, and reads the whole answer.
    ///
    /// # Errors
    ///
    /// Why there is none; the request may have been carried out.
    pub(crate) async fn ask(&self, request: Request<Full<Bytes>>) -> Result<Answer, String> {
        let answer = self.0.request(request).await.map_err(|error| {
            std::error::Error::source(&error)
                .map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
        })?;
        let (head, body) = answer.into_parts();
        let body = Limited::new(body, MAX_ANSWER_BYTES).collect().await;
        Ok(Answer {
            status: head.status,
            body: body.map_err(|error| error.to_string())?.to_bytes(),
        })
    }
}
