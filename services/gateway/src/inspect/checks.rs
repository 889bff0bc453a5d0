//! What requests may ask for.

use std::time::Duration;

use amble_proto::v1::{ActorKind, FindActorsRequest};
use tonic::Status;

use crate::{errors, limits::MAX_ID_BYTES, ports::ActorQuery};

/// Actors of a page when the caller does not say, and at most.
const PAGE: (u32, u32) = (100, 1_000);
/// Events of a history when the caller does not say, and at most.
const HISTORY: (u32, u32) = (100, 4_000);
/// The longest that a move is waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// A text that may be empty.
pub(super) fn text(field: &'static str, text: &str) -> Result<(), Status> {
    if text.len() > MAX_ID_BYTES {
        let why = format!("{} bytes; at most {MAX_ID_BYTES} make sense", text.len());
        return Err(errors::unfit(field, why));
    }
    Ok(())
}

/// How many events are wanted.
pub(super) fn history(limit: u32) -> usize {
    bounded(limit, HISTORY)
}

fn bounded(wanted: u32, (usual, most): (u32, u32)) -> usize {
    let count = if wanted == 0 { usual } else { wanted.min(most) };
    count as usize
}

/// Which actors are wanted.
pub(super) fn actors(request: FindActorsRequest) -> Result<ActorQuery, Status> {
    text("key_part", &request.key_part)?;
    text("node", &request.node)?;
    text("page_token", &request.page_token)?;
    let kind = match ActorKind::try_from(request.kind) {
        Ok(ActorKind::Unspecified) => None,
        Ok(kind) => Some(kind),
        Err(_) => {
            let why = format!("{} is no kind of actor", request.kind);
            return Err(errors::unfit("kind", why));
        }
    };
    Ok(ActorQuery {
        part: request.key_part,
        kind,
        node: request.node,
        page_size: bounded(request.page_size, PAGE),
        page_token: request.page_token,
    })
}

/// For how long a move is waited for. `None`: not at all.
pub(super) fn wait(wait: Option<amble_proto::Duration>) -> Result<Option<Duration>, Status> {
    let Some(wait) = wait else {
        return Ok(None);
    };
    match Duration::try_from(wait) {
        Ok(wait) if wait <= LONGEST_WAIT => Ok(Some(wait)),
        _ => {
            let why = format!("{} s; give 0 to {LONGEST_WAIT:?}", wait.seconds);
            Err(errors::unfit("wait", why))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_no_longer_than_a_minute_and_never_negative() {
        let of = |seconds| wait(Some(amble_proto::Duration { seconds, nanos: 0 }));
        assert_eq!(wait(None).unwrap(), None);
        assert_eq!(of(60).unwrap(), Some(LONGEST_WAIT));
        assert!(of(61).is_err() && of(-1).is_err());
    }

    #[test]
    fn an_empty_request_finds_the_first_hundred_of_all_kinds() {
        let query = actors(FindActorsRequest::default()).unwrap();
        assert_eq!((query.kind, query.page_size), (None, 100));
        let strange = FindActorsRequest {
            kind: 99,
            ..FindActorsRequest::default()
        };
        assert!(actors(strange).is_err());
    }
}
