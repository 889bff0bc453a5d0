//! Products and money: codes, currency, and weights that a plate can tell.

use std::collections::BTreeMap;

use amble_engine::price::Currency;
use amble_proto::plan::StorePlan;

use crate::plan::fault::{FaultKind, Faults, Place};
use crate::plan::gtin::{Code, code};

/// A product that weighs less than this many times a plate's noise is hard to notice.
const NOTICED: f64 = 5.0;

pub(super) fn judge(plan: &StorePlan, faults: &mut Faults) {
    if Currency::from_code(&plan.currency).is_err() {
        faults.error(
            FaultKind::Currency,
            Place::Plan.field("currency"),
            format!("`{}` is no currency", plan.currency),
            "use a code of ISO 4217 in capitals, such as EUR, USD or GBP",
        );
    }
    let list = Place::Plan.field("products");
    let mut gtins = BTreeMap::new();
    for (index, product) in plan.products.iter().enumerate() {
        let item = list.item(index);
        let place = item.field("code");
        match code(&product.code) {
            Code::Gtin(full) => {
                let first = *gtins.entry(full).or_insert(&product.code);
                if *first != product.code {
                    faults.error(
                        FaultKind::Duplicate,
                        place,
                        format!("`{}` and `{first}` are the same GTIN", product.code),
                        "keep one of the two products",
                    );
                }
            }
            Code::Wrong { check } => faults.error(
                FaultKind::Code,
                place,
                format!("the check digit of this GTIN should be {check}"),
                "compare it with the code on the product",
            ),
            Code::Local { lost_zeros } => {
                let remedy = lost_zeros.map_or_else(
                    || "nothing to do, if it is meant; else use the GTIN of the product".to_owned(),
                    |gtin| format!("if its leading zeros were lost, write `{gtin}`"),
                );
                let problem = format!("`{}` is no GTIN and loads as a local code", product.code);
                faults.warning(FaultKind::Code, place, problem, remedy);
            }
        }
        if product.unit_weight_g < NOTICED * plan.sensors.plate_noise_g {
            faults.warning(
                FaultKind::Weight,
                item.field("unit_weight_g"),
                format!(
                    "{} g are hard to tell from a plate's noise",
                    product.unit_weight_g
                ),
                "expect that it is missed at times, or sell it in larger packs",
            );
        }
    }
}
