//! What is asked about shelves, checked.

use amble_proto::v1::{ListMismatchesRequest, ListPlacesRequest, MismatchKind};
use tonic::Status;

use super::page_size;
use crate::{errors::unfit, limits::MAX_ID_BYTES, ports::ShelfQuery};

pub(super) fn places(request: ListPlacesRequest) -> Result<ShelfQuery, Status> {
    query(
        request.shelf_id,
        None,
        request.page_size,
        &request.page_token,
    )
}

pub(super) fn mismatches(request: ListMismatchesRequest) -> Result<ShelfQuery, Status> {
    let kind = match MismatchKind::try_from(request.kind) {
        Ok(MismatchKind::Unspecified) => None,
        Ok(kind) => Some(kind),
        Err(_) => {
            let why = format!("{} is no kind of a mismatch", request.kind);
            return Err(unfit("kind", why));
        }
    };
    query(
        request.shelf_id,
        kind,
        request.page_size,
        &request.page_token,
    )
}

fn query(
    shelf_id: String,
    kind: Option<MismatchKind>,
    size: u32,
    token: &str,
) -> Result<ShelfQuery, Status> {
    if shelf_id.len() > MAX_ID_BYTES {
        let why = format!("{} bytes; at most {MAX_ID_BYTES}", shelf_id.len());
        return Err(unfit("shelf_id", why));
    }
    let skip = match token {
        "" => 0,
        token => token
            .parse()
            .map_err(|_| unfit("page_token", "it is not one that was given out"))?,
    };
    Ok(ShelfQuery {
        shelf_id,
        kind,
        page_size: page_size(size),
        skip,
    })
}
