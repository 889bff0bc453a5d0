//! What is thought to stand on the shelves: the bookkeeper's living planogram beside the plan's.

use std::collections::BTreeMap;

use amble_engine::layout::ShelfIx;
use amble_gateway::ports::OperatorError;
use amble_proto::v1::{ShelfPlace, ShelfState, ShelfStock, StandingGoods};
use amble_store::{ShelfQuery, Shop};

/// Shelves that are asked about at once: the bookkeeper has other things to do.
const AT_ONCE: usize = 64;

/// Fewer expected units than this where they don't belong are not worth a word.
const LEAST_UNITS: f64 = 0.02;

/// Places, by their shelf's id.
type Places = BTreeMap<String, Vec<ShelfPlace>>;

/// The shelves of a gondola, or all.
pub(super) async fn of(shop: &Shop, gondola: &str) -> Result<Vec<ShelfState>, OperatorError> {
    let plan = &shop.plan.plan;
    let wanted = |id: &str| gondola.is_empty() || id == gondola;
    if !plan.gondolas.iter().any(|one| wanted(&one.id)) {
        return Err(OperatorError::NotFound {
            what: "gondola",
            id: gondola.to_owned(),
        });
    }
    let ids = plan.gondolas.iter().filter(|one| wanted(&one.id));
    let ids = ids.flat_map(|one| {
        one.shelves
            .iter()
            .map(move |s| format!("{}/{}", one.id, s.id))
    });
    let shelves: Vec<ShelfIx> = ids
        .filter_map(|id| shop.plan.names.find_shelf(&id))
        .collect();
    let mut found = Vec::with_capacity(shelves.len());
    for some in shelves.chunks(AT_ONCE) {
        let query = ShelfQuery {
            shelves: some.to_vec(),
            limit: u32::MAX,
            ..ShelfQuery::default()
        };
        let listed = shop.list_places(query).await;
        let listed = listed.map_err(|error| OperatorError::NotNow {
            why: error.to_string(),
        })?;
        let mut places = Places::new();
        for place in listed.places {
            places
                .entry(place.shelf_id.clone())
                .or_default()
                .push(place);
        }
        found.extend(some.iter().map(|&ix| shelf(shop, ix, &mut places)));
    }
    Ok(found)
}

fn shelf(shop: &Shop, ix: ShelfIx, places: &mut Places) -> ShelfState {
    let id = shop.plan.names.shelf(ix).to_owned();
    let places = places.remove(&id).unwrap_or_default();
    ShelfState {
        stock: places.iter().filter_map(|one| stock(shop, one)).collect(),
        shelf_id: id,
    }
}

/// What is counted at a place: the plan's product, or what stands there without belonging there.
fn stock(shop: &Shop, place: &ShelfPlace) -> Option<ShelfStock> {
    let misplaced = place.product.is_empty();
    let counted = |goods: &&StandingGoods| match misplaced {
        true => goods.units > LEAST_UNITS,
        false => goods.product == place.product,
    };
    let goods = place.stands.iter().find(counted)?;
    Some(ShelfStock {
        product: goods.product.clone(),
        name: goods.name.clone(),
        plates: place.plate_ids.clone(),
        units: goods.units,
        planned: if misplaced { 0 } else { planned(shop, place) },
        misplaced,
    })
}

/// How many the plan puts there.
fn planned(shop: &Shop, place: &ShelfPlace) -> u32 {
    let names = &shop.plan.names;
    let first = place.plate_ids.first();
    let first = first.and_then(|plate| names.find_plate(&format!("{}/{plate}", place.shelf_id)));
    let product = names.find_product(&place.product);
    let placements = shop.plan.layout.placements.iter();
    let same =
        placements.filter(|p| Some(p.product) == product && p.plates.first().copied() == first);
    same.map(|p| p.units).sum()
}
