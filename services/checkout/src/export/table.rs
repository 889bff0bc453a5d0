//! Sales as a table: a row for each line of a receipt or a correction, so that a sum over rows is what was
//! sold. Amounts are as people write them, with a point.

use std::io::{self, Write};

use super::Sale;
use crate::{clock::instant, currency::amount, document::ReceiptTax};

const COLUMNS: [&str; 14] = [
    "document",
    "id",
    "receipt",
    "visit",
    "store",
    "time",
    "product",
    "name",
    "quantity",
    "unit_price",
    "amount",
    "currency",
    "tax",
    "tax_percent",
];

pub(super) fn begin<W: Write>(out: W) -> io::Result<csv::Writer<W>> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(COLUMNS)?;
    Ok(table)
}

pub(super) fn sale<W: Write>(table: &mut csv::Writer<W>, sale: &Sale) -> io::Result<()> {
    let receipt = &sale.receipt;
    let settled = instant(receipt.settled_us);
    for line in &receipt.lines {
        table.write_record([
            "receipt",
            &receipt.id,
            &receipt.id,
            &receipt.visit,
            &receipt.store,
            &settled,
            &line.product,
            &line.name,
            &line.quantity.to_string(),
            &amount(line.unit_price_minor, &receipt.currency),
            &amount(line.amount_minor, &receipt.currency),
            &receipt.currency,
            &line.tax,
            &percent(&receipt.taxes, &line.tax),
        ])?;
    }
    for correction in &sale.corrections {
        let decided = instant(correction.decided_us);
        // A tax that is on the receipt already may not be among those that change.
        let taxes = [receipt.taxes.as_slice(), &correction.taxes].concat();
        for line in &correction.lines {
            table.write_record([
                "correction",
                &correction.id,
                &correction.receipt,
                &correction.visit,
                &correction.store,
                &decided,
                &line.product,
                &line.name,
                &line.quantity.to_string(),
                &amount(line.unit_price_minor, &correction.currency),
                &amount(line.amount_minor, &correction.currency),
                &correction.currency,
                &line.tax,
                &percent(&taxes, &line.tax),
            ])?;
        }
    }
    Ok(())
}

/// A tax's rate; nothing where there is no such tax.
fn percent(taxes: &[ReceiptTax], tax: &str) -> String {
    let tax = taxes.iter().find(|known| known.id == tax);
    tax.map_or_else(String::new, |tax| {
        amount(i64::from(tax.rate_basis_points), "")
    })
}

#[cfg(test)]
mod tests {
    use crate::export::{
        Form,
        tests::{sale, written},
    };

    #[test]
    fn each_line_of_a_document_is_a_row_and_names_are_quoted() {
        let mut sale = sale();
        sale.receipt.lines[1].name = "Tea \"green\"".to_owned();
        let wanted = "\
document,id,receipt,visit,store,time,product,name,quantity,unit_price,amount,currency,tax,tax_percent
receipt,r-1,r-1,v-1,corner,2026-01-01T00:04:38.200Z,4006381333931,\"Milk, 1 l\",2,1.49,2.98,EUR,A,0.00
receipt,r-1,r-1,v-1,corner,2026-01-01T00:04:38.200Z,4006381333931,\"Tea \"\"green\"\"\",1,3.99,3.99,EUR,A,0.00
correction,r-1/review/1/correction,r-1,v-1,corner,2026-01-01T01:00:00.000Z,4006381333931,\"Milk, 1 l\",-1,1.49,-1.49,EUR,A,0.00
";
        assert_eq!(written(Form::Csv, &[sale]), wanted);
    }
}
