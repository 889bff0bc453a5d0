use proptest::prelude::*;

use super::*;
use crate::{document::tests::receipt, sums::DocumentError};

fn rates() -> Vec<TaxRate> {
    [("A", 1900), ("B", 700), ("C", 888), ("D", 0)]
        .map(|(id, basis_points)| TaxRate {
            id: id.to_owned(),
            basis_points,
        })
        .to_vec()
}

/// Products have one tax, and a price that may have changed while the party was in.
fn line(product: usize, dearer: bool, quantity: u32) -> ReceiptLine {
    let unit_price_minor = [1, 99, 149, 333, 1_001, 2][product] + i64::from(dearer) * 7;
    ReceiptLine {
        product: format!("p{product}"),
        name: format!("Product {product}"),
        quantity,
        unit_price_minor,
        amount_minor: i64::from(quantity) * unit_price_minor,
        tax: rates()[product % 4].id.clone(),
    }
}

/// A receipt over these lines with taxes by the shop's rates.
fn charged(lines: &[ReceiptLine], tax_added: bool) -> ReceiptDocument {
    let nothing = ReceiptDocument {
        tax_added,
        taxes: vec![],
        ..receipt("EUR", &[])
    };
    let charged = Charged {
        receipt: &nothing,
        earlier: &[],
    };
    charged.sound(lines, &rates()).unwrap()
}

fn step(
    receipt: &ReceiptDocument,
    earlier: &[CorrectionDocument],
    right: &[ReceiptLine],
) -> Result<Corrected, CorrectError> {
    let id = format!("c-{}", earlier.len());
    correct(Charged { receipt, earlier }, right, &rates(), &id, 9)
}

/// All quantities by product and price, and net and tax of each tax, that are not zero.
type Sums = (
    BTreeMap<(String, i64), i64>,
    BTreeMap<String, (i64, i64)>,
    i64,
);

fn sums(receipt: &ReceiptDocument, corrections: &[CorrectionDocument]) -> Sums {
    let (mut quantities, mut taxes) = (BTreeMap::new(), BTreeMap::new());
    let own = receipt.lines.iter();
    let own = own.map(|l| (&l.product, l.unit_price_minor, i64::from(l.quantity)));
    let later = corrections.iter().flat_map(|c| &c.lines);
    let later = later.map(|l| (&l.product, l.unit_price_minor, l.quantity));
    for (product, price, quantity) in own.chain(later) {
        *quantities.entry((product.clone(), price)).or_default() += quantity;
    }
    let later = corrections.iter().flat_map(|c| &c.taxes);
    for tax in receipt.taxes.iter().chain(later) {
        let sum: &mut (i64, i64) = taxes.entry(tax.id.clone()).or_default();
        *sum = (sum.0 + tax.net_minor, sum.1 + tax.tax_minor);
    }
    quantities.retain(|_, quantity| *quantity != 0);
    taxes.retain(|_, sum| *sum != (0, 0));
    let total = corrections.iter().map(|c| c.total_minor).sum::<i64>() + receipt.total_minor;
    (quantities, taxes, total)
}

fn some_lines() -> impl Strategy<Value = Vec<ReceiptLine>> {
    let some = (0..6_usize, any::<bool>(), 0..9_u32);
    prop::collection::vec(some, 0..8).prop_map(|lines| {
        let lines = lines.into_iter();
        lines
            .map(|(product, dearer, count)| line(product, dearer, count))
            .collect()
    })
}

proptest! {
    #[test]
    fn receipt_and_corrections_are_what_is_right_unless_that_costs_more(
        bought in some_lines(),
        verdicts in prop::collection::vec(some_lines(), 1..5),
        tax_added: bool,
    ) {
        let receipt = charged(&bought, tax_added);
        let mut corrections: Vec<CorrectionDocument> = Vec::new();
        for right in verdicts {
            let before = sums(&receipt, &corrections);
            let wanted = sums(&charged(&right, tax_added), &[]);
            match step(&receipt, &corrections, &right).unwrap() {
                Corrected::Nothing => prop_assert_eq!(&before, &wanted),
                Corrected::Waived { more_minor } => {
                    prop_assert!(more_minor > 0);
                    prop_assert_eq!(before.2 + more_minor, wanted.2);
                }
                Corrected::By(correction) => {
                    let body = serde_json::to_string(&correction).unwrap();
                    corrections.push(CorrectionDocument::from_json(&body).unwrap());
                    let after = sums(&receipt, &corrections);
                    prop_assert_eq!(&after, &wanted);
                    prop_assert!((0..=receipt.total_minor).contains(&after.2));
                    // Said again it changes nothing.
                    let again = step(&receipt, &corrections, &right);
                    prop_assert_eq!(again, Ok(Corrected::Nothing));
                }
            }
        }
    }
}

#[test]
fn what_was_not_taken_is_given_back_at_the_price_and_rate_it_was_charged_at() {
    let mut receipt = charged(&[line(0, false, 3), line(1, true, 1)], false);
    // Since then the shop's rate has changed.
    receipt.taxes[1].rate_basis_points = 500;
    (receipt.taxes[1].net_minor, receipt.taxes[1].tax_minor) = (101, 5);
    let Ok(Corrected::By(correction)) = step(&receipt, &[], &[line(0, false, 3)]) else {
        panic!("it is to be corrected");
    };
    assert_eq!(correction.lines.len(), 1);
    let line = &correction.lines[0];
    let of_line = (line.quantity, line.unit_price_minor, line.amount_minor);
    assert_eq!(of_line, (-1, 106, -106));
    let tax = &correction.taxes[0];
    assert_eq!(
        (tax.rate_basis_points, tax.net_minor, tax.tax_minor),
        (500, -101, -5)
    );
    assert_eq!((correction.total_minor, correction.taxes.len()), (-106, 1));
}

#[test]
fn something_else_for_the_same_price_is_corrected_and_costs_nothing() {
    let mut swapped = line(1, false, 1);
    swapped.product = "other".to_owned();
    let receipt = charged(&[line(1, false, 1)], false);
    let Ok(Corrected::By(correction)) = step(&receipt, &[], &[swapped]) else {
        panic!("it is to be corrected");
    };
    assert_eq!((correction.total_minor, correction.lines.len()), (0, 2));
    assert_eq!(correction.taxes, []);
}

#[test]
fn what_does_not_belong_together_or_add_up_is_an_error() {
    let receipt = charged(&[line(0, false, 2)], false);
    let Ok(Corrected::By(correction)) = step(&receipt, &[], &[]) else {
        panic!("it is to be corrected");
    };
    let mut foreign = *correction.clone();
    foreign.receipt = "r-2".to_owned();
    let foreign = step(&receipt, &[foreign], &[]);
    assert!(
        matches!(foreign, Err(CorrectError::Foreign { .. })),
        "{foreign:?}"
    );

    let mut untaxed = line(0, false, 1);
    untaxed.tax = "Z".to_owned();
    let untaxed = step(&receipt, &[], &[untaxed]);
    assert!(
        matches!(untaxed, Err(CorrectError::UnknownTax { .. })),
        "{untaxed:?}"
    );

    let mut wrong = line(0, false, 1);
    wrong.amount_minor = 0;
    let wrong = step(&receipt, &[], &[wrong]);
    assert!(
        matches!(
            wrong,
            Err(CorrectError::Document(DocumentError::Line { .. }))
        ),
        "{wrong:?}"
    );

    // Corrections that gave back all leave nothing to give back.
    assert_eq!(step(&receipt, &[*correction], &[]), Ok(Corrected::Nothing));
}
