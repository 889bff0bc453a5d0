//! The rules of [`Ledger`](amble_ledger::Ledger) as tests, for any implementation of it.
//!
//! `suite::every_rule!(open)` makes one test of each; `open` gives an empty ledger each time, and what
//! it needs as long as it is used.

pub(crate) mod model;
pub(crate) mod rules;

use amble_ledger::{Append, Entry, OutboxEntry};

macro_rules! every_rule {
    ($open:expr) => {
        $crate::suite::every_rule! { $open =>
            an_older_epoch_never_writes,
            an_append_needs_a_claim,
            claims_are_answered_each,
            a_refused_append_leaves_nothing,
            a_refused_append_fails_alone,
            a_device_state_continues_from_the_stored_one,
            an_append_sent_again_is_recognised,
            a_key_with_another_content_keeps_the_first,
            a_pass_opens_one_visit,
            a_receipt_and_its_outbox_are_one,
            an_outbox_entry_ends_once,
            cuts_keep_the_newest,
            many_shards_are_read_at_once,
            poison_is_counted_and_kept_at_the_third,
            prices_are_known_from_some_time_on,
            lists_end_with_whole_rounds,
            receipts_are_listed_newest_first,
            pruning_takes_the_old_only,
            what_can_never_be_stored_is_said_so,
        }

        #[test]
        fn any_interleaving_of_two_owners_is_that_of_the_model() {
            $crate::suite::model::any_interleaving($open);
        }
    };
    ($open:expr => $($rule:ident,)*) => {
        $(
            #[tokio::test]
            async fn $rule() {
                let (ledger, _needed) = $open().await;
                $crate::suite::rules::$rule(&ledger).await;
            }
        )*
    };
}
pub(crate) use every_rule;

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

pub(crate) fn pass(pass: &str, visit: &str, used_us: i64) -> Entry {
    Entry::PassUsed {
        pass: pass.to_owned(),
        visit: visit.to_owned(),
        used_us,
    }
}
