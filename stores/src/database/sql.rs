//! Statements that both databases understand: one text, its values, and rows as tuples.

use std::borrow::Cow;

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, FromRow, PgExecutor, SqliteExecutor};

/// A statement in SQL that both databases understand, with values for `$1`, `$2`, ….
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    sql: Cow<'static, str>,
    values: Vec<SqlValue>,
}

#[derive(Debug, Clone)]
enum SqlValue {
    Text(String),
    Null,
    Integer(i64),
    Bytes(Vec<u8>),
}

/// A row that can be read from either database.
pub(crate) trait Row:
    for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow> + Send + Unpin
{
}

impl<T> Row for T where T: for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow> + Send + Unpin {}

impl Statement {
    pub(crate) fn new(sql: impl Into<Cow<'static, str>>) -> Self {
        Self { sql: sql.into(), values: Vec::new() }
    }

    /// The next value, a text.
    pub(crate) fn text(mut self, text: impl Into<String>) -> Self {
        self.values.push(SqlValue::Text(text.into()));
        self
    }

    /// The next value, a text or nothing.
    pub(crate) fn text_or_null(mut self, text: Option<&str>) -> Self {
        self.values.push(text.map_or(SqlValue::Null, |text| SqlValue::Text(text.to_owned())));
        self
    }

    /// The next value, a whole number.
    pub(crate) fn integer(mut self, integer: i64) -> Self {
        self.values.push(SqlValue::Integer(integer));
        self
    }

    /// The next value, bytes.
    pub(crate) fn bytes(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.values.push(SqlValue::Bytes(bytes.into()));
        self
    }

    /// The next value, a place in a stream.
    pub(crate) fn sequence(self, sequence: u64) -> Self {
        self.integer(i64::try_from(sequence).unwrap_or(i64::MAX))
    }

    fn postgres_values(&self) -> Result<PgArguments, sqlx::Error> {
        let mut arguments = PgArguments::default();
        for value in &self.values {
            match value {
                SqlValue::Text(text) => arguments.add(text.as_str()),
                SqlValue::Null => arguments.add(None::<&str>),
                SqlValue::Integer(integer) => arguments.add(*integer),
                SqlValue::Bytes(bytes) => arguments.add(bytes.as_slice()),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        Ok(arguments)
    }

    fn sqlite_values(&self) -> Result<SqliteArguments<'_>, sqlx::Error> {
        let mut arguments = SqliteArguments::default();
        for value in &self.values {
            match value {
                SqlValue::Text(text) => arguments.add(text.as_str()),
                SqlValue::Null => arguments.add(None::<&str>),
                SqlValue::Integer(integer) => arguments.add(*integer),
                SqlValue::Bytes(bytes) => arguments.add(bytes.as_slice()),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        Ok(arguments)
    }

    pub(crate) async fn postgres_rows<'e, T: Row>(
        &self,
        executor: impl PgExecutor<'e>,
    ) -> Result<Vec<T>, sqlx::Error> {
        sqlx::query_as_with(&self.sql, self.postgres_values()?).fetch_all(executor).await
    }

    pub(crate) async fn sqlite_rows<'e, T: Row>(
        &self,
        executor: impl SqliteExecutor<'e>,
    ) -> Result<Vec<T>, sqlx::Error> {
        sqlx::query_as_with(&self.sql, self.sqlite_values()?).fetch_all(executor).await
    }

    pub(crate) async fn postgres_execute<'e>(
        &self,
        executor: impl PgExecutor<'e>,
    ) -> Result<u64, sqlx::Error> {
        let done = sqlx::query_with(&self.sql, self.postgres_values()?).execute(executor).await?;
        Ok(done.rows_affected())
    }

    pub(crate) async fn sqlite_execute<'e>(
        &self,
        executor: impl SqliteExecutor<'e>,
    ) -> Result<u64, sqlx::Error> {
        let done = sqlx::query_with(&self.sql, self.sqlite_values()?).execute(executor).await?;
        Ok(done.rows_affected())
    }
}

/// `$1, $2, …`: the places of a list of values.
pub(crate) fn places(count: usize) -> String {
    places_from(1, count)
}

/// The places of a list of values behind others.
pub(crate) fn places_from(first: usize, count: usize) -> String {
    let places: Vec<_> = (first..first + count).map(|place| format!("${place}")).collect();
    places.join(", ")
}
