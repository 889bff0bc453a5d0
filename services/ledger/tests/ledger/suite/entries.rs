//! Appends and entries, with contents that don't matter.

use amble_ledger::{Append, Correction, Entry, OutboxEntry};

pub(crate) fn append(shard: &str, epoch: u64, entries: impl Into<Vec<Entry>>) -> Append {
    Append {
        shard: shard.to_owned(),
        epoch,
        entries: entries.into(),
    }
}

pub(crate) fn interaction(shelf: &str, sequence: u64) -> Entry {
    interaction_at(shelf, sequence, 1)
}

pub(crate) fn interaction_at(shelf: &str, sequence: u64, round: i64) -> Entry {
    Entry::Interaction {
        id: format!("{shelf}#{sequence}"),
        shelf: shelf.to_owned(),
        sequence,
        round,
        closed_us: round * 100_000,
        body: sequence.to_le_bytes().to_vec(),
    }
}

pub(crate) fn device_state(device: &str, continues_from: u64, sequence: u64) -> Entry {
    Entry::DeviceState {
        device: device.to_owned(),
        continues_from,
        sequence,
        capture_us: 0,
        state: sequence.to_le_bytes().to_vec(),
    }
}

pub(crate) fn receipt(visit: &str, settled_us: i64) -> Entry {
    let id = format!("receipt-{visit}");
    Entry::Receipt {
        outbox: vec![OutboxEntry::charge(&id, "card"), OutboxEntry::send(&id, "")],
        id,
        visit: visit.to_owned(),
        settled_us,
        total_minor: 1_234,
        currency: "EUR".to_owned(),
        body: "{}".to_owned(),
    }
}

/// A review of a visit's receipt: `number` is also when it was opened.
pub(crate) fn review(visit: &str, number: u32) -> Entry {
    Entry::Review {
        id: review_id(visit, number),
        receipt: format!("receipt-{visit}"),
        visit: visit.to_owned(),
        opened_us: number.into(),
        why: "costly".to_owned(),
        body: "{}".to_owned(),
    }
}

pub(crate) fn review_id(visit: &str, number: u32) -> String {
    format!("receipt-{visit}/review/{number}")
}

/// The verdict on that review, which adds so much to the receipt.
pub(crate) fn verdict(visit: &str, number: u32, adds: Option<i64>) -> Entry {
    let review = review_id(visit, number);
    let id = format!("{review}/correction");
    let correction = adds.map(|total_minor| Correction {
        total_minor,
        currency: "EUR".to_owned(),
        body: "{}".to_owned(),
        outbox: vec![OutboxEntry::refund(&id), OutboxEntry::send_correction(&id)],
        id,
    });
    Entry::Verdict {
        review,
        by: "rita".to_owned(),
        decided_us: 100 + i64::from(number),
        body: r#"{"right":1}"#.to_owned(),
        correction,
    }
}

pub(crate) fn pass(pass: &str, visit: &str, used_us: i64) -> Entry {
    Entry::PassUsed {
        pass: pass.to_owned(),
        visit: visit.to_owned(),
        used_us,
    }
}

pub(crate) fn event(round: i64, ordinal: u32, body: &[u8]) -> Entry {
    Entry::VisitEvent {
        round,
        ordinal,
        visit: "v".to_owned(),
        body: body.to_vec(),
    }
}

pub(crate) fn decision(interaction: &str, revision: u32, round: i64) -> Entry {
    Entry::Decision {
        interaction: interaction.to_owned(),
        revision,
        round,
        body: revision.to_string().into_bytes(),
    }
}

pub(crate) fn price(product: &str, price_minor: i64, valid_from_us: i64) -> Entry {
    Entry::PriceChange {
        product: product.to_owned(),
        price_minor,
        valid_from_us,
    }
}

pub(crate) fn poison(message: &str, attempts: u32) -> Entry {
    Entry::Poison {
        message: message.to_owned(),
        attempts,
        device: "scale".to_owned(),
        body: b"whole".to_vec(),
    }
}
