//! Orders of a partner organisation, for its own clients.

use super::Rest;
use super::bearer::AsPartner;
use super::error::{ApiError, ErrorBody};
use super::extract::{ApiJson, ApiPath};
use super::once::Once;
use super::order_form::{Ordered, SentOrder, Words};
use super::paging::{SERVICE, id, moment};
use crate::desks::OrderRequest;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use partners_app::desks::{PartnerSession, SelfServiceDesk, ShopDesk, Sight};
use partners_app::domain::{ChangeRequest, OrderId, OrderKind, OrderState, OrganisationId, day};
use partners_app::error::PublicError;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

pub(super) use super::order_form::SubmitOrder;

/// An order.
#[derive(Serialize, ToSchema)]
pub(super) struct Order {
    /// The order’s ID, a UUID.
    id: String,
    /// Our reference, which is the order’s number in Zuora.
    order_reference: String,
    /// What it does.
    order_type: OrderType,
    /// How it stands.
    status: OrderStatus,
    /// Why it takes longer, or has failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What the program that ordered calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<String>,
    /// The number of the subscription that it made or changes.
    #[serde(rename = "subscriptionReference", skip_serializing_if = "Option::is_none")]
    subscription_reference: Option<String>,
    /// The end customer’s ID, once known.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    /// The Partner Organisation ID.
    partner_org: String,
    /// `order`
    record_type: &'static str,
    /// `partners`
    service: &'static str,
    /// When it was ordered (RFC 3339).
    created: String,
}

/// What an order does.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum OrderType {
    /// Makes a subscription.
    New,
    /// Changes one, or takes a change back.
    UpdateSubscription,
}

/// How an order stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum OrderStatus {
    /// Put together on the pages, and not placed.
    Draft,
    /// Saved, and on its way to Zuora.
    Processing,
    /// Zuora has carried it out.
    Complete,
    /// Zuora has refused it; nothing was done.
    Failed,
    /// It cannot go on without an admin; nothing is lost.
    NeedsAttention,
}

impl Order {
    pub(super) fn of(order: partners_app::domain::Order, organisation: OrganisationId) -> Self {
        let (status, reason, made) = match order.state {
            OrderState::Draft => (OrderStatus::Draft, None, None),
            OrderState::Placing { delay } => (OrderStatus::Processing, delay, None),
            OrderState::Placed { subscription, .. } => {
                (OrderStatus::Complete, None, Some(subscription))
            }
            OrderState::Refused { reason } => (OrderStatus::Failed, Some(reason), None),
            OrderState::NeedsAttention { .. } => (OrderStatus::NeedsAttention, None, None),
        };
        Self {
            id: order.id.to_string(),
            order_reference: order.reference,
            order_type: match order.kind {
                OrderKind::Purchase => OrderType::New,
                OrderKind::Change | OrderKind::Undo => OrderType::UpdateSubscription,
            },
            status,
            reason,
            external_id: order.external_id,
            subscription_reference: made.or(order.subscription).map(|number| number.0),
            owner: order.customer.map(|id| id.to_string()),
            partner_org: organisation.to_string(),
            record_type: "order",
            service: SERVICE,
            created: moment(order.created_at),
        }
    }
}

/// What an order would cost.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct OrderPreview {
    /// The three letters of the currency of all amounts.
    currency: String,
    /// The subscription’s first day.
    effective_date: String,
    /// What falls due with it.
    items: Vec<PreviewItem>,
    /// Without tax, in digits: `29.00`.
    subtotal: String,
    /// The tax, in digits.
    tax: String,
    /// What is owed with it, in digits.
    total: String,
    /// What each whole period costs from then on.
    recurring: Vec<RecurringTotal>,
}

/// A charge that falls due with an order.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PreviewItem {
    /// The product.
    product: String,
    /// The charge’s name.
    name: String,
    /// How many units, in digits; left out where none are counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    quantity: Option<String>,
    /// The first day it pays for.
    #[serde(skip_serializing_if = "Option::is_none")]
    start_date: Option<String>,
    /// The last day it pays for.
    #[serde(skip_serializing_if = "Option::is_none")]
    end_date: Option<String>,
    /// Without tax, in digits; below nought for a credit.
    amount: String,
    /// The tax on it, in digits.
    tax: String,
}

/// What a whole period costs.
#[derive(Serialize, ToSchema)]
pub(super) struct RecurringTotal {
    /// How often: `month`, `quarter`, `year`, `2 years`, `4 weeks`.
    period: String,
    /// Tax included, in digits.
    total: String,
}

impl From<partners_app::domain::billing::Preview> for OrderPreview {
    fn from(preview: partners_app::domain::billing::Preview) -> Self {
        let items = preview.lines.into_iter().map(|line| PreviewItem {
            product: line.product,
            name: line.name,
            quantity: line.quantity.map(|count| count.normalize().to_string()),
            start_date: line.from.map(day::iso),
            end_date: line.through.map(day::iso),
            amount: line.net.digits(),
            tax: line.tax.digits(),
        });
        let recurring = preview.per_period.into_iter().map(|each| RecurringTotal {
            period: each.period.to_string(),
            total: each.total.digits(),
        });
        Self {
            currency: preview.currency.to_string(),
            effective_date: day::iso(preview.effective_on),
            items: items.collect(),
            subtotal: preview.net.digits(),
            tax: preview.tax.digits(),
            total: preview.total.digits(),
            recurring: recurring.collect(),
        }
    }
}

/// Why an order cannot be put together. Where a change is already to come, a
/// further one is answered with 423, as the product that this follows does for
/// its own changes of subscriptions.
async fn problem(
    rest: &Rest,
    partner: &PartnerSession,
    request: &OrderRequest,
    words: Words,
    error: PublicError,
) -> ApiError {
    let is_refused = matches!(error, PublicError::Refused(_));
    let answer = words.problem(error);
    let OrderRequest::Change(subscription, change) = request else { return answer };
    if !is_refused || *change == ChangeRequest::Undo {
        return answer;
    }
    let sight = Sight::Partner(partner.clone());
    match rest.self_service.subscription(&sight, subscription).await {
        Ok(page) if page.order_under_way.is_some() || page.row.pending.is_some() => {
            answer.status(StatusCode::LOCKED)
        }
        _ => answer,
    }
}

/// Submit an order
///
/// With `order_type` `new` it makes a subscription for an end customer, who may
/// be new; with `update_subscription` it changes one, cancels it, or takes a
/// change back that is to come. The order is saved before it is sent to Zuora,
/// and is usually complete when this is answered; where its status is
/// `processing`, ask for the order until it is another. With an
/// `Idempotency-Key` it is placed once, however often it is sent.
#[utoipa::path(
    post,
    path = "/api/partner/order",
    tag = "Partner orders",
    operation_id = "createPartnerOrder",
    request_body = SubmitOrder,
    responses(
        (status = 200, description = "The order", body = Order),
        (status = 404, description = "The organisation has no such subscription", body = ErrorBody),
        (status = 423, description = "A change of the subscription is to come already", body = ErrorBody),
        (status = 502, description = "Zuora does not answer", body = ErrorBody),
    ),
    security(("bearerAuth" = ["partner"])),
)]
pub(super) async fn create_order(
    State(rest): State<Rest>,
    AsPartner(partner): AsPartner,
    Once(key): Once,
    ApiJson(body): ApiJson<Map<String, Value>>,
) -> Result<Json<Order>, ApiError> {
    let Ordered { request, external_id, words } =
        SentOrder::read(body)?.ordered(&rest, &partner).await?;
    let placed = async {
        let id = rest.shop.draft(&partner, key, request.clone(), external_id).await?;
        rest.shop.place(&partner, id, None).await
    };
    match placed.await {
        Ok(order) => match order.state {
            OrderState::Refused { reason } => {
                Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, reason))
            }
            _ => Ok(Json(Order::of(order, partner.organisation()))),
        },
        Err(error) => Err(problem(&rest, &partner, &request, words, error).await),
    }
}

/// Preview an order
///
/// What it would cost, as Zuora works it out now. Nothing is saved. Taking a
/// change back has no preview: nothing is due with it.
#[utoipa::path(
    post,
    path = "/api/partner/order/preview",
    tag = "Partner orders",
    operation_id = "previewPartnerOrder",
    request_body = SubmitOrder,
    responses(
        (status = 200, description = "What it would cost", body = OrderPreview),
        (status = 404, description = "The organisation has no such subscription", body = ErrorBody),
        (status = 423, description = "A change of the subscription is to come already", body = ErrorBody),
        (status = 502, description = "Zuora does not answer", body = ErrorBody),
    ),
    security(("bearerAuth" = ["partner"])),
)]
pub(super) async fn preview_order(
    State(rest): State<Rest>,
    AsPartner(partner): AsPartner,
    ApiJson(body): ApiJson<Map<String, Value>>,
) -> Result<Json<OrderPreview>, ApiError> {
    let Ordered { request, words, .. } = SentOrder::read(body)?.ordered(&rest, &partner).await?;
    match rest.shop.quote(&partner, request.clone()).await {
        Ok(Some(preview)) => Ok(Json(preview.into())),
        Ok(None) => Err(ApiError::of_field(
            StatusCode::UNPROCESSABLE_ENTITY,
            "change",
            "Nothing is due with taking a change back, so there is nothing to preview. Submit the order.",
        )),
        Err(error) => Err(problem(&rest, &partner, &request, words, error).await),
    }
}

/// Get an order
#[utoipa::path(
    get,
    path = "/api/partner/order/{orderId}",
    tag = "Partner orders",
    operation_id = "getPartnerOrder",
    params(("orderId" = String, Path, description = "The order’s ID")),
    responses(
        (status = 200, description = "The order", body = Order),
        (status = 404, description = "The organisation has no such order", body = ErrorBody),
    ),
    security(("bearerAuth" = ["partner"])),
)]
pub(super) async fn get_order(
    State(rest): State<Rest>,
    AsPartner(partner): AsPartner,
    ApiPath(order): ApiPath<String>,
) -> Result<Json<Order>, ApiError> {
    let (order, organisation) = (id::<OrderId>(&order)?, partner.organisation());
    let order = rest.shop.order(&Sight::Partner(partner), order).await?;
    Ok(Json(Order::of(order, organisation)))
}
