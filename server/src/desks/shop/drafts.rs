//! Drafts: saved once for each form.

use super::{OrPublic, ShopOffice};
use crate::billing::OrderReference;
use crate::store::audit::{self, Actor, Event};
use crate::store::drafts::{self, Draft};
use crate::store::{StoreResult, Writer, orders, twice_if_taken};
use partners_app::desks::{CreationKey, PartnerSession};
use partners_app::domain::{Order, OrderId, OrderLine, day};
use partners_app::error::PublicError;
use serde_json::{Value, json};
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
                was = orders::by_id(writer.connection(), organisation, before.id).await?;
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
        self.record(&mut writer, partner, id, "order.drafted", told(was.as_ref(), draft)).await?;
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
fn told(was: Option<&Order>, draft: &Draft) -> Value {
    let fields = [
        ("title", was.map(|was| json!(was.title)), json!(draft.title)),
        (
            "subscription",
            was.map(|was| json!(was.subscription)),
            json!(draft.content.subscription()),
        ),
        ("end_customer", was.map(|was| json!(was.customer_name)), json!(draft.customer_name)),
        ("lines", was.map(|was| lines(&was.lines)), lines(&draft.lines)),
        (
            "effective_on",
            was.map(|was| json!(was.effective_on.map(day::iso))),
            json!(draft.content.effective_on().map(day::iso)),
        ),
        ("invoice_owner", was.map(|was| json!(was.invoice_owner)), json!(draft.invoice_owner)),
        ("invoiced_to", was.map(|was| json!(was.invoiced_to)), json!(draft.invoiced_to)),
        ("external_id", was.map(|was| json!(was.external_id)), json!(draft.external_id)),
    ];
    let changes = fields.into_iter().filter_map(|(field, was, is)| {
        let was = was.unwrap_or_default();
        (was != is).then(|| (field.to_owned(), json!([was, is])))
    });
    Value::Object(changes.collect())
}

fn lines(lines: &[OrderLine]) -> Value {
    let lines = lines.iter().map(|line| match line.quantity {
        Some(quantity) => format!("{} × {}", line.name, quantity.normalize()),
        None => line.name.clone(),
    });
    lines.collect::<Vec<_>>().join(", ").into()
}
