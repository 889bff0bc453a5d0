//! Exported sales by the official JSON schema of GS1 EPCIS 2.0.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests stop at what they did not expect"
)]

use std::{
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

use amble_checkout::{
    Charged, Corrected, ReceiptDocument, ReceiptLine, correct,
    export::{Export, Form, Sale},
};

fn line(product: &str, quantity: u32) -> ReceiptLine {
    ReceiptLine {
        product: product.to_owned(),
        name: "Tea".to_owned(),
        quantity,
        unit_price_minor: 149,
        amount_minor: 149 * i64::from(quantity),
        tax: String::new(),
    }
}

/// A receipt over these lines, and whatever makes it one over those.
fn sale(number: u32, lines: &[ReceiptLine], rights: &[&[ReceiptLine]]) -> Sale {
    let receipt = ReceiptDocument {
        id: format!("r-{number}"),
        visit: format!("v-{number}"),
        store: "corner".to_owned(),
        store_name: "Corner Shop".to_owned(),
        lines: lines.to_vec(),
        total_minor: lines.iter().map(|line| line.amount_minor).sum(),
        currency: "EUR".to_owned(),
        taxes: vec![],
        tax_added: false,
        entered_us: 1_767_225_600_000_000,
        left_us: 1_767_225_877_000_000,
        settled_us: 1_767_225_878_200_000,
        undecided: 0,
        language: String::new(),
    };
    let mut corrections = Vec::new();
    for right in rights {
        let charged = Charged {
            receipt: &receipt,
            earlier: &corrections,
        };
        let id = format!("{}/review/{}/correction", receipt.id, corrections.len());
        let Ok(Corrected::By(next)) = correct(charged, right, &[], &id, 1_767_229_200_000_000)
        else {
            panic!("{id} corrects nothing");
        };
        corrections.push(*next);
    }
    Sale {
        receipt,
        corrections,
    }
}

fn validate(document: &str) -> Output {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut validator = Command::new(root.join("scripts/epcis"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = validator.stdin.take().unwrap();
    input.write_all(document.as_bytes()).unwrap();
    drop(input);
    validator.wait_with_output().unwrap()
}

#[test]
fn sales_are_epcis_events_by_the_official_schema_which_would_see_if_they_were_not() {
    let (tea, bun) = ("4006381333931", "bun / plain");
    let sales = [
        sale(1, &[line(tea, 2), line(bun, 1)], &[]),
        sale(2, &[line(tea, 2)], &[&[line(tea, 1)], &[line(bun, 1)]]),
        sale(3, &[line(tea, 1)], &[&[]]),
        sale(4, &[], &[]),
    ];
    let mut out = Vec::new();
    let form = Form::Epcis {
        authority: "https://shop.example/epcis/".parse().unwrap(),
        created_us: 1_767_229_300_000_000,
    };
    let mut export = Export::begin(form, &mut out).unwrap();
    for sale in &sales {
        export.sale(sale).unwrap();
    }
    export.finish().unwrap();
    let document = String::from_utf8(out).unwrap();
    let answer = validate(&document);
    let said = String::from_utf8_lossy(&answer.stderr);
    assert!(answer.status.success(), "{said}\n{document}");

    for (right, wrong) in [
        ("retail_selling", "selling by walking out"),
        ("2026-01-01T00:04:37.000Z", "2026-01-01 00:04"),
        ("https://id.gs1.org/01/04006381333931", "no URI"),
        ("incorrect_data", "because"),
    ] {
        assert!(document.contains(right), "{right} is not in {document}");
        let answer = validate(&document.replace(right, wrong));
        assert!(!answer.status.success(), "{wrong} went through");
    }
}
