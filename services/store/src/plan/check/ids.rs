//! Ids: of few characters, and each only once.

use std::collections::BTreeMap;

use amble_proto::plan::StorePlan;

use crate::plan::fault::{FaultKind, Faults, Place};

/// How long an id may be, and how long a name, in bytes.
const LONGEST_ID: usize = 64;
const LONGEST_NAME: usize = 200;

pub(super) fn judge(plan: &StorePlan, faults: &mut Faults) {
    let root = Place::Plan;
    id(&plan.store, root.field("store"), faults);
    name(&plan.name, root.field("name"), faults);
    unique(
        plan.taxes.iter().map(|x| &*x.id),
        "id",
        root.field("taxes"),
        faults,
    );
    unique(
        plan.zones.iter().map(|x| &*x.id),
        "id",
        root.field("zones"),
        faults,
    );
    unique(
        plan.gates.iter().map(|x| &*x.id),
        "id",
        root.field("gates"),
        faults,
    );
    unique(
        plan.cameras.iter().map(|x| &*x.id),
        "id",
        root.field("cameras"),
        faults,
    );
    let products = root.field("products");
    unique(
        plan.products.iter().map(|x| &*x.code),
        "code",
        products,
        faults,
    );
    for (index, product) in plan.products.iter().enumerate() {
        name(&product.name, products.item(index).field("name"), faults);
    }
    let gondolas = root.field("gondolas");
    unique(plan.gondolas.iter().map(|x| &*x.id), "id", gondolas, faults);
    for (index, gondola) in plan.gondolas.iter().enumerate() {
        let gondola_place = gondolas.item(index);
        let shelves = gondola_place.field("shelves");
        unique(
            gondola.shelves.iter().map(|x| &*x.id),
            "id",
            shelves,
            faults,
        );
        for (index, shelf) in gondola.shelves.iter().enumerate() {
            let shelf_place = shelves.item(index);
            let plates = shelf_place.field("plates");
            unique(shelf.plates.iter().map(|x| &*x.id), "id", plates, faults);
        }
    }
}

/// The ids of one list: each sound, none twice.
fn unique<'a>(
    ids: impl Iterator<Item = &'a str>,
    field: &str,
    list: Place<'_>,
    faults: &mut Faults,
) {
    let mut first = BTreeMap::new();
    for (index, text) in ids.enumerate() {
        let item = list.item(index);
        let place = item.field(field);
        id(text, place, faults);
        if let Some(earlier) = first.insert(text, index) {
            first.insert(text, earlier);
            faults.error(
                FaultKind::Duplicate,
                place,
                format!("`{text}` is already the {field} of {}", list.item(earlier)),
                "give each its own",
            );
        }
    }
}

fn id(text: &str, place: Place<'_>, faults: &mut Faults) {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if text.is_empty() || text.len() > LONGEST_ID || !text.chars().all(allowed) {
        faults.error(
            FaultKind::Id,
            place,
            format!("{text:?} can't be an id"),
            format!("use 1 to {LONGEST_ID} letters a–z, digits, `-` and `_`"),
        );
    }
}

fn name(text: &str, place: Place<'_>, faults: &mut Faults) {
    if text.trim().is_empty() || text.len() > LONGEST_NAME || text.contains(char::is_control) {
        faults.error(
            FaultKind::Id,
            place,
            "a name must not be empty, very long, or of more than one line",
            format!("write 1 to {LONGEST_NAME} characters that fit on a receipt"),
        );
    }
}
