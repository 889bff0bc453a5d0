//! Tests of whole days in a tiny shop.

mod drive;
mod scenarios;
mod scripts;
mod sensors;
mod world;

use amble_proto::plan::StorePlan;
use serde_json::json;

use crate::{Day, DayConfig, RoundOutput};

/// A shop of 8 m × 6 m: two gondolas (one of them turned), two shelves each, two cameras.
pub(crate) fn plan() -> StorePlan {
    let shelf = |id: &str, height: f64| {
        let plates: Vec<_> = (0..6)
            .map(|n| {
                json!({"id": (n + 1).to_string(), "at": [0.1 + 0.2 * f64::from(n), 0.2], "size": [0.2, 0.4]})
            })
            .collect();
        json!({"id": id, "height": height, "plates": plates})
    };
    let gondola = |id: &str, origin: [f64; 2], rotation_deg: f64| {
        json!({
            "id": id, "zone": "1", "origin": origin, "rotation_deg": rotation_deg,
            "size": [1.2, 0.4], "shelves": [shelf("low", 0.5), shelf("high", 1.2)],
        })
    };
    let mut products = Vec::new();
    let mut planogram = Vec::new();
    for (nth, (gondola, shelf)) in [("a", "low"), ("a", "high"), ("b", "low"), ("b", "high")]
        .into_iter()
        .enumerate()
    {
        for place in 0..3 {
            let code = format!("p{}", nth * 3 + place);
            let weight = 100.0 + 37.0 * (nth * 3 + place) as f64;
            products.push(json!({
                "code": code, "name": code, "unit_weight_g": weight, "price_minor": 100, "tax": "t",
            }));
            let plates = [(2 * place + 1).to_string(), (2 * place + 2).to_string()];
            planogram.push(json!({
                "product": code, "gondola": gondola, "shelf": shelf, "plates": plates, "units": 40,
            }));
        }
    }
    let camera = |id: &str, low: f64| {
        json!({
            "id": id, "zone": "1", "position": [low + 2.5, 3.0, 3.0], "fps": 10.0,
            "view": [[low, 0.0], [low + 5.0, 0.0], [low + 5.0, 6.0], [low, 6.0]],
        })
    };
    let floor = json!([[0.0, 0.0], [8.0, 0.0], [8.0, 6.0], [0.0, 6.0]]);
    let plan = json!({
        "format": "amble.store/1", "store": "tiny", "name": "Tiny", "currency": "EUR",
        "taxes": [{"id": "t", "rate_basis_points": 700}],
        "floor": floor, "zones": [{"id": "1", "outline": floor}],
        "gates": [
            {"id": "in", "kind": "entry", "zone": "1", "line": [[1.0, 0.0], [2.2, 0.0]],
             "inside": [1.6, 0.5], "reader": [1.6, -0.4]},
            {"id": "out", "kind": "exit", "zone": "1", "line": [[5.8, 0.0], [7.0, 0.0]],
             "inside": [6.4, 0.5]},
        ],
        "cameras": [camera("c1", 0.0), camera("c2", 3.0)],
        // The front of b, turned by a quarter to the left, looks to the right.
        "gondolas": [gondola("a", [3.0, 4.5], 0.0), gondola("b", [3.0, 2.0], 90.0)],
        "products": products, "planogram": planogram,
    });
    serde_json::from_value(plan).unwrap()
}

/// Plays a day to its end.
pub(crate) fn rounds(day: &mut Day) -> Vec<RoundOutput> {
    std::iter::from_fn(|| day.next_round().unwrap()).collect()
}

/// Some people for some minutes.
pub(crate) fn busy(seconds: u32) -> DayConfig {
    DayConfig {
        people: 8,
        seconds,
        ..DayConfig::default()
    }
}
