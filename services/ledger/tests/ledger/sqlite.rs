//! The SQLite ledger keeps the rules of every ledger, and a few of its own.

#![allow(
    clippy::unwrap_used,
    reason = "tests may stop at what they did not expect"
)]

use std::{fs, io::Write};

use crate::suite::{append, interaction, rules};
use amble_ledger::{Ledger, LedgerError, SqliteLedger};

crate::suite::every_rule!(open);

async fn open() -> (SqliteLedger, ()) {
    (SqliteLedger::in_memory().await.unwrap(), ())
}

#[tokio::test]
async fn a_file_opened_again_holds_what_was_answered() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    {
        let ledger = SqliteLedger::open(&path).await.unwrap();
        ledger.claim("zone/1", 7).await.unwrap();
        let written = ledger
            .append(append("zone/1", 7, [interaction("a", 1)]))
            .await
            .unwrap();
        assert!(written.outcomes[0].is_new());
    }
    let ledger = SqliteLedger::open(&path).await.unwrap();
    assert_eq!(ledger.epoch("zone/1").await.unwrap(), 7);
    assert!(ledger.interaction("a#1").await.unwrap().is_some());
}

/// The log beside it is looked at too: both hold what was written before until it is overwritten.
#[tokio::test]
async fn what_was_forgotten_is_nowhere_in_the_file_once_it_is_rewritten() {
    use crate::suite::forget::{MAIL, METHOD, visited};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let ledger = SqliteLedger::open(&path).await.unwrap();
    for number in 0..50 {
        visited(&ledger, &format!("v-{number}"), number, MAIL).await;
    }
    let anywhere = |secret: &str| {
        fs::read_dir(&folder).unwrap().any(|file| {
            let bytes = fs::read(file.unwrap().path()).unwrap();
            bytes
                .windows(secret.len())
                .any(|part| part == secret.as_bytes())
        })
    };
    assert!(anywhere(MAIL) && anywhere(METHOD) && anywhere("pi_kept"));
    for number in 0..50 {
        assert!(ledger.forget_visit(&format!("v-{number}")).await.unwrap());
    }
    SqliteLedger::rewrite(&path).await.unwrap();
    assert!(!anywhere(MAIL) && !anywhere(METHOD));
    assert!(anywhere("pi_kept") && anywhere("receipt-v-49"));
    // The shop that has it open goes on.
    visited(&ledger, "next", 100, MAIL).await;
    assert!(ledger.receipt("receipt-v-49").await.unwrap().is_some());
}

#[tokio::test]
async fn two_processes_on_one_file_never_have_the_same_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let one = SqliteLedger::open(&path).await.unwrap();
    let other = SqliteLedger::open(&path).await.unwrap();
    rules::an_epoch_is_claimed_by_one_ledger_only(&one, &other).await;
}

#[tokio::test]
async fn two_processes_on_one_file_are_fenced_like_two_nodes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let old = SqliteLedger::open(&path).await.unwrap();
    old.claim("zone/1", 1).await.unwrap();
    let new = SqliteLedger::open(&path).await.unwrap();
    new.claim("zone/1", 2).await.unwrap();
    let late = old.append(append("zone/1", 1, [interaction("a", 1)])).await;
    assert!(
        matches!(
            late,
            Err(LedgerError::Fenced {
                held: 1,
                newer: 2,
                ..
            })
        ),
        "{late:?}"
    );
    assert_eq!(new.interaction("a#1").await.unwrap(), None);
}

#[tokio::test]
async fn a_file_that_is_no_ledger_says_so_and_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let text = b"this is a shopping list, not a database; ".repeat(100);
    fs::File::create(&path).unwrap().write_all(&text).unwrap();
    let error = SqliteLedger::open(&path).await.err().unwrap();
    assert!(matches!(error, LedgerError::Corrupt { .. }), "{error}");
    assert!(error.to_string().contains("restore"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), text);
}

#[tokio::test]
async fn a_folder_that_is_not_there_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let error = SqliteLedger::open(folder.path().join("no/ledger.db"))
        .await
        .err()
        .unwrap();
    assert!(matches!(error, LedgerError::Unavailable { .. }), "{error}");
    assert!(error.to_string().contains("folder exists"), "{error}");
}

#[tokio::test]
async fn a_ledger_of_a_newer_version_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    drop(SqliteLedger::open(&path).await.unwrap());
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'from the future', TRUE, x'00', 0)",
    )
    .execute(&pool)
    .await
    .unwrap();
    pool.close().await;
    let error = SqliteLedger::open(&path).await.err().unwrap();
    assert!(matches!(error, LedgerError::TooNew { .. }), "{error}");
}

#[tokio::test]
async fn a_database_that_was_away_is_used_again_when_it_is_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let ledger = SqliteLedger::open(&path).await.unwrap();
    ledger.claim("zone/1", 1).await.unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let hog = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let write = || ledger.append(append("zone/1", 1, [interaction("a", 1)]));
    let error = write().await.unwrap_err();
    assert!(
        error.is_retryable() && error.to_string().contains("other process"),
        "{error}"
    );
    hog.rollback().await.unwrap();
    assert!(write().await.unwrap().outcomes[0].is_new());
}
