//! Subscriptions: of one partner organisation, to its own clients and to those
//! of the admins.

use super::Rest;
use super::bearer::{AsPartner, Reading};
use super::error::{ApiError, ErrorBody};
use super::extract::{ApiPath, ApiQuery};
use super::offers::Offer;
use super::paging::{SERVICE, begins_with_day, filter, id, moment, opaque, place, size, word};
use axum::Json;
use axum::extract::State;
use partners_app::desks::{SelfServiceDesk, Sight};
use partners_app::domain::billing::{Pending, SubscriptionNumber};
use partners_app::domain::listing::{COUNT_LIMIT, clean_search};
use partners_app::domain::{
    CustomerId, OrganisationId, SubscriptionActions, SubscriptionFilter, SubscriptionPage,
    SubscriptionQuery, SubscriptionRow, SubscriptionState, day,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

const USUAL_PAGE: usize = 20;

/// A subscription of an end customer's.
#[derive(Serialize, ToSchema)]
pub(super) struct Subscription {
    /// Its number in Zuora.
    id: String,
    /// The plan’s name.
    name: String,
    data: SubscriptionData,
    /// The Partner Organisation ID.
    partner_org: String,
    /// `subscription`
    record_type: &'static str,
    /// `partners`
    service: &'static str,
}

/// What is known of a subscription.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SubscriptionData {
    /// How it stands today.
    status: SubscriptionStatus,
    /// How many units, in digits; left out where none are counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    quantity: Option<String>,
    /// The end customer’s ID.
    customer_id: String,
    /// The end customer’s name.
    customer_name: String,
    /// The day on which the term is over; left out for one without end.
    #[serde(skip_serializing_if = "Option::is_none")]
    term_end_date: Option<String>,
    /// Whether another term follows by itself.
    auto_renew: bool,
    /// A change that has been ordered and has not taken effect yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pending: Option<PendingChange>,
    /// Its first day; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    start_date: Option<String>,
    /// The day from which it is over; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    end_date: Option<String>,
    /// The number of the account that is invoiced for it; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice_owner_account_number: Option<String>,
    /// What it is made of; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    plans: Option<Vec<SubscribedPlan>>,
    /// What can be changed; only to the organisation itself, and not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<SubscriptionChanges>,
}

/// What can be changed of a subscription, with an order of the type
/// `update_subscription`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct SubscriptionChanges {
    /// Why nothing can be changed now: an order for it is on its way, a change
    /// is to come, it has ended, Zuora is away.
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked: Option<String>,
    /// Whether the pending change can be undone.
    can_undo: bool,
    /// The plans that it can be changed to.
    plans: Vec<PlanChange>,
    /// The add-ons that can come.
    add_ons: Vec<Offer>,
    /// The `id` of each of its plans that can be removed.
    removable: Vec<String>,
}

/// A plan that a subscription can be changed to.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PlanChange {
    /// The plan.
    offer: Offer,
    /// Whether it is worth more than the present one and comes today; else it
    /// comes when the term ends.
    is_upgrade: bool,
}

impl From<SubscriptionActions> for SubscriptionChanges {
    fn from(actions: SubscriptionActions) -> Self {
        let plans = actions
            .plans
            .into_iter()
            .map(|choice| PlanChange { offer: choice.offer.into(), is_upgrade: choice.is_upgrade });
        Self {
            blocked: actions.blocked,
            can_undo: actions.can_undo,
            plans: plans.collect(),
            add_ons: actions.add_ons.into_iter().map(Into::into).collect(),
            removable: actions.removable.iter().map(ToString::to_string).collect(),
        }
    }
}

/// How a subscription stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum SubscriptionStatus {
    /// Waits for its first day, or for activation.
    NotStarted,
    /// Runs.
    Active,
    /// Paused.
    Suspended,
    /// Over.
    Ended,
}

/// A change that is to come.
#[derive(Serialize, ToSchema)]
pub(super) struct PendingChange {
    /// What it is.
    kind: PendingKind,
    /// The day it takes effect.
    date: String,
}

/// What a change is that is to come.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum PendingKind {
    /// The subscription ends.
    Cancellation,
    /// Plans or quantities change.
    Change,
}

/// A plan in a subscription.
#[derive(Serialize, ToSchema)]
pub(super) struct SubscribedPlan {
    /// Its ID in this version of the subscription: `planId` of an order that
    /// changes it.
    id: String,
    /// Its name.
    name: String,
    /// How many units today, in digits; left out where none are counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    quantity: Option<String>,
}

impl Subscription {
    fn of(row: SubscriptionRow, organisation: OrganisationId) -> Self {
        let status = match row.state {
            SubscriptionState::NotStarted => SubscriptionStatus::NotStarted,
            SubscriptionState::Active => SubscriptionStatus::Active,
            SubscriptionState::Suspended => SubscriptionStatus::Suspended,
            SubscriptionState::Ended => SubscriptionStatus::Ended,
        };
        let pending = row.pending.map(|pending| PendingChange {
            kind: match pending {
                Pending::Cancellation(_) => PendingKind::Cancellation,
                Pending::Change(_) => PendingKind::Change,
            },
            date: day::iso(pending.on()),
        });
        Self {
            id: row.number.0,
            name: row.plan,
            data: SubscriptionData {
                status,
                quantity: row.quantity.map(|quantity| quantity.normalize().to_string()),
                customer_id: row.customer.to_string(),
                customer_name: row.customer_name,
                term_end_date: row.term_ends_on.map(day::iso),
                auto_renew: row.auto_renews,
                pending,
                start_date: None,
                end_date: None,
                invoice_owner_account_number: None,
                plans: None,
                changes: None,
            },
            partner_org: organisation.to_string(),
            record_type: "subscription",
            service: SERVICE,
        }
    }

    fn whole(page: SubscriptionPage, organisation: OrganisationId) -> Self {
        let (all, today) = (page.subscription, page.today);
        let plans = all.plans.iter().filter(|plan| plan.holds_on(today));
        let plans = plans
            .map(|plan| SubscribedPlan {
                id: plan.id.to_string(),
                name: plan.name.clone(),
                quantity: plan.quantity_on(today).map(|count| count.normalize().to_string()),
            })
            .collect();
        let mut whole = Self::of(page.row, organisation);
        whole.data.start_date = all.starts_on.map(day::iso);
        whole.data.end_date = all.ends_on.map(day::iso);
        whole.data.invoice_owner_account_number =
            all.invoice_owner.number.map(|number| number.to_string());
        whole.data.plans = Some(plans);
        whole.data.changes = page.actions.map(Into::into);
        whole
    }
}

/// A page of subscriptions.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Subscriptions {
    items: Vec<Subscription>,
    /// How many there are in all; 1001 for any number above 1,000.
    hits: i64,
    /// For the next page; left out on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    query_more: Option<String>,
    /// When they were last read from Zuora (RFC 3339); left out before the
    /// first time.
    #[serde(skip_serializing_if = "Option::is_none")]
    read_at: Option<String>,
}

/// Which subscriptions to list.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub(super) struct SubscriptionsQuery {
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `queryMore` of the page before.
    #[param(min_length = 1, max_length = 400)]
    query_more: Option<String>,
    /// Text in numbers, plans and end customers’ names.
    #[param(max_length = 200)]
    filter: Option<String>,
    /// `active`, `change_pending` or `ended`.
    #[param(pattern = "^(active|change_pending|ended)$")]
    status: Option<String>,
    /// Only those of the end customer with this ID.
    #[param(format = "uuid")]
    customer_id: Option<String>,
}

/// How many there are, where more than so many are not counted.
pub(super) fn hits(total: Option<i64>) -> i64 {
    total.unwrap_or(COUNT_LIMIT.saturating_add(1))
}

async fn list(
    rest: &Rest,
    sight: &Sight,
    query: SubscriptionsQuery,
) -> Result<Json<Subscriptions>, ApiError> {
    let customer = word("customerId", query.customer_id, |id| id.parse::<CustomerId>().ok())?;
    let wanted = SubscriptionQuery {
        search: clean_search(&filter(query.filter)?),
        status: word("status", query.status, SubscriptionFilter::parse)?,
        customer,
        after: place("queryMore", query.query_more, begins_with_day)?,
        before: None,
        size: size("limit", query.limit, USUAL_PAGE)?,
    };
    let page = rest.self_service.subscriptions(sight, &wanted).await?;
    let organisation = sight.organisation();
    Ok(Json(Subscriptions {
        items: page.rows.into_iter().map(|row| Subscription::of(row, organisation)).collect(),
        hits: hits(page.total),
        query_more: page.next.as_deref().map(opaque),
        read_at: page.freshness.read_at.map(moment),
    }))
}

async fn one(rest: &Rest, sight: &Sight, number: &str) -> Result<Json<Subscription>, ApiError> {
    // No number has one, and PostgreSQL takes none.
    if number.contains(char::is_control) {
        return Err(ApiError::not_found());
    }
    let number = SubscriptionNumber::from(number);
    let page = rest.self_service.subscription(sight, &number).await?;
    Ok(Json(Subscription::whole(page, sight.organisation())))
}

/// List an organisation’s subscriptions
///
/// Those of its end customers, newest first, as they were last read from Zuora.
#[utoipa::path(
    get,
    path = "/api/partner-organisation/{partnerOrganisationId}/subscriptions",
    tag = "Partner management",
    operation_id = "listSubscriptionsOfPartnerOrganisation",
    params(
        ("partnerOrganisationId" = String, Path, description = "The Partner Organisation ID"),
        SubscriptionsQuery,
    ),
    responses(
        (status = 200, description = "A page of them", body = Subscriptions),
        (status = 404, description = "There is no organisation with this ID", body = ErrorBody),
    ),
    security(("bearerAuth" = [])),
)]
pub(super) async fn list_of_organisation(
    State(rest): State<Rest>,
    Reading(admin): Reading,
    ApiPath(organisation): ApiPath<String>,
    ApiQuery(query): ApiQuery<SubscriptionsQuery>,
) -> Result<Json<Subscriptions>, ApiError> {
    list(&rest, &Sight::Admin(admin, id(&organisation)?), query).await
}

/// Get a subscription of an organisation
///
/// Read from Zuora; where that does not answer, as it was last read.
#[utoipa::path(
    get,
    path = "/api/partner-organisation/{partnerOrganisationId}/subscription/{subscriptionNumber}",
    tag = "Partner management",
    operation_id = "getSubscriptionOfPartnerOrganisation",
    params(
        ("partnerOrganisationId" = String, Path, description = "The Partner Organisation ID"),
        ("subscriptionNumber" = String, Path, description = "The subscription’s number"),
    ),
    responses(
        (status = 200, description = "The subscription", body = Subscription),
        (status = 404, description = "The organisation has no such subscription", body = ErrorBody),
    ),
    security(("bearerAuth" = [])),
)]
pub(super) async fn get_of_organisation(
    State(rest): State<Rest>,
    Reading(admin): Reading,
    ApiPath((organisation, number)): ApiPath<(String, String)>,
) -> Result<Json<Subscription>, ApiError> {
    one(&rest, &Sight::Admin(admin, id(&organisation)?), &number).await
}

/// List the organisation’s own subscriptions
///
/// Those of its end customers, newest first, as they were last read from Zuora.
#[utoipa::path(
    get,
    path = "/api/partner/subscription",
    tag = "Partner objects",
    operation_id = "listPartnerSubscriptions",
    params(SubscriptionsQuery),
    responses((status = 200, description = "A page of them", body = Subscriptions)),
    security(("bearerAuth" = ["partner"])),
)]
pub(super) async fn list_own(
    State(rest): State<Rest>,
    AsPartner(partner): AsPartner,
    ApiQuery(query): ApiQuery<SubscriptionsQuery>,
) -> Result<Json<Subscriptions>, ApiError> {
    list(&rest, &Sight::Partner(partner), query).await
}

/// Get one of the organisation’s own subscriptions
///
/// Read from Zuora; where that does not answer, as it was last read.
#[utoipa::path(
    get,
    path = "/api/partner/subscription/{subscriptionNumber}",
    tag = "Partner objects",
    operation_id = "getPartnerSubscription",
    params(("subscriptionNumber" = String, Path, description = "The subscription’s number")),
    responses(
        (status = 200, description = "The subscription", body = Subscription),
        (status = 404, description = "The organisation has no such subscription", body = ErrorBody),
    ),
    security(("bearerAuth" = ["partner"])),
)]
pub(super) async fn get_own(
    State(rest): State<Rest>,
    AsPartner(partner): AsPartner,
    ApiPath(number): ApiPath<String>,
) -> Result<Json<Subscription>, ApiError> {
    one(&rest, &Sight::Partner(partner), &number).await
}
