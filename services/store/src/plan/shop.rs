//! A plan as the engine sees it, and the names of what it sees.
//!
//! 1. The n-th zone, gate, camera and product of the layout is the n-th of the plan; shelves and
//!    plates follow the order of the plan, gondola by gondola.
//! 2. A gate's line has the shop on its left.
//! 3. Whatever has an index has a name, and the other way round.

use std::collections::BTreeMap;

use amble_engine::geometry::{Segment, Vec2, Vec3};
use amble_engine::layout::{
    Camera, CameraIx, Gate, GateIx, Layout, Placement, Plate, PlateIx, Product, ProductIx, Sensors,
    Shelf, ShelfIx, Zone, ZoneIx,
};
use amble_proto::plan::{self, GateKind, StorePlan};

use super::polygon::polygon;
use super::turned::Axes;

/// A shop, laid out.
#[derive(Clone, Debug)]
pub struct Shop {
    /// Where everything is.
    pub layout: Layout,
    /// What it is called.
    pub names: Names,
}

/// Something in a plan names what the plan doesn't have; [`super::check`] says where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the plan has no {what} `{name}`; check the plan to see where it is named")]
pub struct Unknown {
    /// The kind of thing.
    pub what: &'static str,
    /// What it is called.
    pub name: String,
}

/// The names of one kind of thing, in both directions.
#[derive(Clone, Debug, Default)]
struct Directory {
    names: Vec<String>,
    places: BTreeMap<String, u32>,
}

impl Directory {
    fn push(&mut self, name: String) -> u32 {
        // A plan is a file of some megabytes: it names no more things than fit.
        let place = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.places.entry(name.clone()).or_insert(place);
        self.names.push(name);
        place
    }

    fn of(names: impl Iterator<Item = String>) -> Self {
        let mut directory = Self::default();
        for name in names {
            directory.push(name);
        }
        directory
    }

    fn look_up(&self, what: &'static str, name: &str) -> Result<u32, Unknown> {
        let unknown = || Unknown {
            what,
            name: name.to_owned(),
        };
        self.places.get(name).copied().ok_or_else(unknown)
    }
}

/// What the things of a layout are called.
#[derive(Clone, Debug, Default)]
pub struct Names {
    zones: Directory,
    gates: Directory,
    cameras: Directory,
    shelves: Directory,
    plates: Directory,
    products: Directory,
}

macro_rules! both_ways {
    ($list:ident, $index:ident, $name:ident, $find:ident, $form:literal) => {
        #[doc = concat!("What it is called: ", $form, ". Empty for an index of another layout.")]
        #[must_use]
        pub fn $name(&self, index: $index) -> &str {
            self.$list.names.get(index.at()).map_or("", String::as_str)
        }

        #[doc = concat!("Which one is called so: ", $form, ".")]
        #[must_use]
        pub fn $find(&self, name: &str) -> Option<$index> {
            self.$list.places.get(name).copied().map($index)
        }
    };
}

impl Names {
    both_ways!(zones, ZoneIx, zone, find_zone, "its id");
    both_ways!(gates, GateIx, gate, find_gate, "its id");
    both_ways!(cameras, CameraIx, camera, find_camera, "its id");
    both_ways!(
        shelves,
        ShelfIx,
        shelf,
        find_shelf,
        "`gondola/shelf`, its device id"
    );
    both_ways!(plates, PlateIx, plate, find_plate, "`gondola/shelf/plate`");
    both_ways!(products, ProductIx, product, find_product, "its code");

    fn of(plan: &StorePlan) -> Self {
        let shelves = || {
            let gondolas = plan.gondolas.iter();
            gondolas.flat_map(|g| {
                g.shelves
                    .iter()
                    .map(move |s| (format!("{}/{}", g.id, s.id), s))
            })
        };
        let plates = shelves()
            .flat_map(|(shelf, s)| s.plates.iter().map(move |p| format!("{shelf}/{}", p.id)));
        Self {
            zones: Directory::of(plan.zones.iter().map(|x| x.id.clone())),
            gates: Directory::of(plan.gates.iter().map(|x| x.id.clone())),
            cameras: Directory::of(plan.cameras.iter().map(|x| x.id.clone())),
            shelves: Directory::of(shelves().map(|(name, _)| name)),
            plates: Directory::of(plates),
            products: Directory::of(plan.products.iter().map(|x| x.code.clone())),
        }
    }

    fn zone_of(&self, id: &str) -> Result<ZoneIx, Unknown> {
        self.zones.look_up("zone", id).map(ZoneIx)
    }
}

/// Lays out a plan.
///
/// # Errors
/// [`Unknown`] if something in the plan names what it doesn't have. A plan without errors has
/// nothing of the kind.
pub fn shop(plan: &StorePlan) -> Result<Shop, Unknown> {
    let names = Names::of(plan);
    let cameras = plan.cameras.iter().map(|c| camera(c, &names));
    let gates = plan.gates.iter().map(|g| gate(g, &names));
    let placements = plan.planogram.iter().map(|p| placement(p, &names));
    let (shelves, plates) = boards(plan, &names)?;
    let layout = Layout {
        floor: polygon(&plan.floor),
        zones: plan
            .zones
            .iter()
            .map(|zone| Zone {
                outline: polygon(&zone.outline),
            })
            .collect(),
        gates: gates.collect::<Result<_, _>>()?,
        cameras: cameras.collect::<Result<_, _>>()?,
        shelves,
        plates,
        products: plan.products.iter().map(product).collect(),
        placements: placements.collect::<Result<_, _>>()?,
        sensors: sensors(&plan.sensors),
    };
    Ok(Shop { layout, names })
}

fn gate(gate: &plan::Gate, names: &Names) -> Result<Gate, Unknown> {
    let point = |[x, y]: plan::Point2| Vec2::new(x, y);
    let [from, to] = gate.line.map(point);
    let (line, back) = (Segment { from, to }, Segment { from: to, to: from });
    let left = line.side(point(gate.inside)) > 0.0;
    Ok(Gate {
        zone: names.zone_of(&gate.zone)?,
        line: if left { line } else { back },
        entry: matches!(gate.kind, GateKind::Entry | GateKind::Both),
        exit: matches!(gate.kind, GateKind::Exit | GateKind::Both),
        reader: gate.reader.map(point),
    })
}

fn camera(camera: &plan::Camera, names: &Names) -> Result<Camera, Unknown> {
    let [x, y, z] = camera.position;
    Ok(Camera {
        zone: names.zone_of(&camera.zone)?,
        position: Vec3::new(x, y, z),
        view: polygon(&camera.view),
    })
}

fn boards(plan: &StorePlan, names: &Names) -> Result<(Vec<Shelf>, Vec<Plate>), Unknown> {
    let (mut shelves, mut plates) = (Vec::new(), Vec::new());
    let index = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    for gondola in &plan.gondolas {
        let axes = Axes::of(gondola);
        let zone = names.zone_of(&gondola.zone)?;
        for shelf in &gondola.shelves {
            let this = ShelfIx(index(shelves.len()));
            shelves.push(Shelf {
                zone,
                first_plate: PlateIx(index(plates.len())),
                plate_count: index(shelf.plates.len()),
            });
            plates.extend(shelf.plates.iter().map(|plate| {
                let centre = axes.to_plan(plate.at);
                Plate {
                    shelf: this,
                    centre: Vec3::new(centre.x, centre.y, shelf.height),
                    outward: axes.outward(),
                    width: plate.size[0],
                    depth: plate.size[1],
                }
            }));
        }
    }
    Ok((shelves, plates))
}

fn product(product: &plan::Product) -> Product {
    Product {
        unit_weight_g: product.unit_weight_g,
        weight_sigma_g: product.unit_weight_g * product.weight_spread,
    }
}

fn placement(placement: &plan::Placement, names: &Names) -> Result<Placement, Unknown> {
    let shelf = format!("{}/{}", placement.gondola, placement.shelf);
    let plate = |id: &String| {
        let name = format!("{shelf}/{id}");
        names.plates.look_up("plate", &name).map(PlateIx)
    };
    let mut plates = placement
        .plates
        .iter()
        .map(plate)
        .collect::<Result<Vec<_>, _>>()?;
    plates.sort_unstable();
    Ok(Placement {
        product: ProductIx(names.products.look_up("product", &placement.product)?),
        plates,
        units: placement.units,
    })
}

fn sensors(sensors: &plan::Sensors) -> Sensors {
    Sensors {
        position_sigma_m: sensors.position_sigma_m,
        wrist_sigma_m: sensors.wrist_sigma_m,
        recall: sensors.recall,
        precision: sensors.precision,
        plate_noise_g: sensors.plate_noise_g,
    }
}
