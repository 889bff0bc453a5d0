//! Statements for SQLite.

use serde::Serialize;
use sqlx::{Arguments, SqliteConnection, SqliteExecutor, SqlitePool, sqlite::SqliteArguments};

use super::{dialect::SqliteDialect, fault::unusable};
use crate::{
    error::LedgerError,
    sql::{
        database::{Readers, Session},
        statement::{Record, Statement, Value},
    },
};

impl Session for SqliteConnection {
    type Dialect = SqliteDialect;

    async fn write(&mut self, statement: &Statement<'_>) -> Result<u64, LedgerError> {
        let query = sqlx::query_with(statement.text(), arguments(statement.values())?);
        let result = query.execute(self).await.map_err(unusable)?;
        Ok(result.rows_affected())
    }

    async fn all<R: Record>(
        &mut self,
        statement: &Statement<'_, R>,
    ) -> Result<Vec<R>, LedgerError> {
        fetch(self, statement).await
    }
}

impl Readers for SqlitePool {
    type Dialect = SqliteDialect;

    async fn all<R: Record>(&self, statement: &Statement<'_, R>) -> Result<Vec<R>, LedgerError> {
        fetch(self, statement).await
    }
}

async fn fetch<R: Record>(
    db: impl SqliteExecutor<'_>,
    statement: &Statement<'_, R>,
) -> Result<Vec<R>, LedgerError> {
    let query = sqlx::query_as_with(statement.text(), arguments(statement.values())?);
    query.fetch_all(db).await.map_err(unusable)
}

fn arguments(values: &[Value<'_>]) -> Result<SqliteArguments, LedgerError> {
    let mut arguments = SqliteArguments::default();
    for value in values {
        let added = match value {
            Value::Text(text) => arguments.add(*text),
            Value::Number(number) => arguments.add(*number),
            Value::Bytes(bytes) => arguments.add(*bytes),
            Value::Texts(texts) => arguments.add(json(texts)?),
            Value::Numbers(numbers) => arguments.add(json(numbers)?),
        };
        added.map_err(|error| unusable(sqlx::Error::Encode(error)))?;
    }
    Ok(arguments)
}

fn json<T: Serialize>(list: &[T]) -> Result<String, LedgerError> {
    serde_json::to_string(list).map_err(|error| unusable(sqlx::Error::Encode(error.into())))
}
