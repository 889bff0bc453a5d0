use super::{plan, rounds};
use crate::{ActionKind, Day, DayConfig, Scenario, SimulatorError};

const SCENE: &str = "\
# One thing goes from hand to hand.
shop tiny
goods tea 250 g at a/low 1 2
goods oil 900 g at a/low 5 6
plan swaps tea oil
party ben eva
ben waits 30 s
at 0 anna takes 2 tea slowly
at 6 anna hands tea to ben
at 9 anna returns tea to oil
at 26 eva takes tea left at oil
at 34 eva drops tea
";

fn day(seed: u64) -> Day {
    let scenario = Scenario::read(SCENE.as_bytes()).unwrap();
    let staged = scenario.stage(&plan(), DayConfig::default()).unwrap();
    Day::with_scenario(&staged, seed, &scenario).unwrap()
}

#[test]
fn everybody_does_their_lines_in_order_and_leaves_with_what_they_then_hold() {
    for seed in 1..=5 {
        let mut day = day(seed);
        rounds(&mut day);
        let truth = day.truth();
        let done = |kind: ActionKind| truth.actions.iter().filter(|a| a.kind == kind).count();
        assert_eq!(done(ActionKind::Take), 2, "{:?}", truth.actions);
        assert_eq!(done(ActionKind::Handover), 1);
        assert_eq!(done(ActionKind::WrongReturn), 1);
        assert_eq!(done(ActionKind::Drop), 1);
        let held = |name: &str| {
            let visit = truth.visits.iter().find(|v| v.visit.starts_with(name));
            let items = visit.unwrap().items.iter();
            items
                .map(|i| (i.product.clone(), i.quantity))
                .collect::<Vec<_>>()
        };
        assert_eq!(held("anna"), []);
        assert_eq!(held("ben"), [("tea".to_owned(), 1)]);
    }
}

#[test]
fn the_shop_is_told_what_the_plan_swaps_and_nothing_else() {
    let day = day(1);
    let told: amble_proto::plan::StorePlan = serde_json::from_str(day.plan_json()).unwrap();
    let place = |product: &str| {
        let placement = told.planogram.iter().find(|p| p.product == product);
        placement.unwrap().plates.clone()
    };
    assert_eq!(place("tea"), ["5", "6"]);
    assert_eq!(place("oil"), ["1", "2"]);
    assert_eq!(told.products.len(), plan().products.len() + 2);
}

#[test]
fn a_line_that_says_nothing_known_is_refused_with_its_number() {
    for (line, wrong) in [
        "anna takes tea",
        "goods tea 250 at a/low 1",
        "at noon anna takes oil",
        "camera c1 sleeps",
        "anna steals oil",
        "anna hands oil to nobody",
    ]
    .into_iter()
    .zip(3..)
    {
        let blanks = "\n".repeat(line_breaks(wrong));
        let text = format!("shop tiny\ngoods oil 900 g at a/low 5 6{blanks}{line}\n");
        let error = Scenario::read(text.as_bytes()).unwrap_err();
        let SimulatorError::Table { line: number, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(number, wrong, "{line}: {error}");
    }
}

#[test]
fn who_tailgates_takes_goods_and_is_no_visit() {
    let scene = "shop tiny\ngoods tea 250 g at a/low 1 2\ntina tailgates\n\
        at 0 anna takes tea\nat 4 tina takes tea\n";
    let scenario = Scenario::read(scene.as_bytes()).unwrap();
    let staged = scenario.stage(&plan(), DayConfig::default()).unwrap();
    let mut day = Day::with_scenario(&staged, 1, &scenario).unwrap();
    let rounds = rounds(&mut day);
    let passes: usize = rounds.iter().map(|round| round.passes.len()).sum();
    assert_eq!(passes, 1);
    let truth = day.truth();
    assert_eq!(truth.actions.len(), 2, "{:?}", truth.actions);
    assert_eq!(truth.visits.len(), 1);
    assert!(truth.visits[0].visit.starts_with("anna"));
}

fn line_breaks(line: u64) -> usize {
    usize::try_from(line - 2).unwrap()
}

#[test]
fn what_the_shop_has_not_is_refused_with_its_line() {
    for line in [
        "goods tea 250 g at a/top 1",
        "goods tea 250 g at a/low 77",
        "plate b/high 9 sticks",
        "camera c9 is blind",
        "gondola z is unseen",
    ] {
        let scenario = Scenario::read(format!("shop tiny\n\n{line}\n").as_bytes()).unwrap();
        let error = scenario.stage(&plan(), DayConfig::default()).unwrap_err();
        assert!(
            matches!(error, SimulatorError::Table { line: 3, .. }),
            "{line}: {error}"
        );
    }
}
