//! Creating and changing offers.

use super::{OffersOffice, UNKNOWN_PARTNER};
use crate::store::audit::{self, Actor, Event};
use crate::store::offers::Writing;
use crate::store::{
    Connection, StoreError, StoreResult, Writer, catalog, offers, organisation_names,
};
use partners_app::desks::{Admin, CreationKey};
use partners_app::domain::offer_form::field;
use partners_app::domain::{
    Audience, FieldErrors, Offer, OfferContent, OfferId, OfferKind, Timestamp,
};
use partners_app::error::PublicError;
use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

const CHANGED_MEANWHILE: &str = "Somebody else changed this offer meanwhile. Reload the page to see it as it is now, and make your change again.";

impl OffersOffice {
    pub(super) async fn create(
        &self,
        admin: &Admin,
        key: CreationKey,
        content: &OfferContent,
    ) -> StoreResult<Result<Offer, PublicError>> {
        let mut writer = self.store.write().await?;
        if let Some(existing) = offers::by_creation_key(writer.connection(), key).await? {
            return Ok(if existing.version > 1 || existing.content == *content {
                Ok(existing)
            } else {
                Err(PublicError::Refused(format!(
                    "This form has already created {}. Open Create Offer again to create another offer.",
                    existing.content.name
                )))
            });
        }
        let errors = mistakes(writer.connection(), content, None).await?;
        if !errors.is_empty() {
            return Ok(Err(PublicError::Invalid(errors)));
        }
        let (id, now) = (OfferId(Uuid::now_v7()), self.clock.now());
        let writing = Writing { by: admin.name(), now };
        offers::insert(writer.connection(), id, key, content, writing).await?;
        let change = Change { action: "offer.created", before: None, after: content };
        let created = finish(writer, admin, now, id, change).await?;
        tracing::info!(offer.id = %id, "an offer was created");
        Ok(Ok(created))
    }

    pub(super) async fn edit(
        &self,
        admin: &Admin,
        id: OfferId,
        version: i64,
        content: &OfferContent,
    ) -> StoreResult<Result<Offer, PublicError>> {
        let mut writer = self.store.write().await?;
        let Some(before) = offers::by_id(writer.connection(), id).await? else {
            return Ok(Err(PublicError::NotFound));
        };
        if before.content == *content {
            return Ok(Ok(before));
        }
        let conflict = || Ok(Err(PublicError::Refused(CHANGED_MEANWHILE.to_owned())));
        if before.version != version {
            return conflict();
        }
        let errors = mistakes(writer.connection(), content, Some(&before)).await?;
        if !errors.is_empty() {
            return Ok(Err(PublicError::Invalid(errors)));
        }
        let now = self.clock.now();
        let writing = Writing { by: admin.name(), now };
        if !offers::update(writer.connection(), id, version, content, writing).await? {
            return conflict();
        }
        let change =
            Change { action: "offer.changed", before: Some(&before.content), after: content };
        finish(writer, admin, now, id, change).await.map(Ok)
    }
}

/// What was written, for the audit trail.
struct Change<'a> {
    action: &'static str,
    before: Option<&'a OfferContent>,
    after: &'a OfferContent,
}

async fn finish(
    mut writer: Writer,
    admin: &Admin,
    now: Timestamp,
    id: OfferId,
    change: Change<'_>,
) -> StoreResult<Offer> {
    let event = Event {
        action: change.action,
        organisation: None,
        subject: Some(id.0),
        changes: changes(change.before, change.after)?,
    };
    audit::record(writer.connection(), now, &Actor::from(admin), &event).await?;
    let offer = offers::by_id(writer.connection(), id).await?;
    writer.commit().await?;
    offer.ok_or_else(|| StoreError::Unreadable(format!("offer {id} is gone")))
}

/// What the form alone could not know to be wrong: what it names has to exist.
async fn mistakes(
    mut connection: Connection<'_>,
    content: &OfferContent,
    before: Option<&Offer>,
) -> StoreResult<FieldErrors> {
    let mut errors = FieldErrors::new();
    let keeps_plan = before.is_some_and(|before| before.content.rate_plan == content.rate_plan);
    if !keeps_plan && !catalog::has(connection.lend(), &content.rate_plan).await? {
        errors.push(
            field::RATE_PLAN,
            "Zuora’s catalog does not sell this rate plan. Choose another one.",
        );
    }
    if before.is_some_and(|before| before.content.kind != content.kind) {
        errors
            .push(field::KIND, "An offer stays a plan or an add-on. Create another offer instead.");
    }
    if let Audience::Chosen(chosen) = &content.eligible
        && !organisation_names::all_exist(connection.lend(), chosen).await?
    {
        errors.push(field::ELIGIBLE, UNKNOWN_PARTNER);
    }
    if content.add_ons.is_empty() && content.changes_to.is_empty() {
        return Ok(errors);
    }
    let offers = offers::all(connection).await?;
    let is_one = |id: OfferId, kind: OfferKind| {
        before.is_none_or(|before| before.id != id)
            && offers.iter().any(|offer| offer.id == id && offer.content.kind == kind)
    };
    if !content.add_ons.iter().all(|id| is_one(*id, OfferKind::AddOn)) {
        errors.push(field::ADD_ONS, "Choose from the add-ons in the list.");
    }
    if !content.changes_to.iter().all(|id| is_one(*id, OfferKind::Plan)) {
        errors.push(field::CHANGES_TO, "Choose from the other plans in the list.");
    }
    Ok(errors)
}

/// Before and after of the fields that differ.
pub(super) fn changes<T: Serialize>(before: Option<&T>, after: &T) -> StoreResult<Value> {
    let fields = |value: &T| match serde_json::to_value(value) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Err(StoreError::Unreadable("a change has no fields".to_owned())),
    };
    let before = before.map(fields).transpose()?.unwrap_or_default();
    let changed: Map<String, Value> = fields(after)?
        .into_iter()
        .filter(|(name, value)| before.get(name) != Some(value))
        .map(|(name, value)| {
            let old = before.get(&name).cloned().unwrap_or_default();
            (name, json!([old, value]))
        })
        .collect();
    Ok(changed.into())
}
