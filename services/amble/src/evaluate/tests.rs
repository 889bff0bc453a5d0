//! The rules of the comparison.

use amble_checkout::ReceiptLine;
use amble_simulator::{ActionKind, Item, Mishap, Truth};
use proptest::prelude::*;

use super::*;

fn visit(name: &str, items: &[(&str, u32)]) -> Visit {
    let item = |&(product, quantity): &(&str, u32)| Item {
        product: product.to_owned(),
        quantity,
    };
    Visit {
        visit: name.into(),
        party: 1,
        entered_us: 0,
        left_us: 1,
        items: items.iter().map(item).collect(),
    }
}

fn receipt(visit: &str, lines: &[(&str, u32)]) -> ReceiptDocument {
    let lines = lines.iter().map(|&(product, quantity)| ReceiptLine {
        product: product.to_owned(),
        name: format!("a {product}"),
        quantity,
        unit_price_minor: 100,
        amount_minor: 100 * i64::from(quantity),
        tax: "A".to_owned(),
    });
    let lines: Vec<_> = lines.collect();
    ReceiptDocument {
        id: format!("r-{visit}"),
        visit: visit.to_owned(),
        store: "corner".to_owned(),
        store_name: "Corner".to_owned(),
        total_minor: lines.iter().map(|line| line.amount_minor).sum(),
        lines,
        currency: "EUR".to_owned(),
        taxes: Vec::new(),
        tax_added: false,
        entered_us: 0,
        left_us: 1,
        settled_us: 2,
        undecided: 0,
        language: String::new(),
    }
}

fn action(visit: &str, product: &str, mishap: Mishap, to: Option<&str>) -> Action {
    Action {
        time_us: 0,
        visit: visit.into(),
        person: 1,
        kind: if to.is_some() {
            ActionKind::Handover
        } else {
            ActionKind::Take
        },
        product: product.to_owned(),
        quantity: 1,
        gondola: String::new(),
        shelf: String::new(),
        plates: Vec::new(),
        mishap,
        to_visit: to.map(Into::into),
    }
}

fn compare(actions: &[Action], visits: &[Visit], receipts: &[ReceiptDocument]) -> Report {
    evaluate(&Problem {
        actions,
        visits,
        receipts,
        prices: None,
    })
}

#[test]
fn what_is_given_away_and_overcharged_is_money_beside_its_goal() {
    let visits = [
        visit("a", &[("tea", 3), ("milk", 1)]),
        visit("b", &[("tea", 1)]),
    ];
    let mut receipts = [
        receipt("a", &[("tea", 2), ("rice", 1)]),
        receipt("b", &[("tea", 1)]),
    ];
    receipts[1].undecided = 2;
    let minor = [("tea", 100), ("milk", 60), ("rice", 40)];
    let prices = Prices {
        currency: "EUR".to_owned(),
        minor: minor.map(|(p, minor)| (p.to_owned(), minor)).into(),
    };
    let report = evaluate(&Problem {
        actions: &[],
        visits: &visits,
        receipts: &receipts,
        prices: Some(&prices),
    });
    let sales = report.sales.clone().unwrap();
    let money = (
        sales.taken_minor,
        sales.given_away_minor,
        sales.overcharged_minor,
    );
    assert_eq!(money, (460, 160, 40));
    let found = goals(&report);
    let missed: Vec<&str> = found.iter().filter(|g| !g.kept).map(|g| g.what).collect();
    assert_eq!(
        missed,
        ["visits to review", "goods given away", "overcharges"]
    );
    assert_eq!(found[0].out_of, "1 of 2");
    assert_eq!(found[1].out_of, "1.60 of 4.60 EUR");
    let exact = compare(&[], &visits[1..], &receipts[1..]);
    assert_eq!((goals(&exact).len(), exact.sales), (1, None));
}

#[test]
fn pieces_are_counted_by_visit_and_product() {
    let visits = [
        visit("a", &[("tea", 3), ("milk", 1)]),
        visit("b", &[("tea", 1)]),
    ];
    let receipts = [
        receipt("a", &[("tea", 2), ("rice", 1)]),
        receipt("b", &[("tea", 2)]),
    ];
    let report = compare(&[], &visits, &receipts);
    assert_eq!(
        report.score,
        Score {
            right: 3,
            extra: 2,
            lacking: 2
        }
    );
    assert_eq!((report.true_lines, report.exact), (3, 0));
    let wrong: Vec<_> = report
        .wrong_lines
        .iter()
        .map(|line| {
            (
                line.visit.as_str(),
                line.product.as_str(),
                line.taken,
                line.charged,
            )
        })
        .collect();
    assert_eq!(
        wrong,
        [
            ("a", "milk", 1, 0),
            ("a", "rice", 0, 1),
            ("a", "tea", 3, 2),
            ("b", "tea", 1, 2)
        ]
    );
    assert_eq!(report.wrong_lines[1].name, "a rice");
}

#[test]
fn a_visit_without_a_receipt_and_a_receipt_without_a_visit_both_count() {
    let visits = [visit("gone", &[("tea", 2)]), visit("empty", &[])];
    let receipts = [receipt("ghost", &[("rice", 1)]), receipt("empty", &[])];
    let report = compare(&[], &visits, &receipts);
    assert_eq!(
        report.score,
        Score {
            right: 0,
            extra: 1,
            lacking: 2
        }
    );
    assert_eq!(
        (report.missing, report.unknown),
        (vec!["gone".to_owned()], vec!["ghost".to_owned()])
    );
    assert_eq!(
        report.exact, 1,
        "an empty receipt of an empty visit is exact"
    );
}

#[test]
fn lines_of_one_product_at_two_prices_and_two_receipts_of_one_visit_count_together() {
    let visits = [visit("a", &[("tea", 3)])];
    let receipts = [
        receipt("a", &[("tea", 1), ("tea", 1)]),
        receipt("a", &[("tea", 1)]),
    ];
    let report = compare(&[], &visits, &receipts);
    assert_eq!((report.exact, report.score.right), (1, 3));
}

#[test]
fn figures_of_nothing_are_one() {
    let score = compare(&[], &[], &[]).score;
    for figure in [score.precision(), score.recall(), score.f1()] {
        assert!((figure - 1.0).abs() < 1e-12);
    }
    let lost = Score {
        right: 0,
        extra: 0,
        lacking: 1,
    };
    assert!(lost.f1().abs() < 1e-12 && lost.recall().abs() < 1e-12);
}

#[test]
fn an_action_went_right_when_every_visit_it_concerns_did() {
    let visits = [visit("a", &[("tea", 1)]), visit("b", &[("milk", 1)])];
    // The milk that a handed to b stayed on a's receipt.
    let receipts = [receipt("a", &[("tea", 1), ("milk", 1)]), receipt("b", &[])];
    let actions = [
        action("a", "tea", Mishap::Plain, None),
        action("a", "milk", Mishap::HandedOver, Some("b")),
        action("b", "sugar", Mishap::Held, None),
        action("still inside", "tea", Mishap::Plain, None),
    ];
    let report = compare(&actions, &visits, &receipts);
    let of = |mishap| report.mishaps.get(&mishap).copied();
    assert_eq!(
        of(Mishap::Plain),
        Some(MishapReport {
            actions: 1,
            right: 1
        })
    );
    assert_eq!(
        of(Mishap::HandedOver),
        Some(MishapReport {
            actions: 1,
            right: 0
        })
    );
    assert_eq!(
        of(Mishap::Held),
        Some(MishapReport {
            actions: 1,
            right: 1
        })
    );
    assert!(
        report
            .wrong_lines
            .iter()
            .all(|line| line.mishaps == [Mishap::HandedOver])
    );
}

#[test]
fn days_are_added_up_and_the_worst_is_named() {
    let visits = [visit("a", &[("tea", 1)])];
    let good = compare(&[], &visits, &[receipt("a", &[("tea", 1)])]);
    let bad = compare(&[], &visits, &[receipt("a", &[("rice", 1)])]);
    let series = Series::of(vec![
        ("seed 1".to_owned(), good),
        ("seed 2".to_owned(), bad),
    ]);
    assert!((series.mean_f1 - 0.5).abs() < 1e-12);
    assert_eq!(
        series.worst.as_ref().map(|worst| worst.day.as_str()),
        Some("seed 2")
    );
    assert_eq!(
        series.total.score,
        Score {
            right: 1,
            extra: 1,
            lacking: 1
        }
    );
    assert_eq!(series.total.wrong_lines[0].visit, "seed 2/a");
    let text = series_text(&series);
    assert!(
        text.contains("0.5000 in the mean, 0.0000 at worst (seed 2)"),
        "{text}"
    );
}

#[test]
fn what_a_simulator_and_a_replay_write_is_read_and_a_bad_line_is_named() {
    let written = Truth {
        actions: vec![action("a", "tea", Mishap::TwoKinds, None)],
        visits: vec![visit("a", &[("tea", 1)])],
        paths: Vec::new(),
    };
    let mut lines = Vec::new();
    written.write_lines(&mut lines).unwrap();
    assert_eq!(truth(lines.as_slice()).unwrap(), written);
    lines.extend_from_slice(b"\n{}\n");
    assert!(
        truth(lines.as_slice())
            .unwrap_err()
            .to_string()
            .starts_with("line 4 ")
    );

    let document = receipt("a", &[("tea", 2)]);
    let line = serde_json::to_string(&document).unwrap();
    assert_eq!(receipts(line.as_bytes()).unwrap(), [document]);
    let unsound = line.replace("\"total_minor\":200", "\"total_minor\":1");
    assert!(
        receipts(unsound.as_bytes())
            .unwrap_err()
            .to_string()
            .starts_with("line 1: ")
    );
}

fn baskets() -> impl Strategy<Value = Vec<(u8, u8, u32)>> {
    proptest::collection::vec((0..4_u8, 0..4_u8, 1..4_u32), 0..12)
}

proptest! {
    #[test]
    fn every_piece_is_counted_once_and_order_changes_nothing(
        taken in baskets(),
        charged in baskets(),
        turn in 0..12_usize,
    ) {
        let name = |n: u8| format!("{n}");
        let mut visits: Vec<Visit> =
            taken.iter().map(|&(v, p, n)| visit(&name(v), &[(&name(p), n)])).collect();
        let mut receipts: Vec<ReceiptDocument> =
            charged.iter().map(|&(v, p, n)| receipt(&name(v), &[(&name(p), n)])).collect();
        let report = compare(&[], &visits, &receipts);
        let pieces = |list: &[(u8, u8, u32)]| list.iter().map(|b| u64::from(b.2)).sum::<u64>();
        prop_assert_eq!(report.score.right + report.score.lacking, pieces(&taken));
        prop_assert_eq!(report.score.right + report.score.extra, pieces(&charged));
        prop_assert!(report.exact + report.missing.len() <= report.visits);

        visits.rotate_left(turn.min(taken.len()));
        receipts.reverse();
        prop_assert_eq!(compare(&[], &visits, &receipts), report);
    }
}
