//! What PostgreSQL says, in the ledger's words.

use sqlx::{error::DatabaseError, migrate::MigrateError};

use crate::error::LedgerError;

/// An error and what it leaves behind.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) error: LedgerError,
    pub(super) after: After,
}

/// What is known of the transaction after an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// It was undone for the sake of others. The same again may go through at once.
    Undone,
    /// The connection is lost. Only if it was about to commit may the transaction stand.
    Lost,
    /// The same again would fail again, for now or for good.
    Failed,
}

impl Fault {
    /// Any error of a statement.
    pub(super) fn of(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) => database(&*error),
            sqlx::Error::Migrate(error) => migration(*error),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Self::corrupt(&error),
            sqlx::Error::Tls(error) => Self::unavailable(
                After::Failed,
                &*error,
                "name the authority that vouches for PostgreSQL (sslrootcert), and the host as it does",
            ),
            other => Self::unavailable(
                After::Lost,
                &other,
                "see that PostgreSQL runs and can be reached",
            ),
        }
    }

    /// No answer came in time.
    pub(super) fn silent() -> Self {
        Self::unavailable(
            After::Failed,
            "it does not answer",
            "see that PostgreSQL and the way to it are well",
        )
    }

    fn unavailable(
        after: After,
        reason: &(impl std::fmt::Display + ?Sized),
        advice: &'static str,
    ) -> Self {
        let reason = reason.to_string();
        let error = LedgerError::Unavailable { reason, advice };
        Self { error, after }
    }

    fn corrupt(reason: &(impl std::fmt::Display + ?Sized)) -> Self {
        Self {
            error: LedgerError::Corrupt {
                reason: reason.to_string(),
            },
            after: After::Failed,
        }
    }
}

/// An error while the tables were brought up to date.
pub(super) fn migration(error: MigrateError) -> Fault {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => Fault::of(error),
        MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => Fault {
            error: LedgerError::TooNew {
                reason: error.to_string(),
            },
            after: After::Failed,
        },
        other => Fault::corrupt(&other),
    }
}

/// Whether somebody else made the same tables at the same time.
pub(super) fn made_by_another(error: &MigrateError) -> bool {
    let (MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) = error else {
        return false;
    };
    let code = error.as_database_error().and_then(DatabaseError::code);
    // unique_violation (in the catalogue), duplicate_table, duplicate_object (the type of a table's
    // rows), and what `After::Undone` stands for.
    code.is_some_and(|code| ["23505", "42P07", "42710", "40001", "40P01"].contains(&&*code))
}

// Codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
fn database(error: &dyn DatabaseError) -> Fault {
    let code = error.code().unwrap_or_default();
    let (after, advice) = match &*code {
        "40001" | "40P01" | "55P03" => (After::Undone, "see what else writes to the database"),
        "25P03" => (
            After::Undone,
            "give this process more time on the processor",
        ),
        "57014" => (After::Failed, "see what keeps the database busy"),
        "25006" => (
            After::Failed,
            "name the server that takes writes, not a copy of it",
        ),
        "3D000" => (After::Failed, "create the database"),
        "53100" => (After::Failed, "make room on the database's disk"),
        "53300" => (After::Failed, "let the database take more connections"),
        "42501" => (After::Failed, "let this user create and write tables"),
        // duplicate_table: somebody else's, of the same name.
        "42P07" => return Fault::corrupt(error),
        code => match &code[..code.len().min(2)] {
            // It can never be stored, whatever the ledger is otherwise like.
            "22" | "23" | "54" => return refused(error),
            "28" => (After::Failed, "check the user and the password"),
            // A cancelled statement and a server that starts are above and below.
            "57" if code != "57P03" => (After::Lost, "see that PostgreSQL runs"),
            "08" => (After::Lost, "see that PostgreSQL runs and can be reached"),
            _ => (After::Failed, "look at the database's message"),
        },
    };
    Fault::unavailable(after, error, advice)
}

fn refused(error: &dyn DatabaseError) -> Fault {
    Fault {
        error: LedgerError::Invalid {
            what: "an entry".to_owned(),
            why: error.to_string(),
        },
        after: After::Failed,
    }
}
