//! Drafts: saved once for each form.

use super::{OrPublic, ShopOffice};
use crate::billing::{EndCustomer, OrderReference};
use crate::orders::OrderContent;
use crate::store::audit::{self, Actor, Event};
use crate::store::drafts::{self, Draft};
use crate::store::{StoreResult, Writer, orders, twice_if_taken};
use partners_app::desks::{CreationKey, PartnerSession};
use partners_app::domain::{InvoiceOwner, Order, OrderId, OrderLine, day};
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
        // Put together anew, only what becomes another is told.
        let mut was = Map::new();
        let id = match drafts::by_creation_key(writer.connection(), key).await? {
            Some(before) if before.organisation != partner.organisation() => return Ok(None),
            Some(before) => {
                let organisation = partner.organisation();
                let shown = orders::by_id(writer.connection(), organisation, before.id).await?;
                if let Some(order) = shown {
                    was = Told::of_order(&order, &before.content).fields();
                }
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
        let changes = audit::difference(&was, Told::of_draft(draft).fields());
        self.record(&mut writer, partner, id, "order.drafted", changes.into()).await?;
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

/// What an order is to do, however it is at hand.
struct Told<'a> {
    title: &'a str,
    customer_name: &'a str,
    lines: &'a [OrderLine],
    invoice_owner: InvoiceOwner,
    invoiced_to: &'a str,
    external_id: Option<&'a str>,
    content: &'a OrderContent,
}

impl<'a> Told<'a> {
    fn of_draft(draft: &'a Draft) -> Self {
        Self {
            title: &draft.title,
            customer_name: &draft.customer_name,
            lines: &draft.lines,
            invoice_owner: draft.invoice_owner,
            invoiced_to: &draft.invoiced_to,
            external_id: draft.external_id.as_deref(),
            content: &draft.content,
        }
    }

    /// The same of a draft as it stands in the database.
    fn of_order(order: &'a Order, content: &'a OrderContent) -> Self {
        Self {
            title: &order.title,
            customer_name: &order.customer_name,
            lines: &order.lines,
            invoice_owner: order.invoice_owner,
            invoiced_to: &order.invoiced_to,
            external_id: order.external_id.as_deref(),
            content,
        }
    }

    /// Field by field, as the audit trail has it.
    fn fields(&self) -> Map<String, Value> {
        let mut fields = of_content(self.content);
        fields.extend([
            ("title".to_owned(), json!(self.title)),
            ("end_customer".to_owned(), json!(self.customer_name)),
            ("lines".to_owned(), lines(self.lines)),
            ("invoice_owner".to_owned(), json!(self.invoice_owner)),
            ("invoiced_to".to_owned(), json!(self.invoiced_to)),
            ("external_id".to_owned(), json!(self.external_id)),
        ]);
        fields
    }
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
