//! `amble store cost`: what a shop's hardware costs, by its owner's prices (rule E2).
//!
//! 1. What there is of each part is in the plan; edge computers are as many as the devices need, each with
//!    so many.
//! 2. A visit bears the purchase, spread evenly over all visits until the hardware is replaced, and its share
//!    of what a year's running costs.
//! 3. With fewer cameras or plates it is the shop that `evaluate` plays with as many fewer.
//! 4. A part that the plan has and that has no price is an error, never free.

use amble_checkout::currency::{amount, minor_digits};
use amble_engine::geometry::{Polygon, Vec2};
use amble_proto::plan::StorePlan;
use serde::Serialize;

use crate::{
    args::CostArgs,
    evaluate::hardware::{Fewer, Less},
    failure::Failure,
    output::{print, print_json},
    plan_file,
    table::{Align::Left, Align::Right, Table},
};

/// What a shop's hardware costs. Money is in minor units of the plan's currency.
#[derive(Debug, PartialEq, Serialize)]
struct Cost {
    store: String,
    currency: String,
    parts: Vec<Part>,
    /// What all parts cost together.
    purchase_minor: i64,
    area_m2: f64,
    per_m2_minor: f64,
    visits_per_day: f64,
    years: f64,
    per_visit_minor: f64,
}

/// All parts of one kind.
#[derive(Debug, PartialEq, Serialize)]
struct Part {
    what: &'static str,
    count: usize,
    each_minor: i64,
    all_minor: i64,
}

/// Prints what a plan's hardware costs.
///
/// # Errors
/// When the plan can't be read, or a price is missing or is none.
pub fn run(args: &CostArgs) -> Result<(), Failure> {
    let cost = priced(args)?;
    if args.json {
        print_json(&cost)
    } else {
        print(&cost.text())
    }
}

/// What the shop that is meant costs.
fn priced(args: &CostArgs) -> Result<Cost, Failure> {
    let less = Less {
        cameras: args.without_cameras,
        plates: args.without_plates,
    };
    let plan = plan_file::open(&args.file)?;
    Cost::of(&Fewer::of(&plan, less)?.shop, args)
}

impl Cost {
    fn of(plan: &StorePlan, args: &CostArgs) -> Result<Self, Failure> {
        let shelves = plan.gondolas.iter().flat_map(|gondola| &gondola.shelves);
        let (shelves, plates) = shelves.fold((0, 0), |(shelves, plates), shelf| {
            (shelves + 1, plates + shelf.plates.len())
        });
        let devices = plan.cameras.len() + plan.gates.len() + shelves;
        let edges = devices.div_ceil(args.devices_per_edge.get());
        let priced = [
            ("camera", plan.cameras.len(), args.camera),
            ("plate", plates, args.plate),
            ("gate", plan.gates.len(), args.gate),
            ("edge computer", edges, args.edge),
            ("node", args.nodes.get(), args.node),
        ];
        let minor = minor_units(&plan.currency);
        let mut parts = Vec::new();
        for (what, count, price) in priced {
            if count == 0 {
                continue;
            }
            let price = price.ok_or_else(|| {
                let option = what.split(' ').next().unwrap_or(what);
                Failure::usage(format!(
                    "{} has {count} of this: {what}; say with --{option} what one costs",
                    plan.store
                ))
            })?;
            let each_minor = whole(price * minor, what)?;
            let all = i64::try_from(count)
                .ok()
                .and_then(|n| each_minor.checked_mul(n));
            parts.push(Part {
                what,
                count,
                each_minor,
                all_minor: all.ok_or_else(|| too_much(what))?,
            });
        }
        let sum = parts
            .iter()
            .try_fold(0_i64, |sum, part| sum.checked_add(part.all_minor));
        let purchase_minor = sum.ok_or_else(|| too_much("all parts together"))?;
        let corners = plan.floor.iter().map(|&[x, y]| Vec2::new(x, y));
        let area_m2 = Polygon::new(corners.collect()).area();
        // Sums of money are far below 2^52 minor units.
        let a_year = purchase_minor as f64 / args.years + args.running * minor;
        Ok(Self {
            store: plan.store.clone(),
            currency: plan.currency.clone(),
            parts,
            purchase_minor,
            area_m2,
            per_m2_minor: purchase_minor as f64 / area_m2,
            visits_per_day: args.visits_per_day,
            years: args.years,
            per_visit_minor: a_year / (args.open_days * args.visits_per_day),
        })
    }

    fn text(&self) -> String {
        let money = |minor: i64| amount(minor, &self.currency);
        let mut table = Table::new(&[
            (&self.store, Left),
            ("count", Right),
            ("each", Right),
            (&self.currency, Right),
        ]);
        for part in &self.parts {
            table.row([
                part.what.to_owned(),
                part.count.to_string(),
                money(part.each_minor),
                money(part.all_minor),
            ]);
        }
        table.row([
            "all".to_owned(),
            String::new(),
            String::new(),
            money(self.purchase_minor),
        ]);
        // Less than a minor unit counts when it is paid ten thousand times.
        let digits = minor_digits(&self.currency) as usize;
        let one = minor_units(&self.currency);
        format!(
            "{table}\n{:.*} {} per m² ({:.1} m²); {:.*} {} per visit ({} a day for {} years, running costs included)\n",
            digits,
            self.per_m2_minor / one,
            self.currency,
            self.area_m2,
            digits + 2,
            self.per_visit_minor / one,
            self.currency,
            self.visits_per_day,
            self.years,
        )
    }
}

/// How many minor units one of a currency has.
fn minor_units(currency: &str) -> f64 {
    f64::from(10_u32.pow(minor_digits(currency)))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "what is beyond was refused before"
)]
fn whole(minor: f64, what: &str) -> Result<i64, Failure> {
    const MOST: f64 = 1e15;
    if (0.0..MOST).contains(&minor) {
        Ok(minor.round() as i64)
    } else {
        Err(too_much(what))
    }
}

fn too_much(what: &str) -> Failure {
    Failure::usage(format!("what is said for {what} is no price"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        cost: CostArgs,
    }

    fn args(line: &str) -> CostArgs {
        Line::parse_from(["cost"].into_iter().chain(line.split(' '))).cost
    }

    #[test]
    fn what_is_in_the_plan_is_paid_for_and_nothing_is_free() {
        let plan = plan_file::by_name("kiosk", 1).unwrap();
        let all = "kiosk --visits-per-day 100 --years 5 --running 365 --camera 100 --plate 10 --gate 500 \
                   --edge 300 --node 1000 --devices-per-edge 1000";
        let cost = Cost::of(&plan, &args(all)).unwrap();
        let of = |what: &str| cost.parts.iter().find(|part| part.what == what).unwrap();
        assert_eq!(of("camera").count, plan.cameras.len());
        assert_eq!((of("edge computer").count, of("node").count), (1, 1));
        let sum: i64 = cost.parts.iter().map(|part| part.all_minor).sum();
        assert_eq!(cost.purchase_minor, sum);
        let a_visit = (sum as f64 / 5.0 + 36_500.0) / 36_500.0;
        assert!((cost.per_visit_minor - a_visit).abs() < 1e-9);

        let without = all.replace("--plate 10 ", "");
        let error = Cost::of(&plan, &args(&without)).unwrap_err().to_string();
        assert!(error.contains("--plate"), "{error}");
    }

    #[test]
    fn what_is_taken_out_is_not_paid_for() {
        let line = "kiosk --visits-per-day 100 --without-cameras 2 --without-plates 60 --camera 100 \
                    --plate 10 --gate 500 --edge 300 --node 1000";
        let cost = priced(&args(line)).unwrap();
        let count = |what: &str| {
            let part = cost.parts.iter().find(|part| part.what == what);
            part.map(|part| part.count)
        };
        assert_eq!((count("camera"), count("plate")), (Some(4), Some(240)));
    }
}
