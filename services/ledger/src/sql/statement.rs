//! What a database is asked: a text, the values that go with it, and what each row of the answer is.

use std::marker::PhantomData;

use sqlx::{FromRow, postgres::PgRow, sqlite::SqliteRow};

/// A statement whose answer has rows of `R`. One that only writes has none.
#[derive(Debug)]
pub struct Statement<'q, R = ()> {
    text: &'static str,
    values: Vec<Value<'q>>,
    row: PhantomData<fn() -> R>,
}

/// A value of a type that every database has.
#[derive(Clone, Debug)]
pub enum Value<'q> {
    /// `TEXT`, or null.
    Text(Option<&'q str>),
    /// 64 bits, signed.
    Number(i64),
    /// Bytes, or null.
    Bytes(Option<&'q [u8]>),
    /// A list of `TEXT`: an array where there are arrays, else JSON.
    Texts(Vec<&'q str>),
    /// A list of numbers, likewise.
    Numbers(Vec<i64>),
}

/// A row of an answer, whichever database gave it.
pub trait Record:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static
{
}

impl<R> Record for R where
    R: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static
{
}

impl<'q, R> Statement<'q, R> {
    pub(crate) const fn new(text: &'static str) -> Self {
        Self {
            text,
            values: Vec::new(),
            row: PhantomData,
        }
    }

    /// Its next value: the first is `$1`.
    pub(crate) fn bind(mut self, value: impl Into<Value<'q>>) -> Self {
        self.values.push(value.into());
        self
    }

    pub(crate) const fn text(&self) -> &'static str {
        self.text
    }

    pub(crate) fn values(&self) -> &[Value<'q>] {
        &self.values
    }
}

impl<'q> From<&'q str> for Value<'q> {
    fn from(text: &'q str) -> Self {
        Self::Text(Some(text))
    }
}

impl<'q> From<&'q String> for Value<'q> {
    fn from(text: &'q String) -> Self {
        Self::Text(Some(text))
    }
}

impl<'q> From<Option<&'q str>> for Value<'q> {
    fn from(text: Option<&'q str>) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Value<'_> {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl<'q> From<&'q [u8]> for Value<'q> {
    fn from(bytes: &'q [u8]) -> Self {
        Self::Bytes(Some(bytes))
    }
}

impl<'q> From<Option<&'q [u8]>> for Value<'q> {
    fn from(bytes: Option<&'q [u8]>) -> Self {
        Self::Bytes(bytes)
    }
}
