//! The store plan with its names resolved to places in lists.

use std::collections::HashMap;

use amble_proto::{
    plan::{GateKind, Sensors, StorePlan},
    v1,
};

use crate::{
    error::SimulatorError,
    geometry::{Footprint, Polygon, V2},
};

/// The furniture, sensors and goods of a shop.
pub(crate) struct Shop {
    pub(crate) store: String,
    pub(crate) floor: Polygon,
    pub(crate) gondolas: Vec<Footprint>,
    pub(crate) shelves: Vec<Shelf>,
    pub(crate) gates: Vec<Gate>,
    pub(crate) cameras: Vec<Camera>,
    pub(crate) products: Vec<Product>,
    pub(crate) placements: Vec<Placement>,
    pub(crate) sensors: Sensors,
}

/// One board.
pub(crate) struct Shelf {
    /// Place in [`Shop::gondolas`].
    pub(crate) gondola: usize,
    pub(crate) gondola_id: String,
    pub(crate) shelf_id: String,
    pub(crate) height: f64,
    pub(crate) plates: Vec<Plate>,
}

/// One load cell.
pub(crate) struct Plate {
    pub(crate) id: String,
    /// On the gondola's own axes.
    pub(crate) at: V2,
}

/// An entry or an exit.
pub(crate) struct Gate {
    pub(crate) id: String,
    pub(crate) enters: bool,
    pub(crate) leaves: bool,
    pub(crate) middle: V2,
    /// Half of the line, from the middle to one end.
    pub(crate) half: V2,
    /// Across the line into the shop, of length 1.
    pub(crate) inward: V2,
    pub(crate) reader: Option<V2>,
}

/// A camera.
pub(crate) struct Camera {
    pub(crate) id: String,
    pub(crate) view: Polygon,
    pub(crate) fps: f64,
}

/// Something that is sold.
pub(crate) struct Product {
    pub(crate) code: String,
    pub(crate) weight_g: f64,
    pub(crate) spread: f64,
}

/// A product's place.
#[derive(Clone, Debug)]
pub(crate) struct Placement {
    pub(crate) product: usize,
    pub(crate) shelf: usize,
    /// Places in the shelf's list of plates.
    pub(crate) plates: Vec<usize>,
    pub(crate) units: u32,
}

impl Shop {
    /// Resolves a plan.
    ///
    /// # Errors
    /// When a name leads nowhere, or nobody could enter or leave.
    pub(crate) fn new(plan: &StorePlan) -> Result<Self, SimulatorError> {
        let shelves: Vec<Shelf> = plan
            .gondolas
            .iter()
            .enumerate()
            .flat_map(|(at, gondola)| {
                gondola.shelves.iter().map(move |shelf| Shelf {
                    gondola: at,
                    gondola_id: gondola.id.clone(),
                    shelf_id: shelf.id.clone(),
                    height: shelf.height,
                    plates: shelf
                        .plates
                        .iter()
                        .map(|plate| Plate {
                            id: plate.id.clone(),
                            at: plate.at.into(),
                        })
                        .collect(),
                })
            })
            .collect();
        let products: Vec<Product> = plan
            .products
            .iter()
            .map(|product| Product {
                code: product.code.clone(),
                weight_g: product.unit_weight_g,
                spread: product.weight_spread,
            })
            .collect();
        let mut shop = Self {
            store: plan.store.clone(),
            floor: Polygon::new(&plan.floor),
            gondolas: plan
                .gondolas
                .iter()
                .map(|g| Footprint::new(g.origin.into(), g.rotation_deg, g.size.into()))
                .collect(),
            shelves,
            gates: plan.gates.iter().map(gate).collect(),
            cameras: plan
                .cameras
                .iter()
                .map(|camera| Camera {
                    id: camera.id.clone(),
                    view: Polygon::new(&camera.view),
                    fps: camera.fps.max(0.1),
                })
                .collect(),
            products,
            placements: Vec::new(),
            sensors: plan.sensors.clone(),
        };
        shop.placements = placements(plan, &shop)?;
        for (what, there) in [
            ("an entry", shop.gates.iter().any(|g| g.enters)),
            ("an exit", shop.gates.iter().any(|g| g.leaves)),
        ] {
            if !there {
                return Err(SimulatorError::NoGate { what });
            }
        }
        Ok(shop)
    }

    /// The devices, in the order in which a day numbers them: cameras, shelves, gates.
    pub(crate) fn devices(&self) -> Vec<v1::DeviceRef> {
        let device = |kind: v1::DeviceKind, device_id: String| v1::DeviceRef {
            kind: kind.into(),
            device_id,
        };
        let cameras = self
            .cameras
            .iter()
            .map(|c| device(v1::DeviceKind::Camera, c.id.clone()));
        let shelves = self.shelves.iter().map(|s| {
            let id = format!("{}/{}", s.gondola_id, s.shelf_id);
            device(v1::DeviceKind::Shelf, id)
        });
        let gates = self
            .gates
            .iter()
            .map(|g| device(v1::DeviceKind::Gate, g.id.clone()));
        cameras.chain(shelves).chain(gates).collect()
    }

    /// The place of a shelf in the list.
    pub(crate) fn shelf(&self, gondola: &str, shelf: &str) -> Option<usize> {
        self.shelves
            .iter()
            .position(|s| s.gondola_id == gondola && s.shelf_id == shelf)
    }

    /// Where a placement stands on the gondola's own axes: the mean of its plates.
    pub(crate) fn centre(&self, placement: &Placement) -> V2 {
        let shelf = &self.shelves[placement.shelf];
        let sum = placement
            .plates
            .iter()
            .fold(V2::default(), |sum, &plate| sum + shelf.plates[plate].at);
        #[allow(clippy::cast_precision_loss)]
        let count = placement.plates.len().max(1) as f64;
        sum * (1.0 / count)
    }
}

fn gate(gate: &amble_proto::plan::Gate) -> Gate {
    let (from, to) = (V2::from(gate.line[0]), V2::from(gate.line[1]));
    let middle = (from + to) * 0.5;
    let normal = (to - from).unit().left();
    let inside = V2::from(gate.inside) - middle;
    Gate {
        id: gate.id.clone(),
        enters: gate.kind != GateKind::Exit,
        leaves: gate.kind != GateKind::Entry,
        middle,
        half: (to - from) * 0.5,
        inward: if normal.dot(inside) < 0.0 {
            normal * -1.0
        } else {
            normal
        },
        reader: gate.reader.map(V2::from),
    }
}

fn placements(plan: &StorePlan, shop: &Shop) -> Result<Vec<Placement>, SimulatorError> {
    let products: HashMap<&str, usize> = shop
        .products
        .iter()
        .enumerate()
        .map(|(at, p)| (p.code.as_str(), at))
        .collect();
    let shelves: HashMap<(&str, &str), usize> = shop
        .shelves
        .iter()
        .enumerate()
        .map(|(at, s)| ((s.gondola_id.as_str(), s.shelf_id.as_str()), at))
        .collect();
    plan.planogram
        .iter()
        .map(|placement| {
            let fault = |what: &'static str| SimulatorError::Planogram {
                product: placement.product.clone(),
                gondola: placement.gondola.clone(),
                shelf: placement.shelf.clone(),
                what,
            };
            let product = products.get(placement.product.as_str());
            let place = (placement.gondola.as_str(), placement.shelf.as_str());
            let shelf = *shelves.get(&place).ok_or_else(|| fault("shelf"))?;
            let product = *product.ok_or_else(|| fault("product"))?;
            let Some(plates) = plates(&shop.shelves[shelf], placement.plates.iter()) else {
                // Real planograms name plates that were never installed: nothing stands there.
                tracing::warn!(fault = %fault("plate"), "left out");
                return Ok(None);
            };
            Ok(Some(Placement {
                product,
                shelf,
                plates,
                units: placement.units,
            }))
        })
        .filter_map(Result::transpose)
        .collect()
}

/// Places of the named plates; `None` when one is unknown or none is named.
pub(crate) fn plates(
    shelf: &Shelf,
    names: impl Iterator<Item = impl AsRef<str>>,
) -> Option<Vec<usize>> {
    let places: Option<Vec<usize>> = names
        .map(|name| shelf.plates.iter().position(|p| p.id == name.as_ref()))
        .collect();
    places.filter(|p| !p.is_empty())
}
