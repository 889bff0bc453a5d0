//! `amble shelves`.

use std::{
    process::ExitCode,
    time::{Duration, UNIX_EPOCH},
};

use amble_proto::v1::{
    ListMismatchesRequest, ListMismatchesResponse, ListPlacesRequest, ListPlacesResponse,
    ShelfPlace, StandingGoods, operator_service_client::OperatorServiceClient,
};

use super::{client::refused, message, words};
use crate::{
    args::ShelvesArgs,
    client::Shop,
    failure::Failure,
    output::{print, print_json},
    table::{Align, Table},
};

type Client = OperatorServiceClient<Shop>;

/// Places of a page.
const PAGE: u32 = 1_000;

/// Lists what stands where, or where that is not what the plan says.
///
/// # Errors
/// When no shop answers, or it has no such shelf.
pub async fn shelves(args: &ShelvesArgs) -> Result<ExitCode, Failure> {
    let mut client = Client::new(args.shop.connect().await?);
    if args.mismatched {
        let all = mismatches(&mut client, &args.shelf).await?;
        if args.form.json {
            print_json(&message::json("ListMismatchesResponse", &all)?)?;
        } else {
            print(&mismatched(&all))?;
        }
    } else {
        let all = places(&mut client, &args.shelf).await?;
        if args.form.json {
            print_json(&message::json("ListPlacesResponse", &all)?)?;
        } else {
            print(&standing(&all))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn places(client: &mut Client, shelf: &str) -> Result<ListPlacesResponse, Failure> {
    let mut request = ListPlacesRequest {
        shelf_id: shelf.to_owned(),
        page_size: PAGE,
        page_token: String::new(),
    };
    let mut all = ListPlacesResponse::default();
    loop {
        let page = client.list_places(request.clone()).await;
        let page = page.map_err(|status| refused(&status))?.into_inner();
        all.places.extend(page.places);
        all.as_of_us = page.as_of_us;
        if page.next_page_token.is_empty() {
            return Ok(all);
        }
        request.page_token = page.next_page_token;
    }
}

async fn mismatches(client: &mut Client, shelf: &str) -> Result<ListMismatchesResponse, Failure> {
    let mut request = ListMismatchesRequest {
        shelf_id: shelf.to_owned(),
        page_size: PAGE,
        ..ListMismatchesRequest::default()
    };
    let mut all = ListMismatchesResponse::default();
    loop {
        let page = client.list_mismatches(request.clone()).await;
        let page = page.map_err(|status| refused(&status))?.into_inner();
        all.mismatches.extend(page.mismatches);
        all.as_of_us = page.as_of_us;
        if page.next_page_token.is_empty() {
            return Ok(all);
        }
        request.page_token = page.next_page_token;
    }
}

fn standing(listed: &ListPlacesResponse) -> String {
    let mut table = Table::new(&[
        ("shelf", Align::Left),
        ("plates", Align::Left),
        ("planned", Align::Left),
        ("stands", Align::Left),
    ]);
    for place in &listed.places {
        let stands: Vec<String> = place.stands.iter().map(goods).collect();
        table.row([
            place.shelf_id.clone(),
            place.plate_ids.join(" "),
            or_nothing(&place.product),
            stands.join(", "),
        ]);
    }
    table.to_string()
}

fn mismatched(listed: &ListMismatchesResponse) -> String {
    let mut table = Table::new(&[
        ("since", Align::Left),
        ("what", Align::Left),
        ("shelf", Align::Left),
        ("plates", Align::Left),
        ("product", Align::Left),
        ("planned", Align::Left),
        ("probability", Align::Right),
    ]);
    for mismatch in &listed.mismatches {
        let nowhere = ShelfPlace::default();
        let place = mismatch.place.as_ref().unwrap_or(&nowhere);
        let goods = mismatch.goods.as_ref();
        table.row([
            time(mismatch.since_us),
            words::state(mismatch.kind().as_str_name(), "MISMATCH_KIND_"),
            place.shelf_id.clone(),
            place.plate_ids.join(" "),
            goods.map(|goods| goods.product.clone()).unwrap_or_default(),
            or_nothing(&place.product),
            percent(mismatch.probability),
        ]);
    }
    table.to_string()
}

/// As `5.0 × 4006381333931 (98 %)`; how many there are of what nobody has counted is not said.
fn goods(goods: &StandingGoods) -> String {
    let sure = percent(goods.probability);
    if goods.units == 0.0 {
        return format!("{} ({sure})", goods.product);
    }
    format!("{:.1} × {} ({sure})", goods.units, goods.product)
}

fn or_nothing(product: &str) -> String {
    let known = if product.is_empty() {
        words::NOTHING
    } else {
        product
    };
    known.to_owned()
}

fn percent(probability: f64) -> String {
    format!("{:.0} %", probability * 100.0)
}

fn time(us: i64) -> String {
    let at = UNIX_EPOCH + Duration::from_micros(us.unsigned_abs());
    humantime::format_rfc3339_seconds(at).to_string()
}

#[cfg(test)]
mod tests {
    use amble_proto::v1::{Mismatch, MismatchKind};

    use super::*;

    fn place() -> ShelfPlace {
        let goods = |product: &str, units, probability| StandingGoods {
            product: product.to_owned(),
            units,
            probability,
            ..StandingGoods::default()
        };
        ShelfPlace {
            shelf_id: "g1/s2".to_owned(),
            plate_ids: vec!["p3".to_owned(), "p4".to_owned()],
            product: "tea".to_owned(),
            stands: vec![goods("oats", 0.0, 0.98), goods("tea", 5.0, 0.02)],
            ..ShelfPlace::default()
        }
    }

    #[test]
    fn a_place_shows_what_is_planned_and_what_stands_there() {
        let listed = ListPlacesResponse {
            places: vec![place()],
            ..ListPlacesResponse::default()
        };
        let wanted = "\
shelf  plates  planned  stands
g1/s2  p3 p4   tea      oats (98 %), 5.0 × tea (2 %)
";
        assert_eq!(standing(&listed), wanted);
    }

    #[test]
    fn a_mismatch_shows_what_is_wrong_where_and_since_when() {
        let mismatch = Mismatch {
            kind: MismatchKind::WrongProduct.into(),
            goods: place().stands.first().cloned(),
            place: Some(place()),
            probability: 0.98,
            since_us: 1_767_225_600_000_000,
            ..Mismatch::default()
        };
        let listed = ListMismatchesResponse {
            mismatches: vec![mismatch],
            ..ListMismatchesResponse::default()
        };
        let wanted = "\
since                 what           shelf  plates  product  planned  probability
2026-01-01T00:00:00Z  wrong product  g1/s2  p3 p4   oats     tea             98 %
";
        assert_eq!(mismatched(&listed), wanted);
    }
}
