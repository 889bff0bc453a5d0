//! What is thought to stand on the shelves: the bookkeeper's living planogram beside the plan's.

use amble_engine::{
    attribution::Stock,
    layout::{PlateIx, ShelfIx},
};
use amble_gateway::ports::OperatorError;
use amble_proto::v1::{ShelfState, ShelfStock};
use amble_store::Shop;

/// Shelves that are asked about at once: the bookkeeper has other things to do.
const AT_ONCE: usize = 64;

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
        let stocks = shop.stocks(some.to_vec()).await;
        let stocks = stocks.map_err(|error| OperatorError::NotNow {
            why: error.to_string(),
        })?;
        found.extend(some.iter().zip(stocks).map(|(&ix, of)| shelf(shop, ix, of)));
    }
    Ok(found)
}

fn shelf(shop: &Shop, ix: ShelfIx, stocks: Vec<Stock>) -> ShelfState {
    let id = shop.plan.names.shelf(ix);
    let plate = |plate: &PlateIx| {
        let name = shop.plan.names.plate(*plate);
        name.rsplit('/').next().unwrap_or_default().to_owned()
    };
    let stock = stocks.into_iter().map(|stock| {
        let product = &shop.plan.plan.products[stock.product.at()];
        ShelfStock {
            product: product.code.clone(),
            name: product.name.clone(),
            plates: stock.plates.iter().map(plate).collect(),
            units: stock.units,
            planned: planned(shop, &stock),
            misplaced: stock.misplaced,
        }
    });
    ShelfState {
        shelf_id: id.to_owned(),
        stock: stock.collect(),
    }
}

/// How many the plan puts there.
fn planned(shop: &Shop, stock: &Stock) -> u32 {
    if stock.misplaced {
        return 0;
    }
    let placements = shop.plan.layout.placements.iter();
    let same = placements.filter(|placement| {
        placement.product == stock.product && placement.plates.first() == stock.plates.first()
    });
    same.map(|placement| placement.units).sum()
}
