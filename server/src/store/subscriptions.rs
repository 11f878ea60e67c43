//! Subscriptions as they were last read of the billing system.
//!
//! How a subscription stands follows from the day: rows hold what was told, and
//! every question has today in it.

use super::listing::{
    self, DayAndNumber, Listed, NewestFirst, Place, counted, day_text, pattern, place_by_day,
    read_day, read_place_by_day,
};
use super::{Connection, StoreError, StoreResult, on_engine};
use partners_app::domain::billing::{
    Pending, Subscription, SubscriptionNumber, SubscriptionStatus,
};
use partners_app::domain::text::comparison_key;
use partners_app::domain::{
    CustomerId, OrganisationId, SubscriptionFilter, SubscriptionQuery, SubscriptionRow,
    SubscriptionState, Timestamp, day,
};
use rust_decimal::Decimal;
use sqlx::AssertSqlSafe;
use time::Date;
use uuid::Uuid;

/// The longest text that is searched, so that it fits an index.
const MAXIMUM_SEARCHED: usize = 400;

/// What was read of a subscription alone a moment ago is not undone by a list
/// that lags behind.
const WRITE: &str = "INSERT INTO subscription \
     (organisation_id, number, customer_id, plan, quantity, status, starts_on, ends_on, \
      pending_kind, pending_on, term_ends_on, auto_renews, seen_at, firm_until, search_text, \
      content) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) \
     ON CONFLICT (organisation_id, number) DO UPDATE \
     SET customer_id = excluded.customer_id, plan = excluded.plan, quantity = excluded.quantity, \
         status = excluded.status, starts_on = excluded.starts_on, ends_on = excluded.ends_on, \
         pending_kind = excluded.pending_kind, pending_on = excluded.pending_on, \
         term_ends_on = excluded.term_ends_on, auto_renews = excluded.auto_renews, \
         seen_at = excluded.seen_at, firm_until = excluded.firm_until, \
         search_text = excluded.search_text, content = excluded.content \
     WHERE subscription.firm_until <= excluded.seen_at OR excluded.firm_until > excluded.seen_at";

const REMOVE_UNSEEN: &str = "DELETE FROM subscription \
     WHERE organisation_id = $1 AND seen_at < $2 AND firm_until <= $2";

macro_rules! select_rows {
    ($rest:literal) => {
        concat!(
            "SELECT s.number, s.customer_id, \
             (SELECT c.name FROM customer c WHERE c.id = s.customer_id) AS customer_name, \
             s.plan, s.quantity, s.status, s.starts_on, s.ends_on, s.pending_kind, s.pending_on, \
             s.term_ends_on, s.auto_renews",
            $rest
        )
    };
}
const LIST: NewestFirst = NewestFirst {
    select: select_rows!(" FROM subscription s WHERE "),
    from: "subscription s",
    day: "s.starts_on",
    number: "s.number",
};
const ONE: &str =
    select_rows!(", s.content FROM subscription s WHERE s.organisation_id = $1 AND s.number = $2");

/// Runs on the day `$2`.
macro_rules! runs {
    () => {
        "s.starts_on <= $2 AND (s.status = 'active' OR s.status = 'cancelled' AND s.ends_on > $2)"
    };
}
/// The condition on `s` that it runs on the day `$2`.
pub(super) const RUNS: &str = runs!();
const CHANGE_PENDING: &str = concat!(runs!(), " AND s.pending_on > $2");
const ACTIVE: &str = "s.starts_on <= $2 AND s.status = 'active'";
macro_rules! ended {
    () => {
        "(s.status = 'expired' OR s.status = 'cancelled' AND (s.ends_on IS NULL OR s.ends_on <= $2))"
    };
}
const ENDED: &str = ended!();
const COUNT_NOT_ENDED: &str =
    concat!("SELECT count(*) FROM subscription s WHERE s.organisation_id = $1 AND NOT ", ended!());

/// A subscription, and what else is written down of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Its owner.
    pub customer: CustomerId,
    /// The owner's name.
    pub customer_name: String,
    /// The plan's name for people.
    pub plan: String,
    /// How many units of the plan.
    pub quantity: Option<Decimal>,
    /// The subscription.
    pub subscription: Subscription,
}

impl Told {
    /// What a list says of it.
    #[must_use]
    pub fn row(&self, today: Date) -> SubscriptionRow {
        let subscription = &self.subscription;
        SubscriptionRow {
            number: subscription.number.clone(),
            customer: self.customer,
            customer_name: self.customer_name.clone(),
            plan: self.plan.clone(),
            quantity: self.quantity,
            state: SubscriptionState::on(
                today,
                subscription.status,
                subscription.starts_on,
                subscription.ends_on,
            ),
            pending: subscription.pending(today),
            term_ends_on: subscription.term_ends_on,
            auto_renews: subscription.auto_renews,
        }
    }

    fn search_text(&self) -> String {
        let lines = [self.subscription.number.as_str(), &self.plan, &self.customer_name];
        comparison_key(&lines.join("\n")).chars().take(MAXIMUM_SEARCHED).collect()
    }
}

/// When something was read.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// The beginning of the reading.
    pub at: Timestamp,
    /// Until when it holds against lists that lag: `at` for what a list said.
    pub firm_until: Timestamp,
}

/// Writes an organisation's subscription down.
///
/// # Errors
/// Where the database fails.
pub async fn write(
    connection: Connection<'_>,
    organisation: OrganisationId,
    told: &Told,
    seen: Seen,
    today: Date,
) -> StoreResult<()> {
    let subscription = &told.subscription;
    let pending = subscription.pending(today);
    let content = serde_json::to_string(subscription)
        .map_err(|error| StoreError::Unreadable(error.to_string()))?;
    on_engine!(connection, engine => {
        sqlx::query(WRITE)
            .bind(organisation.0)
            .bind(subscription.number.as_str())
            .bind(told.customer.0)
            .bind(&told.plan)
            .bind(told.quantity.map(|quantity| quantity.to_string()))
            .bind(word(subscription.status))
            .bind(day_text(subscription.starts_on).unwrap_or_default())
            .bind(day_text(subscription.ends_on))
            .bind(pending.map(pending_word))
            .bind(pending.map(|pending| day::iso(pending.on())))
            .bind(day_text(subscription.term_ends_on))
            .bind(subscription.auto_renews)
            .bind(seen.at.millis())
            .bind(seen.firm_until.millis())
            .bind(told.search_text())
            .bind(content)
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

/// An organisation's subscription with this number, as it was last read.
///
/// # Errors
/// Where the database fails.
pub async fn by_number(
    connection: Connection<'_>,
    organisation: OrganisationId,
    number: &SubscriptionNumber,
) -> StoreResult<Option<Told>> {
    let whole: Option<Whole> = on_engine!(connection, engine => {
        sqlx::query_as(ONE)
            .bind(organisation.0)
            .bind(number.as_str())
            .fetch_optional(engine)
            .await?
    });
    whole.map(TryInto::try_into).transpose()
}

/// A page of an organisation's subscriptions, newest first.
///
/// # Errors
/// Where the database fails.
pub async fn page(
    mut connection: Connection<'_>,
    organisation: OrganisationId,
    query: &SubscriptionQuery,
    today: Date,
) -> StoreResult<Listed<SubscriptionRow>> {
    let place: Place<DayAndNumber> =
        Place::read(query.after.as_ref(), query.before.as_ref(), read_place_by_day);
    let search = pattern(&query.search);
    let conditions = [
        "s.organisation_id = $1",
        match query.status {
            None => "$2 = $2",
            Some(SubscriptionFilter::Active) => ACTIVE,
            Some(SubscriptionFilter::ChangePending) => CHANGE_PENDING,
            Some(SubscriptionFilter::Ended) => ENDED,
        },
        if search.is_some() { r"s.search_text LIKE $3 ESCAPE '\'" } else { "$3 = $3" },
        if query.customer.is_some() { "s.customer_id = $4" } else { "$4 = $4" },
    ]
    .join(" AND ");
    let (sql, count_sql) = LIST.statements(&conditions, &place, query.size, 5);
    let (today_text, search) = (day::iso(today), search.unwrap_or_default());
    let customer = query.customer.unwrap_or_default().0;
    let (records, count): (Vec<Record>, i64) = on_engine!(&mut connection, engine => {
        // Both statements are put together from constants above; everything
        // that was asked for is bound.
        let select = sqlx::query_as(AssertSqlSafe(sql))
            .bind(organisation.0)
            .bind(&today_text)
            .bind(&search)
            .bind(customer);
        let select = match place.key() {
            None => select,
            Some((day, number)) => select.bind(day).bind(number),
        };
        let records = select.fetch_all(&mut **engine).await?;
        let count = sqlx::query_scalar(AssertSqlSafe(count_sql))
            .bind(organisation.0)
            .bind(&today_text)
            .bind(&search)
            .bind(customer)
            .fetch_one(&mut **engine)
            .await?;
        (records, count)
    });
    let listed = place.cut(records, query.size, counted(count), |record: &Record| {
        place_by_day(&record.starts_on, &record.number)
    });
    listed.try_map(|record| record.row(today))
}

#[derive(sqlx::FromRow)]
struct Record {
    number: String,
    customer_id: Uuid,
    customer_name: String,
    plan: String,
    quantity: Option<String>,
    status: String,
    starts_on: String,
    ends_on: Option<String>,
    pending_kind: Option<String>,
    pending_on: Option<String>,
    term_ends_on: Option<String>,
    auto_renews: bool,
}

impl Record {
    fn row(self, today: Date) -> StoreResult<SubscriptionRow> {
        let state = SubscriptionState::on(
            today,
            status(&self.status)?,
            read_day(Some(&self.starts_on))?,
            read_day(self.ends_on.as_deref())?,
        );
        let pending = read_day(self.pending_on.as_deref())?.filter(|day| *day > today);
        Ok(SubscriptionRow {
            number: SubscriptionNumber(self.number),
            customer: CustomerId(self.customer_id),
            customer_name: self.customer_name,
            plan: self.plan,
            quantity: read_quantity(self.quantity.as_deref())?,
            state,
            pending: pending.map(|day| match self.pending_kind.as_deref() {
                Some("cancellation") => Pending::Cancellation(day),
                _ => Pending::Change(day),
            }),
            term_ends_on: read_day(self.term_ends_on.as_deref())?,
            auto_renews: self.auto_renews,
        })
    }
}

#[derive(sqlx::FromRow)]
struct Whole {
    #[sqlx(flatten)]
    record: Record,
    content: String,
}

impl TryFrom<Whole> for Told {
    type Error = StoreError;

    fn try_from(Whole { record, content }: Whole) -> Result<Self, Self::Error> {
        Ok(Self {
            customer: CustomerId(record.customer_id),
            customer_name: record.customer_name,
            plan: record.plan,
            quantity: read_quantity(record.quantity.as_deref())?,
            subscription: serde_json::from_str(&content)
                .map_err(|error| StoreError::Unreadable(error.to_string()))?,
        })
    }
}

fn read_quantity(text: Option<&str>) -> StoreResult<Option<Decimal>> {
    text.map(|text| text.parse().map_err(|_| StoreError::Unreadable(format!("no number: {text}"))))
        .transpose()
}

const STATUSES: [SubscriptionStatus; 6] = [
    SubscriptionStatus::Draft,
    SubscriptionStatus::Pending,
    SubscriptionStatus::Active,
    SubscriptionStatus::Suspended,
    SubscriptionStatus::Cancelled,
    SubscriptionStatus::Expired,
];

const fn word(status: SubscriptionStatus) -> &'static str {
    match status {
        SubscriptionStatus::Draft => "draft",
        SubscriptionStatus::Pending => "pending",
        SubscriptionStatus::Active => "active",
        SubscriptionStatus::Suspended => "suspended",
        SubscriptionStatus::Cancelled => "cancelled",
        SubscriptionStatus::Expired => "expired",
    }
}

fn status(text: &str) -> StoreResult<SubscriptionStatus> {
    let found = STATUSES.into_iter().find(|status| word(*status) == text);
    found.ok_or_else(|| StoreError::Unreadable(format!("no status: {text}")))
}

const fn pending_word(pending: Pending) -> &'static str {
    match pending {
        Pending::Cancellation(_) => "cancellation",
        Pending::Change(_) => "change",
    }
}

/// How many subscriptions of an organisation run today or may still run.
///
/// # Errors
/// Where the database fails.
pub async fn count_not_ended(
    connection: Connection<'_>,
    organisation: OrganisationId,
    today: Date,
) -> StoreResult<i64> {
    Ok(on_engine!(connection, engine => {
        sqlx::query_scalar(COUNT_NOT_ENDED)
            .bind(organisation.0)
            .bind(day::iso(today))
            .fetch_one(engine)
            .await?
    }))
}
