//! Imported files and their rows in the database.

use super::{Connection, StoreError, StoreResult, on_engine};
use partners_app::domain::{
    FieldErrors, Import, ImportCounts, ImportId, ImportRow, Matching, OrganisationId, RowState,
    Timestamp,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

const INSERT: &str = "INSERT INTO import \
     (id, kind, file_name, digest, columns, matching, state, row_count, created_at, created_by, \
      started_by, accepts_lookalikes) \
     VALUES ($1, $2, $3, $4, $5, $6, 'checked', $7, $8, $9, '', $10)";

macro_rules! select_imports {
    ($rest:literal) => {
        concat!(
            "SELECT id, kind, file_name, columns, matching, state, row_count, created_at, \
             created_by, started_by, finished_at, actor, accepts_lookalikes FROM import ",
            $rest
        )
    };
}
const BY_ID: &str = select_imports!("WHERE id = $1");
const LATEST: &str = select_imports!("ORDER BY created_at DESC, id DESC LIMIT $1");
const EARLIER: &str = select_imports!(
    "WHERE digest = $1 AND finished_at IS NOT NULL AND id <> $2 \
     ORDER BY finished_at DESC LIMIT 1"
);

const DIGEST: &str = "SELECT digest FROM import WHERE id = $1";

/// Holds the import until the end of the transaction: nobody matches its
/// columns while it is started, and nobody starts it twice.
const HOLD: &str = "UPDATE import SET row_count = row_count WHERE id = $1 AND state = 'checked'";

const SET_MATCHING: &str = "UPDATE import SET matching = $1 WHERE id = $2";

const START: &str = "UPDATE import SET state = 'applying', started_at = $1, actor = $2, \
     started_by = $3, accepts_lookalikes = $4 \
     WHERE id = $5 AND state = 'checked' AND matching = $6";

const ACCEPT_LOOKALIKES: &str =
    "UPDATE import_row SET state = 'ready' WHERE import_id = $1 AND state = 'looks_same'";

/// Holds the oldest import that is under way until the end of the transaction:
/// of several instances one at a time works, so that two files with the same
/// organisations are not imported past each other. One that dies lets go.
const CLAIM: &str = "UPDATE import SET row_count = row_count \
     WHERE id = (SELECT id FROM import WHERE state = 'applying' ORDER BY started_at, id LIMIT 1) \
       AND state = 'applying' \
     RETURNING id, kind, file_name, columns, matching, state, row_count, created_at, created_by, \
       started_by, finished_at, actor, accepts_lookalikes";

const FINISH: &str = "UPDATE import SET state = 'done', finished_at = $1 WHERE id = $2";

const UNDER_WAY: &str = "SELECT EXISTS (SELECT 1 FROM import WHERE state = 'applying')";

const COUNTS: &str = "SELECT state, count(*) FROM import_row WHERE import_id = $1 GROUP BY state";

/// What is ready has nothing beside it but that its account is not checked.
const UNCHECKED: &str = "SELECT count(*) FROM import_row \
     WHERE import_id = $1 AND state = 'ready' AND problems <> '[]'";

const DELETE_ROWS: &str = "DELETE FROM import_row WHERE import_id = $1";

const SET_ROW: &str = "UPDATE import_row \
     SET state = $1, problems = $2, subject_id = $3, organisation_id = $4 \
     WHERE import_id = $5 AND number = $6";

const DELETE_OLD_ROWS: &str = "DELETE FROM import_row WHERE import_id IN \
     (SELECT id FROM import \
      WHERE COALESCE(finished_at, created_at) < $1 AND state <> 'applying')";

const DELETE_OLD: &str = "DELETE FROM import WHERE created_at < $1 AND state = 'checked'";

/// How many rows one statement writes.
const AT_ONCE: usize = 500;

/// An import, and what only the server needs to know of it.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The import.
    pub import: Import,
    /// Who had it imported, as JSON.
    pub actor: Option<String>,
    /// Whether rows that look like another organisation are imported too.
    pub accepts_lookalikes: bool,
}

#[derive(sqlx::FromRow)]
struct Record {
    id: Uuid,
    kind: String,
    file_name: String,
    columns: String,
    matching: String,
    state: String,
    row_count: i64,
    created_at: i64,
    created_by: String,
    started_by: String,
    finished_at: Option<i64>,
    actor: Option<String>,
    accepts_lookalikes: bool,
}

impl TryFrom<Record> for Kept {
    type Error = StoreError;

    fn try_from(record: Record) -> Result<Self, Self::Error> {
        let import = Import {
            id: ImportId(record.id),
            kind: record.kind.parse().map_err(StoreError::Unreadable)?,
            file_name: record.file_name,
            columns: read(&record.columns)?,
            matching: read(&record.matching)?,
            state: record.state.parse().map_err(StoreError::Unreadable)?,
            created_at: Timestamp::from_millis(record.created_at),
            created_by: record.created_by,
            finished_at: record.finished_at.map(Timestamp::from_millis),
            started_by: record.started_by,
            rows: record.row_count,
        };
        Ok(Self { import, actor: record.actor, accepts_lookalikes: record.accepts_lookalikes })
    }
}

#[derive(sqlx::FromRow)]
struct RowRecord {
    number: i64,
    line: i64,
    cells: String,
    state: String,
    problems: String,
    subject_id: Option<Uuid>,
    organisation_id: Option<Uuid>,
}

impl TryFrom<RowRecord> for ImportRow {
    type Error = StoreError;

    fn try_from(record: RowRecord) -> Result<Self, Self::Error> {
        Ok(Self {
            number: record.number,
            line: record.line,
            cells: read(&record.cells)?,
            state: record.state.parse().map_err(StoreError::Unreadable)?,
            problems: read(&record.problems)?,
            organisation: record.organisation_id.map(OrganisationId),
            subject: record.subject_id,
        })
    }
}

fn read<T: DeserializeOwned>(json: &str) -> StoreResult<T> {
    serde_json::from_str(json).map_err(|error| StoreError::Unreadable(error.to_string()))
}

fn written<T: Serialize + ?Sized>(value: &T) -> StoreResult<String> {
    serde_json::to_string(value).map_err(|error| StoreError::Unreadable(error.to_string()))
}

/// Writes a new import, without its rows. `digest` is that of its kind and
/// content.
///
/// # Errors
/// Where the database fails.
pub async fn insert(connection: Connection<'_>, import: &Import, digest: &[u8]) -> StoreResult<()> {
    let (columns, matching) = (written(&import.columns)?, written(&import.matching)?);
    on_engine!(connection, engine => {
        sqlx::query(INSERT)
            .bind(import.id.0)
            .bind(import.kind.as_str())
            .bind(&import.file_name)
            .bind(digest)
            .bind(columns)
            .bind(matching)
            .bind(import.rows)
            .bind(import.created_at.millis())
            .bind(&import.created_by)
            .bind(false)
            .execute(engine)
            .await?;
    });
    Ok(())
}

/// Replaces all rows of an import.
///
/// # Errors
/// Where the database fails.
pub async fn replace_rows(
    mut connection: Connection<'_>,
    id: ImportId,
    rows: &[ImportRow],
) -> StoreResult<()> {
    on_engine!(connection.lend(), engine => {
        sqlx::query(DELETE_ROWS).bind(id.0).execute(engine).await?;
    });
    for rows in rows.chunks(AT_ONCE) {
        insert_rows(connection.lend(), id, rows).await?;
    }
    Ok(())
}

async fn insert_rows(
    connection: Connection<'_>,
    id: ImportId,
    rows: &[ImportRow],
) -> StoreResult<()> {
    let mut sql = "INSERT INTO import_row (import_id, number, line, cells, state, problems, \
                   subject_id, organisation_id) VALUES "
        .to_owned();
    sql += &lists(rows.len(), 8);
    let texts = rows
        .iter()
        .map(|row| Ok((written(&row.cells)?, written(&row.problems)?)))
        .collect::<StoreResult<Vec<_>>>()?;
    on_engine!(connection, engine => {
        // Put together from placeholders; everything that was typed is bound.
        let mut insert = sqlx::query(AssertSqlSafe(sql));
        for (row, (cells, problems)) in rows.iter().zip(texts) {
            insert = insert
                .bind(id.0)
                .bind(row.number)
                .bind(row.line)
                .bind(cells)
                .bind(row.state.as_str())
                .bind(problems)
                .bind(row.subject)
                .bind(row.organisation.map(|organisation| organisation.0));
        }
        insert.execute(engine).await?;
    });
    Ok(())
}

/// `($1, $2), ($3, $4)`: so many lists of so many placeholders.
pub(super) fn lists(lists: usize, width: usize) -> String {
    let list = |first: usize| {
        let places: Vec<_> = (first..first + width).map(|place| format!("${place}")).collect();
        format!("({})", places.join(", "))
    };
    (0..lists).map(|number| list(number * width + 1)).collect::<Vec<_>>().join(", ")
}

/// The import with this ID.
///
/// # Errors
/// Where the database fails.
pub async fn by_id(connection: Connection<'_>, id: ImportId) -> StoreResult<Option<Kept>> {
    let record: Option<Record> = on_engine!(connection, engine => {
        sqlx::query_as(BY_ID).bind(id.0).fetch_optional(engine).await?
    });
    record.map(TryInto::try_into).transpose()
}

/// The latest imports, at most `limit`.
///
/// # Errors
/// Where the database fails.
pub async fn latest(connection: Connection<'_>, limit: i64) -> StoreResult<Vec<Import>> {
    let records: Vec<Record> = on_engine!(connection, engine => {
        sqlx::query_as(LATEST).bind(limit).fetch_all(engine).await?
    });
    records.into_iter().map(|record| Kept::try_from(record).map(|kept| kept.import)).collect()
}

/// The digest of an import's kind and content.
///
/// # Errors
/// Where the database fails.
pub async fn digest(connection: Connection<'_>, id: ImportId) -> StoreResult<Option<Vec<u8>>> {
    Ok(on_engine!(connection, engine => {
        sqlx::query_scalar(DIGEST).bind(id.0).fetch_optional(engine).await?
    }))
}

/// The last import that was done of a file with this digest, other than `id`.
///
/// # Errors
/// Where the database fails.
pub async fn earlier(
    connection: Connection<'_>,
    digest: &[u8],
    id: ImportId,
) -> StoreResult<Option<Import>> {
    let record: Option<Record> = on_engine!(connection, engine => {
        sqlx::query_as(EARLIER).bind(digest).bind(id.0).fetch_optional(engine).await?
    });
    record.map(|record| Kept::try_from(record).map(|kept| kept.import)).transpose()
}

/// Holds an import of which nothing was created yet until the end of the
/// transaction; false where there is none.
///
/// # Errors
/// Where the database fails.
pub async fn hold(connection: Connection<'_>, id: ImportId) -> StoreResult<bool> {
    let held = on_engine!(connection, engine => {
        sqlx::query(HOLD).bind(id.0).execute(engine).await?.rows_affected()
    });
    Ok(held == 1)
}

/// Says what the columns have.
///
/// # Errors
/// Where the database fails.
pub async fn set_matching(
    connection: Connection<'_>,
    id: ImportId,
    matching: &Matching,
) -> StoreResult<()> {
    let matching = written(matching)?;
    on_engine!(connection, engine => {
        sqlx::query(SET_MATCHING).bind(matching).bind(id.0).execute(engine).await?;
    });
    Ok(())
}

/// Has what is ready created, in the name of `actor` (JSON) called `by`; false
/// where that was asked for before, or the columns have something else by now
/// than `matching`.
///
/// # Errors
/// Where the database fails.
pub async fn start(
    mut connection: Connection<'_>,
    id: ImportId,
    matching: &Matching,
    (actor, by): (&str, &str),
    accepts_lookalikes: bool,
    now: Timestamp,
) -> StoreResult<bool> {
    let matching = written(matching)?;
    let started = on_engine!(connection.lend(), engine => {
        sqlx::query(START)
            .bind(now.millis())
            .bind(actor)
            .bind(by)
            .bind(accepts_lookalikes)
            .bind(id.0)
            .bind(matching)
            .execute(engine)
            .await?
            .rows_affected()
    });
    if started == 1 && accepts_lookalikes {
        on_engine!(connection, engine => {
            sqlx::query(ACCEPT_LOOKALIKES).bind(id.0).execute(engine).await?;
        });
    }
    Ok(started == 1)
}

/// Takes the oldest import that is under way, until the end of the transaction.
///
/// # Errors
/// Where the database fails.
pub async fn claim(connection: Connection<'_>) -> StoreResult<Option<Kept>> {
    let record: Option<Record> = on_engine!(connection, engine => {
        sqlx::query_as(CLAIM).fetch_optional(engine).await?
    });
    record.map(TryInto::try_into).transpose()
}

/// Notes that everything was created that was ready.
///
/// # Errors
/// Where the database fails.
pub async fn finish(connection: Connection<'_>, id: ImportId, now: Timestamp) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(FINISH).bind(now.millis()).bind(id.0).execute(engine).await?;
    });
    Ok(())
}

/// Whether any import is under way.
///
/// # Errors
/// Where the database fails.
pub async fn is_under_way(connection: Connection<'_>) -> StoreResult<bool> {
    Ok(on_engine!(connection, engine => {
        sqlx::query_scalar(UNDER_WAY).fetch_one(engine).await?
    }))
}

/// How many rows stand how.
///
/// # Errors
/// Where the database fails.
pub async fn counts(connection: Connection<'_>, id: ImportId) -> StoreResult<ImportCounts> {
    let states: Vec<(String, i64)> = on_engine!(connection, engine => {
        sqlx::query_as(COUNTS).bind(id.0).fetch_all(engine).await?
    });
    let mut counts = ImportCounts::default();
    for (state, number) in states {
        counts.add(state.parse().map_err(StoreError::Unreadable)?, number);
    }
    Ok(counts)
}

/// How many rows are ready, but their Zuora account is not checked.
///
/// # Errors
/// Where the database fails.
pub async fn unchecked(connection: Connection<'_>, id: ImportId) -> StoreResult<i64> {
    Ok(on_engine!(connection, engine => {
        sqlx::query_scalar(UNCHECKED).bind(id.0).fetch_one(engine).await?
    }))
}

/// At most `limit` rows in one of `states` behind `after`, in the file's order;
/// with `before`, the last ones before that place, the other way round.
///
/// # Errors
/// Where the database fails.
pub async fn rows(
    connection: Connection<'_>,
    id: ImportId,
    states: &[RowState],
    (after, before): (Option<i64>, Option<i64>),
    limit: i64,
) -> StoreResult<Vec<ImportRow>> {
    let words: Vec<_> = states.iter().map(|state| format!("'{}'", state.as_str())).collect();
    let (comparison, order) = if before.is_some() { ("<", "DESC") } else { (">", "ASC") };
    let sql = format!(
        "SELECT number, line, cells, state, problems, subject_id, organisation_id \
         FROM import_row WHERE import_id = $1 AND state IN ({}) AND number {comparison} $2 \
         ORDER BY number {order} LIMIT $3",
        words.join(", ")
    );
    let records: Vec<RowRecord> = on_engine!(connection, engine => {
        // Put together from constants.
        sqlx::query_as(AssertSqlSafe(sql))
            .bind(id.0)
            .bind(before.or(after).unwrap_or_default())
            .bind(limit)
            .fetch_all(engine)
            .await?
    });
    records.into_iter().map(TryInto::try_into).collect()
}

/// Notes what became of a row.
///
/// # Errors
/// Where the database fails.
pub async fn set_row(
    connection: Connection<'_>,
    id: ImportId,
    number: i64,
    state: RowState,
    problems: &FieldErrors,
    (subject, organisation): (Option<Uuid>, Option<OrganisationId>),
) -> StoreResult<()> {
    let problems = written(problems)?;
    on_engine!(connection, engine => {
        sqlx::query(SET_ROW)
            .bind(state.as_str())
            .bind(problems)
            .bind(subject)
            .bind(organisation.map(|organisation| organisation.0))
            .bind(id.0)
            .bind(number)
            .execute(engine)
            .await?;
    });
    Ok(())
}

/// Removes the rows of imports that were done before `rows_before`, and imports
/// that came before then and were not started.
///
/// # Errors
/// Where the database fails.
pub async fn delete_old(mut connection: Connection<'_>, rows_before: Timestamp) -> StoreResult<()> {
    for sql in [DELETE_OLD_ROWS, DELETE_OLD] {
        on_engine!(connection.lend(), engine => {
            sqlx::query(sql).bind(rows_before.millis()).execute(engine).await?;
        });
    }
    Ok(())
}
