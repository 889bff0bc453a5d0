//! Letters: a receipt's, and those of its corrections, which go to the same address and after it.

use amble_ledger::{OutboxItem, OutboxKind, Receipt};

use super::{Attempt, Doers, missing, unread};
use crate::{
    correction::CorrectionDocument,
    document::ReceiptDocument,
    mail::{Letter, MailError},
    page,
    print::Print,
    text,
};

impl Doers {
    pub(super) async fn send(&self, item: &OutboxItem, receipt: Receipt) -> Attempt {
        let document = match ReceiptDocument::from_json(&receipt.body) {
            Ok(document) => document,
            Err(error) => return Attempt::Refused(error.to_string()),
        };
        let letter = Letter {
            id: receipt.id,
            follows: None,
            address: item.body.clone(),
            store: document.store.clone(),
            subject: Print::receipt(&document).title(),
            written_us: document.settled_us,
            json: receipt.body,
            text: text::receipt(&document),
            html: page::page(&document),
        };
        self.post(&letter).await
    }

    pub(super) async fn send_correction(&self, item: &OutboxItem) -> Attempt {
        let correction = match self.ledger.correction(item.of()).await {
            Ok(Some(correction)) => correction,
            Ok(None) => return missing("correction", item.of()),
            Err(error) => return unread(&error),
        };
        let document = match CorrectionDocument::from_json(&correction.body) {
            Ok(document) => document,
            Err(error) => return Attempt::Refused(error.to_string()),
        };
        let outbox = match self.ledger.outbox_of(&item.receipt).await {
            Ok(outbox) => outbox,
            Err(error) => return unread(&error),
        };
        let first = outbox
            .into_iter()
            .find(|entry| entry.kind == OutboxKind::Send);
        let Some(first) = first else {
            return missing("letter of receipt", &item.receipt);
        };
        if first.outcome.is_none() {
            return Attempt::Again(format!("receipt {} has not been sent yet", item.receipt));
        }
        let letter = Letter {
            id: correction.id,
            follows: Some(correction.receipt),
            address: first.body,
            store: document.store.clone(),
            subject: Print::correction(&document).title(),
            written_us: document.decided_us,
            json: correction.body,
            text: text::correction(&document),
            html: page::correction(&document),
        };
        self.post(&letter).await
    }

    async fn post(&self, letter: &Letter) -> Attempt {
        match self.mail.send(letter).await {
            Ok(place) => Attempt::Delivered(place),
            Err(error @ MailError::Refused(_)) => Attempt::Refused(error.to_string()),
            Err(error @ MailError::Retryable(_)) => Attempt::Again(error.to_string()),
        }
    }
}
