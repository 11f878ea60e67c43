//! Orders in the database, as pages show them. How they are put together is in
//! [`drafts`](super::drafts), how they are carried out in
//! [`order_work`](super::order_work).

use super::{Connection, StoreError, StoreResult, on_engine, organisation_names};
use partners_app::domain::billing::{OrderNumber, SubscriptionNumber};
use partners_app::domain::{
    CustomerId, OfferId, Order, OrderId, OrderKind, OrderLine, OrderState, OrganisationId,
    StuckOrder, Timestamp, day,
};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

macro_rules! select_orders {
    ($rest:literal) => {
        concat!(
            "SELECT o.id, o.organisation_id, o.kind, o.state, o.offer_id, o.title, o.customer_id, \
             o.customer_name, o.invoice_owner, o.invoiced_to, o.effective_on, o.ordered_by, \
             o.reference, o.external_id, o.reason, o.billing_order, o.subscription, o.created_at, o.settled_at, \
             l.name AS line_name, l.quantity AS line_quantity \
             FROM (SELECT * FROM partner_order ",
            $rest,
            ") o LEFT JOIN order_line l ON l.order_id = o.id "
        )
    };
}
macro_rules! newest_first {
    ($rest:literal) => {
        concat!(select_orders!($rest), "ORDER BY o.created_at DESC, o.id DESC, l.position")
    };
}
const BY_ID: &str = newest_first!("WHERE organisation_id = $1 AND id = $2");
const RECENT: &str = newest_first!(
    "WHERE organisation_id = $1 AND state <> 'draft' ORDER BY created_at DESC, id DESC LIMIT $2"
);
const OF_CUSTOMER: &str = newest_first!(
    "WHERE organisation_id = $1 AND customer_id = $2 AND state <> 'draft' \
     ORDER BY created_at DESC, id DESC LIMIT $3"
);
const UNDER_WAY: &str = newest_first!(
    "WHERE organisation_id = $1 AND subscription = $2 AND kind <> 'purchase' \
     AND state IN ('placing', 'needs_attention') ORDER BY created_at DESC, id DESC LIMIT 1"
);
const NEEDING_ATTENTION: &str = concat!(
    select_orders!("WHERE state = 'needs_attention' ORDER BY created_at, id LIMIT $1"),
    "ORDER BY o.created_at, o.id, l.position"
);

const COUNT_UNSETTLED: &str = "SELECT count(*) FROM partner_order \
     WHERE organisation_id = $1 AND state IN ('placing', 'needs_attention')";

#[derive(sqlx::FromRow)]
struct Record {
    id: Uuid,
    organisation_id: Uuid,
    kind: String,
    state: String,
    offer_id: Option<Uuid>,
    title: String,
    customer_id: Option<Uuid>,
    customer_name: String,
    invoice_owner: String,
    invoiced_to: String,
    effective_on: Option<String>,
    ordered_by: String,
    reference: String,
    external_id: Option<String>,
    reason: Option<String>,
    billing_order: Option<String>,
    subscription: Option<String>,
    created_at: i64,
    settled_at: Option<i64>,
    line_name: Option<String>,
    line_quantity: Option<String>,
}

impl Record {
    fn line(&mut self) -> StoreResult<Option<OrderLine>> {
        let Some(name) = self.line_name.take() else { return Ok(None) };
        let quantity = self.line_quantity.take().map(|digits| digits.parse()).transpose();
        let quantity = quantity.map_err(|_| self.unreadable("quantity"))?;
        Ok(Some(OrderLine { name, quantity }))
    }

    fn unreadable(&self, what: &str) -> StoreError {
        StoreError::Unreadable(format!("order {} has a bad {what}", self.id))
    }

    fn state(&self) -> StoreResult<OrderState> {
        let reason = || self.reason.clone().unwrap_or_default();
        Ok(match self.state.as_str() {
            "draft" => OrderState::Draft,
            "placing" => OrderState::Placing { delay: self.reason.clone() },
            "placed" => OrderState::Placed {
                order: self.billing_order.clone().map(OrderNumber),
                subscription: self
                    .subscription
                    .clone()
                    .map(SubscriptionNumber)
                    .ok_or_else(|| self.unreadable("subscription"))?,
            },
            "refused" => OrderState::Refused { reason: reason() },
            "needs_attention" => OrderState::NeedsAttention { reason: reason() },
            _ => return Err(self.unreadable("state")),
        })
    }

    fn without_lines(self) -> StoreResult<Order> {
        let state = self.state()?;
        let kind = kind(&self.kind).ok_or_else(|| self.unreadable("kind"))?;
        let invoice_owner =
            self.invoice_owner.parse().map_err(|_| self.unreadable("invoice owner"))?;
        let effective_on = self.effective_on.as_deref().map(day::parse).transpose();
        Ok(Order {
            id: OrderId(self.id),
            state,
            kind,
            effective_on: effective_on.map_err(|_| self.unreadable("day"))?,
            reference: self.reference,
            external_id: self.external_id,
            title: self.title,
            customer: self.customer_id.map(CustomerId),
            customer_name: self.customer_name,
            subscription: self.subscription.map(SubscriptionNumber),
            lines: Vec::new(),
            invoice_owner,
            invoiced_to: self.invoiced_to,
            offer: self.offer_id.map(OfferId),
            ordered_by: self.ordered_by,
            created_at: Timestamp::from_millis(self.created_at),
            settled_at: self.settled_at.map(Timestamp::from_millis),
        })
    }
}

/// One row for each line becomes one order with its lines.
fn gather(records: Vec<Record>) -> StoreResult<Vec<(OrganisationId, Order)>> {
    let mut orders: Vec<(OrganisationId, Order)> = Vec::new();
    for mut record in records {
        let line = record.line()?;
        if orders.last().is_none_or(|(_, last)| last.id.0 != record.id) {
            let organisation = OrganisationId(record.organisation_id);
            orders.push((organisation, record.without_lines()?));
        }
        if let Some((_, last)) = orders.last_mut() {
            last.lines.extend(line);
        }
    }
    Ok(orders)
}

fn gather_of_one(records: Vec<Record>) -> StoreResult<Vec<Order>> {
    Ok(gather(records)?.into_iter().map(|(_, order)| order).collect())
}

/// The word in the database.
pub(super) const fn kind_word(kind: OrderKind) -> &'static str {
    match kind {
        OrderKind::Purchase => "purchase",
        OrderKind::Change => "change",
        OrderKind::Undo => "undo",
    }
}

/// Reads the word in the database.
pub(super) fn kind(word: &str) -> Option<OrderKind> {
    [OrderKind::Purchase, OrderKind::Change, OrderKind::Undo]
        .into_iter()
        .find(|kind| kind_word(*kind) == word)
}

/// How many orders of an organisation are on their way, or need attention.
///
/// # Errors
/// Where the database fails.
pub async fn count_unsettled(
    connection: Connection<'_>,
    organisation: OrganisationId,
) -> StoreResult<i64> {
    Ok(on_engine!(connection, engine => {
        sqlx::query_scalar(COUNT_UNSETTLED).bind(organisation.0).fetch_one(engine).await?
    }))
}

/// An organisation's order with this ID.
///
/// # Errors
/// Where the database fails.
pub async fn by_id(
    connection: Connection<'_>,
    organisation: OrganisationId,
    id: OrderId,
) -> StoreResult<Option<Order>> {
    let records = on_engine!(connection, engine => {
        sqlx::query_as(BY_ID).bind(organisation.0).bind(id.0).fetch_all(engine).await?
    });
    Ok(gather_of_one(records)?.pop())
}

/// An organisation's latest orders, newest first, without drafts.
///
/// # Errors
/// Where the database fails.
pub async fn recent(
    connection: Connection<'_>,
    organisation: OrganisationId,
    limit: i64,
) -> StoreResult<Vec<Order>> {
    gather_of_one(on_engine!(connection, engine => {
        sqlx::query_as(RECENT).bind(organisation.0).bind(limit).fetch_all(engine).await?
    }))
}

/// The latest orders for an end customer, newest first, without drafts.
///
/// # Errors
/// Where the database fails.
pub async fn of_customer(
    connection: Connection<'_>,
    organisation: OrganisationId,
    customer: CustomerId,
    limit: i64,
) -> StoreResult<Vec<Order>> {
    gather_of_one(on_engine!(connection, engine => {
        sqlx::query_as(OF_CUSTOMER)
            .bind(organisation.0)
            .bind(customer.0)
            .bind(limit)
            .fetch_all(engine)
            .await?
    }))
}

/// The order that changes a subscription and is on its way or needs attention.
///
/// # Errors
/// Where the database fails.
pub async fn under_way(
    connection: Connection<'_>,
    organisation: OrganisationId,
    subscription: &SubscriptionNumber,
) -> StoreResult<Option<Order>> {
    let records = on_engine!(connection, engine => {
        sqlx::query_as(UNDER_WAY)
            .bind(organisation.0)
            .bind(subscription.as_str())
            .fetch_all(engine)
            .await?
    });
    Ok(gather_of_one(records)?.pop())
}

/// The orders of all organisations that need attention, oldest first.
///
/// # Errors
/// Where the database fails.
pub async fn needing_attention(
    mut connection: Connection<'_>,
    limit: i64,
) -> StoreResult<Vec<StuckOrder>> {
    let orders = gather(on_engine!(&mut connection, engine => {
        sqlx::query_as(NEEDING_ATTENTION).bind(limit).fetch_all(&mut **engine).await?
    }))?;
    let ids: BTreeSet<OrganisationId> = orders.iter().map(|(id, _)| *id).collect();
    let ids: Vec<OrganisationId> = ids.into_iter().collect();
    let names: HashMap<_, _> =
        organisation_names::of(connection, &ids).await?.into_iter().collect();
    let named = orders.into_iter().map(|(organisation, order)| {
        let organisation_name = names.get(&organisation).cloned().ok_or_else(|| {
            StoreError::Unreadable(format!("order {} has no organisation", order.id))
        })?;
        Ok(StuckOrder { organisation, organisation_name, order })
    });
    named.collect()
}
