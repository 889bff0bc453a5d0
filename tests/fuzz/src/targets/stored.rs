//! What comes back from the ledger, should its disk have changed it.

use std::sync::Arc;

use amble_engine::attribution::{Book, InteractionId, Settings};
use amble_store::plan;

use crate::{Fate, Target, target::Broken};

pub(super) fn all() -> Vec<Target> {
    vec![
        Target::new("decision", |input| match amble_store::decision(input) {
            Some(_) => Ok(Fate::Taken),
            None => Ok(Fate::Refused),
        }),
        Target::new("interaction", attribute()),
    ]
}

/// An interaction that can be read can be decided, and what is said of it is a probability.
fn attribute() -> impl Fn(&[u8]) -> Result<Fate, Broken> {
    let shop = plan::profile("kiosk", 1).expect("a known shop");
    let shop = plan::shop(&shop).expect("the known shop is sound");
    let empty = Book::new(Arc::new(shop.layout), Settings::default());
    move |input| {
        let Some(interaction) = amble_store::interaction(input) else {
            return Ok(Fate::Refused);
        };
        let mut book = empty.clone();
        let decisions = book.record(InteractionId(0), &interaction);
        let odd = decisions
            .iter()
            .find(|decision| !(0.0..=1.000_001).contains(&decision.probability));
        odd.map_or(Ok(Fate::Taken), |decision| {
            Err(format!("decided with probability {}", decision.probability))
        })
    }
}
