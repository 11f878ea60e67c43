//! Partner organisations in the database.

use super::search::Search;
use super::{Connection, StoreError, StoreResult, on_engine};
use partners_app::desks::CreationKey;
use partners_app::domain::listing::COUNT_LIMIT;
use partners_app::domain::{
    AccountDoubt, Cursor, Direction, DuplicateOrganisation, NewOrganisation, Organisation,
    OrganisationEdit, OrganisationId, OrganisationName, OrganisationQuery, OrganisationRow, Page,
    Sort, Timestamp,
};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

const INSERT: &str = "INSERT INTO organisation \
     (id, creation_key, name, name_key, logo, zuora_account, zuora_account_key, salesforce_account, \
      invoice_owner, version, created_at, updated_at, updated_by, search_base) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $10, $11, $12)";

const UPDATE: &str = "UPDATE organisation \
     SET name = $1, name_key = $2, logo = $3, version = version + 1, updated_at = $4, \
         updated_by = $5, search_base = $6 \
     WHERE id = $7 AND version = $8 AND deleted_at IS NULL";

/// One that is suspended stays so since then.
const SUSPEND: &str = "UPDATE organisation SET suspended_at = $1 WHERE id = $2 AND suspended_at IS NULL \
     AND deleted_at IS NULL";

const REACTIVATE: &str = "UPDATE organisation SET suspended_at = NULL WHERE id = $1 AND suspended_at IS NOT NULL \
     AND deleted_at IS NULL";

const DELETE: &str = "UPDATE organisation SET deleted_at = $1 WHERE id = $2";
const LEAVE_OFFERS: &str = "DELETE FROM offer_partner WHERE organisation_id = $1";
const LEAVE_PAGES: &str = "DELETE FROM partner_page_organisation WHERE organisation_id = $1";
/// What is found out about it while it is there.
const FORGET: [&str; 2] = [
    "DELETE FROM account_check WHERE organisation_id = $1",
    "DELETE FROM billing_reading WHERE organisation_id = $1",
];

const BY_ID: &str = "SELECT id, name, logo, zuora_account, salesforce_account, invoice_owner, \
     version, created_at, updated_at, updated_by, suspended_at FROM organisation \
     WHERE id = $1 AND deleted_at IS NULL";

const BY_CREATION_KEY: &str = "SELECT id, name, logo, zuora_account, salesforce_account, \
     invoice_owner, version, created_at, updated_at, updated_by, suspended_at \
     FROM organisation WHERE creation_key = $1";

/// The two halves take their rows from an index each.
const LOOKALIKES: &str = "SELECT id, name, name_key = $1 AS same_name, \
     zuora_account_key = $2 AS same_zuora_account FROM organisation \
     WHERE (name_key = $1 OR zuora_account_key = $2) AND deleted_at IS NULL ORDER BY created_at LIMIT 5";

const HAS_ANOTHER: &str = "SELECT EXISTS (SELECT 1 FROM organisation \
     WHERE id <> $1 AND zuora_account_key IN ($2, $3) AND deleted_at IS NULL)";

const IS_INVOICED_TO_ANOTHER: &str = "SELECT EXISTS (SELECT 1 FROM organisation \
     WHERE id <> $1 AND zuora_account_key IN ($2, $3) AND invoice_owner = 'partner' \
       AND deleted_at IS NULL)";

#[derive(sqlx::FromRow)]
struct Record {
    id: Uuid,
    name: String,
    logo: Option<String>,
    zuora_account: String,
    salesforce_account: Option<String>,
    invoice_owner: String,
    version: i64,
    created_at: i64,
    updated_at: i64,
    updated_by: String,
    suspended_at: Option<i64>,
}

impl TryFrom<Record> for Organisation {
    type Error = StoreError;

    fn try_from(record: Record) -> Result<Self, Self::Error> {
        let unreadable = |field: &str, why: String| {
            StoreError::Unreadable(format!("organisation {} has a bad {field}: {why}", record.id))
        };
        Ok(Self {
            id: OrganisationId(record.id),
            name: record.name.try_into().map_err(|why| unreadable("name", why))?,
            logo: record
                .logo
                .map(TryInto::try_into)
                .transpose()
                .map_err(|why| unreadable("logo", why))?,
            zuora_account: record
                .zuora_account
                .try_into()
                .map_err(|why| unreadable("Zuora account", why))?,
            salesforce_account: record
                .salesforce_account
                .map(TryInto::try_into)
                .transpose()
                .map_err(|why| unreadable("Salesforce account", why))?,
            invoice_owner: record
                .invoice_owner
                .parse()
                .map_err(|why| unreadable("invoice owner", why))?,
            version: record.version,
            created_at: Timestamp::from_millis(record.created_at),
            updated_at: Timestamp::from_millis(record.updated_at),
            updated_by: record.updated_by,
            suspended_at: record.suspended_at.map(Timestamp::from_millis),
        })
    }
}

/// What a search for the organisation looks at, one value a line.
fn search_base(
    id: OrganisationId,
    name: &OrganisationName,
    zuora_account: &str,
    salesforce_account: Option<&str>,
) -> String {
    format!("{}\n{id}\n{zuora_account}\n{}", name.key(), salesforce_account.unwrap_or_default())
        .to_lowercase()
}

/// Writes a new organisation.
///
/// # Errors
/// [`StoreError::AlreadyExists`] where one was created with this key before.
pub async fn insert(
    connection: Connection<'_>,
    id: OrganisationId,
    key: CreationKey,
    new: &NewOrganisation,
    by: &str,
    now: Timestamp,
) -> StoreResult<()> {
    let salesforce = new.salesforce_account.as_ref().map(|account| account.as_str());
    on_engine!(connection, engine => {
        sqlx::query(INSERT)
            .bind(id.0)
            .bind(key)
            .bind(new.name.as_str())
            .bind(new.name.key())
            .bind(new.logo.as_ref().map(|logo| logo.as_str()))
            .bind(new.zuora_account.as_str())
            .bind(new.zuora_account.key())
            .bind(salesforce)
            .bind(new.invoice_owner.as_str())
            .bind(now.millis())
            .bind(by)
            .bind(search_base(id, &new.name, new.zuora_account.as_str(), salesforce))
            .execute(engine)
            .await?;
    });
    Ok(())
}

/// Changes name and logo of `organisation` as it was read; false where it has
/// changed since.
///
/// # Errors
/// Where the database fails.
pub async fn update(
    connection: Connection<'_>,
    organisation: &Organisation,
    edit: &OrganisationEdit,
    by: &str,
    now: Timestamp,
) -> StoreResult<bool> {
    let salesforce = organisation.salesforce_account.as_ref().map(|account| account.as_str());
    let base =
        search_base(organisation.id, &edit.name, organisation.zuora_account.as_str(), salesforce);
    let changed = on_engine!(connection, engine => {
        sqlx::query(UPDATE)
            .bind(edit.name.as_str())
            .bind(edit.name.key())
            .bind(edit.logo.as_ref().map(|logo| logo.as_str()))
            .bind(now.millis())
            .bind(by)
            .bind(base)
            .bind(organisation.id.0)
            .bind(organisation.version)
            .execute(engine)
            .await?
            .rows_affected()
    });
    Ok(changed == 1)
}

/// Suspends an organisation at `since`, or reactivates it; false where that
/// changes nothing.
///
/// # Errors
/// Where the database fails.
pub async fn set_suspended(
    connection: Connection<'_>,
    id: OrganisationId,
    since: Option<Timestamp>,
) -> StoreResult<bool> {
    let changed = on_engine!(connection, engine => {
        let change = match since {
            Some(since) => sqlx::query(SUSPEND).bind(since.millis()).bind(id.0),
            None => sqlx::query(REACTIVATE).bind(id.0),
        };
        change.execute(engine).await?.rows_affected()
    });
    Ok(changed == 1)
}

/// What an organisation was chosen for by itself, and is no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// How many offers.
    pub offers: u64,
    /// How many of the partner pages.
    pub partner_pages: u64,
}

/// Deletes an organisation, of which only what the audit trail and orders name
/// stays. Its users are to be parted with before, and its API clients revoked.
///
/// # Errors
/// Where the database fails.
pub async fn delete(
    mut connection: Connection<'_>,
    id: OrganisationId,
    now: Timestamp,
) -> StoreResult<Left> {
    Ok(on_engine!(&mut connection, engine => {
        sqlx::query(DELETE).bind(now.millis()).bind(id.0).execute(&mut **engine).await?;
        for change in FORGET {
            sqlx::query(change).bind(id.0).execute(&mut **engine).await?;
        }
        let offers = sqlx::query(LEAVE_OFFERS).bind(id.0).execute(&mut **engine).await?;
        let pages = sqlx::query(LEAVE_PAGES).bind(id.0).execute(&mut **engine).await?;
        Left { offers: offers.rows_affected(), partner_pages: pages.rows_affected() }
    }))
}

/// The organisation with this ID.
///
/// # Errors
/// Where the database fails.
pub async fn by_id(
    connection: Connection<'_>,
    id: OrganisationId,
) -> StoreResult<Option<Organisation>> {
    one(connection, BY_ID, id.0).await
}

/// The organisation that was created with this key.
///
/// # Errors
/// Where the database fails.
pub async fn by_creation_key(
    connection: Connection<'_>,
    key: CreationKey,
) -> StoreResult<Option<Organisation>> {
    one(connection, BY_CREATION_KEY, key).await
}

async fn one(
    connection: Connection<'_>,
    sql: &'static str,
    id: Uuid,
) -> StoreResult<Option<Organisation>> {
    let record: Option<Record> = on_engine!(connection, engine => {
        sqlx::query_as(sql).bind(id).fetch_optional(engine).await?
    });
    record.map(TryInto::try_into).transpose()
}

/// Organisations that have the name or the Zuora account of `new`, the oldest
/// five.
///
/// # Errors
/// Where the database fails.
pub async fn lookalikes(
    connection: Connection<'_>,
    new: &NewOrganisation,
) -> StoreResult<Vec<DuplicateOrganisation>> {
    let rows: Vec<(Uuid, String, bool, bool)> = on_engine!(connection, engine => {
        sqlx::query_as(LOOKALIKES)
            .bind(new.name.key())
            .bind(new.zuora_account.key())
            .fetch_all(engine)
            .await?
    });
    rows.into_iter()
        .map(|(id, name, same_name, same_zuora_account)| {
            Ok(DuplicateOrganisation {
                id: OrganisationId(id),
                name: name.try_into().map_err(StoreError::Unreadable)?,
                same_name,
                same_zuora_account,
            })
        })
        .collect()
}

/// Whether another organisation has the account with this ID and number, as
/// they are compared.
///
/// # Errors
/// Where the database fails.
pub async fn has_another_with_account(
    connection: Connection<'_>,
    organisation: OrganisationId,
    [id, number]: [String; 2],
) -> StoreResult<bool> {
    Ok(on_engine!(connection, engine => {
        sqlx::query_scalar(HAS_ANOTHER)
            .bind(organisation.0)
            .bind(id)
            .bind(number)
            .fetch_one(engine)
            .await?
    }))
}

/// Whether another organisation is invoiced itself, to the account with this ID
/// and number, as they are compared.
///
/// # Errors
/// Where the database fails.
pub async fn is_invoiced_to_another(
    connection: Connection<'_>,
    organisation: OrganisationId,
    [id, number]: [String; 2],
) -> StoreResult<bool> {
    Ok(on_engine!(connection, engine => {
        sqlx::query_scalar(IS_INVOICED_TO_ANOTHER)
            .bind(organisation.0)
            .bind(id)
            .bind(number)
            .fetch_one(engine)
            .await?
    }))
}

#[derive(sqlx::FromRow)]
struct ListedRecord {
    #[sqlx(flatten)]
    record: Record,
    users: i64,
    account_state: Option<String>,
}

/// The condition on `o` that a search text makes, with parameters $1 and $2.
const fn condition(search: &Search, is_sqlite: bool) -> &'static str {
    match search {
        Search::All => "$1 = $2",
        Search::Anywhere(_) if is_sqlite => {
            "o.seq IN (SELECT rowid FROM organisation_search WHERE content MATCH $1) AND $2 = ''"
        }
        Search::Anywhere(_) => "o.search_text LIKE $1 AND $2 = ''",
        Search::Begins(..) => "o.name_key >= $1 AND o.name_key < $2",
    }
}

/// What is looked for in the partners table, as SQL.
struct Looked {
    search: Search,
    conditions: String,
}

impl Looked {
    fn of(query: &OrganisationQuery, connection: &Connection<'_>) -> Self {
        let is_sqlite = matches!(connection, Connection::Sqlite(_));
        let search = Search::of(&query.search_key(), is_sqlite);
        let owner = if query.invoice_owner.is_some() { "o.invoice_owner = $3" } else { "$3 = ''" };
        let conditions =
            format!("{} AND {owner} AND o.deleted_at IS NULL", condition(&search, is_sqlite));
        Self { search, conditions }
    }
}

/// A page of the partners table.
///
/// # Errors
/// Where the database fails.
pub async fn page(
    mut connection: Connection<'_>,
    query: &OrganisationQuery,
) -> StoreResult<Page<OrganisationRow>> {
    let total = count(connection.lend(), query).await?;
    let mut rows = rows(connection, query, query.size.rows() + 1).await?;
    let more = rows.len() > query.size.rows();
    rows.truncate(query.size.rows());
    let backwards = query.before.is_some();
    if backwards {
        rows.reverse();
    }
    let (has_previous, has_next) =
        if backwards { (more, true) } else { (query.after.is_some(), more) };
    let place_of = |row: Option<&OrganisationRow>| row.map(|row| place_of(row, query.sort));
    Ok(Page {
        previous: place_of(rows.first()).filter(|_| has_previous),
        next: place_of(rows.last()).filter(|_| has_next),
        rows,
        total,
    })
}

/// A row's place in a list.
#[must_use]
pub fn place_of(row: &OrganisationRow, sort: Sort) -> Cursor {
    let Organisation { id, name, created_at, .. } = &row.organisation;
    match sort {
        Sort::Name => Cursor::Name(name.key(), id.0),
        Sort::Created => Cursor::Created(*created_at, id.0),
    }
}

/// How many organisations match; `None` for too many to count.
async fn count(connection: Connection<'_>, query: &OrganisationQuery) -> StoreResult<Option<i64>> {
    let Looked { search, conditions } = Looked::of(query, &connection);
    let (first, second) = search.parameters();
    let owner = query.invoice_owner.map(|owner| owner.as_str()).unwrap_or_default();
    let sql = format!(
        "SELECT count(*) FROM (SELECT 1 FROM organisation o WHERE {conditions} LIMIT {}) AS counted",
        COUNT_LIMIT + 1
    );
    let count: i64 = on_engine!(connection, engine => {
        // Put together from constants; everything that was typed is bound.
        sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(first)
            .bind(second)
            .bind(owner)
            .fetch_one(engine)
            .await?
    });
    Ok((count <= COUNT_LIMIT).then_some(count))
}

/// At most `limit` rows of the partners table from the query's place on; before
/// a place they come the other way round.
///
/// # Errors
/// Where the database fails.
pub async fn rows(
    connection: Connection<'_>,
    query: &OrganisationQuery,
    limit: usize,
) -> StoreResult<Vec<OrganisationRow>> {
    let Looked { search, conditions } = Looked::of(query, &connection);
    let (first, second) = search.parameters();
    let owner = query.invoice_owner.map(|owner| owner.as_str()).unwrap_or_default();
    let backwards = query.before.is_some();
    let ascending = (query.direction == Direction::Ascending) != backwards;
    let (comparison, order) = if ascending { (">", "ASC") } else { ("<", "DESC") };
    let column = match query.sort {
        Sort::Name => "o.name_key",
        Sort::Created => "o.created_at",
    };
    let cursor = query.after.as_ref().or(query.before.as_ref());
    let place = if cursor.is_some() {
        format!("({column}, o.id) {comparison} ($4, $5)")
    } else {
        "TRUE".to_owned()
    };
    let sql = format!(
        "SELECT o.id, o.name, o.logo, o.zuora_account, o.salesforce_account, o.invoice_owner, \
         o.version, o.created_at, o.updated_at, o.updated_by, o.suspended_at, \
         (SELECT count(*) FROM partner_user u WHERE u.organisation_id = o.id) AS users, \
         (SELECT CASE WHEN c.status = 'cancelled' THEN c.status ELSE c.state END \
          FROM account_check c WHERE c.organisation_id = o.id) AS account_state \
         FROM organisation o WHERE {conditions} AND {place} \
         ORDER BY {column} {order}, o.id {order} LIMIT {limit}",
    );
    let records: Vec<ListedRecord> = on_engine!(connection, engine => {
        // Put together from constants; everything that was typed is bound.
        let select = sqlx::query_as(AssertSqlSafe(sql)).bind(first).bind(second).bind(owner);
        match cursor {
            None => select.fetch_all(engine).await?,
            Some(Cursor::Name(name, id)) => select.bind(name).bind(id).fetch_all(engine).await?,
            Some(Cursor::Created(at, id)) => {
                select.bind(at.millis()).bind(id).fetch_all(engine).await?
            }
        }
    });
    let listed = records.into_iter().map(|listed| {
        Ok(OrganisationRow {
            organisation: listed.record.try_into()?,
            users: listed.users,
            account_doubt: match listed.account_state.as_deref() {
                Some("unverified") => Some(AccountDoubt::Unverified),
                Some("unknown") => Some(AccountDoubt::Unknown),
                Some("cancelled") => Some(AccountDoubt::Cancelled),
                _ => None,
            },
        })
    });
    listed.collect()
}
