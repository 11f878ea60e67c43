//! The audit trail: who changed what, written in the change's own transaction.

use super::{Connection, StoreResult, on_engine};
use partners_app::desks::{Admin, Means, Origin, PartnerSession};
use partners_app::domain::{OrganisationId, Timestamp};
use serde_json::Value;
use uuid::Uuid;

const INSERT: &str = "INSERT INTO audit_event \
     (id, at, actor_kind, actor_id, actor_name, action, organisation_id, subject_id, changes, address, reference) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

/// Who did something.
#[derive(Clone, Debug)]
pub struct Actor {
    /// `admin`, `partner_user`, `api_client` or `system`.
    pub kind: &'static str,
    /// The account's ID.
    pub id: String,
    /// The name, as it was then.
    pub name: String,
    /// Where the request came from.
    pub origin: Option<Origin>,
}

impl From<&Admin> for Actor {
    fn from(admin: &Admin) -> Self {
        Self {
            kind: match admin.means() {
                Means::Browser => "admin",
                Means::Api => "api_client",
            },
            id: admin.subject().to_owned(),
            name: admin.name().to_owned(),
            origin: Some(admin.origin().clone()),
        }
    }
}

impl From<&PartnerSession> for Actor {
    fn from(partner: &PartnerSession) -> Self {
        Self {
            kind: match partner.means() {
                Means::Browser => "partner_user",
                Means::Api => "api_client",
            },
            id: partner.user().to_string(),
            name: partner.name().to_owned(),
            origin: Some(partner.origin().clone()),
        }
    }
}

/// One event.
#[derive(Clone, Debug)]
pub struct Event {
    /// What was done, such as `organisation.created`.
    pub action: &'static str,
    /// The organisation it concerns.
    pub organisation: Option<OrganisationId>,
    /// The user, session or other thing it concerns.
    pub subject: Option<Uuid>,
    /// Before and after, field by field; never a secret.
    pub changes: Value,
}

/// Records an event.
///
/// # Errors
/// Where the database fails; the change it belongs to must then fail too.
pub async fn record(
    connection: Connection<'_>,
    now: Timestamp,
    actor: &Actor,
    event: &Event,
) -> StoreResult<()> {
    let (address, reference) = actor.origin.as_ref().map_or_else(
        || (String::new(), String::new()),
        |origin| (origin.address.to_string(), origin.reference.clone()),
    );
    on_engine!(connection, engine => {
        sqlx::query(INSERT)
            .bind(Uuid::now_v7())
            .bind(now.millis())
            .bind(actor.kind)
            .bind(&actor.id)
            .bind(&actor.name)
            .bind(event.action)
            .bind(event.organisation.map(|id| id.0))
            .bind(event.subject)
            .bind(event.changes.to_string())
            .bind(address)
            .bind(reference)
            .execute(engine)
            .await?;
    });
    Ok(())
}
