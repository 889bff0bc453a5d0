//! What SQLite says, in the ledger's words.

use sqlx::{error::DatabaseError, migrate::MigrateError};

use crate::error::LedgerError;

/// Any error of a query or a connection.
pub(super) fn unusable(error: sqlx::Error) -> LedgerError {
    match error {
        sqlx::Error::Database(error) => database(&*error),
        sqlx::Error::Migrate(error) => migration(*error),
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => corrupt(&error),
        other => unavailable(
            &other,
            "see that this process has files and threads to spare",
        ),
    }
}

/// An error while the tables were brought up to date.
pub(super) fn migration(error: MigrateError) -> LedgerError {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => unusable(error),
        MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => LedgerError::TooNew {
            reason: error.to_string(),
        },
        other => corrupt(&other),
    }
}

// Primary result codes: https://www.sqlite.org/rescode.html
fn database(error: &dyn DatabaseError) -> LedgerError {
    let code = error.code().and_then(|code| code.parse::<u32>().ok());
    match code.map(|code| code & 0xff) {
        Some(11 | 26) => corrupt(error),
        Some(5 | 6) => unavailable(error, "stop the other process that holds the file"),
        Some(3 | 8) => unavailable(error, "make the file and its folder writable"),
        Some(10) => unavailable(error, "check the disk"),
        Some(13) => unavailable(error, "make room on the disk"),
        Some(14) => unavailable(error, "see that the file's folder exists and is writable"),
        _ => unavailable(error, "look at the database's message"),
    }
}

fn corrupt(error: &(impl std::fmt::Display + ?Sized)) -> LedgerError {
    LedgerError::Corrupt {
        reason: error.to_string(),
    }
}

fn unavailable(error: &(impl std::fmt::Display + ?Sized), advice: &'static str) -> LedgerError {
    LedgerError::Unavailable {
        reason: error.to_string(),
        advice,
    }
}
