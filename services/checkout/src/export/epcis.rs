//! Sales as GS1 EPCIS 2.0 events: what was sold, when, where.
//!
//! 1. A sale is an `ObjectEvent`, as of the party's leaving, with how many of each product were sold. Of a
//!    sale over nothing there is none, and nobody's visit, pass or payment is in any.
//! 2. A product with a GTIN has the URI that GS1 gives it. Everything else has one below the shop's own
//!    authority: local codes, receipts, stores and events.
//! 3. A corrected sale is told as the standard wants it: the event as it first was, declared an error, and
//!    the one that is right in its place.
//!
//! Sources: GS1 EPCIS 2.0, 7.4 (events, error declarations); CBV 2.0, 7.1, 7.2 and 8 (steps, dispositions,
//! identifiers); GS1 Digital Link, 4 (URIs of GTINs).

use std::{
    collections::BTreeMap,
    io::{self, Write},
    str::FromStr,
};

use serde_json::{Value, json};
use url::Url;

use super::Sale;
use crate::clock::instant;

const CONTEXT: &str = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld";

/// A URI of the shop's owner, below which its things have theirs: `https://shop.example/epcis/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority(Url);

/// Why a URI can't be one to name things below.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{uri:?} can't name things: {why}; give one of your own such as https://shop.example/epcis/"
)]
pub struct AuthorityError {
    /// What was given.
    uri: String,
    /// What is wrong with it.
    why: String,
}

impl FromStr for Authority {
    type Err = AuthorityError;

    fn from_str(uri: &str) -> Result<Self, AuthorityError> {
        let wrong = |why: &str| AuthorityError {
            uri: uri.to_owned(),
            why: why.to_owned(),
        };
        let url = Url::parse(uri).map_err(|error| wrong(&error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong("it is not of http or https"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("it has a question or a fragment"));
        }
        Ok(Self(url))
    }
}

impl Authority {
    fn name(&self, kind: &str, id: &str) -> String {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend([kind, id]);
        }
        url.into()
    }

    fn product(&self, code: &str) -> String {
        let digits = code.bytes().all(|byte| byte.is_ascii_digit());
        if digits && matches!(code.len(), 8 | 12 | 13 | 14) {
            return format!("https://id.gs1.org/01/{code:0>14}");
        }
        self.name("products", code)
    }
}

/// The one document, while it is written.
pub(super) struct Document<W> {
    authority: Authority,
    out: W,
    events: u64,
}

impl<W: Write> Document<W> {
    pub(super) fn begin(authority: Authority, created_us: i64, mut out: W) -> io::Result<Self> {
        let created = instant(created_us);
        write!(
            out,
            "{{\"@context\":[\"{CONTEXT}\"],\"type\":\"EPCISDocument\",\"schemaVersion\":\"2.0\",\
             \"creationDate\":\"{created}\",\"epcisBody\":{{\"eventList\":["
        )?;
        Ok(Self {
            authority,
            out,
            events: 0,
        })
    }

    pub(super) fn sale(&mut self, sale: &Sale) -> io::Result<()> {
        for event in events(&self.authority, sale) {
            let between = if self.events == 0 { "\n" } else { ",\n" };
            self.out.write_all(between.as_bytes())?;
            serde_json::to_writer(&mut self.out, &event)?;
            self.events += 1;
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.out.write_all(b"\n]}}\n")?;
        self.out.flush()
    }
}

/// The sale as it first was, and as it is.
fn events(authority: &Authority, sale: &Sale) -> Vec<Value> {
    let receipt = &sale.receipt;
    let mut sold: BTreeMap<&str, i64> = BTreeMap::new();
    for line in &receipt.lines {
        *sold.entry(&line.product).or_default() += i64::from(line.quantity);
    }
    let first = event(authority, sale, &receipt.id, &sold);
    for line in sale.corrections.iter().flat_map(|each| &each.lines) {
        *sold.entry(&line.product).or_default() += line.quantity;
    }
    let Some(last) = sale.corrections.last() else {
        return first.into_iter().collect();
    };
    let right = event(authority, sale, &last.id, &sold);
    let Some(mut wrong) = first else {
        return right.into_iter().collect();
    };
    let (reason, instead) = match &right {
        Some(right) => ("incorrect_data", vec![right["eventID"].clone()]),
        None => ("did_not_occur", vec![]),
    };
    wrong["errorDeclaration"] = json!({
        "declarationTime": instant(last.decided_us),
        "reason": reason,
        "correctiveEventIDs": instead,
    });
    [Some(wrong), right].into_iter().flatten().collect()
}

/// The event of the document `id`, by which so many were sold.
fn event(
    authority: &Authority,
    sale: &Sale,
    id: &str,
    sold: &BTreeMap<&str, i64>,
) -> Option<Value> {
    let receipt = &sale.receipt;
    let quantities = sold.iter().filter(|(_, quantity)| **quantity > 0);
    let quantities: Vec<_> = quantities
        .map(|(product, quantity)| {
            json!({"epcClass": authority.product(product), "quantity": quantity})
        })
        .collect();
    if quantities.is_empty() {
        return None;
    }
    Some(json!({
        "type": "ObjectEvent",
        "eventID": authority.name("events", id),
        "eventTime": instant(receipt.left_us),
        "eventTimeZoneOffset": "+00:00",
        "action": "OBSERVE",
        "bizStep": "retail_selling",
        "disposition": "retail_sold",
        "bizLocation": {"id": authority.name("stores", &receipt.store)},
        "bizTransactionList": [{"bizTransaction": authority.name("receipts", &receipt.id)}],
        "quantityList": quantities,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        correction::tests::correction,
        export::{
            Form,
            tests::{sale, written},
        },
    };

    fn list(sales: &[Sale]) -> Vec<Value> {
        let form = Form::Epcis {
            authority: "https://shop.example/a".parse().unwrap(),
            created_us: 0,
        };
        let document: Value = serde_json::from_str(&written(form, sales)).unwrap();
        let events = document["epcisBody"]["eventList"].as_array().unwrap();
        events.clone()
    }

    #[test]
    fn a_product_with_a_gtin_has_the_uri_of_gs1_and_a_local_code_one_of_the_shop() {
        let mut sale = sale();
        sale.corrections.clear();
        sale.receipt.lines[1].product = "bun / plain".to_owned();
        let events = list(&[sale]);
        assert_eq!(events.len(), 1);
        let sold = &events[0]["quantityList"];
        let gtin = json!({"epcClass": "https://id.gs1.org/01/04006381333931", "quantity": 2});
        let local = json!({
            "epcClass": "https://shop.example/a/products/bun%20%2F%20plain", "quantity": 1,
        });
        assert_eq!(sold, &json!([gtin, local]));
        assert_eq!(events[0]["eventTime"], "2026-01-01T00:04:37.000Z");
        assert!(!events[0].to_string().contains("v-1"), "the visit is told");
    }

    #[test]
    fn a_corrected_sale_is_declared_an_error_and_told_again_unless_nothing_was_sold() {
        let corrected = sale();
        let nothing = Sale {
            corrections: vec![correction(
                "EUR",
                &[("Milk, 1 l", -2, 149), ("Tea", -1, 399)],
            )],
            ..sale()
        };
        let never = Sale {
            receipt: crate::document::tests::receipt("EUR", &[]),
            corrections: vec![],
        };
        let events = list(&[never, corrected, nothing]);
        assert_eq!(events.len(), 3);
        let wrong = &events[0]["errorDeclaration"];
        assert_eq!(wrong["reason"], "incorrect_data");
        assert_eq!(wrong["correctiveEventIDs"], json!([events[1]["eventID"]]));
        assert_eq!(events[0]["quantityList"][0]["quantity"], 3);
        assert_eq!(events[1]["quantityList"][0]["quantity"], 2);
        assert_eq!(events[2]["errorDeclaration"]["reason"], "did_not_occur");
    }

    #[test]
    fn what_can_not_name_things_is_refused() {
        for uri in [
            "shop",
            "urn:x:y",
            "https://shop.example/?a",
            "https://shop.example/#a",
        ] {
            assert!(uri.parse::<Authority>().is_err(), "{uri}");
        }
    }
}
