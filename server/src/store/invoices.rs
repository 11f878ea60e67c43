//! Invoices as they were last read of the billing system.

use super::listing::{
    self, DayAndNumber, Listed, NewestFirst, Place, counted, day_text, place_by_day, read_day,
    read_place_by_day,
};
use super::{Connection, StoreError, StoreResult, on_engine};
use crate::billing::Invoice;
use partners_app::domain::billing::InvoiceId;
use partners_app::domain::{
    Currency, CustomerId, InvoiceQuery, InvoiceRow, InvoiceStatus, Money, OrganisationId,
    Timestamp, day,
};
use sqlx::AssertSqlSafe;
use time::Date;
use uuid::Uuid;

const WRITE: &str = "INSERT INTO invoice \
     (organisation_id, id, number, customer_id, date, due, currency, amount, balance, is_paid, \
      seen_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
     ON CONFLICT (organisation_id, id) DO UPDATE \
     SET number = excluded.number, customer_id = excluded.customer_id, date = excluded.date, \
         due = excluded.due, currency = excluded.currency, amount = excluded.amount, \
         balance = excluded.balance, is_paid = excluded.is_paid, seen_at = excluded.seen_at";

const REMOVE_UNSEEN: &str = "DELETE FROM invoice WHERE organisation_id = $1 AND seen_at < $2";

const NUMBER_OF: &str = "SELECT number FROM invoice WHERE organisation_id = $1 AND id = $2";

const LIST: NewestFirst = NewestFirst {
    select: "SELECT i.id, i.number, i.customer_id, i.date, i.due, i.currency, i.amount, \
         i.balance, i.is_paid, \
         COALESCE((SELECT c.name FROM customer c WHERE c.id = i.customer_id), \
                  (SELECT o.name FROM organisation o WHERE o.id = i.organisation_id)) AS addressee \
         FROM invoice i WHERE ",
    from: "invoice i",
    day: "i.date",
    number: "i.number",
};

/// Writes an organisation's invoice down: one of an end customer's, or of its
/// own.
///
/// # Errors
/// Where the database fails.
pub async fn write(
    connection: Connection<'_>,
    organisation: OrganisationId,
    customer: Option<CustomerId>,
    invoice: &Invoice,
    seen_at: Timestamp,
) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(WRITE)
            .bind(organisation.0)
            .bind(invoice.id.as_str())
            .bind(&invoice.number)
            .bind(customer.map(|customer| customer.0))
            .bind(day::iso(invoice.date))
            .bind(day_text(invoice.due))
            .bind(invoice.amount.currency.as_str())
            .bind(invoice.amount.amount.to_string())
            .bind(invoice.balance.amount.to_string())
            .bind(invoice.is_paid())
            .bind(seen_at.millis())
            .execute(engine)
            .await?;
    });
    Ok(())
}

/// Removes what a whole reading that began at `begun` has not come across.
///
/// # Errors
/// Where the database fails.
pub async fn remove_unseen(
    connection: Connection<'_>,
    organisation: OrganisationId,
    begun: Timestamp,
) -> StoreResult<()> {
    listing::remove_unseen(connection, REMOVE_UNSEEN, organisation, begun).await
}

/// The number of an organisation's invoice with this ID.
///
/// # Errors
/// Where the database fails.
pub async fn number_of(
    connection: Connection<'_>,
    organisation: OrganisationId,
    id: &InvoiceId,
) -> StoreResult<Option<String>> {
    Ok(on_engine!(connection, engine => {
        sqlx::query_scalar(NUMBER_OF)
            .bind(organisation.0)
            .bind(id.as_str())
            .fetch_optional(engine)
            .await?
    }))
}

/// A page of an organisation's invoices, newest first.
///
/// # Errors
/// Where the database fails.
pub async fn page(
    mut connection: Connection<'_>,
    organisation: OrganisationId,
    query: &InvoiceQuery,
    today: Date,
) -> StoreResult<Listed<InvoiceRow>> {
    let place: Place<DayAndNumber> =
        Place::read(query.after.as_ref(), query.before.as_ref(), read_place_by_day);
    let status = match query.status {
        None => "$2 = $2",
        Some(InvoiceStatus::Paid) => "i.is_paid AND $2 = $2",
        Some(InvoiceStatus::Unpaid) => "NOT i.is_paid AND $2 = $2",
        Some(InvoiceStatus::Overdue) => "NOT i.is_paid AND i.due < $2",
    };
    let conditions = format!("i.organisation_id = $1 AND {status}");
    let (sql, count_sql) = LIST.statements(&conditions, &place, query.size, 3);
    let today_text = day::iso(today);
    let (records, count): (Vec<Record>, i64) = on_engine!(&mut connection, engine => {
        // Both statements are put together from constants above; everything
        // that was asked for is bound.
        let select = sqlx::query_as(AssertSqlSafe(sql)).bind(organisation.0).bind(&today_text);
        let select = match place.key() {
            None => select,
            Some((day, number)) => select.bind(day).bind(number),
        };
        let records = select.fetch_all(&mut **engine).await?;
        let count = sqlx::query_scalar(AssertSqlSafe(count_sql))
            .bind(organisation.0)
            .bind(&today_text)
            .fetch_one(&mut **engine)
            .await?;
        (records, count)
    });
    let listed = place.cut(records, query.size, counted(count), |record: &Record| {
        place_by_day(&record.date, &record.number)
    });
    listed.try_map(|record| record.row(today))
}

#[derive(sqlx::FromRow)]
struct Record {
    id: String,
    number: String,
    customer_id: Option<Uuid>,
    date: String,
    due: Option<String>,
    currency: String,
    amount: String,
    balance: String,
    is_paid: bool,
    addressee: String,
}

impl Record {
    fn row(self, today: Date) -> StoreResult<InvoiceRow> {
        let unreadable = || StoreError::Unreadable(format!("invoice {} is not whole", self.id));
        let currency = Currency::parse(&self.currency).map_err(StoreError::Unreadable)?;
        let money = |digits: &str| {
            digits.parse().map(|amount| Money::new(amount, currency)).map_err(|_| unreadable())
        };
        let due = read_day(self.due.as_deref())?;
        let status = if self.is_paid {
            InvoiceStatus::Paid
        } else if due.is_some_and(|due| due < today) {
            InvoiceStatus::Overdue
        } else {
            InvoiceStatus::Unpaid
        };
        Ok(InvoiceRow {
            date: read_day(Some(&self.date))?.ok_or_else(unreadable)?,
            due,
            amount: money(&self.amount)?,
            balance: money(&self.balance)?,
            status,
            customer: self.customer_id.map(CustomerId),
            addressee: self.addressee,
            number: self.number,
            id: InvoiceId(self.id),
        })
    }
}
