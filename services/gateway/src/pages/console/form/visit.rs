//! Visits, receipts, and how a receipt came about.

use amble_proto::v1;
use serde::Serialize;

use super::{super::super::form, review::Evidence, state};
use form::Money;

/// A visit in a list.
#[derive(Debug, Serialize)]
struct Visit<'a> {
    visit: &'a str,
    state: &'static str,
    size: u32,
    opened_us: i64,
    receipt: &'a str,
    total: Option<Money<'a>>,
}

impl<'a> From<&'a v1::VisitSummary> for Visit<'a> {
    fn from(visit: &'a v1::VisitSummary) -> Self {
        Self {
            visit: &visit.visit_id,
            state: state(visit.state()),
            size: visit.party_size,
            opened_us: visit.opened_us,
            receipt: &visit.receipt_id,
            total: visit.total.as_ref().map(Money::from),
        }
    }
}

/// Visits that are not long over.
#[derive(Debug, Serialize)]
pub(in super::super) struct Visits<'a> {
    visits: Vec<Visit<'a>>,
    next: &'a str,
}

impl<'a> From<&'a v1::ListVisitsResponse> for Visits<'a> {
    fn from(page: &'a v1::ListVisitsResponse) -> Self {
        Self {
            visits: page.visits.iter().map(Visit::from).collect(),
            next: &page.next_page_token,
        }
    }
}

#[derive(Debug, Serialize)]
struct Receipt<'a> {
    receipt: &'a str,
    visit: &'a str,
    entered_us: i64,
    settled_us: i64,
    units: u32,
    total: Option<Money<'a>>,
}

/// Receipts, the newest first.
#[derive(Debug, Serialize)]
pub(in super::super) struct Receipts<'a> {
    receipts: Vec<Receipt<'a>>,
    next: &'a str,
}

impl<'a> From<&'a v1::ListReceiptsResponse> for Receipts<'a> {
    fn from(page: &'a v1::ListReceiptsResponse) -> Self {
        let receipts = page.receipts.iter().map(|receipt| Receipt {
            receipt: &receipt.receipt_id,
            visit: &receipt.visit_id,
            entered_us: receipt.entered_us,
            settled_us: receipt.settled_us,
            units: receipt.units,
            total: receipt.total.as_ref().map(Money::from),
        });
        Self {
            receipts: receipts.collect(),
            next: &page.next_page_token,
        }
    }
}

/// A visit, and how its receipt came about.
#[derive(Debug, Serialize)]
pub(in super::super) struct Story<'a> {
    visit: Option<Visit<'a>>,
    receipt: Option<form::Receipt<'a>>,
    steps: Vec<Step<'a>>,
    cut: bool,
}

#[derive(Debug, Serialize)]
struct Step<'a> {
    at_us: i64,
    kind: &'static str,
    subject: &'a str,
    revision: u32,
    r#final: bool,
    evidence: Option<Evidence<'a>>,
    amount: Option<Money<'a>>,
    note: &'a str,
}

impl<'a> From<&'a v1::VisitStep> for Step<'a> {
    fn from(step: &'a v1::VisitStep) -> Self {
        use v1::VisitStepKind as Kind;
        Self {
            at_us: step.at_us,
            kind: match step.kind() {
                Kind::Opened | Kind::Unspecified => "opened",
                Kind::Joined => "joined",
                Kind::Interaction => "interaction",
                Kind::Decision => "decision",
                Kind::Left => "left",
                Kind::Settled => "settled",
                Kind::Checkout => "checkout",
                Kind::Review => "review",
                Kind::Answer => "answer",
                Kind::Correction => "correction",
            },
            subject: &step.subject,
            revision: step.revision,
            r#final: step.r#final,
            evidence: step.evidence.as_ref().map(Evidence::from),
            amount: step.amount.as_ref().map(Money::from),
            note: &step.note,
        }
    }
}

impl<'a> From<&'a v1::VisitStory> for Story<'a> {
    fn from(story: &'a v1::VisitStory) -> Self {
        Self {
            visit: story.summary.as_ref().map(Visit::from),
            receipt: story.receipt.as_ref().map(form::Receipt::from),
            steps: story.steps.iter().map(Step::from).collect(),
            cut: story.cut,
        }
    }
}
