//! Drafts: saved once for each form.

use super::{OrPublic, ShopOffice};
use crate::billing::{EndCustomer, OrderReference};
use crate::orders::OrderContent;
use crate::store::audit::{self, Actor, Event};
use crate::store::drafts::{self, Draft};
use crate::store::{StoreResult, Writer, orders, twice_if_taken};
use partners_app::desks::{CreationKey, PartnerSession};
use partners_app::domain::{Order, OrderId, OrderLine, day};
use partners_app::error::PublicError;
use serde_json::{Map, Value, json};
use uuid::Uuid;

impl ShopOffice {
    /// Saves what a form has put together. The same form sent again puts the
    /// draft together anew, unless it is no draft any more.
    pub(super) async fn save_draft(
        &self,
        partner: &PartnerSession,
        key: CreationKey,
        draft: &Draft,
    ) -> Result<OrderId, PublicError> {
        let saved = twice_if_taken(|| self.write_draft(partner, key, draft)).await;
        saved.or_public(partner.origin())?.ok_or(PublicError::NotFound)
    }

    /// The draft's ID; nothing where somebody else's order has the key.
    async fn write_draft(
        &self,
        partner: &PartnerSession,
        key: CreationKey,
        draft: &Draft,
    ) -> StoreResult<Option<OrderId>> {
        let now = self.clock.now();
        let mut writer = self.store.write().await?;
        let mut was = None;
        let id = match drafts::by_creation_key(writer.connection(), key).await? {
            Some(before) if before.organisation != partner.organisation() => return Ok(None),
            Some(before) => {
                let organisation = partner.organisation();
                let shown = orders::by_id(writer.connection(), organisation, before.id).await?;
                was = shown.map(|order| of_order(&order, &before.content));
                if !drafts::update(writer.connection(), before.id, draft, now).await? {
                    return Ok(Some(before.id));
                }
                drafts::delete_lines(writer.connection(), before.id).await?;
                before.id
            }
            None => {
                let id = OrderId(Uuid::now_v7());
                let reference = OrderReference::from(id.0);
                let (connection, organisation) = (writer.connection(), partner.organisation());
                drafts::insert(connection, id, key, organisation, reference.as_str(), draft, now)
                    .await?;
                id
            }
        };
        for (line, position) in draft.lines.iter().zip(0..) {
            drafts::insert_line(writer.connection(), id, position, line).await?;
        }
        self.record(&mut writer, partner, id, "order.drafted", told(was, draft)).await?;
        writer.commit().await?;
        Ok(Some(id))
    }

    pub(super) async fn record(
        &self,
        writer: &mut Writer,
        partner: &PartnerSession,
        order: OrderId,
        action: &'static str,
        changes: Value,
    ) -> StoreResult<()> {
        let event = Event {
            action,
            organisation: Some(partner.organisation()),
            subject: Some(order.0),
            changes,
        };
        let actor = Actor::from(partner);
        audit::record(writer.connection(), self.clock.now(), &actor, &event).await
    }
}

/// What an order is to do, as the audit trail has it: field by field, and where it
/// was put together before, only what has become another.
fn told(was: Option<Map<String, Value>>, draft: &Draft) -> Value {
    let (was, is) = (was.unwrap_or_default(), of_draft(draft));
    let gone = was.keys().filter(|field| !is.contains_key(*field)).cloned();
    let gone = gone.map(|field| (field, Value::Null)).collect::<Vec<_>>();
    let changes = is.into_iter().chain(gone).filter_map(|(field, is)| {
        let was = was.get(&field).cloned().unwrap_or_default();
        (was != is).then(|| (field, json!([was, is])))
    });
    Value::Object(changes.collect())
}

fn of_draft(draft: &Draft) -> Map<String, Value> {
    let mut fields = of_content(&draft.content);
    fields.extend([
        ("title".to_owned(), json!(draft.title)),
        ("end_customer".to_owned(), json!(draft.customer_name)),
        ("lines".to_owned(), lines(&draft.lines)),
        ("invoice_owner".to_owned(), json!(draft.invoice_owner)),
        ("invoiced_to".to_owned(), json!(draft.invoiced_to)),
        ("external_id".to_owned(), json!(draft.external_id)),
    ]);
    fields
}

/// The same of a draft as it stands in the database.
fn of_order(order: &Order, content: &OrderContent) -> Map<String, Value> {
    let mut fields = of_content(content);
    fields.extend([
        ("title".to_owned(), json!(order.title)),
        ("end_customer".to_owned(), json!(order.customer_name)),
        ("lines".to_owned(), lines(&order.lines)),
        ("invoice_owner".to_owned(), json!(order.invoice_owner)),
        ("invoiced_to".to_owned(), json!(order.invoiced_to)),
        ("external_id".to_owned(), json!(order.external_id)),
    ]);
    fields
}

/// What is asked of the billing system; of a new end customer all that it is told.
fn of_content(content: &OrderContent) -> Map<String, Value> {
    let mut fields = Map::from_iter([
        ("subscription".to_owned(), json!(content.subscription())),
        ("effective_on".to_owned(), json!(content.effective_on().map(day::iso))),
    ]);
    match content {
        OrderContent::Purchase(order) => match &order.customer {
            EndCustomer::Existing(account) => {
                fields.insert("customer_account".to_owned(), json!(account));
            }
            EndCustomer::New(new) => {
                fields.insert("customer_currency".to_owned(), json!(new.currency));
                if let Value::Object(contact) = json!(new.contact) {
                    let said = contact.into_iter().filter(|(_, text)| *text != "");
                    fields.extend(said.map(|(name, text)| (format!("customer_{name}"), text)));
                }
            }
        },
        OrderContent::Change(_) | OrderContent::Undo { .. } => {}
    }
    fields
}

fn lines(lines: &[OrderLine]) -> Value {
    let lines = lines.iter().map(|line| match line.quantity {
        Some(quantity) => format!("{} × {}", line.name, quantity.normalize()),
        None => line.name.clone(),
    });
    lines.collect::<Vec<_>>().join(", ").into()
}
