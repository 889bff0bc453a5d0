//! The shopper's actor: carries rounds to the [`Party`] and news to the cart.

use std::{sync::Arc, time::Instant};

use amble_engine::{price::Money, time::Round};
use ractor::{Actor, ActorProcessingErr, ActorRef};
use tokio::sync::watch;

use super::{
    cart::{CartView, Stage},
    cut::PartyCut,
    party::Party,
    pending::AtShelves,
};
use crate::{
    grab,
    keys::is_guest,
    load::Meter,
    message::{News, ToBucket, ToShopper, Verdict},
    shop::{Shop, StoreEvent},
};

/// The actor of one party.
#[derive(Debug)]
pub struct Shopper;

/// What it starts with.
#[derive(Debug)]
pub struct Arguments {
    /// The shop.
    pub shop: Arc<Shop>,
    /// Its bucket.
    pub bucket: ActorRef<ToBucket>,
    /// Its state.
    pub cut: PartyCut,
    /// Where its cart is shown.
    pub view: watch::Sender<Arc<CartView>>,
}

/// What it keeps.
#[derive(Debug)]
pub struct State {
    pub(super) shop: Arc<Shop>,
    bucket: ActorRef<ToBucket>,
    meter: Meter,
    pub(super) party: Party,
    pub(super) view: watch::Sender<Arc<CartView>>,
    /// The last round that concerned it.
    pub(super) round: Round,
    /// What its phone shows of it before it is decided.
    pending: AtShelves,
}

impl Actor for Shopper {
    type Msg = ToShopper;
    type State = State;
    type Arguments = Arguments;

    async fn pre_start(
        &self,
        _: ActorRef<ToShopper>,
        arguments: Arguments,
    ) -> Result<State, ActorProcessingErr> {
        let Arguments {
            shop,
            bucket,
            cut,
            view,
        } = arguments;
        let party = Party::restore(cut);
        Ok(State {
            round: party.opened,
            meter: shop.meter(&shop.keys.shopper(party.party)),
            shop,
            bucket,
            party,
            view,
            pending: AtShelves::default(),
        })
    }

    async fn handle(
        &self,
        _: ActorRef<ToShopper>,
        message: ToShopper,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        let began = Instant::now();
        match message {
            ToShopper::Round(input) => {
                state.round = input.round;
                let shop = &state.shop;
                let layout = &shop.plan.layout;
                let answer = state
                    .party
                    .round(&input, layout, &shop.keys, &shop.settings);
                if answer.people > 0 && state.view.borrow().stage == Stage::Open {
                    state.show(|view| view.stage = Stage::Shopping);
                }
                if state.pending.pass(input.round) {
                    state.show(|_| {});
                }
                // A bucket that ends takes its shoppers with it.
                let _ = state.bucket.cast(ToBucket::Shopper(Box::new(answer)));
            }
            ToShopper::Verdict(verdict) => state.hear(verdict, began),
            ToShopper::Lifted(lifted) => {
                // A guest has no phone, and who has left lifts nothing.
                let shopping = state.view.borrow().stage < Stage::Left;
                if shopping && state.pending.take(lifted, state.round) {
                    state.show(|_| {});
                }
            }
            ToShopper::Describe(answer) => {
                let _ = answer.send(state.describe());
            }
            ToShopper::Budget(minor, answer) => {
                let budget = minor.map(|minor| Money::new(minor, state.shop.currency));
                state.party.budget = minor;
                state.show(|view| view.cart.set_budget(budget));
                let _ = answer.send(());
            }
        }
        state.meter.spent(began);
        Ok(())
    }
}

impl State {
    /// The cart follows the bookkeeper's entries.
    fn hear(&mut self, verdict: Verdict, began: Instant) {
        let Verdict {
            news,
            as_of,
            needed,
            grabs,
            ..
        } = verdict;
        match news {
            News::Decided(decisions) => {
                let prices = self.shop.prices();
                self.pending.decided(self.party.party, &decisions);
                self.show(|view| {
                    view.as_of = as_of;
                    for decision in &decisions {
                        if let Err(error) = view.cart.apply(decision, &prices) {
                            tracing::error!(visit = view.visit, %error, "a decision can't be priced");
                        }
                    }
                });
                for name in grabs {
                    let view = self.view.borrow();
                    grab::shown(&self.shop, name, &view.visit, view.version, began);
                }
                if let Some((complete, settled)) = needed {
                    let now = Instant::now();
                    self.shop.stats.cart_updated(now - complete, now - settled);
                }
            }
            News::Left => {
                self.pending.clear();
                self.show(|view| {
                    view.as_of = as_of;
                    view.stage = view.stage.max(Stage::Left);
                });
            }
            News::Settled(receipt) => {
                self.pending.clear();
                self.show(|view| {
                    view.as_of = as_of;
                    view.stage = Stage::Settled;
                    view.receipt = Some(receipt);
                });
            }
        }
    }

    fn show(&mut self, change: impl FnOnce(&mut CartView)) {
        let pending = self.pending.shown();
        self.view.send_modify(|view| {
            let view = Arc::make_mut(view);
            change(view);
            view.pending = pending;
            view.version += 1;
        });
        if !is_guest(self.party.party) {
            self.shop
                .publish(StoreEvent::Cart(self.view.borrow().clone()));
        }
    }
}
