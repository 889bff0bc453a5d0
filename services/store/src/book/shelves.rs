//! What stands where: kept beside the bookkeeper's decisions, and told to whoever asks.
//!
//! 1. It follows the decisions and changes none ([`planogram`](amble_engine::planogram)).
//! 2. It is stored as a note with each cut, of the same round. Where there is none, it begins as of when the shop
//!    opens: what is empty or astray is then told again with the next change of its shelf.
//! 3. What begins and ends is an event, but not while a bookkeeper that starts anew folds what is past.

use amble_engine::attribution::InteractionId;
use amble_engine::{
    attribution::StackKey,
    evidence::Interaction,
    layout::{Placement, PlateIx, ProductIx, ShelfIx},
    planogram::{Kind, Mismatch, News, Stands},
    time::Round,
};
use amble_ledger::Entry;
use amble_proto::v1;
use serde::{Deserialize, Serialize};

use super::actor::State;
use crate::{codec, inspect::What, message::Worded, shop::Shop};

/// What the note is called.
pub(crate) const NOTE: &str = "planogram";

/// Goods that are less probable than this are not listed.
const LEAST: f64 = 0.01;

/// Which places, or mismatches, are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShelfQuery {
    /// Only those of these shelves; of all when there are none.
    pub shelves: Vec<ShelfIx>,
    /// Only mismatches of this kind; a number of [`v1::MismatchKind`].
    pub kind: Option<i32>,
    /// So many are left out first.
    pub skip: u64,
    /// At most so many.
    pub limit: u32,
}

impl ShelfQuery {
    fn wants(&self, shelf: ShelfIx) -> bool {
        self.shelves.is_empty() || self.shelves.contains(&shelf)
    }
}

impl State {
    /// An interaction was given to the book.
    pub(super) fn weighed(&mut self, id: InteractionId, interaction: &Interaction) {
        self.planogram.recorded(id, &interaction.change);
    }

    /// Takes what became certain by the end of a round.
    pub(super) fn look_at_shelves(&mut self, round: Round, live: bool) {
        let known = self.book.take_known();
        if known.is_empty() {
            return;
        }
        let news = self.planogram.settled(&known, &self.book, round.end());
        if news.is_empty() {
            return;
        }
        self.show_mismatches();
        if live {
            for news in &news {
                self.shop.happened(happened(&self.shop, news));
            }
        }
    }

    /// For the metrics.
    pub(super) fn show_mismatches(&self) {
        let all = self.planogram.mismatches();
        for kind in [Kind::WrongPlace, Kind::Empty, Kind::WrongProduct] {
            let own = all.iter().filter(|m| m.kind == kind);
            self.mismatched.show(kind, own.count());
        }
    }

    /// Rule 2.
    pub(super) fn planogram_note(&self, round: Round) -> Entry {
        Entry::Note {
            name: NOTE.to_owned(),
            round: round.0,
            body: codec::encode(self.planogram.memory()),
        }
    }

    /// What stands where.
    pub(super) fn list_places(&self, query: &ShelfQuery) -> Worded<v1::ListPlacesResponse> {
        let all = 0..u32::try_from(self.shop.plan.layout.shelves.len()).unwrap_or(u32::MAX);
        let wanted = all.map(ShelfIx).filter(|ix| query.wants(*ix));
        let limit = query.limit as usize;
        let (mut skip, mut more) = (query.skip, false);
        let mut places = Vec::new();
        for shelf in wanted {
            for stands in self.planogram.stands(shelf, &self.book) {
                if skip > 0 {
                    skip -= 1;
                } else if places.len() < limit {
                    places.push(place(&self.shop, shelf, &stands));
                } else {
                    more = true;
                }
            }
            if more {
                break;
            }
        }
        Worded(v1::ListPlacesResponse {
            next_page_token: next(query, places.len(), more),
            places,
            as_of_us: self.as_of().0,
        })
    }

    /// Where that is not what the plan says.
    pub(super) fn list_mismatches(&self, query: &ShelfQuery) -> Worded<v1::ListMismatchesResponse> {
        let wanted = |mismatch: &Mismatch| {
            query.wants(mismatch.shelf)
                && query
                    .kind
                    .is_none_or(|own| own == i32::from(kind(mismatch.kind)))
        };
        let mut all = self.planogram.mismatches();
        all.retain(wanted);
        let skip = usize::try_from(query.skip).unwrap_or(usize::MAX);
        let limit = query.limit as usize;
        let more = all.len() > skip.saturating_add(limit);
        let page = all.iter().skip(skip).take(limit);
        let mismatches: Vec<v1::Mismatch> = page.map(|m| self.mismatch(m)).collect();
        Worded(v1::ListMismatchesResponse {
            next_page_token: next(query, mismatches.len(), more),
            mismatches,
            as_of_us: self.as_of().0,
        })
    }

    fn mismatch(&self, mismatch: &Mismatch) -> v1::Mismatch {
        let (shop, shelf) = (&self.shop, mismatch.shelf);
        let here = self.planogram.stands(shelf, &self.book);
        let here = here.into_iter().find(|s| s.place.key == mismatch.place);
        let place = here.map(|stands| place(shop, shelf, &stands));
        let place = place.unwrap_or_else(|| bare(shop, shelf, mismatch.place));
        let code = shop.plan.names.product(mismatch.product);
        let goods = place.stands.iter().find(|goods| goods.product == code);
        v1::Mismatch {
            mismatch_id: name(shop, mismatch),
            kind: kind(mismatch.kind).into(),
            goods: Some(goods.cloned().unwrap_or_else(|| v1::StandingGoods {
                product: code.to_owned(),
                name: product_name(shop, mismatch.product),
                ..v1::StandingGoods::default()
            })),
            place: Some(place),
            probability: mismatch.probability,
            since_us: mismatch.since.0,
        }
    }
}

/// The token after these, where there are more.
fn next(query: &ShelfQuery, given: usize, more: bool) -> String {
    let after = query.skip.saturating_add(given as u64);
    if more {
        after.to_string()
    } else {
        String::new()
    }
}

const fn kind(kind: Kind) -> v1::MismatchKind {
    match kind {
        Kind::WrongPlace => v1::MismatchKind::WrongPlace,
        Kind::Empty => v1::MismatchKind::Empty,
        Kind::WrongProduct => v1::MismatchKind::WrongProduct,
    }
}

fn product_name(shop: &Shop, product: ProductIx) -> String {
    let known = shop.plan.plan.products.get(product.at());
    known.map(|known| known.name.clone()).unwrap_or_default()
}

fn plates(shop: &Shop, plates: &[PlateIx]) -> Vec<String> {
    let id = |&plate: &PlateIx| {
        let whole = shop.plan.names.plate(plate);
        whole.rsplit('/').next().unwrap_or(whole).to_owned()
    };
    plates.iter().map(id).collect()
}

fn bare(shop: &Shop, shelf: ShelfIx, key: StackKey) -> v1::ShelfPlace {
    let all: Vec<PlateIx> = (key.first.0..=key.last.0).map(PlateIx).collect();
    v1::ShelfPlace {
        shelf_id: shop.plan.names.shelf(shelf).to_owned(),
        plate_ids: plates(shop, &all),
        ..v1::ShelfPlace::default()
    }
}

fn place(shop: &Shop, shelf: ShelfIx, stands: &Stands) -> v1::ShelfPlace {
    let here = &stands.place;
    let goods = |product: ProductIx, units, probability| v1::StandingGoods {
        product: shop.plan.names.product(product).to_owned(),
        name: product_name(shop, product),
        units,
        probability,
    };
    let some = here.chance(|count| count > 0) * stands.own;
    let mut all = vec![goods(here.key.product, here.units, some)];
    let others = stands.others.iter().filter(|other| other.1 >= LEAST);
    all.extend(others.map(|&(product, chance)| goods(product, 0.0, chance)));
    all.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    let planned = here.planned.then_some(here.key.product);
    v1::ShelfPlace {
        shelf_id: shop.plan.names.shelf(shelf).to_owned(),
        plate_ids: plates(shop, &here.plates),
        product: planned
            .map(|p| shop.plan.names.product(p).to_owned())
            .unwrap_or_default(),
        name: planned.map(|p| product_name(shop, p)).unwrap_or_default(),
        stands: all,
    }
}

/// A mismatch's name while it stands.
fn name(shop: &Shop, mismatch: &Mismatch) -> String {
    let kind = match mismatch.kind {
        Kind::WrongPlace => "wrong-place",
        Kind::Empty => "empty",
        Kind::WrongProduct => "wrong-product",
    };
    let names = &shop.plan.names;
    let ends = plates(shop, &[mismatch.place.first, mismatch.place.last]).join("-");
    let (shelf, product) = (
        names.shelf(mismatch.shelf),
        names.product(mismatch.place.product),
    );
    format!("{kind}/{shelf}/{ends}/{product}")
}

/// What is told of it, in a sentence.
fn happened(shop: &Shop, news: &News) -> What {
    let (began, mismatch) = match news {
        News::Began(mismatch) => (true, mismatch),
        News::Ended(mismatch) => (false, mismatch),
    };
    let names = &shop.plan.names;
    let all = shop.plan.layout.placements.iter();
    let of_place = |p: &&Placement| {
        p.product == mismatch.place.product
            && (p.plates.first(), p.plates.last())
                == (Some(&mismatch.place.first), Some(&mismatch.place.last))
    };
    let plate_ids = all.clone().find(of_place).map_or_else(
        || bare(shop, mismatch.shelf, mismatch.place).plate_ids,
        |p| plates(shop, &p.plates),
    );
    let product = names.product(mismatch.product);
    let place = format!("{} {}", names.shelf(mismatch.shelf), plate_ids.join(" "));
    let own = names.product(mismatch.place.product);
    let text = match (mismatch.kind, began) {
        (Kind::WrongPlace, true) => format!("{product} stands at {place}, where the plan has none"),
        (Kind::WrongPlace, false) => {
            format!("{product} no longer stands at {place}, where the plan has none")
        }
        (Kind::Empty, true) => format!("no {product} is left at {place}"),
        (Kind::Empty, false) => format!("there is {product} at {place} again"),
        (Kind::WrongProduct, true) => {
            format!("{product} stands at {place}, where the plan has {own}")
        }
        (Kind::WrongProduct, false) => format!("{own} stands at {place} again, as planned"),
    };
    What::Shelf {
        began,
        shelf: shop
            .keys
            .device(v1::DeviceKind::Shelf, names.shelf(mismatch.shelf)),
        mismatch: name(shop, mismatch),
        text,
    }
}
