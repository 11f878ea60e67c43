//! What writing a new partner organisation or a new partner user consists of,
//! by whichever way it comes.

use crate::store::audit::Event;
use crate::store::{
    Connection, StoreResult, account_checks, drafts, organisations, readings, users,
};
use partners_app::desks::CreationKey;
use partners_app::domain::{
    AccountCheck, NewOrganisation, NewUser, OrganisationId, PartnerUserId, Timestamp, UserRole,
};
use serde_json::json;
use uuid::Uuid;

/// Writes a new organisation in the name of `by`. The event is to be recorded
/// before the commit.
///
/// # Errors
/// Where the database fails, or has one of this key.
pub async fn organisation(
    mut connection: Connection<'_>,
    key: CreationKey,
    new: &NewOrganisation,
    account: &AccountCheck,
    by: &str,
    now: Timestamp,
) -> StoreResult<(OrganisationId, Event)> {
    let id = OrganisationId(Uuid::now_v7());
    organisations::insert(connection.lend(), id, key, new, by, now).await?;
    account_checks::insert(connection.lend(), id, account, now).await?;
    readings::insert(connection, id, now).await?;
    let event = Event {
        action: "organisation.created",
        organisation: Some(id),
        subject: Some(id.0),
        changes: json!({
            "name": [null, new.name],
            "logo": [null, new.logo],
            "zuora_account_id": [null, new.zuora_account],
            "salesforce_account_id": [null, new.salesforce_account],
            "invoice_owner": [null, new.invoice_owner],
        }),
    };
    Ok((id, event))
}

/// Writes a new user of `organisation`. `handed_over` is the hash of the
/// temporary password where no mail is sent. The event is to be recorded
/// before the commit.
///
/// # Errors
/// Where the database fails, or has the email or one of this key.
pub async fn user(
    mut connection: Connection<'_>,
    key: CreationKey,
    organisation: OrganisationId,
    new: &NewUser,
    handed_over: Option<&str>,
    now: Timestamp,
) -> StoreResult<(PartnerUserId, Event)> {
    let id = PartnerUserId(Uuid::now_v7());
    drafts::take_turn(connection.lend(), organisation).await?;
    let role = match new.role {
        Some(role) => role,
        None if users::standing(connection.lend(), organisation, id).await?.users == 0 => {
            UserRole::Manager
        }
        None => UserRole::Member,
    };
    let new = &NewUser { role: Some(role), ..new.clone() };
    users::insert(connection, id, key, organisation, new, handed_over, now).await?;
    let event = Event {
        action: "partner_user.created",
        organisation: Some(organisation),
        subject: Some(id.0),
        changes: json!({
            "name": [null, new.name],
            "email": [null, new.email],
            "role": [null, role],
        }),
    };
    Ok((id, event))
}
