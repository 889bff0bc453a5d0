//! Shoppers: passes, carts and receipts.

use std::sync::Arc;

use amble_gateway::ports::{PassRefused, ShopperError, Shoppers};
use amble_proto::v1::{self, Cart, Money, Receipt};
use amble_store::{
    OpenVisitError,
    pass::{PassError, proof::PhoneKey},
};
use async_trait::async_trait;
use tokio::sync::{broadcast::error::RecvError, watch};

use super::{Doors, wall_time};
use crate::assembly::{payment::Standing as PaymentStanding, present, reviews};

fn refused(error: &PassError) -> PassRefused {
    match error {
        PassError::Expired { .. } | PassError::FromTheFuture { .. } => PassRefused::Expired,
        PassError::Used(_) => PassRefused::Used,
        PassError::OtherStore { .. } => PassRefused::OtherStore,
        PassError::Invalid(_) | PassError::BadClaim(_) | PassError::BadKey(_) => {
            PassRefused::Forged
        }
        PassError::ProofMissing => PassRefused::ProofMissing,
        PassError::ProofForged(_) => PassRefused::ProofForged,
        PassError::ProofOld { .. } | PassError::ProofAhead { .. } => PassRefused::ProofOld,
    }
}

impl Doors {
    async fn stored(&self, visit: &str) -> Result<Option<Receipt>, ShopperError> {
        let stored = self.shop.ledger.receipt_of_visit(visit).await;
        let Some(stored) = stored.map_err(|error| Self::not_now(&error))? else {
            return Ok(None);
        };
        present::receipt(&stored.body)
            .map(Some)
            .map_err(|error| Self::not_now(&error))
    }
}

#[async_trait]
impl Shoppers for Doors {
    fn visit_of(&self, pass: &str) -> Result<String, PassRefused> {
        let claims = self.shop.verifier.shows(pass, self.now(), wall_time());
        claims
            .map(|claims| claims.jti)
            .map_err(|error| refused(&error))
    }

    fn bind(&self, ticket: &str, key: &v1::PhoneKey) -> Result<String, ShopperError> {
        let binder = self.binder.as_ref().ok_or(ShopperError::NoBinding)?;
        let key = PhoneKey::new(&key.x, &key.y).map_err(|error| ShopperError::Unfit {
            field: "key",
            why: error.to_string(),
        })?;
        let bound = binder.bind(&self.shop.verifier, ticket, key, self.now());
        bound.map_err(|error| refused(&error).into())
    }

    async fn open_visit(&self, pass: &str, gate_id: &str) -> Result<String, ShopperError> {
        self.shop
            .open_visit(pass, gate_id)
            .await
            .map_err(|error| match error {
                OpenVisitError::Pass(error) => ShopperError::Pass(refused(&error)),
                OpenVisitError::NoSuchEntry(id) => ShopperError::NotFound { what: "gate", id },
                OpenVisitError::Ask(error) => Self::not_now(&error),
            })
    }

    async fn watch_cart(&self, visit_id: &str) -> Result<watch::Receiver<Arc<Cart>>, ShopperError> {
        let watched = self
            .shop
            .watch_cart(visit_id)
            .await
            .map_err(|error| Self::not_now(&error))?;
        let Some(mut views) = watched else {
            return Err(ShopperError::NotFound {
                what: "visit",
                id: visit_id.to_owned(),
            });
        };
        let shop = Arc::clone(&self.shop);
        let mut reviewed = shop.watch_reviews();
        let visit = visit_id.to_owned();
        // A ledger that is away hides no cart: the disputes come with the next that is opened or answered.
        let mut disputes = reviews::disputes(&shop, &visit).await.unwrap_or_default();
        let mut payment = PaymentStanding::of(&shop, &visit, self.holds).await;
        let first = present::cart(
            &shop,
            &views.borrow_and_update(),
            &disputes,
            payment.is_declined(),
        );
        let (sender, receiver) = watch::channel(Arc::new(first));
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    changed = views.changed() => if changed.is_err() { return },
                    of = reviewed.recv() => match of {
                        Ok(of) if *of != *visit => continue,
                        Ok(_) | Err(RecvError::Lagged(_)) => {
                            if let Ok(now) = reviews::disputes(&shop, &visit).await {
                                disputes = now;
                            }
                        }
                        Err(RecvError::Closed) => return,
                    },
                    () = payment.look(&shop, &visit) => if !payment.is_declined() { continue },
                    () = sender.closed() => return,
                }
                let cart = present::cart(
                    &shop,
                    &views.borrow_and_update(),
                    &disputes,
                    payment.is_declined(),
                );
                let last = cart.state() == v1::VisitState::Settled;
                if sender.send(Arc::new(cart)).is_err() || last {
                    return;
                }
            }
        });
        Ok(receiver)
    }

    async fn set_budget(&self, visit_id: &str, budget: Option<Money>) -> Result<(), ShopperError> {
        let own = self.shop.currency.code();
        if let Some(budget) = &budget
            && budget.currency != own
        {
            let why = format!("{} is not the store's currency; use {own}", budget.currency);
            return Err(ShopperError::Unfit {
                field: "budget.currency",
                why,
            });
        }
        match self
            .shop
            .set_budget(visit_id, budget.map(|budget| budget.minor))
            .await
        {
            Ok(true) => Ok(()),
            Ok(false) => Err(ShopperError::NotFound {
                what: "visit",
                id: visit_id.to_owned(),
            }),
            Err(error) => Err(Self::not_now(&error)),
        }
    }

    async fn receipt(&self, visit_id: &str) -> Result<Receipt, ShopperError> {
        let missing = || ShopperError::NotFound {
            what: "receipt",
            id: visit_id.to_owned(),
        };
        let mut receipt = self.stored(visit_id).await?.ok_or_else(missing)?;
        receipt.disputes = reviews::disputes(&self.shop, visit_id).await?;
        let corrections = self.shop.ledger.corrections_of_visit(visit_id).await;
        let corrections = corrections.map_err(|error| Self::not_now(&error))?;
        receipt.corrections = corrections.iter().map(reviews::correction).collect();
        Ok(receipt)
    }

    async fn dispute(&self, visit_id: &str, product: &str) -> Result<v1::Dispute, ShopperError> {
        reviews::dispute(&self.shop, visit_id, product).await
    }
}
