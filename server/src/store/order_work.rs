//! The worker's view of orders: which are on their way, what was sent of them,
//! and how they ended.

use super::drafts::from_json;
use super::{Connection, StoreResult, on_engine};
use crate::orders::OrderContent;
use partners_app::domain::billing::{OrderNumber, SubscriptionNumber};
use partners_app::domain::{CustomerId, OrderId, OrganisationId, Timestamp};
use std::time::Duration;
use uuid::Uuid;

/// As the lease of partner users: the outer condition is checked again when the
/// row's lock is had.
const LEASE: &str = "UPDATE partner_order SET lease_until = $1 \
     WHERE id IN (SELECT id FROM partner_order \
                  WHERE state = 'placing' AND next_attempt_at <= $2 AND lease_until <= $2 \
                  ORDER BY next_attempt_at LIMIT 1) \
       AND state = 'placing' AND next_attempt_at <= $2 AND lease_until <= $2 \
     RETURNING id, organisation_id, customer_name, content, reference, \
       attempt_key, answer_is_lost, attempts, created_at";

const RENEW: &str = "UPDATE partner_order SET lease_until = $1 WHERE id = $2 AND state = 'placing'";

const SENDING: &str = "UPDATE partner_order SET attempt_key = $1, answer_is_lost = $2 \
     WHERE id = $3 AND state = 'placing'";

const POSTPONED: &str = "UPDATE partner_order \
     SET attempts = attempts + 1, lease_until = 0, next_attempt_at = $1, answer_is_lost = $2, \
         attempt_key = CASE WHEN $3 THEN NULL ELSE attempt_key END, reason = $4 \
     WHERE id = $5 AND state = 'placing'";

const PLACED: &str = "UPDATE partner_order \
     SET state = 'placed', lease_until = 0, answer_is_lost = $1, typed = NULL, reason = NULL, \
         billing_order = $2, subscription = $3, customer_id = COALESCE($4, customer_id), \
         settled_at = $5 \
     WHERE id = $6 AND state = 'placing'";

const REFUSED: &str = "UPDATE partner_order \
     SET state = 'refused', lease_until = 0, answer_is_lost = $1, reason = $2, settled_at = $3 \
     WHERE id = $4 AND state = 'placing'";

/// What was found of it by then is noted with it.
const STOPPED: &str = "UPDATE partner_order \
     SET state = 'needs_attention', lease_until = $1, reason = $2, answer_is_lost = $3, \
         billing_order = COALESCE($4, billing_order), subscription = COALESCE($5, subscription), \
         customer_id = COALESCE($6, customer_id) \
     WHERE id = $7 AND state = 'placing'";

const RETRY: &str = "UPDATE partner_order \
     SET state = 'placing', reason = NULL, attempts = 0, next_attempt_at = $1, lease_until = 0 \
     WHERE id = $2 AND state = 'needs_attention' RETURNING organisation_id";

const STUCK: &str = "SELECT organisation_id, reference, content, billing_order, answer_is_lost, \
     lease_until FROM partner_order WHERE id = $1 AND state = 'needs_attention'";

/// Unless it has been tried again meanwhile.
const GIVE_UP: &str = "UPDATE partner_order \
     SET state = 'refused', lease_until = 0, answer_is_lost = $1, reason = $2, settled_at = $3 \
     WHERE id = $4 AND state = 'needs_attention' AND lease_until = $5";

const NEXT_DUE: &str = "SELECT min(CASE WHEN lease_until > next_attempt_at THEN lease_until ELSE next_attempt_at END) \
     FROM partner_order WHERE state = 'placing'";

/// What is known of what was last sent of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// Nothing was sent, or nothing was done of it.
    Nothing,
    /// It may have been done: the billing system broke on it, and would say so
    /// again to the same key.
    Broken,
    /// It may have been done: its answer is missing, and may still come to its
    /// key.
    Unanswered(Uuid),
}

impl Known {
    const fn of(answer_is_lost: bool, key: Option<Uuid>) -> Self {
        match (answer_is_lost, key) {
            (false, _) => Self::Nothing,
            (true, None) => Self::Broken,
            (true, Some(key)) => Self::Unanswered(key),
        }
    }
}

/// An order on its way.
#[derive(Clone, Debug)]
pub struct Due {
    /// Its ID.
    pub id: OrderId,
    /// Whose it is.
    pub organisation: OrganisationId,
    /// The end customer's name.
    pub customer_name: String,
    /// What is asked of the billing system.
    pub content: OrderContent,
    /// Our reference.
    pub reference: String,
    /// What is known of the last attempt.
    pub last: Known,
    /// How often it was tried in vain.
    pub attempts: i64,
    /// When it was sent on its way.
    pub since: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Record {
    id: Uuid,
    organisation_id: Uuid,
    customer_name: String,
    content: String,
    reference: String,
    attempt_key: Option<Uuid>,
    answer_is_lost: bool,
    attempts: i64,
    created_at: i64,
}

/// Takes an order that is due for `lease`, for this instance alone.
///
/// # Errors
/// Where the database fails.
pub async fn lease(
    connection: Connection<'_>,
    now: Timestamp,
    lease: Duration,
) -> StoreResult<Option<Due>> {
    let record: Option<Record> = on_engine!(connection, engine => {
        sqlx::query_as(LEASE)
            .bind(now.plus(lease).millis())
            .bind(now.millis())
            .fetch_optional(engine)
            .await?
    });
    let Some(record) = record else { return Ok(None) };
    Ok(Some(Due {
        id: OrderId(record.id),
        organisation: OrganisationId(record.organisation_id),
        customer_name: record.customer_name,
        content: from_json(&record.content)?,
        reference: record.reference,
        last: Known::of(record.answer_is_lost, record.attempt_key),
        attempts: record.attempts,
        since: Timestamp::from_millis(record.created_at),
    }))
}

/// Keeps an order until `until`, which takes longer.
///
/// # Errors
/// Where the database fails.
pub async fn renew(connection: Connection<'_>, id: OrderId, until: Timestamp) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(RENEW).bind(until.millis()).bind(id.0).execute(engine).await?;
    });
    Ok(())
}

/// Notes that an attempt with this key is about to be sent: whatever happens
/// now, its answer is missing until another note says otherwise.
///
/// # Errors
/// Where the database fails.
pub async fn sending(connection: Connection<'_>, id: OrderId, key: Uuid) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(SENDING).bind(key).bind(true).bind(id.0).execute(engine).await?;
    });
    Ok(())
}

/// Whether an attempt that brought nothing may have been carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Nothing was done.
    Undone,
    /// Not known, as before the attempt ended or before this look at it.
    AsBefore,
    /// Not known, and the attempt's key brings no other answer any more.
    Broken,
}

/// When and how an order goes on.
#[derive(Clone, Debug)]
pub struct Postponement {
    /// When it is tried again.
    pub until: Timestamp,
    /// What came of the attempt.
    pub doubt: Doubt,
    /// Why it takes longer, in words for the partner.
    pub delay: Option<String>,
}

/// Notes that an order is to be tried again.
///
/// # Errors
/// Where the database fails.
pub async fn postponed(
    connection: Connection<'_>,
    id: OrderId,
    postponement: &Postponement,
) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(POSTPONED)
            .bind(postponement.until.millis())
            .bind(postponement.doubt != Doubt::Undone)
            .bind(postponement.doubt == Doubt::Broken)
            .bind(&postponement.delay)
            .bind(id.0)
            .execute(engine)
            .await?;
    });
    Ok(())
}

/// What came of an order in the billing system.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its number there; `None` for what was taken back.
    pub order: Option<OrderNumber>,
    /// The subscription it made or changed.
    pub subscription: SubscriptionNumber,
    /// The end customer.
    pub customer: Option<CustomerId>,
}

/// Notes that an order has been carried out; false where that is noted already.
///
/// # Errors
/// Where the database fails.
pub async fn placed(
    connection: Connection<'_>,
    id: OrderId,
    outcome: &Outcome,
    now: Timestamp,
) -> StoreResult<bool> {
    let changed = on_engine!(connection, engine => {
        sqlx::query(PLACED)
            .bind(false)
            .bind(outcome.order.as_ref().map(OrderNumber::as_str))
            .bind(outcome.subscription.as_str())
            .bind(outcome.customer.map(|customer| customer.0))
            .bind(now.millis())
            .bind(id.0)
            .execute(engine)
            .await?
            .rows_affected()
    });
    Ok(changed > 0)
}

/// Notes that an order was refused and nothing was done; false where it has
/// ended otherwise.
///
/// # Errors
/// Where the database fails.
pub async fn refused(
    connection: Connection<'_>,
    id: OrderId,
    reason: &str,
    now: Timestamp,
) -> StoreResult<bool> {
    let changed = on_engine!(connection, engine => {
        sqlx::query(REFUSED)
            .bind(false)
            .bind(reason)
            .bind(now.millis())
            .bind(id.0)
            .execute(engine)
            .await?
            .rows_affected()
    });
    Ok(changed > 0)
}

/// An order that needs attention, as far as it matters whether it may be given up.
#[derive(Clone, Debug)]
pub struct Stuck {
    /// Whose it is.
    pub organisation: OrganisationId,
    /// Our reference.
    pub reference: String,
    /// What is asked of the billing system.
    pub content: OrderContent,
    /// Whether it was seen there.
    pub is_there: bool,
    /// Whether the answer to what was sent is missing.
    pub answer_is_lost: bool,
    /// Until when what was sent may still be carried out.
    pub in_flight_until: Timestamp,
}

/// An order that needs attention; `None` where none with this ID does.
///
/// # Errors
/// Where the database fails.
pub async fn stuck(connection: Connection<'_>, id: OrderId) -> StoreResult<Option<Stuck>> {
    let row: Option<(Uuid, String, String, Option<String>, bool, i64)> = on_engine!(connection, engine => {
        sqlx::query_as(STUCK).bind(id.0).fetch_optional(engine).await?
    });
    let Some((organisation, reference, content, order, answer_is_lost, until)) = row else {
        return Ok(None);
    };
    Ok(Some(Stuck {
        organisation: OrganisationId(organisation),
        reference,
        content: from_json(&content)?,
        is_there: order.is_some(),
        answer_is_lost,
        in_flight_until: Timestamp::from_millis(until),
    }))
}

/// Gives an order up as it was read, with why, in words for the partner; false
/// where it has been tried again meanwhile.
///
/// # Errors
/// Where the database fails.
pub async fn give_up(
    connection: Connection<'_>,
    id: OrderId,
    stuck: &Stuck,
    reason: &str,
    now: Timestamp,
) -> StoreResult<bool> {
    let changed = on_engine!(connection, engine => {
        sqlx::query(GIVE_UP)
            .bind(false)
            .bind(reason)
            .bind(now.millis())
            .bind(id.0)
            .bind(stuck.in_flight_until.millis())
            .execute(engine)
            .await?
            .rows_affected()
    });
    Ok(changed > 0)
}

/// Why an order cannot go on without an admin.
#[derive(Clone, Copy, Debug)]
pub struct Stop<'a> {
    /// In words for the admin.
    pub reason: &'a str,
    /// Whether the answer to what was sent is missing.
    pub answer_is_lost: bool,
    /// Until when that may still be carried out.
    pub in_flight_until: Timestamp,
    /// What came of it so far.
    pub outcome: Option<&'a Outcome>,
}

/// Notes that an order cannot go on without an admin; false where it has ended
/// otherwise.
///
/// # Errors
/// Where the database fails.
pub async fn stopped(
    connection: Connection<'_>,
    id: OrderId,
    stop: &Stop<'_>,
) -> StoreResult<bool> {
    let outcome = stop.outcome;
    let order = outcome.and_then(|outcome| outcome.order.as_ref());
    let changed = on_engine!(connection, engine => {
        sqlx::query(STOPPED)
            .bind(stop.in_flight_until.millis())
            .bind(stop.reason)
            .bind(stop.answer_is_lost)
            .bind(order.map(OrderNumber::as_str))
            .bind(outcome.map(|outcome| outcome.subscription.as_str()))
            .bind(outcome.and_then(|outcome| outcome.customer).map(|customer| customer.0))
            .bind(id.0)
            .execute(engine)
            .await?
            .rows_affected()
    });
    Ok(changed > 0)
}

/// Sends an order that needs attention on its way again; says whose it is, or
/// nothing where it needs none.
///
/// # Errors
/// Where the database fails.
pub async fn retry(
    connection: Connection<'_>,
    id: OrderId,
    now: Timestamp,
) -> StoreResult<Option<OrganisationId>> {
    let organisation: Option<Uuid> = on_engine!(connection, engine => {
        sqlx::query_scalar(RETRY).bind(now.millis()).bind(id.0).fetch_optional(engine).await?
    });
    Ok(organisation.map(OrganisationId))
}

/// When the next order is due; `None` where none is on its way.
///
/// # Errors
/// Where the database fails.
pub async fn next_due(connection: Connection<'_>) -> StoreResult<Option<Timestamp>> {
    let millis: Option<i64> = on_engine!(connection, engine => {
        sqlx::query_scalar(NEXT_DUE).fetch_one(engine).await?
    });
    Ok(millis.map(Timestamp::from_millis))
}
