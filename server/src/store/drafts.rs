//! Orders in the database as they are put together, until they are sent on
//! their way.

use super::orders::{kind, kind_word};
use super::{Connection, StoreError, StoreResult, on_engine};
use crate::orders::OrderContent;
use partners_app::desks::CreationKey;
use partners_app::domain::billing::SubscriptionNumber;
use partners_app::domain::{
    CheckoutForm, CustomerId, InvoiceOwner, OfferId, OrderId, OrderKind, OrderLine, OrganisationId,
    PartnerUserId, Timestamp, day,
};
use uuid::Uuid;

const DRAFT_OF_KEY: &str = "SELECT id, organisation_id, kind, state, offer_id, typed, content \
     FROM partner_order WHERE creation_key = $1";
const DRAFT: &str = "SELECT id, organisation_id, kind, state, offer_id, typed, content \
     FROM partner_order WHERE organisation_id = $1 AND id = $2";

const INSERT: &str = "INSERT INTO partner_order \
     (kind, content, typed, offer_id, title, customer_id, customer_name, invoice_owner, \
      invoice_owner_source, invoiced_to, effective_on, ordered_by_id, ordered_by, subscription, \
      created_at, external_id, id, creation_key, organisation_id, reference, answer_is_lost, \
      state, attempts, next_attempt_at, lease_until) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, \
      $19, $20, $21, 'draft', 0, 0, 0)";

const UPDATE: &str = "UPDATE partner_order \
     SET kind = $1, content = $2, typed = $3, offer_id = $4, title = $5, customer_id = $6, \
         customer_name = $7, invoice_owner = $8, invoice_owner_source = $9, invoiced_to = $10, \
         effective_on = $11, ordered_by_id = $12, ordered_by = $13, subscription = $14, \
         created_at = $15, external_id = $16 \
     WHERE id = $17 AND state = 'draft'";

const DELETE_LINES: &str = "DELETE FROM order_line WHERE order_id = $1";
const INSERT_LINE: &str =
    "INSERT INTO order_line (order_id, position, name, quantity) VALUES ($1, $2, $3, $4)";

/// Of two orders for one subscription the second waits here for the first, and
/// then finds it under way. Who waits here for an organisation's deletion finds it
/// gone.
const TAKE_ORGANISATION: &str =
    "UPDATE organisation SET version = version WHERE id = $1 AND deleted_at IS NULL";

const PLACE: &str = "UPDATE partner_order \
     SET state = 'placing', content = $1, effective_on = $2, created_at = $3, \
         next_attempt_at = $3, attempts = 0, lease_until = 0 \
     WHERE organisation_id = $4 AND id = $5 AND state = 'draft'";

const DELETE_OLD: &str = "DELETE FROM partner_order WHERE state = 'draft' AND created_at < $1";

/// An order as it is put together.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What is asked of the billing system.
    pub content: OrderContent,
    /// What was typed, for a purchase.
    pub typed: Option<CheckoutForm>,
    /// What is bought, for a purchase.
    pub offer: Option<OfferId>,
    /// What it does, in a few words.
    pub title: String,
    /// The end customer, once known here.
    pub customer: Option<CustomerId>,
    /// The end customer's name.
    pub customer_name: String,
    /// Who is invoiced …
    pub invoice_owner: InvoiceOwner,
    /// … and where that choice came from: `organisation` or `subscription`.
    pub invoice_owner_source: &'static str,
    /// Who is invoiced, by name.
    pub invoiced_to: String,
    /// What the program that orders calls it.
    pub external_id: Option<String>,
    /// What is bought or changed.
    pub lines: Vec<OrderLine>,
    /// Who puts it together.
    pub by: (PartnerUserId, String),
}

impl Draft {
    fn typed(&self) -> StoreResult<Option<String>> {
        self.typed.as_ref().map(json).transpose()
    }

    fn effective_on(&self) -> Option<String> {
        self.content.effective_on().map(day::iso)
    }
}

fn json(value: &impl serde::Serialize) -> StoreResult<String> {
    serde_json::to_string(value).map_err(|error| StoreError::Unreadable(error.to_string()))
}

pub(super) fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> StoreResult<T> {
    serde_json::from_str(text).map_err(|error| StoreError::Unreadable(error.to_string()))
}

/// What is kept of an order as it was put together.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its ID.
    pub id: OrderId,
    /// Whose it is.
    pub organisation: OrganisationId,
    /// What it does.
    pub kind: OrderKind,
    /// Whether it is still a draft.
    pub is_draft: bool,
    /// What is bought, for a purchase.
    pub offer: Option<OfferId>,
    /// What was typed, until it is placed.
    pub typed: Option<CheckoutForm>,
    /// What is asked of the billing system.
    pub content: OrderContent,
}

#[derive(sqlx::FromRow)]
struct KeptRecord {
    id: Uuid,
    organisation_id: Uuid,
    kind: String,
    state: String,
    offer_id: Option<Uuid>,
    typed: Option<String>,
    content: String,
}

impl TryFrom<KeptRecord> for Kept {
    type Error = StoreError;

    fn try_from(record: KeptRecord) -> Result<Self, Self::Error> {
        Ok(Self {
            id: OrderId(record.id),
            organisation: OrganisationId(record.organisation_id),
            kind: kind(&record.kind)
                .ok_or_else(|| StoreError::Unreadable(format!("order {}", record.id)))?,
            is_draft: record.state == "draft",
            offer: record.offer_id.map(OfferId),
            typed: record.typed.as_deref().map(from_json).transpose()?,
            content: from_json(&record.content)?,
        })
    }
}

/// The order that was put together with this key, whosever it is.
///
/// # Errors
/// Where the database fails.
pub async fn by_creation_key(
    connection: Connection<'_>,
    key: CreationKey,
) -> StoreResult<Option<Kept>> {
    let record: Option<KeptRecord> = on_engine!(connection, engine => {
        sqlx::query_as(DRAFT_OF_KEY).bind(key).fetch_optional(engine).await?
    });
    record.map(TryInto::try_into).transpose()
}

/// An organisation's order as it was put together.
///
/// # Errors
/// Where the database fails.
pub async fn kept(
    connection: Connection<'_>,
    organisation: OrganisationId,
    id: OrderId,
) -> StoreResult<Option<Kept>> {
    let record: Option<KeptRecord> = on_engine!(connection, engine => {
        sqlx::query_as(DRAFT).bind(organisation.0).bind(id.0).fetch_optional(engine).await?
    });
    record.map(TryInto::try_into).transpose()
}

/// A statement with what a draft consists of bound to `$1` to `$16`.
macro_rules! bind_draft {
    ($statement:expr, $draft:expr, $content:expr, $typed:expr, $now:expr) => {
        sqlx::query($statement)
            .bind(kind_word($draft.content.kind()))
            .bind($content)
            .bind($typed)
            .bind($draft.offer.map(|offer| offer.0))
            .bind(&$draft.title)
            .bind($draft.customer.map(|customer| customer.0))
            .bind(&$draft.customer_name)
            .bind($draft.invoice_owner.as_str())
            .bind($draft.invoice_owner_source)
            .bind(&$draft.invoiced_to)
            .bind($draft.effective_on())
            .bind($draft.by.0.0)
            .bind(&$draft.by.1)
            .bind($draft.content.subscription().map(SubscriptionNumber::as_str))
            .bind($now.millis())
            .bind(&$draft.external_id)
    };
}

/// Writes a new draft, without its lines.
///
/// # Errors
/// [`StoreError::AlreadyExists`] where one was written with this key before.
pub async fn insert(
    connection: Connection<'_>,
    id: OrderId,
    key: CreationKey,
    organisation: OrganisationId,
    reference: &str,
    draft: &Draft,
    now: Timestamp,
) -> StoreResult<()> {
    let (content, typed) = (json(&draft.content)?, draft.typed()?);
    on_engine!(connection, engine => {
        bind_draft!(INSERT, draft, content, typed, now)
            .bind(id.0)
            .bind(key)
            .bind(organisation.0)
            .bind(reference)
            .bind(false)
            .execute(engine)
            .await?;
    });
    Ok(())
}

/// Puts a draft together anew, without its lines; false where it is no draft
/// any more.
///
/// # Errors
/// Where the database fails.
pub async fn update(
    connection: Connection<'_>,
    id: OrderId,
    draft: &Draft,
    now: Timestamp,
) -> StoreResult<bool> {
    let (content, typed) = (json(&draft.content)?, draft.typed()?);
    let changed = on_engine!(connection, engine => {
        bind_draft!(UPDATE, draft, content, typed, now)
            .bind(id.0)
            .execute(engine)
            .await?
            .rows_affected()
    });
    Ok(changed > 0)
}

/// Removes an order's lines.
///
/// # Errors
/// Where the database fails.
pub async fn delete_lines(connection: Connection<'_>, id: OrderId) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(DELETE_LINES).bind(id.0).execute(engine).await?;
    });
    Ok(())
}

/// Writes an order's line at a place, counted from nought.
///
/// # Errors
/// Where the database fails.
pub async fn insert_line(
    connection: Connection<'_>,
    id: OrderId,
    position: i64,
    line: &OrderLine,
) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(INSERT_LINE)
            .bind(id.0)
            .bind(position)
            .bind(&line.name)
            .bind(line.quantity.map(|quantity| quantity.to_string()))
            .execute(engine)
            .await?;
    });
    Ok(())
}

/// Has this transaction's turn among those that change what an organisation has:
/// its orders, its users, itself. Until it ends, no other passes here. False where
/// there is no such organisation, or it was deleted.
///
/// # Errors
/// Where the database fails.
pub async fn take_turn(
    connection: Connection<'_>,
    organisation: OrganisationId,
) -> StoreResult<bool> {
    let held = on_engine!(connection, engine => {
        sqlx::query(TAKE_ORGANISATION).bind(organisation.0).execute(engine).await?.rows_affected()
    });
    Ok(held == 1)
}

/// Sends a draft on its way; false where it is no draft any more.
///
/// # Errors
/// Where the database fails.
pub async fn place(
    connection: Connection<'_>,
    organisation: OrganisationId,
    id: OrderId,
    content: &OrderContent,
    now: Timestamp,
) -> StoreResult<bool> {
    let effective_on = content.effective_on().map(day::iso);
    let content = json(content)?;
    let changed = on_engine!(connection, engine => {
        sqlx::query(PLACE)
            .bind(content)
            .bind(effective_on)
            .bind(now.millis())
            .bind(organisation.0)
            .bind(id.0)
            .execute(engine)
            .await?
            .rows_affected()
    });
    Ok(changed > 0)
}

/// Removes drafts that were put together before `before`.
///
/// # Errors
/// Where the database fails.
pub async fn delete_old(connection: Connection<'_>, before: Timestamp) -> StoreResult<()> {
    on_engine!(connection, engine => {
        sqlx::query(DELETE_OLD).bind(before.millis()).execute(engine).await?;
    });
    Ok(())
}
