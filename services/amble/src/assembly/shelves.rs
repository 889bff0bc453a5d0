//! Shelves: what an operator asks, in the store's words.

use amble_gateway::ports::{OperatorError, ShelfQuery};
use amble_proto::v1::{ListMismatchesResponse, ListPlacesResponse};
use amble_store::Shop;

/// What stands where.
pub async fn list(shop: &Shop, query: ShelfQuery) -> Result<ListPlacesResponse, OperatorError> {
    let query = wanted(shop, query)?;
    shop.list_places(query).await.map_err(|e| not_now(&e))
}

/// Where that is not what the plan says.
pub async fn mismatches(
    shop: &Shop,
    query: ShelfQuery,
) -> Result<ListMismatchesResponse, OperatorError> {
    let query = wanted(shop, query)?;
    shop.list_mismatches(query).await.map_err(|e| not_now(&e))
}

fn wanted(shop: &Shop, query: ShelfQuery) -> Result<amble_store::ShelfQuery, OperatorError> {
    let id = query.shelf_id;
    let shelves = match id.as_str() {
        "" => Vec::new(),
        known => match shop.plan.names.find_shelf(known) {
            None => return Err(OperatorError::NotFound { what: "shelf", id }),
            Some(found) => vec![found],
        },
    };
    Ok(amble_store::ShelfQuery {
        shelves,
        kind: query.kind.map(i32::from),
        skip: query.skip,
        limit: query.page_size,
    })
}

fn not_now(error: &dyn std::fmt::Display) -> OperatorError {
    OperatorError::NotNow {
        why: error.to_string(),
    }
}
