//! The receipt, or its correction, as a page: what a letter shows, and what a browser prints.
//!
//! 1. It is whole in itself: no script, no picture, no style sheet or font from elsewhere.
//! 2. Whatever a name holds is text (maud escapes it).
//! 3. Text and ground differ by at least 4.5 to 1 (WCAG 2.2, 1.4.3), in light and in dark; tables have
//!    captions and headed columns.
//! 4. On paper it is black on white.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::{
    correction::CorrectionDocument,
    currency::amount,
    document::{ReceiptDocument, ReceiptTax},
    print::{Line, Print},
};

/// Contrast on its ground: text 17:1 in light and 15:1 in dark, quiet text 7:1 in both.
const STYLE: &str = "\
:root{color-scheme:light dark}\
body{margin:0 auto;padding:1rem;max-width:36rem;font:1rem/1.5 system-ui,sans-serif;color:#1b1b1b;background:#fff}\
h1{font-size:1.25rem;margin:0}p{margin:.25rem 0}.quiet{color:#575757}\
table{width:100%;border-collapse:collapse;margin:1rem 0}\
caption{text-align:left;font-weight:600}\
th,td{padding:.25rem;text-align:left;vertical-align:top;border-bottom:1px solid #767676}\
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\
tfoot th,tfoot td{font-weight:700;border-bottom:0}\
@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}.quiet{color:#adadad}}\
@media print{body{color:#000;background:#fff;padding:0}.quiet{color:#000}}";

/// The receipt as one HTML page.
#[must_use]
pub fn page(document: &ReceiptDocument) -> String {
    whole(&Print::receipt(document))
}

/// The correction as one HTML page.
#[must_use]
pub fn correction(document: &CorrectionDocument) -> String {
    whole(&Print::correction(document))
}

fn whole(print: &Print<'_>) -> String {
    let words = print.words;
    let page = html! {
        (DOCTYPE)
        html lang=(words.tag) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (print.title()) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { (print.store_name) }
                    p { (print.what) " " (print.id) }
                    @if let Some((word, id)) = print.belongs { p { (word) " " (id) } }
                    @for (word, time) in &print.times {
                        p class="quiet" { (word) " " (time) }
                    }
                    (lines(print))
                    @if !print.taxes.is_empty() { (taxes(print)) }
                    @if let Some((word, number)) = &print.last { p { (word) ": " (number) } }
                }
            }
        }
    };
    page.into_string()
}

fn lines(print: &Print<'_>) -> Markup {
    let words = print.words;
    let row = |line: &Line<'_>| {
        html! {
            tr {
                td { (line.name) }
                td class="n" { (line.quantity) }
                td class="n" { (print.money(line.unit_price_minor)) }
                td { (line.tax) }
                td class="n" { (print.money(line.amount_minor)) }
            }
        }
    };
    html! {
        table {
            caption { (print.what) }
            thead {
                tr {
                    th scope="col" { (words.product) }
                    th scope="col" class="n" { (words.quantity) }
                    th scope="col" class="n" { (words.price) }
                    th scope="col" { (words.tax) }
                    th scope="col" class="n" { (words.amount) }
                }
            }
            tbody {
                @for line in &print.lines { (row(line)) }
                @if print.lines.is_empty() { tr { td colspan="5" { (words.nothing) } } }
            }
            tfoot {
                tr {
                    th scope="row" colspan="4" { (words.total) " " (print.currency) }
                    td class="n" { (print.money(print.total_minor)) }
                }
            }
        }
    }
}

fn taxes(print: &Print<'_>) -> Markup {
    let words = print.words;
    let row = |tax: &ReceiptTax| {
        html! {
            tr {
                td { (tax.id) }
                td class="n" { (amount(i64::from(tax.rate_basis_points), "")) " %" }
                td class="n" { (print.money(tax.net_minor)) }
                td class="n" { (print.money(tax.tax_minor)) }
            }
        }
    };
    html! {
        table {
            caption { (words.tax) }
            thead {
                tr {
                    th scope="col" { (words.tax) }
                    th scope="col" class="n" { (words.rate) }
                    th scope="col" class="n" { (words.net) }
                    th scope="col" class="n" { (words.amount) }
                }
            }
            tbody { @for tax in print.taxes { (row(tax)) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::tests::receipt;

    #[test]
    fn a_name_is_text_whatever_it_holds_and_nothing_comes_from_elsewhere() {
        let mut document = receipt("EUR", &[("<script src=//x>\"&", 2, 149)]);
        document.store_name = "</style><img src=x>".to_owned();
        let page = page(&document);
        assert!(page.contains("&lt;script src=//x&gt;&quot;&amp;"), "{page}");
        for tag in ["<script", "<img", "<link", "url(", "@import", "http"] {
            assert!(!page.contains(tag), "{tag}");
        }
    }

    #[test]
    fn each_rate_of_tax_has_a_line_and_yen_have_no_point() {
        let mut document = receipt("JPY", &[("お茶", 1, 130), ("本", 1, 1000)]);
        document.language = "ja".to_owned();
        document.taxes = vec![
            ReceiptTax {
                id: "A".to_owned(),
                rate_basis_points: 800,
                net_minor: 120,
                tax_minor: 10,
            },
            ReceiptTax {
                id: "B".to_owned(),
                rate_basis_points: 1000,
                net_minor: 909,
                tax_minor: 91,
            },
        ];
        assert_eq!(document.check(), Ok(()));
        let page = page(&document);
        for part in [
            "lang=\"ja\"",
            "8.00 %",
            "10.00 %",
            ">1130<",
            ">909<",
            "合計 JPY",
            "r-1",
        ] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
    }

    #[test]
    fn a_correction_names_its_receipt_with_signed_lines_and_what_is_given_back() {
        let mut document = crate::correction::tests::correction("JPY", &[("お茶", -3, 130)]);
        document.language = "ja".to_owned();
        let page = correction(&document);
        for part in [
            "lang=\"ja\"",
            "<title>Corner Shop: 訂正書 -390 JPY</title>",
            "対象領収書 r-1<",
            ">-3<",
            ">-390<",
            "返金: 390",
        ] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
    }
}
