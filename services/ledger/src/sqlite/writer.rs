//! The one connection that writes.

use sqlx::{Connection, SqliteConnection, migrate::Migrator, sqlite::SqliteConnectOptions};

use super::fault::{migration, unusable};
use crate::{
    error::LedgerError,
    group::{Answer, Commit, Work},
    sql::transaction,
};

static TABLES: Migrator = sqlx::migrate!("migrations/sqlite");

pub(super) struct Writer {
    options: SqliteConnectOptions,
    connection: Option<SqliteConnection>,
}

impl Writer {
    pub(super) async fn open(options: SqliteConnectOptions) -> Result<Self, LedgerError> {
        let mut connection = SqliteConnection::connect_with(&options)
            .await
            .map_err(unusable)?;
        TABLES.run(&mut connection).await.map_err(migration)?;
        Ok(Self {
            options,
            connection: Some(connection),
        })
    }
}

impl Commit for Writer {
    async fn commit(&mut self, group: &[Work]) -> Result<Vec<Answer>, LedgerError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => SqliteConnection::connect_with(&self.options)
                .await
                .map_err(unusable)?,
        };
        let answers = transaction::carry_out(&mut connection, group).await?;
        self.connection = Some(connection);
        Ok(answers)
    }
}
