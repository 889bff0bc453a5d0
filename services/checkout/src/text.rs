//! The receipt, or its correction, on paper: 40 columns, as most receipt printers have.
//!
//! 1. No line is wider than 40 columns, whatever the names; wide characters count two.
//! 2. Amounts stand at the right edge, with their currency's digits, and are never cut.
//! 3. Nothing in a name reaches the printer as a command.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::{
    correction::CorrectionDocument,
    currency::amount,
    document::ReceiptDocument,
    print::{Line, Print},
};

/// Columns of the paper.
pub const COLUMNS: usize = 40;

/// The receipt as text; each line ends with a line feed.
#[must_use]
pub fn receipt(document: &ReceiptDocument) -> String {
    paper(&Print::receipt(document))
}

/// The correction as text, likewise.
#[must_use]
pub fn correction(document: &CorrectionDocument) -> String {
    paper(&Print::correction(document))
}

fn paper(print: &Print<'_>) -> String {
    let words = print.words;
    let mut paper = Paper(String::new());
    paper.centred(print.store_name);
    paper.rule();
    paper.row(&format!("{} {}", print.what, print.id), "");
    if let Some((word, id)) = print.belongs {
        paper.row(&format!("{word} {id}"), "");
    }
    for (word, time) in &print.times {
        paper.row(word, time);
    }
    paper.rule();
    for line in &print.lines {
        paper.item(line, print);
    }
    if print.lines.is_empty() {
        paper.row(words.nothing, "");
    }
    paper.rule();
    let total = print.money(print.total_minor);
    paper.row(&format!("{} {}", words.total, print.currency), &total);
    for tax in print.taxes {
        let net = print.money(tax.net_minor);
        let rate = amount(i64::from(tax.rate_basis_points), "");
        let of = format!("{} {} {rate} %, {} {net}", words.tax, tax.id, words.net);
        paper.row(&of, &print.money(tax.tax_minor));
    }
    if let Some((word, number)) = &print.last {
        paper.rule();
        paper.row(word, number);
    }
    paper.0
}

struct Paper(String);

impl Paper {
    fn line(&mut self, text: &str) {
        self.0.push_str(text.trim_end());
        self.0.push('\n');
    }

    fn rule(&mut self) {
        self.line(&"-".repeat(COLUMNS));
    }

    fn centred(&mut self, text: &str) {
        for part in wrapped(text, COLUMNS) {
            let margin = (COLUMNS - part.width()) / 2;
            self.line(&format!("{}{part}", " ".repeat(margin)));
        }
    }

    fn item(&mut self, line: &Line<'_>, print: &Print<'_>) {
        self.row(line.name, "");
        let price = print.money(line.unit_price_minor);
        let each = format!("  {} x {price} {}", line.quantity, line.tax);
        self.row(&each, &print.money(line.amount_minor));
    }

    /// Text on the left, over as many lines as it needs, and an amount at the right of the last.
    fn row(&mut self, left: &str, right: &str) {
        let gap = usize::from(!right.is_empty());
        let room = COLUMNS.saturating_sub(right.width() + gap);
        let indent = left.len() - left.trim_start_matches(' ').len();
        let mut parts = wrapped(left, room - indent);
        let last = parts.pop().unwrap_or_default();
        for part in parts {
            self.line(&format!("{}{part}", " ".repeat(indent)));
        }
        let space = COLUMNS.saturating_sub(indent + last.width() + right.width());
        self.line(&format!(
            "{}{last}{}{right}",
            " ".repeat(indent),
            " ".repeat(space)
        ));
    }
}

/// Text in lines of at most `room` columns, broken between words, or inside one that is too long.
fn wrapped(text: &str, room: usize) -> Vec<String> {
    let printable: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let mut lines = vec![String::new()];
    for word in printable.split_whitespace() {
        let used = lines.last().map_or(0, |line| line.width());
        if used > 0 && used + 1 + word.width() <= room {
            push(&mut lines, " ");
        } else if used > 0 {
            lines.push(String::new());
        }
        for character in word.chars() {
            let used = lines.last().map_or(0, |line| line.width());
            if used > 0 && used + character.width().unwrap_or(0) > room {
                lines.push(String::new());
            }
            push(&mut lines, character.encode_utf8(&mut [0; 4]));
        }
    }
    lines
}

fn push(lines: &mut [String], text: &str) {
    if let Some(line) = lines.last_mut() {
        line.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::document::{ReceiptTax, tests};

    #[test]
    fn a_receipt_in_euro_with_long_names() {
        let mut document = tests::receipt(
            "EUR",
            &[
                ("Oat drink barista edition with added calcium, 1 l", 3, 199),
                ("Bananas", 1, 35),
                (
                    "Donaudampfschifffahrtsgesellschaftskapitänsmützenschokolade",
                    12,
                    12_345,
                ),
            ],
        );
        document.taxes = vec![
            ReceiptTax {
                id: "A".to_owned(),
                rate_basis_points: 1900,
                net_minor: 124_487,
                tax_minor: 23_653,
            },
            ReceiptTax {
                id: "B".to_owned(),
                rate_basis_points: 700,
                net_minor: 591,
                tax_minor: 41,
            },
        ];
        document.undecided = 1;
        assert_eq!(document.check(), Ok(()));
        let wanted = "              Corner Shop
----------------------------------------
Receipt r-1
Entered             2026-01-01 00:00 UTC
Left                2026-01-01 00:04 UTC
----------------------------------------
Oat drink barista edition with added
calcium, 1 l
  3 x 1.99 A                        5.97
Bananas
  1 x 0.35 A                        0.35
Donaudampfschifffahrtsgesellschaftskapit
änsmützenschokolade
  12 x 123.45 A                  1481.40
----------------------------------------
TOTAL EUR                        1487.72
Tax A 19.00 %, Net 1244.87        236.53
Tax B 7.00 %, Net 5.91              0.41
----------------------------------------
Unclear and not charged                1
";
        assert_eq!(receipt(&document), wanted);
    }

    #[test]
    fn a_receipt_in_yen_with_wide_characters() {
        let mut document = tests::receipt(
            "JPY",
            &[
                ("北海道産生クリームたっぷり濃厚チョコレートケーキ", 2, 480),
                ("お茶", 1, 130),
            ],
        );
        document.language = "ja".to_owned();
        document.store_name = "駅前の小さな店".to_owned();
        let wanted = "             駅前の小さな店
----------------------------------------
領収書 r-1
入店                2026-01-01 00:00 UTC
退店                2026-01-01 00:04 UTC
----------------------------------------
北海道産生クリームたっぷり濃厚チョコレー
トケーキ
  2 x 480 A                          960
お茶
  1 x 130 A                          130
----------------------------------------
合計 JPY                            1090
税 A 0.00 %, 税抜 1090                 0
";
        assert_eq!(receipt(&document), wanted);
    }

    #[test]
    fn a_correction_in_german_names_its_receipt_and_what_is_given_back() {
        let lines = [("Hafermilch", -2, 199), ("Kuhmilch", 1, 129)];
        let mut document = crate::correction::tests::correction("EUR", &lines);
        document.language = "de".to_owned();
        let wanted = "              Corner Shop
----------------------------------------
Korrektur r-1/review/1/correction
Zu Beleg r-1
Entschieden         2026-01-01 01:00 UTC
----------------------------------------
Hafermilch
  -2 x 1.99 A                      -3.98
Kuhmilch
  1 x 1.29 A                        1.29
----------------------------------------
SUMME EUR                          -2.69
Steuer A 0.00 %, Netto -2.69        0.00
----------------------------------------
Erstattet                           2.69
";
        assert_eq!(correction(&document), wanted);
    }

    proptest! {
        #[test]
        fn no_name_breaks_the_paper_or_commands_the_printer(
            name in "\\PC{0,90}|[\\x00-\\x7f]{0,90}",
            tax in ".{0,60}",
            quantity in 0..1_000_000_u32,
            price in 0..i64::from(u32::MAX),
        ) {
            let mut document = tests::receipt("KWD", &[(name.as_str(), quantity, price)]);
            document.lines[0].tax = tax;
            for line in receipt(&document).lines() {
                prop_assert!(line.width() <= COLUMNS, "{line:?} is {} wide", line.width());
                prop_assert!(!line.chars().any(char::is_control), "{line:?}");
            }
        }
    }
}
