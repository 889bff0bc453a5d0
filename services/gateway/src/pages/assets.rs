//! The pages and their files, as they were when this was built.
//!
//! A browser asks each time whether its copy still holds, and is told by the file's fingerprint: after an
//! upgrade nobody runs yesterday's script against today's page.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::LazyLock,
};

use amble_trust::Caller;
use axum::{
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::problem::Problem;
use crate::{admission::Who, errors};

/// A file of a page.
struct Asset {
    name: &'static str,
    kind: &'static str,
    text: &'static str,
    tag: LazyLock<String>,
}

const HTML: &str = "text/html; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const IMAGE: &str = "image/svg+xml";

macro_rules! asset {
    ($name:literal, $kind:expr) => {
        Asset {
            name: $name,
            kind: $kind,
            text: include_str!(concat!("../../pages/", $name)),
            tag: LazyLock::new(|| fingerprint(include_str!(concat!("../../pages/", $name)))),
        }
    };
}

static CART_PAGE: Asset = asset!("cart.html", HTML);
static PASS_PAGE: Asset = asset!("pass.html", HTML);
static CONSOLE_PAGE: Asset = asset!("console.html", HTML);
static FILES: [Asset; 26] = [
    asset!("style.css", STYLE),
    asset!("fault.js", SCRIPT),
    asset!("cart.js", SCRIPT),
    asset!("lines.js", SCRIPT),
    asset!("budget.js", SCRIPT),
    asset!("receipt.js", SCRIPT),
    asset!("disputes.js", SCRIPT),
    asset!("pass.js", SCRIPT),
    asset!("shop.js", SCRIPT),
    asset!("phone.js", SCRIPT),
    asset!("words.js", SCRIPT),
    asset!("icon.svg", IMAGE),
    asset!("wire.js", SCRIPT),
    asset!("speech.js", SCRIPT),
    asset!("make.js", SCRIPT),
    asset!("console.css", STYLE),
    asset!("console.js", SCRIPT),
    asset!("console-words.js", SCRIPT),
    asset!("console-shop.js", SCRIPT),
    asset!("console-floor.js", SCRIPT),
    asset!("console-visits.js", SCRIPT),
    asset!("console-reviews.js", SCRIPT),
    asset!("console-shelves.js", SCRIPT),
    asset!("console-prices.js", SCRIPT),
    asset!("console-sales.js", SCRIPT),
    asset!("console-table.js", SCRIPT),
];

fn fingerprint(text: &str) -> String {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}

/// The shopper's page.
pub(super) async fn cart_page(who: Who, headers: HeaderMap) -> Result<Response, Problem> {
    answer(&CART_PAGE, &who, &headers)
}

/// The page that shows a pass.
pub(super) async fn pass_page(who: Who, headers: HeaderMap) -> Result<Response, Problem> {
    answer(&PASS_PAGE, &who, &headers)
}

/// The shop's console.
pub(super) async fn console_page(who: Who, headers: HeaderMap) -> Result<Response, Problem> {
    answer(&CONSOLE_PAGE, &who, &headers)
}

/// A file that a page needs.
pub(super) async fn file(
    Path(name): Path<String>,
    who: Who,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let file = FILES.iter().find(|file| file.name == name);
    let file = file.ok_or_else(|| errors::no_such_page(&name))?;
    answer(file, &who, &headers)
}

/// Counts for the connection's rate only: a file costs nothing that other shoppers would miss.
fn answer(file: &Asset, who: &Who, headers: &HeaderMap) -> Result<Response, Problem> {
    let placed = who.caller.as_ref().map_or(Ok(()), Caller::call);
    placed.map_err(errors::too_many_calls)?;
    let tag = file.tag.as_str();
    let kept = headers.get(header::IF_NONE_MATCH);
    let kept = kept.and_then(|tags| tags.to_str().ok());
    let common = [(header::ETAG, tag), (header::CACHE_CONTROL, "no-cache")];
    if kept.is_some_and(|tags| tags.contains(tag)) {
        return Ok((StatusCode::NOT_MODIFIED, common).into_response());
    }
    let kind = [(header::CONTENT_TYPE, file.kind)];
    Ok((common, kind, file.text).into_response())
}
