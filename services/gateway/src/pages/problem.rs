//! Refusals as problem documents (RFC 9457).

use std::time::Duration;

use axum::{
    http::{HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::form;
use crate::errors;

/// A refusal, as the doors' errors have it.
pub(super) struct Problem(Status);

/// Its form.
#[derive(Debug, Serialize)]
pub(super) struct Form {
    /// There is no page about it: the reason says which it is.
    r#type: &'static str,
    title: &'static str,
    status: u16,
    /// What is wrong and what to do.
    detail: String,
    /// The same word as over gRPC, for programs.
    reason: String,
    /// When it may be tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
}

impl From<Status> for Problem {
    fn from(status: Status) -> Self {
        Self(status)
    }
}

impl Problem {
    fn retry_after(&self) -> Option<Duration> {
        self.0.get_details_retry_info()?.retry_delay
    }

    pub(super) fn form(&self) -> Form {
        let status = http(self.0.code());
        let info = self.0.get_details_error_info();
        let wait = self.retry_after();
        Form {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            detail: self.0.message().to_owned(),
            reason: info.map(|info| info.reason).unwrap_or_default(),
            retry_after_ms: wait.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = http(self.0.code());
        let body = form::text(&self.form()).unwrap_or_default();
        let mut answer = (
            status,
            [(header::CONTENT_TYPE, "application/problem+json")],
            body,
        )
            .into_response();
        let headers = answer.headers_mut();
        if status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            headers.insert(header::WWW_AUTHENTICATE, scheme);
        }
        if let Some(wait) = self.retry_after() {
            // Whole seconds, and none too few.
            headers.insert(header::RETRY_AFTER, (wait.as_secs() + 1).into());
        }
        answer
    }
}

/// The status of HTTP for one of gRPC.
fn http(code: Code) -> StatusCode {
    match code {
        Code::Ok => StatusCode::OK,
        Code::InvalidArgument | Code::OutOfRange => StatusCode::BAD_REQUEST,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::PermissionDenied => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::Unimplemented => StatusCode::METHOD_NOT_ALLOWED,
        Code::AlreadyExists | Code::Aborted | Code::FailedPrecondition => StatusCode::CONFLICT,
        Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        Code::Cancelled | Code::Unknown | Code::Internal | Code::DataLoss => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }
}

/// There is no console on this port.
pub(super) async fn no_console() -> Problem {
    errors::no_console().into()
}

/// The address is none of ours.
pub(super) async fn no_such_page(uri: Uri) -> Problem {
    errors::no_such_page(uri.path()).into()
}

/// The address is ours, the method is not.
pub(super) async fn not_this_way(uri: Uri) -> Problem {
    errors::not_this_way(uri.path()).into()
}
