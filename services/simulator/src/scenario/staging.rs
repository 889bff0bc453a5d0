//! Puts a scenario's goods and faults into a shop.

use amble_proto::plan::{Gondola, Placement, Point2, Product, StorePlan};

use super::{
    Scenario, Staged, fault,
    line::{Fault, Goods},
};
use crate::{
    config::{DayConfig, PlateFault, PlateTrouble},
    error::SimulatorError,
    geometry::Footprint,
};

/// Units of each of the scenario's goods that stand there at first.
const UNITS: u32 = 8;
/// What each of them costs.
const PRICE_MINOR: i64 = 199;
/// Who stands before an unseen gondola is this near to it, and to its sides, in metres.
const UNSEEN_M: [f64; 2] = [1.1, 0.3];

pub(super) fn stage(
    scenario: &Scenario,
    shop: &StorePlan,
    mut config: DayConfig,
) -> Result<Staged, SimulatorError> {
    let mut truth = shop.clone();
    for goods in &scenario.goods {
        place(goods, &mut truth).map_err(|what| fault(goods.line, what))?;
    }
    for (line, trouble) in &scenario.faults {
        break_down(trouble, &truth, &mut config).map_err(|what| fault(*line, what))?;
    }
    let mut told = truth.clone();
    for pair in &scenario.swaps {
        let [one, other] = pair.map(|goods| scenario.goods[goods].name.as_str());
        for placement in &mut told.planogram {
            if placement.product == one {
                other.clone_into(&mut placement.product);
            } else if placement.product == other {
                one.clone_into(&mut placement.product);
            }
        }
    }
    Ok(Staged {
        truth,
        told,
        config,
    })
}

/// The goods stand on their plates, and nothing else does.
fn place(goods: &Goods, plan: &mut StorePlan) -> Result<(), String> {
    let gondola = gondola(&goods.gondola, plan)?;
    let shelf = gondola.shelves.iter().find(|s| s.id == goods.shelf);
    let shelf = shelf.ok_or_else(|| {
        let (gondola, shelf) = (&goods.gondola, &goods.shelf);
        format!("gondola {gondola} has no shelf {shelf}")
    })?;
    for plate in &goods.plates {
        if !shelf.plates.iter().any(|p| p.id == *plate) {
            return Err(format!("shelf {} has no plate {plate}", goods.shelf));
        }
    }
    if plan.products.iter().any(|p| p.code == goods.name) {
        return Err(format!("the shop sells a product {} already", goods.name));
    }
    let tax = plan.taxes.first().map(|tax| tax.id.clone());
    plan.planogram.retain(|placement| {
        let here = placement.gondola == goods.gondola && placement.shelf == goods.shelf;
        let on_them = || placement.plates.iter().any(|p| goods.plates.contains(p));
        !(here && on_them())
    });
    plan.products.push(Product {
        code: goods.name.clone(),
        name: goods.name.clone(),
        unit_weight_g: goods.weight_g,
        weight_spread: 0.01,
        price_minor: PRICE_MINOR,
        tax: tax.unwrap_or_default(),
    });
    plan.planogram.push(Placement {
        product: goods.name.clone(),
        gondola: goods.gondola.clone(),
        shelf: goods.shelf.clone(),
        plates: goods.plates.clone(),
        units: UNITS,
    });
    Ok(())
}

fn gondola<'a>(id: &str, plan: &'a StorePlan) -> Result<&'a Gondola, String> {
    let found = plan.gondolas.iter().find(|g| g.id == id);
    found.ok_or_else(|| format!("the shop has no gondola {id}"))
}

fn break_down(trouble: &Fault, plan: &StorePlan, config: &mut DayConfig) -> Result<(), String> {
    match trouble {
        Fault::Sticks { shelf, plate } => {
            let what = PlateTrouble::Sticks;
            config
                .plate_faults
                .push(plate_fault(shelf, plate, what, plan)?);
        }
        Fault::Drifts {
            shelf,
            plate,
            g_per_hour,
        } => {
            let what = PlateTrouble::Drifts(*g_per_hour);
            config
                .plate_faults
                .push(plate_fault(shelf, plate, what, plan)?);
        }
        Fault::BlindCamera(id) => {
            if !plan.cameras.iter().any(|camera| camera.id == *id) {
                return Err(format!("the shop has no camera {id}"));
            }
            config.blind_cameras.push(id.clone());
        }
        Fault::UnseenGondola(id) => config.unseen.push(before(gondola(id, plan)?)),
    }
    Ok(())
}

fn plate_fault(
    shelf: &str,
    plate: &str,
    what: PlateTrouble,
    plan: &StorePlan,
) -> Result<PlateFault, String> {
    let named = |gondola: &str, board: &str| {
        let rest = shelf.strip_prefix(gondola);
        rest.and_then(|rest| rest.strip_prefix('/')) == Some(board)
    };
    let mut shelves = plan
        .gondolas
        .iter()
        .flat_map(|g| g.shelves.iter().map(move |s| (&g.id, s)));
    let there = shelves.any(|(gondola, s)| {
        named(gondola, &s.id) && s.plates.iter().any(|known| known.id == plate)
    });
    if !there {
        return Err(format!("the shop has no plate {plate} on a shelf {shelf}"));
    }
    Ok(PlateFault {
        shelf: shelf.to_owned(),
        plate: plate.to_owned(),
        what,
    })
}

/// The floor in front of a gondola.
fn before(gondola: &Gondola) -> Vec<Point2> {
    let own = Footprint::new(
        gondola.origin.into(),
        gondola.rotation_deg,
        gondola.size.into(),
    );
    let [far, beside] = UNSEEN_M;
    let (low, high) = (-beside, gondola.size[0] + beside);
    [[low, 0.0], [low, -far], [high, -far], [high, 0.0]]
        .map(|corner| {
            let corner = own.to_plan(corner.into());
            [corner.x, corner.y]
        })
        .to_vec()
}
