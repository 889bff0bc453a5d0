//! What comes back from the ledger, should its disk have changed it.

use std::sync::Arc;

use amble_engine::attribution::{Book, InteractionId, Settings};
use amble_store::plan;

use crate::{Target, target::Broken};

pub(super) fn all() -> Vec<Target> {
    let decision = |input: &[u8]| {
        let _ = amble_store::decision(input);
        Ok(())
    };
    vec![
        Target::new("decision", decision),
        Target::new("interaction", attribute()),
    ]
}

/// An interaction that can be read can be decided, and what is said of it is a probability.
fn attribute() -> impl Fn(&[u8]) -> Result<(), Broken> {
    let shop = plan::profile("kiosk", 1).expect("a known shop");
    let shop = plan::shop(&shop).expect("the known shop is sound");
    let empty = Book::new(Arc::new(shop.layout), Settings::default());
    move |input| {
        let Some(interaction) = amble_store::interaction(input) else {
            return Ok(());
        };
        let mut book = empty.clone();
        let decisions = book.record(InteractionId(0), &interaction);
        let odd = decisions
            .iter()
            .find(|decision| !(0.0..=1.000_001).contains(&decision.probability));
        odd.map_or(Ok(()), |decision| {
            Err(format!("decided with probability {}", decision.probability))
        })
    }
}
