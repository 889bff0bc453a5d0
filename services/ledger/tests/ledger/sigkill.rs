//! A process is killed while it appends, again and again, on one file: what it had answered is
//! there, exactly once, and what it had not is there whole or not at all.

#![allow(
    clippy::unwrap_used,
    reason = "tests may stop at what they did not expect"
)]

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

use crate::suite::{append, device_state, interaction, receipt};
use amble_ledger::{Ledger, SqliteLedger};
use tokio::task::JoinSet;

/// Set for the child only.
const FILE: &str = "AMBLE_TEST_LEDGER";
const WRITERS: usize = 8;
/// Answers that the parent waits for before each kill.
const KILL_AFTER: [usize; 6] = [1, 7, 40, 3, 150, 80];

#[test]
fn killed_while_appending_what_was_answered_is_there_exactly_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut answered = BTreeSet::new();
    for kill_after in KILL_AFTER {
        answered.extend(run_and_kill(&path, kill_after));
        runtime.block_on(check(&path, &answered));
    }
}

/// The names that the child said were answered, as far as its last whole line.
fn run_and_kill(path: &Path, kill_after: usize) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "sigkill::child", "--ignored", "--nocapture"])
        .env(FILE, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok);
    let mut answers = Vec::new();
    let is_answer = |line: &String| line.starts_with("shelf-") && line.ends_with('.');
    answers.extend(lines.by_ref().filter(is_answer).take(kill_after));
    assert_eq!(answers.len(), kill_after, "the child ended by itself");
    child.kill().unwrap();
    child.wait().unwrap();
    answers.extend(lines.filter(is_answer));
    answers
        .iter()
        .map(|line| line.trim_end_matches('.').to_owned())
        .collect()
}

async fn check(path: &Path, answered: &BTreeSet<String>) {
    let ledger = SqliteLedger::open(path).await.unwrap();
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

#[test]
#[ignore = "the process that the test above starts and kills"]
fn child() {
    let Some(path) = std::env::var_os(FILE) else {
        return;
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let ledger = Arc::new(SqliteLedger::open(path).await.unwrap());
        let epoch = ledger.epoch("zone/1").await.unwrap() + 1;
        ledger.claim("zone/1", epoch).await.unwrap();
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            writers.spawn(append_for_ever(
                ledger.clone(),
                format!("shelf-{writer}"),
                epoch,
            ));
        }
        writers.join_all().await;
    });
}

async fn append_for_ever(ledger: Arc<SqliteLedger>, shelf: String, epoch: u64) {
    let mut from = ledger
        .device_state(&shelf)
        .await
        .unwrap()
        .map_or(0, |state| state.sequence);
    loop {
        let name = format!("{shelf}#{}", from + 1);
        let entries = [
            interaction(&shelf, from + 1),
            device_state(&shelf, from, from + 1),
            receipt(&name, 0),
        ];
        ledger
            .append(append("zone/1", epoch, entries))
            .await
            .unwrap();
        writeln!(std::io::stdout().lock(), "{name}.").unwrap();
        from += 1;
    }
}
