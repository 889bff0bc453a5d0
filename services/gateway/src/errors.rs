//! Every error of the doors as a gRPC status: the one place where they are mapped.
//!
//! Each carries a `google.rpc.ErrorInfo` whose reason is a stable word for programs (domain
//! `amble`); the message says what is wrong and what to do. Errors of a whole device stream have the
//! names of `DeviceErrorCode`.

use std::{collections::HashMap, time::Duration};

use amble_trust::token::{Role, TokenError};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::ports::{InspectError, OperatorError, PassRefused, ShopperError, WebhookRefused};

/// The domain of every reason.
const DOMAIN: &str = "amble";

fn status(code: Code, reason: &str, message: impl Into<String>) -> Status {
    let details = ErrorDetails::with_error_info(reason, DOMAIN, HashMap::new());
    Status::with_error_details(code, message, details)
}

fn bad_field(field: &'static str, why: &str) -> Status {
    let mut details = ErrorDetails::with_error_info("BAD_FIELD", DOMAIN, HashMap::new());
    details.add_bad_request_violation(field, why);
    Status::with_error_details(Code::InvalidArgument, format!("{field}: {why}"), details)
}

/// A field whose value can't be right anywhere.
pub(crate) fn unfit(field: &'static str, why: impl AsRef<str>) -> Status {
    bad_field(field, why.as_ref())
}

/// The pass of another visit was shown.
pub(crate) fn not_yours(visit_id: &str) -> Status {
    let message = format!("the pass is not the one of visit `{visit_id}`: a pass opens one visit");
    status(Code::PermissionDenied, "NOT_YOURS", message)
}

/// No pass was shown.
pub(crate) fn no_pass() -> Status {
    status(
        Code::Unauthenticated,
        "NO_PASS",
        "send the visit's pass as metadata `authorization: Bearer <pass>`",
    )
}

/// Nobody would be asked who they are.
pub(crate) fn no_console() -> Status {
    status(
        Code::PermissionDenied,
        "NO_OPERATORS",
        "this shop asks operators for no token, so it has no console where others reach it: start it with \
         --operator-key and without --insecure, or put --pages on 127.0.0.1",
    )
}

/// Nothing is served at this address.
pub(crate) fn no_such_page(path: &str) -> Status {
    let path: String = path.chars().take(64).collect();
    let message = format!("there is nothing at `{path}`: the page is at `/`");
    status(Code::NotFound, "NO_SUCH_PAGE", message)
}

/// What is served at this address is asked for in another way.
pub(crate) fn not_this_way(path: &str) -> Status {
    let message = format!("`{path}` is there, but not for this method: see docs/PAGES.md");
    status(Code::Unimplemented, "METHOD", message)
}

/// A pass that no QR code can hold.
pub(crate) fn no_code(bytes: usize, why: &impl std::fmt::Display) -> Status {
    let message = format!("a pass of {bytes} bytes does not fit into a QR code: {why}");
    status(Code::InvalidArgument, "NO_CODE", message)
}

/// No certificate was shown by who says to carry devices.
pub(crate) fn no_certificate() -> Status {
    status(
        Code::Unauthenticated,
        "NO_CERTIFICATE",
        "devices need a certificate that names them: connect with one",
    )
}

/// No token was shown.
pub(crate) fn no_token() -> Status {
    status(
        Code::Unauthenticated,
        "NO_TOKEN",
        "send an operator's token as metadata `authorization: Bearer <token>`",
    )
}

/// A shopper's pass was shown.
pub(crate) fn shoppers_token() -> Status {
    status(
        Code::PermissionDenied,
        "SHOPPERS_TOKEN",
        "this is a shopper's pass: it opens a visit, and nothing of operators'",
    )
}

/// The token's role does not include what was asked for.
pub(crate) fn not_your_role(who: &str, has: Role, needs: Role) -> Status {
    let message = format!("{who} has the role `{has}`, and this needs `{needs}`");
    status(Code::PermissionDenied, "ROLE", message)
}

/// A token that is not good.
pub(crate) fn bad_token(error: &TokenError) -> Status {
    let reason = match error {
        TokenError::Expired => "TOKEN_EXPIRED",
        _ => "TOKEN_FORGED",
    };
    status(Code::Unauthenticated, reason, error.to_string())
}

/// More calls than the limit.
pub(crate) fn too_many_calls(wait: Duration) -> Status {
    let mut details = ErrorDetails::with_error_info("TOO_MANY_CALLS", DOMAIN, HashMap::new());
    details.set_retry_info(Some(wait));
    let message = format!("too many calls at this door: try again in {wait:?}");
    Status::with_error_details(Code::ResourceExhausted, message, details)
}

/// The gateway stops while a call is open.
pub(crate) fn stopping() -> Status {
    status(
        Code::Unavailable,
        "STOPPING",
        "this node is leaving: call again, at the next endpoint if there are several",
    )
}

/// The shop ended a cart's states before the receipt.
pub(crate) fn cart_interrupted() -> Status {
    status(
        Code::Unavailable,
        "INTERRUPTED",
        "the cart moved to another place in the shop: watch again",
    )
}

/// A hello that can't be understood.
pub(crate) fn bad_hello(message: impl Into<String>) -> Status {
    status(Code::InvalidArgument, "BAD_HELLO", message)
}

/// No hello in time.
pub(crate) fn no_hello(within: Duration) -> Status {
    let message = format!("no hello within {within:?}: it is the first message of a stream");
    status(Code::DeadlineExceeded, "NO_HELLO", message)
}

/// None of the devices may send.
pub(crate) fn no_devices() -> Status {
    status(
        Code::FailedPrecondition,
        "NO_DEVICES",
        "none of the edge's devices was taken: the errors before this say why",
    )
}

/// Every device has gone to another stream.
pub(crate) fn superseded() -> Status {
    status(
        Code::Aborted,
        "ALREADY_CONNECTED",
        "all devices of this edge are connected through another stream, which wins",
    )
}

/// What the transport says of a device stream that ended badly, in our words where they help.
pub(crate) fn broken_stream(error: &Status, max_message_bytes: usize) -> Status {
    match error.code() {
        Code::OutOfRange => status(
            Code::OutOfRange,
            "TOO_LARGE",
            format!("a message is larger than {max_message_bytes} bytes: send smaller batches"),
        ),
        Code::Internal | Code::Unknown => status(
            Code::InvalidArgument,
            "BAD_MESSAGE",
            format!(
                "a message cannot be read: {}; what came before it counts",
                error.message()
            ),
        ),
        code => Status::new(code, error.message()),
    }
}

impl From<PassRefused> for Status {
    fn from(error: PassRefused) -> Self {
        let (code, reason) = match error {
            PassRefused::Expired => (Code::Unauthenticated, "PASS_EXPIRED"),
            PassRefused::Used => (Code::AlreadyExists, "PASS_USED"),
            PassRefused::Forged => (Code::Unauthenticated, "PASS_FORGED"),
            PassRefused::OtherStore => (Code::PermissionDenied, "PASS_OTHER_STORE"),
            PassRefused::ProofMissing => (Code::Unauthenticated, "PROOF_MISSING"),
            PassRefused::ProofForged => (Code::Unauthenticated, "PROOF_FORGED"),
            PassRefused::ProofOld => (Code::Unauthenticated, "PROOF_OLD"),
        };
        status(code, reason, error.to_string())
    }
}

impl From<WebhookRefused> for Status {
    fn from(error: WebhookRefused) -> Self {
        let (code, reason) = match &error {
            WebhookRefused::NotSigned(_) => (Code::InvalidArgument, "NOT_SIGNED"),
            WebhookRefused::Unreadable(_) => (Code::InvalidArgument, "UNREADABLE"),
            WebhookRefused::NotNow(_) => (Code::Unavailable, "NOT_NOW"),
        };
        status(code, reason, error.to_string())
    }
}

impl From<ShopperError> for Status {
    fn from(error: ShopperError) -> Self {
        let message = error.to_string();
        match error {
            ShopperError::Pass(why) => why.into(),
            ShopperError::NotFound { .. } => status(Code::NotFound, "NOT_FOUND", message),
            ShopperError::Unfit { field, why } => bad_field(field, &why),
            ShopperError::NotNow { .. } => status(Code::Unavailable, "NOT_NOW", message),
            ShopperError::NoBinding => status(Code::FailedPrecondition, "NO_BINDING", message),
        }
    }
}

impl From<OperatorError> for Status {
    fn from(error: OperatorError) -> Self {
        let message = error.to_string();
        match error {
            OperatorError::NotFound { .. } => status(Code::NotFound, "NOT_FOUND", message),
            OperatorError::Unfit { field, why } => bad_field(field, &why),
            OperatorError::Refused { reason, .. } => {
                status(Code::FailedPrecondition, reason, message)
            }
            OperatorError::FellBehind { .. } => status(Code::DataLoss, "FELL_BEHIND", message),
            OperatorError::NotNow { .. } => status(Code::Unavailable, "NOT_NOW", message),
        }
    }
}

impl From<InspectError> for Status {
    fn from(error: InspectError) -> Self {
        let message = error.to_string();
        match error {
            InspectError::NotFound { .. } => status(Code::NotFound, "NOT_FOUND", message),
            InspectError::Ambiguous { .. } => {
                status(Code::FailedPrecondition, "AMBIGUOUS", message)
            }
            InspectError::Refused { reason, .. } => {
                status(Code::FailedPrecondition, reason, message)
            }
            InspectError::EtcdAway => status(Code::Unavailable, "ETCD_AWAY", message),
            InspectError::NotNow { .. } => status(Code::Unavailable, "NOT_NOW", message),
            InspectError::TooLate { .. } => status(Code::DeadlineExceeded, "TOO_LATE", message),
        }
    }
}
