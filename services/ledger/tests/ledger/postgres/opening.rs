//! A ledger is opened, or says why not and what to do.

use amble_ledger::{Ledger, LedgerError, PostgresLedger};
use amble_servers::Postgres;
use sqlx::{Connection, PgConnection};

use super::database;

const PASSWORD: &str = "secret";

async fn refused(url: &str) -> LedgerError {
    let error = PostgresLedger::open(url).await.err().unwrap();
    for said in [error.to_string(), format!("{error:?}")] {
        assert!(!said.contains(PASSWORD), "{said}");
    }
    error
}

#[tokio::test]
async fn nodes_that_start_at_once_make_the_tables_once() {
    let server = Postgres::shared().unwrap();
    let url = database(&server);
    let (a, b, c, d) = tokio::join!(
        PostgresLedger::open(&url),
        PostgresLedger::open(&url),
        PostgresLedger::open(&url),
        PostgresLedger::open(&url),
    );
    for ledger in [a, b, c, d] {
        assert_eq!(ledger.unwrap().health().await.unwrap().backend, "postgres");
    }
}

#[tokio::test]
async fn what_is_wrong_with_the_url_is_said_without_the_password() {
    let server = Postgres::shared().unwrap();
    let url = database(&server);
    assert!(url.contains(PASSWORD));
    let missing = refused(&format!("{url}_gone")).await;
    let advice = missing.to_string();
    assert!(
        missing.is_retryable() && advice.contains("create the database"),
        "{advice}"
    );
    let nobody = refused("postgres://amble:secret@127.0.0.1:1/ledger").await;
    let advice = nobody.to_string();
    assert!(
        nobody.is_retryable() && advice.contains("can be reached"),
        "{advice}"
    );
    let no_port = refused("postgres://amble:secret@127.0.0.1:door/ledger").await;
    assert!(matches!(no_port, LedgerError::Invalid { .. }), "{no_port}");
}

#[tokio::test]
async fn a_database_of_something_else_or_of_a_newer_version_is_not_touched() {
    let server = Postgres::shared().unwrap();
    let url = database(&server);
    let mut db = PgConnection::connect(&url).await.unwrap();
    let other = sqlx::query("CREATE TABLE receipts (id BIGINT)");
    other.execute(&mut db).await.unwrap();
    let error = refused(&url).await;
    assert!(matches!(error, LedgerError::Corrupt { .. }), "{error}");

    let url = database(&server);
    drop(PostgresLedger::open(&url).await.unwrap());
    let mut db = PgConnection::connect(&url).await.unwrap();
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'from the future', TRUE, '', 0)",
    )
    .execute(&mut db)
    .await
    .unwrap();
    let error = refused(&url).await;
    assert!(matches!(error, LedgerError::TooNew { .. }), "{error}");
}
