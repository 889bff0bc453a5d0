//! How calls are answered: within their limits, by those who may, counted.
//!
//! 1. Calls of one door together have a rate limit, and those of one connection another: who calls too often
//!    is refused before others are.
//! 2. A call is counted with how it ended; one that was refused for who made it, by reason as well.

use std::{
    future::Future,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use amble_trust::{Caller, TokenBucket, refused, token::Role};
use tonic::Status;
use tonic_types::StatusExt as _;

use crate::{
    admission::{Guard, Who},
    errors, metrics,
};

/// Refusals for who calls: as callers are told, and as they are counted.
const REASONS: [(&str, &str); 14] = [
    ("NO_CERTIFICATE", "no_certificate"),
    ("NO_PASS", "no_pass"),
    ("NOT_YOURS", "not_yours"),
    ("NO_TOKEN", "no_token"),
    ("TOKEN_FORGED", "token_forged"),
    ("TOKEN_EXPIRED", "token_expired"),
    ("SHOPPERS_TOKEN", "shoppers_token"),
    ("ROLE", "role"),
    ("PASS_EXPIRED", "pass_expired"),
    ("PASS_USED", "pass_used"),
    ("PASS_FORGED", "pass_forged"),
    ("PASS_OTHER_STORE", "pass_other_store"),
    ("TOO_MANY_CALLS", "too_many_calls"),
    ("NOT_SIGNED", "not_signed"),
];

/// The calls at one door.
pub(crate) struct Calls {
    door: &'static str,
    all: Mutex<TokenBucket>,
}

impl Calls {
    pub(crate) fn new(door: &'static str, calls_per_second: u32) -> Self {
        let all = TokenBucket::new(calls_per_second, calls_per_second, Instant::now());
        Self {
            door,
            all: Mutex::new(all),
        }
    }

    /// Answers a call.
    pub(crate) async fn answer<T>(
        &self,
        method: &'static str,
        who: &Who,
        call: impl Future<Output = Result<T, Status>> + Send,
    ) -> Result<T, Status> {
        let start = Instant::now();
        let answer = match self.place(who, start) {
            Ok(()) => call.await,
            Err(wait) => Err(errors::too_many_calls(wait)),
        };
        metrics::answered(method, start.elapsed(), &answer);
        if let Err(status) = &answer {
            note(self.door, who, status);
        }
        answer
    }

    /// Answers a call of an operator.
    pub(crate) async fn answer_operator<T>(
        &self,
        method: &'static str,
        (guard, who, role): (&Guard, &Who, Role),
        call: impl Future<Output = Result<T, Status>> + Send,
    ) -> Result<T, Status> {
        let call = async {
            guard.operator(who, role)?;
            call.await
        };
        self.answer(method, who, call).await
    }

    /// Rule 1.
    fn place(&self, who: &Who, now: Instant) -> Result<(), Duration> {
        who.caller.as_ref().map_or(Ok(()), Caller::call)?;
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.take(now)
    }
}

/// Counts and logs a refusal, if it is one.
pub(crate) fn note(door: &'static str, who: &Who, status: &Status) {
    let Some(info) = status.get_details_error_info() else {
        return;
    };
    let known = REASONS.iter().find(|(told, _)| *told == info.reason);
    if let Some((_, reason)) = known {
        refused(door, reason, who, &status.message());
    }
}
