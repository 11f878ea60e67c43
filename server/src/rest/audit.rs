//! The audit trail.

use super::Rest;
use super::bearer::Auditing;
use super::error::ApiError;
use super::extract::ApiQuery;
use super::paging::{SERVICE, moment, opaque, place, size, word};
use crate::store::audit_list::{AuditQuery, Recorded};
use axum::Json;
use axum::extract::State;
use partners_app::domain::OrganisationId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

const USUAL_PAGE: usize = 20;

/// Something that somebody did.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditEvent {
    /// The event’s ID, a UUID.
    id: String,
    /// What was done, such as `organisation.created`.
    name: String,
    data: AuditEventData,
    /// The Partner Organisation ID, where it concerns one.
    #[serde(skip_serializing_if = "Option::is_none")]
    partner_org: Option<String>,
    /// `audit_event`
    record_type: &'static str,
    /// `partners`
    service: &'static str,
    /// When it was (RFC 3339).
    created: String,
}

/// What is known of an event.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AuditEventData {
    /// Who did it.
    actor: AuditActor,
    /// The ID of the user, order or other thing that it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// Before and after, field by field.
    #[schema(value_type = Object)]
    changes: Value,
    /// The address the request came from; empty for what the system does itself.
    address: String,
    /// The request’s reference, which was its `X-Request-Id`.
    reference: String,
}

/// Who did something.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditActor {
    /// `admin`, `partner_user`, `api_client`, `account` or `system`
    kind: String,
    /// The account’s ID, or the API client’s.
    id: String,
    /// The name, as it was then.
    name: String,
}

impl From<Recorded> for AuditEvent {
    fn from(event: Recorded) -> Self {
        Self {
            id: event.id.to_string(),
            name: event.action,
            data: AuditEventData {
                actor: AuditActor {
                    kind: event.actor_kind,
                    id: event.actor_id,
                    name: event.actor_name,
                },
                subject: event.subject.map(|id| id.to_string()),
                changes: event.changes,
                address: event.address,
                reference: event.reference,
            },
            partner_org: event.organisation.map(|id| id.to_string()),
            record_type: "audit_event",
            service: SERVICE,
            created: moment(event.at),
        }
    }
}

/// A page of the audit trail.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AuditEvents {
    items: Vec<AuditEvent>,
    /// For the next page; left out on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    query_more: Option<String>,
}

/// Which events to list.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub(super) struct AuditEventsQuery {
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `queryMore` of the page before.
    #[param(min_length = 1, max_length = 200)]
    query_more: Option<String>,
    /// Only those that concern the organisation with this ID.
    #[param(format = "uuid")]
    partner_organisation_id: Option<String>,
}

/// List audit events
///
/// Newest first.
#[utoipa::path(
    get,
    path = "/api/audit-events",
    tag = "Audit",
    operation_id = "listAuditEvents",
    params(AuditEventsQuery),
    responses((status = 200, description = "A page of them", body = AuditEvents)),
    security(("bearerAuth" = [])),
)]
pub(super) async fn list_events(
    State(rest): State<Rest>,
    Auditing(admin): Auditing,
    ApiQuery(query): ApiQuery<AuditEventsQuery>,
) -> Result<Json<AuditEvents>, ApiError> {
    let name = "partnerOrganisationId";
    let wanted = AuditQuery {
        organisation: word(name, query.partner_organisation_id, |id| {
            id.parse::<OrganisationId>().ok()
        })?,
        before: place("queryMore", query.query_more, |text| text.parse().ok())?,
        size: size("limit", query.limit, USUAL_PAGE)?,
    };
    let (events, has_more) = rest.activity.recorded(&admin, &wanted).await?;
    let last = events.last().filter(|_| has_more);
    let query_more = last.map(|event| opaque(&event.seq.to_string()));
    Ok(Json(AuditEvents { items: events.into_iter().map(Into::into).collect(), query_more }))
}
