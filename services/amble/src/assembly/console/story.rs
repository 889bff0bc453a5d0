//! A visit's story: what the store's ledger has of its interactions, and what followed from its receipt.

use amble_checkout::ReceiptDocument;
use amble_engine::time::Time;
use amble_gateway::ports::OperatorError;
use amble_ledger::{OutboxItem, OutboxKind};
use amble_proto::v1::{
    Money, Receipt, VisitState, VisitStep, VisitStepKind, VisitStory, VisitSummary,
};
use amble_store::{Shop, Step};

use super::not_now;
use crate::assembly::{present, reviews};

/// What happened in the seconds around a visit belongs to it: a decision that comes with the receipt.
const AROUND_US: i64 = 2_000_000;

/// The story of a visit.
pub(super) async fn of(shop: &Shop, visit: &str) -> Result<VisitStory, OperatorError> {
    let stored = shop.ledger.receipt_of_visit(visit).await;
    let receipt = match stored.map_err(|error| not_now(&error))? {
        Some(stored) => Some(read(&stored.body)?),
        None => None,
    };
    let mut summary = match &receipt {
        Some(receipt) => settled(shop, receipt).await?,
        None => under_way(shop, visit).await?,
    };
    let until = receipt.as_ref().map(|receipt| receipt.settled_us);
    let now = shop
        .stats
        .decided_until()
        .map_or(summary.opened_us, |time| time.0);
    let from = Time(summary.opened_us - AROUND_US);
    let to = Time(until.unwrap_or(now) + AROUND_US);
    let told = shop.story(visit, from, to).await;
    let told = told.map_err(|error| not_now(&error))?;
    if let Some(size) = told.steps.iter().find_map(size) {
        summary.party_size = size;
    }
    let mut steps: Vec<VisitStep> = told.steps.into_iter().map(step).collect();
    let mut receipt = receipt;
    if let Some(receipt) = &mut receipt {
        steps.push(VisitStep {
            at_us: receipt.settled_us,
            kind: VisitStepKind::Settled.into(),
            subject: receipt.receipt_id.clone(),
            amount: receipt.total.clone(),
            r#final: true,
            ..VisitStep::default()
        });
        follow(shop, receipt, &mut steps).await?;
    }
    Ok(VisitStory {
        summary: Some(summary),
        receipt,
        steps,
        cut: told.cut,
    })
}

fn read(body: &str) -> Result<Receipt, OperatorError> {
    present::receipt(body).map_err(|error| OperatorError::NotNow {
        why: error.to_string(),
    })
}

/// How many people it was for, the receipt does not say.
async fn settled(shop: &Shop, receipt: &Receipt) -> Result<VisitSummary, OperatorError> {
    let opened = shop.ledger.pass_used(&receipt.visit_id).await;
    let opened = opened.map_err(|error| not_now(&error))?;
    Ok(VisitSummary {
        visit_id: receipt.visit_id.clone(),
        state: VisitState::Settled.into(),
        party_size: 0,
        opened_us: opened.map_or(receipt.entered_us, |used| used.used_us),
        receipt_id: receipt.receipt_id.clone(),
        total: receipt.total.clone(),
    })
}

async fn under_way(shop: &Shop, visit: &str) -> Result<VisitSummary, OperatorError> {
    let views = shop.visits().await.map_err(|error| OperatorError::NotNow {
        why: error.to_string(),
    })?;
    let found = views.iter().find(|view| view.visit == visit);
    let missing = || OperatorError::NotFound {
        what: "visit",
        id: visit.to_owned(),
    };
    Ok(present::visit(found.ok_or_else(missing)?))
}

/// How many people the pass was for.
const fn size((_, told): &(Time, Step)) -> Option<u32> {
    match told {
        Step::Opened(size) => Some(*size),
        _ => None,
    }
}

fn step((at, told): (Time, Step)) -> VisitStep {
    let step = |kind: VisitStepKind| VisitStep {
        at_us: at.0,
        kind: kind.into(),
        ..VisitStep::default()
    };
    match told {
        Step::Opened(_) => step(VisitStepKind::Opened),
        Step::Joined(guest) => VisitStep {
            subject: guest,
            ..step(VisitStepKind::Joined)
        },
        Step::Interaction(seen) => VisitStep {
            subject: seen.interaction.clone(),
            evidence: Some(reviews::evidence(seen)),
            ..step(VisitStepKind::Interaction)
        },
        Step::Decision { revision, last, of } => VisitStep {
            subject: of.interaction.clone(),
            revision,
            r#final: last,
            evidence: Some(reviews::evidence(of)),
            ..step(VisitStepKind::Decision)
        },
        Step::Left => step(VisitStepKind::Left),
    }
}

/// What followed from the receipt: charge and letter, reviews with their answers and corrections.
async fn follow(
    shop: &Shop,
    receipt: &mut Receipt,
    steps: &mut Vec<VisitStep>,
) -> Result<(), OperatorError> {
    let visit = &receipt.visit_id;
    let outbox = shop.ledger.outbox_of(&receipt.receipt_id).await;
    let outbox = outbox.map_err(|error| not_now(&error))?;
    let asked = shop.ledger.reviews_of_visit(visit).await;
    let asked = asked.map_err(|error| not_now(&error))?;
    let corrections = shop.ledger.corrections_of_visit(visit).await;
    let corrections = corrections.map_err(|error| not_now(&error))?;
    let of = |kind: VisitStepKind, at_us, subject: &str| VisitStep {
        at_us,
        kind: kind.into(),
        subject: subject.to_owned(),
        ..VisitStep::default()
    };
    let carried = |id: &str, steps: &mut Vec<VisitStep>| {
        let own = outbox.iter().filter(|item| item.of() == id);
        steps.extend(own.map(|item| VisitStep {
            r#final: item.outcome.is_some(),
            note: said(item),
            ..of(VisitStepKind::Checkout, 0, word(item.kind))
        }));
    };
    carried(&receipt.receipt_id, steps);
    for review in asked {
        steps.push(VisitStep {
            note: review.why.clone(),
            ..of(VisitStepKind::Review, review.opened_us, &review.id)
        });
        if let (Some(by), Some(decided_us)) = (&review.decided_by, review.decided_us) {
            steps.push(VisitStep {
                note: by.clone(),
                ..of(VisitStepKind::Answer, decided_us, &review.id)
            });
        }
        for correction in corrections.iter().filter(|c| c.review == review.id) {
            steps.push(VisitStep {
                amount: Some(Money {
                    currency: correction.currency.clone(),
                    minor: correction.total_minor,
                }),
                ..of(
                    VisitStepKind::Correction,
                    correction.decided_us,
                    &correction.id,
                )
            });
            carried(&correction.id, steps);
        }
    }
    receipt.disputes =
        reviews::disputes(shop, visit)
            .await
            .map_err(|error| OperatorError::NotNow {
                why: error.to_string(),
            })?;
    receipt.corrections = corrections.iter().map(reviews::correction).collect();
    Ok(())
}

const fn word(kind: OutboxKind) -> &'static str {
    kind.as_str()
}

/// How far an outbox entry has come, in a word.
fn said(item: &OutboxItem) -> String {
    item.outcome.clone().unwrap_or_else(|| "waits".to_owned())
}

/// How many things are on a receipt.
pub(super) fn units(document: &ReceiptDocument) -> u32 {
    document.lines.iter().map(|line| line.quantity).sum()
}
