//! What was authorised for a visit: asked for, captured by its receipt's charge, or let go.
//!
//! 1. That a service is asked is noted before it is: a hold that was wanted only ends without a word to anybody.
//! 2. A hold that was asked for is asked for again, under its key, until it is known whether it stands; only then is it
//!    let go. So each authorisation ends in one capture or one release, whatever was lost in between.
//! 3. Which hold a charge captures was decided with the receipt. One that is gone by then is charged anew, under the
//!    receipt's id as ever.
//! 4. A visit that has no receipt after [`LONGEST`] is none any more: what was authorised for it is let go.

use std::time::Duration;

use amble_ledger::{Hold, HoldState, HoldStep, HoldWish, LedgerError, OutboxKind};

use super::{Attempt, Doers, unread};
use crate::{
    clock,
    payment::{Capture, CaptureOrder, ChargeOrder, Money, PaymentError, ReleaseOrder},
};

/// How often a hold that stands is looked at without cause: for a receipt that an older version wrote.
const LOOK: Duration = Duration::from_secs(600);

/// A day less than card networks keep an authorisation for.
const LONGEST: Duration = Duration::from_secs(6 * 86_400);

impl Doers {
    /// What capturing the hold that was meant for a receipt came to; nothing: it is to be charged.
    pub(super) async fn captured(
        &self,
        visit: &str,
        order: &ChargeOrder,
    ) -> Result<Option<Attempt>, LedgerError> {
        let holds = self.ledger.holds_of(visit).await?;
        let meant = holds
            .into_iter()
            .find(|hold| hold.wish == HoldWish::Capture);
        let Some(hold) = meant else {
            return Ok(None);
        };
        let reference = match (hold.state, &hold.reference) {
            (HoldState::Captured, Some(reference)) => {
                return Ok(Some(Attempt::Delivered(reference.clone())));
            }
            (HoldState::Held, Some(reference)) => reference.clone(),
            _ => return Ok(None),
        };
        let capture = CaptureOrder {
            key: order.key.clone(),
            reference,
            amount: order.amount.clone(),
        };
        match self.payment.capture(&capture).await {
            Ok(Capture::Taken(reference)) => {
                let note = format!("captured by {}", order.key);
                self.step(&hold, HoldState::Captured, Some(&reference), &note)
                    .await?;
                Ok(Some(Attempt::Delivered(reference)))
            }
            Ok(Capture::Gone(why)) => {
                tracing::warn!(
                    hold = hold.id,
                    why,
                    "an authorisation is gone: its receipt is charged anew"
                );
                self.step(&hold, HoldState::Released, None, &why).await?;
                Ok(None)
            }
            Err(PaymentError::Declined(why)) => Ok(Some(Attempt::Refused(why))),
            Err(error @ PaymentError::Retryable(_)) => Ok(Some(Attempt::Again(error.to_string()))),
        }
    }

    /// One attempt at the next step of a hold. What it answers with, but for [`Attempt::Again`], is noted already.
    pub(crate) async fn hold(&self, hold: &Hold) -> Attempt {
        let tried = match (hold.state, hold.wish) {
            (HoldState::Wanted, HoldWish::Open) => self.begin(hold).await,
            (HoldState::Wanted, _) => self.end(hold, HoldState::Never, "there was no need").await,
            (HoldState::Asked, _) => self.ask(hold).await,
            (HoldState::Held, HoldWish::Open) => self.look(hold).await,
            (HoldState::Held, HoldWish::Release) => self.let_go(hold).await,
            (HoldState::Held, HoldWish::Capture) => self.follow_charge(hold).await,
            _ => Ok(Attempt::Delivered("it is over".to_owned())),
        };
        tried.unwrap_or_else(|error| unread(&error))
    }

    async fn begin(&self, hold: &Hold) -> Result<Attempt, LedgerError> {
        if self.ledger.receipt_of_visit(&hold.visit).await?.is_some() {
            self.ledger.give_up_holds(&hold.visit).await?;
            return self
                .end(hold, HoldState::Never, "there was a receipt")
                .await;
        }
        // Rule 1.
        if self.step(hold, HoldState::Asked, None, "").await? {
            let asked = Hold {
                state: HoldState::Asked,
                ..hold.clone()
            };
            return self.ask(&asked).await;
        }
        Ok(Attempt::Delivered("somebody else asks".to_owned()))
    }

    async fn ask(&self, hold: &Hold) -> Result<Attempt, LedgerError> {
        let order = ChargeOrder {
            key: hold.id.clone(),
            since_us: hold.opened_us,
            method: hold.method.clone(),
            amount: Money {
                minor: hold.amount_minor,
                currency: hold.currency.clone(),
            },
        };
        match self.payment.authorise(&order).await {
            Ok(reference) => {
                self.step(hold, HoldState::Held, Some(&reference), "")
                    .await?;
                Ok(Attempt::Delivered(reference))
            }
            Err(PaymentError::Declined(why)) => {
                self.step(hold, HoldState::Declined, None, &why).await?;
                Ok(Attempt::Refused(why))
            }
            Err(error @ PaymentError::Retryable(_)) => Ok(Attempt::Again(error.to_string())),
        }
    }

    async fn look(&self, hold: &Hold) -> Result<Attempt, LedgerError> {
        let old = clock::now_us().saturating_sub(hold.opened_us) > clock::micros(LONGEST);
        if old || self.ledger.receipt_of_visit(&hold.visit).await?.is_some() {
            self.ledger.give_up_holds(&hold.visit).await?;
        }
        self.look_again(hold).await
    }

    /// The charge captures it; should that have ended without a word to the hold, so does the hold.
    async fn follow_charge(&self, hold: &Hold) -> Result<Attempt, LedgerError> {
        let Some(receipt) = self.ledger.receipt_of_visit(&hold.visit).await? else {
            return self.look_again(hold).await;
        };
        let outbox = self.ledger.outbox_of(&receipt.id).await?;
        let charge = outbox
            .into_iter()
            .find(|entry| entry.kind == OutboxKind::Charge);
        match charge {
            Some(entry) if entry.outcome.is_none() => self.look_again(hold).await,
            Some(entry) if entry.note.is_some() && entry.note == hold.reference => {
                self.end(hold, HoldState::Captured, "as its charge says")
                    .await
            }
            _ => self.let_go(hold).await,
        }
    }

    async fn look_again(&self, hold: &Hold) -> Result<Attempt, LedgerError> {
        self.step(hold, HoldState::Held, None, "").await?;
        Ok(Attempt::Delivered("it stands".to_owned()))
    }

    async fn let_go(&self, hold: &Hold) -> Result<Attempt, LedgerError> {
        let order = ReleaseOrder {
            key: hold.id.clone(),
            reference: hold.reference.clone().unwrap_or_default(),
        };
        match self.payment.release(&order).await {
            Ok(()) => self.end(hold, HoldState::Released, "").await,
            Err(PaymentError::Declined(why)) => {
                // Somebody has to look: it was captured, or the service knows nothing of it.
                self.step(hold, HoldState::Released, None, &why).await?;
                Ok(Attempt::Refused(why))
            }
            Err(error @ PaymentError::Retryable(_)) => Ok(Attempt::Again(error.to_string())),
        }
    }

    async fn end(&self, hold: &Hold, to: HoldState, why: &str) -> Result<Attempt, LedgerError> {
        self.step(hold, to, None, why).await?;
        Ok(Attempt::Delivered(to.as_str().to_owned()))
    }

    /// Whether it was taken.
    async fn step(
        &self,
        hold: &Hold,
        to: HoldState,
        reference: Option<&str>,
        note: &str,
    ) -> Result<bool, LedgerError> {
        let due_us = match to {
            HoldState::Held => clock::now_us().saturating_add(clock::micros(LOOK)),
            _ => 0,
        };
        let step = HoldStep {
            id: hold.id.clone(),
            from: hold.state,
            to,
            reference: reference.map(str::to_owned),
            note: note.to_owned(),
            due_us,
        };
        self.ledger.hold_step(step).await
    }
}
