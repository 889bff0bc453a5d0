//! Plans with one fault each, and plans broken by chance.

use amble_proto::plan::StorePlan;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::example;
use crate::plan::FaultKind as K;
use crate::plan::{Fault, Severity, check, known, to_text};

/// What to change in the example's text, and the one fault of the outcome: (old, new, the fault's
/// kind, its path). The fault lies on the line where `new` begins.
#[rustfmt::skip]
const BROKEN: &[(&str, &str, K, &str)] = &[
    ("700}", "NaN}", K::Syntax, ""),
    ("700}", "1e999}", K::Syntax, ""),
    ("\"name\": \"The shop on the corner\",", "\"name\" \"The shop\",", K::Syntax, ""),
    ("amble.store/1", "amble.store/9", K::Format, "format"),
    ("\"corner\"", "\"cor/ner\"", K::Id, "store"),
    ("\"The shop on the corner\"", "\" \"", K::Id, "name"),
    ("\"EUR\"", "\"EUX\"", K::Currency, "currency"),
    ("\"prices_include_tax\"", "\"price_include_tax\"", K::Shape, "price_include_tax"),
    ("\"prices_include_tax\": true", "\"prices_include_tax\": 1", K::Shape, "prices_include_tax"),
    ("700}", "70000}", K::Number, "taxes[0].rate_basis_points"),
    ("700}", "-7}", K::Number, "taxes[0].rate_basis_points"),
    ("700}", "700}, {\"id\": \"food\", \"rate_basis_points\": 1}", K::Duplicate, "taxes[1].id"),
    ("[4, 3], [0, 3]],\n  \"zones\"", "[0, 3], [4, 3]],\n  \"zones\"", K::Polygon, "floor"),
    ("\"outline\": [[0, 1.5]", "\"outline\": [[0, 1.4]", K::Zones, "zones[1].outline"),
    ("[4, 3], [0, 3]]}", "[5, 3], [0, 3]]}", K::Zones, "zones[1].outline"),
    ("\"outline\": [[0, 1.5]", "\"outline\": [[0, 1.6]", K::Zones, "zones"),
    ("[0, 1.5]]},", "[0, 1.5], [0, 2]]},", K::Polygon, "zones[0].outline"),
    ("\"entry\"", "\"enter\"", K::Shape, "gates[0].kind"),
    ("\"kind\": \"exit\", ", "", K::Shape, "gates[1]"),
    ("\"exit\"", "\"entry\", \"reader\": [3, 0]", K::Gate, "gates"),
    ("\"entry\"", "\"exit\"", K::Gate, "gates"),
    ("[3.3, 0.5]", "[3.3, 0.5], \"reader\": [3, 0]", K::Gate, "gates[1].reader"),
    ("\"line\": [[0.2, 0], [1.2, 0]],\n     \"inside\": [0.7, 0.5],\n     \"reader\": [0.7, -0.4]",
     "\"line\": [[0.2, 0], [1.2, 0]], \"inside\": [0.7, 0.5]", K::Gate, "gates[0]"),
    ("[[0.2, 0], [1.2, 0]]", "[[0.2, -1], [1.2, 0]]", K::Gate, "gates[0].line"),
    ("[[0.2, 0], [1.2, 0]]", "[[0.2, 0], [0.3, 0]]", K::Gate, "gates[0].line"),
    ("[[0.2, 0], [1.2, 0]]", "[[0.2, 0], [1.2, 0], [2, 0]]", K::Shape, "gates[0].line"),
    ("[0.7, 0.5]", "[0.7, -0.03]", K::Gate, "gates[0].inside"),
    ("\"front\", \"line\": [[0.2", "\"back\", \"line\": [[0.2", K::Gate, "gates[0].zone"),
    ("\"front\", \"line\": [[0.2", "\"cellar\", \"line\": [[0.2", K::Reference, "gates[0].zone"),
    ("[0.7, -0.4]", "[0.7, -9]", K::Gate, "gates[0].reader"),
    ("\"cam-2\"", "\"cam-1\"", K::Duplicate, "cameras[1].id"),
    ("[2, 0.7, 2.6]", "[2, 0.7, -2.6]", K::Number, "cameras[0].position[2]"),
    ("[2, 0.7, 2.6]", "[2, 0.7]", K::Shape, "cameras[0].position"),
    ("[4, 3], [0, 3]], \"fps\"", "[1, 1], [0, 3]], \"fps\"", K::Polygon, "cameras[0].view"),
    ("[[0, 0], [4, 0], [4, 3], [0, 3]], \"fps\"", "[[9, 0], [9, 1], [8, 1]], \"fps\"",
     K::Camera, "cameras[0].view"),
    ("[[0, 0], [4, 0], [4, 3], [0, 3]], \"fps\"", "[[0, 0], [4, 0], [4, 3], [0, 4]], \"fps\"",
     K::Camera, "cameras[0].view"),
    ("[2, 0.7, 2.6],\n     \"view\": [[0, 0], [4, 0],", "[2, 0.7, 2.6], \"view\": [[0, 2], [4, 2],",
     K::Camera, "cameras[0].zone"),
    ("\"fps\": 10", "\"fps\": 0", K::Number, "cameras[0].fps"),
    ("\"g1\", \"zone\": \"back\"", "\"g1\", \"zone\": \"front\"", K::Gondola, "gondolas[0].zone"),
    ("[1.5, 2.5]", "[1.5, 2.7]", K::Gondola, "gondolas[0].origin"),
    ("\"rotation_deg\": 0", "\"rotation_deg\": 720", K::Number, "gondolas[0].rotation_deg"),
    ("\"height\": 1.1", "\"height\": -1", K::Number, "gondolas[0].shelves[0].height"),
    ("[0.32, 0.22]", "[0.36, 0.22]", K::Plate, "gondolas[0].shelves[0].plates[2].at"),
    ("[0.32, 0.22]", "[0.25, 0.22]", K::Plate, "gondolas[0].shelves[0].plates[2].at"),
    ("[0.32, 0.22], \"size\": [0.1,", "[0.32, 0.22], \"size\": [0,",
     K::Number, "gondolas[0].shelves[0].plates[2].size[0]"),
    ("[0.32, 0.22],", "[0.39, 0.22], \"size\": [0.01, 0.4]}, {\"id\": \"3\", \"at\": [0.32, 0.22],",
     K::Duplicate, "gondolas[0].shelves[0].plates[3].id"),
    ("0200000000011", "0200000000012", K::Code, "products[0].code"),
    ("0200000000011", "water", K::Code, "products[0].code"),
    ("0200000000011", "0 200000 000011", K::Id, "products[0].code"),
    ("\"unit_weight_g\": 525", "\"unit_weight_g\": 52500", K::Number, "products[0].unit_weight_g"),
    ("\"unit_weight_g\": 525", "\"unit_weight_g\": null", K::Shape, "products[0].unit_weight_g"),
    ("\"unit_weight_g\": 525", "\"unit_weight_g\": 2", K::Weight, "products[0].unit_weight_g"),
    ("\"weight_spread\": 0.01", "\"weight_spread\": 3", K::Number, "products[0].weight_spread"),
    ("\"price_minor\": 89", "\"price_minor\": -89", K::Number, "products[0].price_minor"),
    ("\"price_minor\": 89", "\"price_minor\": 0.89", K::Shape, "products[0].price_minor"),
    ("\"tax\": \"food\"},\n", "\"tax\": \"fod\"},\n", K::Reference, "products[0].tax"),
    ("\"0200000000011\", \"gondola\"", "\"0200000000013\", \"gondola\"",
     K::Reference, "planogram[0].product"),
    ("\"g1\", \"shelf\": \"s1\", \"plates\": [\"3\"]", "\"g2\", \"shelf\": \"s1\", \"plates\": [\"3\"]",
     K::Reference, "planogram[1].gondola"),
    ("\"s1\", \"plates\": [\"3\"]", "\"s2\", \"plates\": [\"3\"]", K::Reference, "planogram[1].shelf"),
    ("[\"1\", \"2\"]", "[\"1\", \"2\", \"4\"]", K::Reference, "planogram[0].plates[2]"),
    ("[\"1\", \"2\"]", "[\"1\", \"2\", \"1\"]", K::Duplicate, "planogram[0].plates[2]"),
    ("[\"1\", \"2\"]", "[\"1\", \"3\"]", K::Placement, "planogram[0].plates"),
    ("[\"3\"]", "[]", K::Placement, "planogram[1].plates"),
    ("\"units\": 9}", "\"units\": 9, \"units\": 8}", K::Duplicate, "planogram[1]"),
    ("\"units\": 9}", "\"units\": 1000000}", K::Number, "planogram[1].units"),
    ("\"units\": 9}", "\"units\": 5000000000}", K::Number, "planogram[1].units"),
];

fn faults(text: &str) -> Vec<Fault> {
    check(text).map_or_else(|faults| faults, |(_, warnings)| warnings)
}

fn line_of(part: &str) -> usize {
    let start = example()
        .find(part)
        .unwrap_or_else(|| panic!("{part} is not in the example"));
    example()[..start].matches('\n').count() + 1
}

/// The errors if there are any, as they may bring about warnings.
fn worst(faults: &[Fault]) -> Vec<&Fault> {
    let worst = faults.iter().map(|f| f.severity).min();
    faults
        .iter()
        .filter(|f| Some(f.severity) == worst)
        .collect()
}

#[test]
fn each_fault_is_named_at_its_line() {
    for &(old, new, kind, path) in BROKEN {
        let found = faults(&example().replace(old, new));
        let found = worst(&found);
        // A fault of a list as a whole lies where the list begins.
        let of_list = ["zones", "gates"].contains(&path);
        let line = if of_list {
            line_of(&format!("\"{path}\""))
        } else {
            line_of(old)
        };
        let found: Vec<_> = found
            .iter()
            .map(|f| (f.kind, &*f.path, f.line, f.to_string()))
            .collect();
        assert_eq!(found.len(), 1, "{new}: {found:#?}");
        assert_eq!(
            (found[0].0, found[0].1, found[0].2),
            (kind, path, line),
            "{new}: {}",
            found[0].3
        );
    }
}

#[test]
fn what_needs_a_larger_change_is_named_too() {
    type Change = fn(&mut StorePlan);
    let cases: &[(K, Severity, &str, Change)] = &[
        (K::Gondola, Severity::Error, "gondolas[1].origin", |plan| {
            let mut twin = plan.gondolas[0].clone();
            twin.id = "g2".to_owned();
            twin.shelves.clear();
            plan.gondolas.push(twin);
        }),
        (K::Empty, Severity::Warning, "products[1]", |plan| {
            plan.planogram[1].product = plan.planogram[0].product.clone();
        }),
        (
            K::Empty,
            Severity::Warning,
            "gondolas[0].shelves[0].plates",
            |plan| {
                plan.planogram[0].plates.pop();
            },
        ),
        (
            K::Weight,
            Severity::Warning,
            "gondolas[0].shelves[0].plates",
            |plan| {
                plan.planogram[0].units = 100;
            },
        ),
        (K::Blind, Severity::Warning, "zones[0]", |plan| {
            for camera in &mut plan.cameras {
                camera.view = vec![[0.0, 0.8], [4.0, 0.8], [4.0, 3.0], [0.0, 3.0]];
            }
        }),
        (
            K::Blind,
            Severity::Warning,
            "gondolas[0].shelves[0]",
            |plan| {
                for camera in &mut plan.cameras {
                    camera.view = vec![[0.0, 0.0], [1.0, 0.0], [1.0, 3.0], [0.0, 3.0]];
                }
            },
        ),
        (K::Duplicate, Severity::Error, "products[1].code", |plan| {
            plan.products[1].code = format!("0{}", plan.products[0].code);
        }),
        (K::Zones, Severity::Error, "zones", |plan| {
            plan.zones.clear();
        }),
    ];
    for (kind, severity, path, change) in cases {
        let (mut plan, _) = check(example()).unwrap();
        change(&mut plan);
        let found = faults(&to_text(&plan).unwrap());
        let same = |f: &&Fault| (f.kind, f.severity, f.path.as_str()) == (*kind, *severity, *path);
        assert!(found.iter().any(|f| same(&f)), "{path}: {found:#?}");
    }
}

#[test]
fn all_faults_are_named_at_once() {
    let text = example()
        .replace("\"EUR\"", "\"euro\"")
        .replace("\"fps\": 10", "\"fps\": -1")
        .replace("\"price_minor\": 89", "\"price_minor\": -89")
        .replace("\"rotation_deg\"", "\"rotation\"");
    let found: Vec<String> = faults(&text).into_iter().map(|f| f.path).collect();
    let expected = [
        "currency",
        "cameras[0].fps",
        "gondolas[0].rotation",
        "products[0].price_minor",
    ];
    assert_eq!(found, expected);
    let text = example()
        .replace("\"kind\": \"exit\", ", "")
        .replace("\"height\": 1.1", "\"height\": \"1.1\"");
    let found: Vec<String> = faults(&text).into_iter().map(|f| f.path).collect();
    assert_eq!(found, ["gates[1]", "gondolas[0].shelves[0].height"]);
}

/// The paths of all values of a plan, as JSON pointers.
fn pointers(value: &Value, here: &str, all: &mut Vec<String>) {
    all.push(here.to_owned());
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(k, v)| (k.clone(), v)).collect(),
        Value::Array(items) => (0..).map(|i: usize| i.to_string()).zip(items).collect(),
        _ => Vec::new(),
    };
    for (name, child) in children {
        pointers(child, &format!("{here}/{name}"), all);
    }
}

fn junk() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(null)),
        Just(json!([])),
        Just(json!({})),
        Just(json!("")),
        Just(json!("back")),
        Just(json!([[0, 0], [0, 0], [1, 1]])),
        Just(json!([[0, 0], [4, 0], [2, 3], [4, 3], [0, 2]])),
        any::<f64>().prop_map(|number| json!(number)),
        (-5.0..5.0).prop_map(|number| json!(number)),
        any::<i64>().prop_map(|number| json!(number)),
        (-2.0..5.0, -2.0..5.0).prop_map(|(x, y)| json!([x, y])),
        any::<bool>().prop_map(|flag| json!(flag)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_lost_id_is_noticed(seed in any::<u64>(), choice in any::<prop::sample::Index>()) {
        let mut value = serde_json::to_value(known("kiosk", seed)).unwrap();
        let mut all = Vec::new();
        pointers(&value, "", &mut all);
        let names = ["id", "code", "zone", "tax", "product", "gondola", "shelf", "store"];
        all.retain(|pointer| names.iter().any(|name| pointer.ends_with(&format!("/{name}"))));
        let (parent, name) = choice.get(&all).rsplit_once('/').unwrap();
        value.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name);
        let found = check(&value.to_string()).unwrap_err();
        let said = format!("the field `{name}` is missing");
        prop_assert!(found.len() == 1 && found[0].problem == said, "{found:?}");
    }

    #[test]
    fn no_plan_makes_the_check_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), junk()), 1..6)) {
        let mut value: Value = serde_json::from_str(example()).unwrap();
        for (choice, junk) in changes {
            let mut all = Vec::new();
            pointers(&value, "", &mut all);
            *value.pointer_mut(choice.get(&all).as_str()).unwrap() = junk;
        }
        let text = value.to_string();
        for fault in faults(&text) {
            prop_assert!(fault.line == 1 && fault.column <= text.chars().count() + 1, "{fault}");
        }
        if let Ok((plan, _)) = check(&text) {
            prop_assert!(crate::plan::shop(&plan).is_ok());
        }
    }

    #[test]
    fn no_text_makes_the_check_panic(from in any::<prop::sample::Index>(), length in 0_usize..200, new in ".{0,4}") {
        let mut text: Vec<char> = example().chars().collect();
        let from = from.index(text.len());
        let to = (from + length).min(text.len());
        text.splice(from..to, new.chars());
        faults(&text.into_iter().collect::<String>());
    }
}
