//! A process is killed while it appends, again and again, on one ledger: what it had answered is
//! there, exactly once, and what it had not is there whole or not at all.

use std::collections::BTreeSet;

use amble_servers::Postgres;
use rustix::process::Signal;

use crate::victim::{Victim, open};

/// Answers that the test waits for before each kill.
const KILL_AFTER: [usize; 6] = [1, 7, 40, 3, 150, 80];

#[test]
fn killed_while_appending_to_a_file_what_was_answered_is_there_exactly_once() {
    let folder = tempfile::tempdir().unwrap();
    kill_again_and_again(folder.path().join("ledger.db").to_str().unwrap());
}

#[test]
fn killed_while_appending_to_postgres_what_was_answered_is_there_exactly_once() {
    let server = Postgres::shared().unwrap();
    kill_again_and_again(&server.database("killed").unwrap());
}

fn kill_again_and_again(place: &str) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut answered = BTreeSet::new();
    for kill_after in KILL_AFTER {
        let mut victim = Victim::start(place);
        let answers = victim.answers(kill_after);
        assert_eq!(answers.len(), kill_after, "it ended by itself");
        victim.signal(Signal::KILL);
        answered.extend(answers);
        answered.extend(victim.last_answers());
        runtime.block_on(check(place, &answered));
    }
}

async fn check(place: &str, answered: &BTreeSet<String>) {
    let ledger = open(place).await;
    let stored = ledger.interactions_after(0, u32::MAX).await.unwrap();
    let ids: BTreeSet<_> = stored
        .iter()
        .map(|interaction| interaction.id.clone())
        .collect();
    assert_eq!(ids.len(), stored.len(), "one twice");
    let lost: Vec<_> = answered.difference(&ids).collect();
    assert!(lost.is_empty(), "answered and lost: {lost:?}");
    for interaction in &stored {
        let state = ledger
            .device_state(&interaction.shelf)
            .await
            .unwrap()
            .unwrap();
        assert!(
            state.sequence >= interaction.sequence,
            "half an append: {}",
            interaction.id
        );
        let receipt = ledger.receipt_of_visit(&interaction.id).await.unwrap();
        let receipt = receipt.unwrap_or_else(|| panic!("half an append: {}", interaction.id));
        assert_eq!(
            ledger.outbox_of(&receipt.id).await.unwrap().len(),
            2,
            "half a receipt"
        );
    }
}
