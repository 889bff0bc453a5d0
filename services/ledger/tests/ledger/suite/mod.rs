//! The rules of [`Ledger`](amble_ledger::Ledger) as tests, for any implementation of it.
//!
//! `suite::every_rule!(open)` makes one test of each; `open` gives an empty ledger each time, and what
//! it needs as long as it is used.

mod entries;
pub(crate) mod forget;
mod holds;
mod keys;
mod lists;
pub(crate) mod model;
mod owners;
mod reviews;

use amble_ledger::{Entry, Ledger, Outcome};

pub(crate) use entries::{append, device_state, interaction, pass, receipt};

/// All rules, whatever they are about.
pub(crate) mod rules {
    pub(crate) use super::{forget::*, holds::*, keys::*, lists::*, owners::*, reviews::*};
}

/// The shard of rules that need only one.
const ZONE: &str = "zone/1";

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
            notes_keep_the_newest_of_each_name,
            many_shards_are_read_at_once,
            poison_is_counted_and_kept_at_the_third,
            prices_are_known_from_some_time_on,
            lists_end_with_whole_rounds,
            receipts_are_listed_newest_first,
            pruning_takes_the_old_only,
            what_can_never_be_stored_is_said_so,
            a_review_is_decided_once,
            a_verdict_and_its_correction_are_one,
            corrections_give_back_no_more_than_was_charged,
            a_hold_takes_each_step_once,
            a_receipt_decides_which_hold_is_captured,
            no_hold_begins_after_the_receipt,
            what_a_service_tells_counts_once,
            what_ties_a_visit_to_a_person_goes_and_the_books_stay,
            a_person_is_found_by_address_method_or_customer,
            what_is_under_way_is_not_forgotten,
            open_reviews_wait_in_line_and_answered_ones_are_listed_newest_first,
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

/// Appends to that shard; what became of each.
async fn write(ledger: &impl Ledger, entries: impl Into<Vec<Entry>>) -> Vec<Outcome> {
    ledger.claim(ZONE, 1).await.unwrap();
    ledger
        .append(append(ZONE, 1, entries))
        .await
        .unwrap()
        .outcomes
}
