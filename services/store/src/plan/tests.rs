//! The known shops and the example of the format's page: whole, laid out, and cut into shards.

mod faults;

use amble_engine::geometry::Vec2;
use amble_engine::layout::{ProductIx, ShelfIx, ZoneIx};
use amble_proto::plan::StorePlan;

use super::turned::Axes;
use super::{FaultKind, PROFILES, buckets, check, known, nanostore, shards, shop, to_text};

const PAGE: &str = include_str!("../../../../docs/STORE_PLAN.md");

/// The plan on the page that describes the format.
fn example() -> &'static str {
    let start = PAGE.find("```json\n").unwrap() + "```json\n".len();
    let length = PAGE[start..].find("```").unwrap();
    &PAGE[start..start + length]
}

fn plates(plan: &StorePlan) -> usize {
    let shelves = plan.gondolas.iter().flat_map(|g| &g.shelves);
    shelves.map(|s| s.plates.len()).sum()
}

#[test]
fn the_example_of_the_page_has_no_fault() {
    let (plan, warnings) = check(example()).unwrap();
    assert_eq!(warnings, []);
    assert_eq!(check(&to_text(&plan).unwrap()).unwrap().0, plan);
}

#[test]
fn each_profile_is_faultless_and_as_large_as_it_is_said_to_be() {
    let promised = [
        ("kiosk", 12.0, 6, 300, 80, 1, 4),
        ("convenience", 170.0, 30, 2400, 1200, 4, 8),
        ("stadium", 120.0, 24, 1200, 150, 4, 8),
        ("supermarket", 4000.0, 480, 19_200, 12_000, 16, 16),
    ];
    assert_eq!(PROFILES.len(), promised.len());
    for (name, floor, cameras, plate_count, products, zones, visits) in promised {
        for seed in [1, u64::MAX] {
            let plan = known(name, seed).unwrap();
            let (read, faults) = check(&to_text(&plan).unwrap()).unwrap();
            assert_eq!(faults, [], "{name}");
            assert_eq!(read, plan, "{name}");
            assert_eq!(
                known(name, seed),
                Some(read),
                "the same seed, the same shop"
            );
            let counts = (
                plan.cameras.len(),
                plates(&plan),
                plan.products.len(),
                plan.zones.len(),
            );
            assert_eq!(counts, (cameras, plate_count, products, zones), "{name}");
            assert_eq!(buckets(&plan), visits, "{name}");
            let layout = shop(&plan).unwrap().layout;
            assert!((layout.floor.area() - floor).abs() < 1e-9, "{name}");
        }
    }
    assert_eq!(known("mall", 1), None);
}

#[test]
fn in_a_profile_weight_alone_tells_few_products_apart() {
    for profile in PROFILES {
        let mut weights: Vec<f64> = known(profile.name, 1)
            .unwrap()
            .products
            .iter()
            .map(|p| p.unit_weight_g)
            .collect();
        weights.sort_by(f64::total_cmp);
        let close = |i: usize, j: usize| (weights[i] - weights[j]).abs() <= 5.0;
        let last = weights.len() - 1;
        let twins =
            (0..=last).filter(|&i| (i > 0 && close(i - 1, i)) || (i < last && close(i, i + 1)));
        assert!(twins.count() * 5 >= weights.len() * 4, "{}", profile.name);
        assert!(
            weights[0] < 9.0 && weights[last] <= 2000.0,
            "{}",
            profile.name
        );
        assert!(weights[last] > 700.0, "{}", profile.name);
    }
}

#[test]
fn in_a_profile_there_is_room_to_walk_and_to_be_seen() {
    for profile in PROFILES {
        let name = profile.name;
        let plan = known(name, 1).unwrap();
        let layout = shop(&plan).unwrap().layout;
        let footprints = plan.gondolas.iter().map(|g| Axes::of(g).footprint());
        let gondolas: Vec<_> = footprints.collect();
        // The boards of a gondola are above each other: the lowest stands for all.
        for plate in layout.plates.iter().filter(|p| p.centre.z < 0.4) {
            for step in [0.1, 0.6, 1.2] {
                let here = plate.front() + plate.outward * step;
                assert!(layout.floor.contains(here), "{name} {here:?}");
                assert!(
                    !gondolas.iter().any(|g| g.contains(here)),
                    "{name} {here:?}"
                );
                let seen = layout.cameras.iter().filter(|c| c.view.contains(here));
                assert!(seen.count() >= 4, "{name} {here:?}");
            }
        }
    }
}

#[test]
fn in_a_profile_a_zone_sees_a_metre_beyond_its_border() {
    for profile in PROFILES {
        let layout = shop(&known(profile.name, 1).unwrap()).unwrap().layout;
        let (_, far) = layout.floor.bounds();
        let steps = |length: f64| {
            (0..)
                .map(|k| f64::from(k) * 0.5 + 0.2)
                .take_while(move |&x| x < length)
        };
        for here in steps(far.x).flat_map(|x| steps(far.y).map(move |y| Vec2::new(x, y))) {
            for (index, zone) in (0..).map(ZoneIx).zip(&layout.zones) {
                let mut own = layout.cameras.iter().filter(|c| c.zone == index);
                let seen = zone.outline.distance(here) > 1.0 || own.any(|c| c.view.contains(here));
                assert!(seen, "{} zone {index:?} at {here:?}", profile.name);
            }
        }
    }
}

#[test]
fn the_measured_shop_has_its_counts_three_local_codes_and_eight_pairs_that_weigh_alike() {
    let plan = nanostore();
    let (_, faults) = check(&to_text(&plan).unwrap()).unwrap();
    let of = |kind| faults.iter().filter(move |f| f.kind == kind);
    let local: Vec<&str> = of(FaultKind::Code).map(|f| f.path.as_str()).collect();
    assert_eq!(
        local,
        [
            "products[48].code",
            "products[49].code",
            "products[50].code"
        ]
    );
    // Two flavours of one drink beside each other, as the shop has them.
    let alike: Vec<&str> = of(FaultKind::Weight).map(|f| f.path.as_str()).collect();
    assert_eq!(
        alike,
        [12, 41, 56, 57, 67, 68, 90, 91].map(|n| format!("planogram[{n}]"))
    );
    assert_eq!(
        local.len() + alike.len() + of(FaultKind::Empty).count(),
        faults.len(),
        "{faults:?}"
    );
    let shelves = plan.gondolas.iter().map(|g| g.shelves.len()).sum::<usize>();
    assert_eq!((plan.gondolas.len(), shelves, plates(&plan)), (5, 30, 306));
    // Centres as they were measured: the first and the last plate of each row.
    let shop = shop(&plan).unwrap();
    for (name, x, y, z) in [
        ("1/2/1", 0.0762, 0.2889, 0.5556),
        ("1/6/12", 1.1938, 0.2889, 1.6986),
        ("2/1/9", 2.1082, 0.2889, 0.3302),
        ("3/1/12", 3.3274, 0.2889, 0.3302),
        ("4/3/9", 4.2418, 0.2889, 0.889),
        ("5/1/1", 4.7117, -0.3524, 0.3302),
        ("5/6/9", 4.7117, -1.1652, 1.6478),
    ] {
        let centre = shop.layout.plates[shop.names.find_plate(name).unwrap().at()].centre;
        let off = (centre.x - x)
            .abs()
            .max((centre.y - y).abs())
            .max((centre.z - z).abs());
        assert!(off < 1e-9, "{name}: {centre:?}");
    }
}

#[test]
fn a_turned_gondola_faces_the_people_before_it() {
    for (degrees, outward, first) in [
        (0.0, (0.0, -1.0), (1.58, 1.72)),
        (90.0, (1.0, 0.0), (1.28, 1.58)),
        (180.0, (0.0, 1.0), (1.42, 1.28)),
        (-90.0, (-1.0, 0.0), (1.72, 1.42)),
    ] {
        let (mut plan, _) = check(example()).unwrap();
        plan.gondolas[0].origin = [1.5, 1.5];
        plan.gondolas[0].rotation_deg = degrees;
        let shop = shop(&plan).unwrap();
        let plate = &shop.layout.plates[0];
        let close = |a: Vec2, (x, y): (f64, f64)| a.distance(Vec2::new(x, y)) < 1e-9;
        assert!(
            close(plate.outward, outward),
            "{degrees}: {:?}",
            plate.outward
        );
        assert!(
            close(plate.centre.floor(), first),
            "{degrees}: {:?}",
            plate.centre
        );
    }
}

#[test]
fn a_gate_has_the_shop_on_its_left_and_names_go_both_ways() {
    let (plan, _) = check(example()).unwrap();
    let shop = shop(&plan).unwrap();
    for (gate, of_plan) in shop.layout.gates.iter().zip(&plan.gates) {
        let [x, y] = of_plan.inside;
        assert!(gate.line.side(Vec2::new(x, y)) > 0.0, "{}", of_plan.id);
    }
    assert_eq!(shop.names.shelf(ShelfIx(0)), "g1/s1");
    assert_eq!(shop.names.find_shelf("g1/s1"), Some(ShelfIx(0)));
    assert_eq!(shop.names.find_product("0200000000028"), Some(ProductIx(1)));
    assert_eq!(shop.names.find_shelf("s1"), None);
    assert_eq!(shop.names.shelf(ShelfIx(1)), "");
}

#[test]
fn the_shards_are_buckets_zones_and_a_bookkeeper_in_the_order_in_which_they_move() {
    let (plan, _) = check(example()).unwrap();
    let shards = shards(&plan);
    let keys: Vec<&str> = shards.iter().map(|s| s.key.as_str()).collect();
    let expected = [
        "bucket/0",
        "bucket/1",
        "bucket/2",
        "bucket/3",
        "zone/front",
        "zone/back",
        "bookkeeper",
    ];
    assert_eq!(keys, expected);
    assert_eq!(shards[4].affinities, ["zone/back"]);
    assert!(
        shards[5].load > shards[4].load,
        "the zone with the shelf has more to do"
    );
    assert!(shards.iter().all(|s| s.load > 0));
}
