use super::{plan, rounds};
use crate::{ActionKind, Day, DayConfig, Script, SimulatorError};

const SCRIPT: &str = "\
t_s,shopper,action,gtin,gondola,shelf,plates
0,one,take,p0,a,low,1 2
0,two,take,p6,b,low,2
0.0,one,take,p4,a,high,3 4
9,two,return,p6,b,low,1 2
10,one,take,p7,b,low,3 4 5
40,one,return,p4,a,low,5
";

#[test]
fn a_script_ends_with_its_net_and_keeps_its_order_and_plates() {
    let script = Script::read(SCRIPT.as_bytes()).unwrap();
    let mut day = Day::with_script(&plan(), DayConfig::default(), 1, &script).unwrap();
    rounds(&mut day);
    let truth = day.truth();
    let visit = |name: &str| {
        let found = truth.visits.iter().find(|v| v.visit.starts_with(name));
        let items = found.unwrap().items.iter();
        items
            .map(|i| (i.product.clone(), i.quantity))
            .collect::<Vec<_>>()
    };
    assert_eq!(visit("one"), [("p0".to_owned(), 1), ("p7".to_owned(), 1)]);
    assert_eq!(visit("two"), []);

    let played: Vec<(&str, ActionKind, String)> = truth
        .actions
        .iter()
        .filter(|a| a.visit.starts_with("one"))
        .map(|a| (a.product.as_str(), a.kind, a.plates.join(" ")))
        .collect();
    assert_eq!(played[0], ("p0", ActionKind::Take, "1 2".to_owned()));
    assert_eq!(played[1], ("p4", ActionKind::Take, "3 4".to_owned()));
    assert_eq!(played[2], ("p7", ActionKind::Take, "3 4 5".to_owned()));
    assert_eq!(played[3], ("p4", ActionKind::WrongReturn, "5".to_owned()));
    // Two shoppers at one instant, 1.5 s apart; a shopper who must walk comes when they can.
    let time = |product: &str| {
        truth
            .actions
            .iter()
            .find(|a| a.product == product)
            .unwrap()
            .time_us
    };
    let apart = time("p6") - time("p0");
    assert!((1_400_000..=1_700_000).contains(&apart), "{apart}");
    assert!(time("p4") > time("p0"));
}

#[test]
fn a_script_that_names_what_is_not_there_is_refused_with_its_line() {
    let script = "t_s,shopper,action,gtin,gondola,shelf,plates\n0,one,take,p0,a,low,77\n";
    let script = Script::read(script.as_bytes()).unwrap();
    let day = Day::with_script(&plan(), DayConfig::default(), 1, &script);
    assert!(matches!(day, Err(SimulatorError::Table { line: 2, .. })));
    let broken = Script::read("t_s,shopper,action\n0,one,steal\n".as_bytes());
    assert!(matches!(broken, Err(SimulatorError::Table { line: 2, .. })));
}
