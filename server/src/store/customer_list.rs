//! End customers as Self-Service lists them, and their accounts as the billing
//! system is asked about them.

use super::customers::Record;
use super::listing::{Listed, Place, pattern};
use super::subscriptions::RUNS;
use super::{Connection, StoreError, StoreResult, on_engine};
use partners_app::domain::billing::{AccountId, AccountNumber};
use partners_app::domain::listing::COUNT_LIMIT;
use partners_app::domain::text::comparison_key;
use partners_app::domain::{
    Currency, CustomerId, CustomerQuery, CustomerRow, Direction, OrganisationId, day,
};
use sqlx::AssertSqlSafe;
use time::Date;
use uuid::Uuid;

const COLUMNS: &str = "c.id, c.organisation_id, c.name, c.email, c.account, c.currency, \
     c.last_order_at";

const ACCOUNTS: &str =
    "SELECT id, account, account_id, name, currency FROM customer WHERE organisation_id = $1";

/// The list's row of each customer on the day `$2`.
fn select() -> String {
    format!(
        "SELECT {COLUMNS}, (SELECT count(*) FROM subscription s \
         WHERE s.customer_id = c.id AND s.organisation_id = c.organisation_id AND {RUNS}) \
         AS active_subscriptions FROM customer c WHERE c.organisation_id = $1"
    )
}

#[derive(sqlx::FromRow)]
struct ListedRecord {
    #[sqlx(flatten)]
    record: Record,
    active_subscriptions: i64,
}

impl ListedRecord {
    fn row(self) -> StoreResult<CustomerRow> {
        Ok(CustomerRow {
            customer: self.record.try_into()?,
            active_subscriptions: self.active_subscriptions,
        })
    }
}

/// An organisation's end customer with this ID, as the list has it.
///
/// # Errors
/// Where the database fails.
pub async fn by_id(
    connection: Connection<'_>,
    organisation: OrganisationId,
    id: CustomerId,
    today: Date,
) -> StoreResult<Option<CustomerRow>> {
    let sql = format!("{} AND c.id = $3", select());
    let record: Option<ListedRecord> = on_engine!(connection, engine => {
        sqlx::query_as(AssertSqlSafe(sql))
            .bind(organisation.0)
            .bind(day::iso(today))
            .bind(id.0)
            .fetch_optional(engine)
            .await?
    });
    record.map(ListedRecord::row).transpose()
}

/// A page of an organisation's end customers, by name.
///
/// # Errors
/// Where the database fails.
pub async fn page(
    mut connection: Connection<'_>,
    organisation: OrganisationId,
    query: &CustomerQuery,
    today: Date,
) -> StoreResult<Listed<CustomerRow>> {
    let place: Place<(String, Uuid)> =
        Place::read(query.after.as_ref(), query.before.as_ref(), read_place);
    let search = pattern(&query.search);
    let searched = match search {
        Some(_) => r"(c.name_key LIKE $3 ESCAPE '\' OR lower(c.email) LIKE $3 ESCAPE '\')",
        None => "$3 = $3",
    };
    let (comparison, order) = place.order(Direction::Ascending);
    let beyond = match place.key() {
        Some(_) => format!("(c.name_key, c.id) {comparison} ($4, $5)"),
        None => "TRUE".to_owned(),
    };
    let sql = format!(
        "{} AND {searched} AND {beyond} ORDER BY c.name_key {order}, c.id {order} LIMIT {}",
        select(),
        query.size.rows() + 1
    );
    let count_sql = format!(
        "SELECT count(*) FROM (SELECT 1 FROM customer c \
         WHERE c.organisation_id = $1 AND $2 = $2 AND {searched} LIMIT {}) AS counted",
        COUNT_LIMIT + 1
    );
    let (today, search) = (day::iso(today), search.unwrap_or_default());
    let (records, count): (Vec<ListedRecord>, i64) = on_engine!(&mut connection, engine => {
        // Both statements are put together from constants above; everything
        // that was asked for is bound.
        let select = sqlx::query_as(AssertSqlSafe(sql))
            .bind(organisation.0)
            .bind(&today)
            .bind(&search);
        let select = match place.key() {
            None => select,
            Some((name, id)) => select.bind(name).bind(id),
        };
        let records = select.fetch_all(&mut **engine).await?;
        let count = sqlx::query_scalar(AssertSqlSafe(count_sql))
            .bind(organisation.0)
            .bind(&today)
            .bind(&search)
            .fetch_one(&mut **engine)
            .await?;
        (records, count)
    });
    let total = (count <= COUNT_LIMIT).then_some(count);
    place.cut(records, query.size, total, place_of).try_map(ListedRecord::row)
}

fn place_of(listed: &ListedRecord) -> String {
    format!("{}.{}", listed.record.id.simple(), comparison_key(&listed.record.name))
}

fn read_place(text: &str) -> Option<(String, Uuid)> {
    let (id, name) = text.split_once('.')?;
    let id = Uuid::try_parse(id).ok()?;
    (!name.contains('\0')).then(|| (name.to_owned(), id))
}

/// An end customer's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerAccount {
    /// The end customer.
    pub customer: CustomerId,
    /// Its name.
    pub name: String,
    /// The account's number.
    pub number: AccountNumber,
    /// The account's ID, once known.
    pub id: Option<AccountId>,
    /// The account's currency, once known.
    pub currency: Option<Currency>,
}

/// The accounts of all of an organisation's end customers.
///
/// # Errors
/// Where the database fails.
pub async fn accounts(
    connection: Connection<'_>,
    organisation: OrganisationId,
) -> StoreResult<Vec<CustomerAccount>> {
    type Row = (Uuid, String, Option<String>, String, Option<String>);
    let rows: Vec<Row> = on_engine!(connection, engine => {
        sqlx::query_as(ACCOUNTS).bind(organisation.0).fetch_all(engine).await?
    });
    rows.into_iter()
        .map(|(customer, number, id, name, currency)| {
            let currency = currency.map(|letters| Currency::parse(&letters)).transpose();
            Ok(CustomerAccount {
                customer: CustomerId(customer),
                name,
                number: AccountNumber(number),
                id: id.map(AccountId),
                currency: currency.map_err(StoreError::Unreadable)?,
            })
        })
        .collect()
}
