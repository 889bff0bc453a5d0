//! Goods that are plainly being lifted from a shelf, told before the plates are at rest.
//!
//! 1. Told is what is lighter by most of the lightest thing that stands there, beyond noise, for [`HELD_US`]: a hand
//!    that leans on a plate makes it heavier, and what rings does so to and fro.
//! 2. Its name is that of the product of the plan whose plates' loss is nearest to whole pieces of it.
//! 3. Each unrest of a shelf is told once, and once that it is over: nothing flickers.
//! 4. It is for phones alone. Nothing that is stored, recorded or decided depends on it.

use amble_engine::{
    layout::{Layout, PlateIx, ProductIx, ShelfIx},
    time::Time,
    weighing::{Frame, Weigher},
};

use crate::message::Lifted;

/// The least share of a piece that has to be gone.
const MOST: f64 = 0.6;
/// In σ of one sample of the plates together.
const BEYOND_NOISE: f64 = 6.0;
/// For how long, in microseconds: two samples at 10 Hz.
const HELD_US: i64 = 80_000;

/// What stands on a shelf by the plan, and since when something of it is lifted.
#[derive(Debug)]
pub struct Lifting {
    shelf: ShelfIx,
    stands: Vec<Stand>,
    /// Since when something is gone, in this unrest.
    gone: Option<Time>,
    told: bool,
}

/// A product on its plates.
#[derive(Debug)]
struct Stand {
    product: ProductIx,
    unit_g: f64,
    /// By their place on the shelf.
    plates: Vec<u32>,
}

impl Lifting {
    /// A shelf on which nothing is lifted.
    pub fn new(shelf: ShelfIx, layout: &Layout) -> Self {
        let first = layout.shelves[shelf.at()].first_plate;
        let here = |plate: &PlateIx| layout.plates[plate.at()].shelf == shelf;
        let own = layout.placements.iter();
        let own = own.filter(|placement| placement.plates.iter().any(here));
        let stands = own.map(|placement| Stand {
            product: placement.product,
            unit_g: layout.products[placement.product.at()].unit_weight_g,
            plates: placement.plates.iter().map(|p| p.0 - first.0).collect(),
        });
        Self {
            shelf,
            stands: stands.collect(),
            gone: None,
            told: false,
        }
    }

    /// Looks at a frame that was folded; what is to be told.
    pub fn look(&mut self, weigher: &Weigher, frame: Frame<'_>) -> Option<Lifted> {
        if weigher.open_since().is_none() {
            self.gone = None;
            let over = std::mem::take(&mut self.told);
            return over.then_some(self.say(None, frame.time));
        }
        if self.told {
            return None;
        }
        let moving: Vec<_> = weigher.moving().collect();
        let plates = weigher.plates().len().max(1);
        let mut at = frame.time;
        for instant in frame.grams.chunks_exact(plates) {
            match self.lightest_loss(&moving, instant) {
                None => self.gone = None,
                Some(product) => {
                    let since = *self.gone.get_or_insert(at);
                    if at.0 - since.0 >= HELD_US {
                        self.told = true;
                        return Some(self.say(Some(product), at));
                    }
                }
            }
            at = at.plus_us(frame.period_us);
        }
        None
    }

    const fn say(&self, product: Option<ProductIx>, at: Time) -> Lifted {
        Lifted {
            shelf: self.shelf,
            product,
            at,
        }
    }

    /// The product that is gone from its plates, as one instant shows it (rules 1 and 2).
    fn lightest_loss(&self, moving: &[(u32, f64, f64)], instant: &[f32]) -> Option<ProductIx> {
        let gone = self.stands.iter().filter_map(|stand| {
            let own = moving.iter().filter(|(at, ..)| stand.plates.contains(at));
            let (loss, variance) = own.fold((0.0, 0.0), |(loss, variance), &(at, level, noise)| {
                let now = instant.get(at as usize).map_or(level, |&g| f64::from(g));
                (loss + level - now, variance + noise * noise)
            });
            let plain = loss >= MOST * stand.unit_g && loss > BEYOND_NOISE * variance.sqrt();
            let pieces = (loss / stand.unit_g).round().max(1.0);
            plain.then(|| ((loss - pieces * stand.unit_g).abs(), stand.product))
        });
        let nearest = gone.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        nearest.map(|(_, product)| product)
    }
}

#[cfg(test)]
mod tests {
    use amble_engine::{
        geometry::{Polygon, Vec2, Vec3},
        layout::{Placement, Plate, Product, Sensors, Shelf, ZoneIx},
        weighing::Config,
    };

    use super::*;

    const REST_G: [f32; 3] = [1000.0, 500.0, 700.0];

    /// A shelf of three plates: things of 100 g on the first two, of 250 g on the third.
    fn layout() -> Layout {
        let corners = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)];
        let floor = corners.map(|(x, y)| Vec2::new(x, y)).to_vec();
        let mut layout = Layout::empty(Polygon::new(floor), Sensors::default());
        layout.shelves.push(Shelf {
            zone: ZoneIx(0),
            first_plate: PlateIx(0),
            plate_count: 3,
        });
        for x in [0.0, 0.2, 0.4] {
            layout.plates.push(Plate {
                shelf: ShelfIx(0),
                centre: Vec3 { x, y: 0.0, z: 1.0 },
                outward: Vec2::new(0.0, 1.0),
                width: 0.1,
                depth: 0.4,
            });
        }
        for (unit_weight_g, plates) in [(100.0, vec![0, 1]), (250.0, vec![2])] {
            let product = ProductIx(u32::try_from(layout.products.len()).unwrap());
            layout.products.push(Product {
                unit_weight_g,
                weight_sigma_g: 1.0,
            });
            layout.placements.push(Placement {
                product,
                plates: plates.into_iter().map(PlateIx).collect(),
                units: 3,
            });
        }
        layout
    }

    /// What is told while the plates differ by so many grams from their rest, a tenth of a second each.
    fn told(differences: &[[f32; 3]]) -> Vec<(usize, Option<u32>)> {
        let mut weigher = Weigher::new(3, Config::default());
        let mut lifting = Lifting::new(ShelfIx(0), &layout());
        let mut told = Vec::new();
        let before = std::iter::repeat_n(&[0.0; 3], 60);
        for (nth, difference) in before.chain(differences).enumerate() {
            // Noise, as repeatable as it is small.
            let noise = [0.4, -0.3, 0.1, -0.2][nth % 4];
            let grams: Vec<f32> = REST_G
                .iter()
                .zip(difference)
                .map(|(rest, more)| rest + more + noise)
                .collect();
            let frame = Frame {
                time: Time(i64::try_from(nth).unwrap() * 100_000),
                period_us: 0,
                grams: &grams,
            };
            weigher.fold(frame, &mut Vec::new());
            let news = lifting.look(&weigher, frame);
            told.extend(news.map(|lifted| (nth.saturating_sub(60), lifted.product.map(|p| p.0))));
        }
        told
    }

    #[test]
    fn what_is_lifted_is_told_with_its_second_sample_and_that_it_is_over_when_it_rests() {
        let gone = [[0.0, 0.0, -250.0]; 12];
        let said = told(&gone);
        assert_eq!(said[0], (1, Some(1)), "{said:?}");
        assert_eq!(said.len(), 2, "{said:?}");
        assert_eq!(said[1].1, None);
    }

    #[test]
    fn pieces_that_stand_on_two_plates_count_together() {
        let said = told(&[[-60.0, -45.0, 0.0]; 12]);
        assert_eq!(said[0], (1, Some(0)), "{said:?}");
    }

    #[test]
    fn who_leans_on_a_plate_or_makes_it_ring_is_told_nothing_of() {
        // A hand sways.
        let lean = [[0.0, 0.0, 900.0], [0.0, 0.0, 700.0]].repeat(4).into_iter();
        let ring = [[0.0, 0.0, -200.0], [0.0, 0.0, 90.0], [0.0; 3]].into_iter();
        let all: Vec<_> = lean.chain(ring).chain([[0.0; 3]; 20]).collect();
        assert_eq!(told(&all), []);
        // Something lighter than anything that stands there.
        assert_eq!(told(&[[-30.0, 0.0, 0.0]; 20]), []);
    }

    #[test]
    fn what_is_lifted_and_put_down_again_is_told_once_and_is_over() {
        let held = [[-100.0, 0.0, 0.0]; 6].into_iter();
        let all: Vec<_> = held.chain([[0.0; 3]; 20]).collect();
        let said = told(&all);
        let products: Vec<_> = said.iter().map(|(_, product)| *product).collect();
        assert!(products.len() >= 2 && products.len() % 2 == 0, "{said:?}");
        assert_eq!(products.last(), Some(&None));
    }
}
