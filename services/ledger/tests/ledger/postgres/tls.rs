//! The way to the database can be one that nobody else reads.

use std::fs;

use amble_ledger::PostgresLedger;
use amble_servers::Postgres;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::time::timeout;

use super::{PATIENCE, database};

/// An authority and a server's certificate from it, made where the server looks for them.
const CERTIFICATES: &str = "set -e
    key='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
    openssl req -x509 $key -subj /CN=authority -keyout authority.key -out authority.crt
    openssl req $key -subj /CN=database -keyout server.key -out server.csr
    echo subjectAltName=IP:127.0.0.1 > names
    openssl x509 -req -in server.csr -out server.crt -extfile names \
        -CA authority.crt -CAkey authority.key -CAcreateserial";

#[tokio::test]
async fn a_server_is_believed_only_if_the_named_authority_vouches_for_it() {
    let server = Postgres::start().unwrap();
    let url = database(&server);
    let mut db = PgConnection::connect(&url).await.unwrap();
    // It runs as the server's user, in the server's folder.
    let script = CERTIFICATES.replace('\'', "''");
    let make = format!("COPY (SELECT 1) TO PROGRAM '({script}) > certificates.log 2>&1'");
    db.execute(AssertSqlSafe(make)).await.unwrap();
    db.execute("ALTER SYSTEM SET ssl = on").await.unwrap();
    db.execute("SELECT pg_reload_conf()").await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let named = async |file: &str| {
        let path = folder.path().join(file);
        let text = format!("SELECT pg_read_file('{file}')");
        let mut db = PgConnection::connect(&url).await.unwrap();
        let text: String = sqlx::query_scalar(AssertSqlSafe(text))
            .fetch_one(&mut db)
            .await
            .unwrap();
        fs::write(&path, text).unwrap();
        format!("{url}?sslmode=verify-full&sslrootcert={}", path.display())
    };
    let vouched = named("authority.crt").await;
    // The server reads its settings again in its own time.
    let secret = format!("{url}?sslmode=require");
    let speaks = async { while PostgresLedger::open(&secret).await.is_err() {} };
    timeout(PATIENCE, speaks).await.unwrap();
    let ledger = PostgresLedger::open(&vouched).await.unwrap();
    let secret = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
        WHERE application_name = 'amble'";
    let secret: Option<bool> = sqlx::query_scalar(secret).fetch_one(&mut db).await.unwrap();
    assert_eq!(secret, Some(true));
    drop(ledger);

    let stranger = named("server.crt").await;
    let error = PostgresLedger::open(&stranger).await.err().unwrap();
    assert!(error.to_string().contains("certificate"), "{error}");
    let not_said = PostgresLedger::open(&format!("{url}?sslmode=verify-full")).await;
    assert!(not_said.is_err());
}
