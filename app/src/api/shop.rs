//! The Shop, and orders.

use crate::domain::billing::Preview;
use crate::domain::{CheckoutPage, CustomerId, OfferId, Order, OrderId, OrganisationId, ShopFront};
use crate::error::PublicError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What the organisation's users may sell. Admins name the organisation.
#[server(prefix = "/actions", endpoint = "shop/front", input = Json)]
pub async fn get_shop_front(
    organisation: Option<OrganisationId>,
) -> Result<ShopFront, PublicError> {
    let (sight, desk) = super::context::shop_in_sight(organisation)?;
    desk.front(&sight).await
}

/// What the checkout of an offer needs to know.
#[server(prefix = "/actions", endpoint = "shop/checkout", input = Json)]
pub async fn get_checkout(
    offer: OfferId,
    customer: Option<CustomerId>,
    draft: Option<OrderId>,
) -> Result<CheckoutPage, PublicError> {
    let (partner, desk) = super::context::shop_desk()?;
    desk.checkout(&partner, offer, customer, draft).await
}

/// *Review order*: puts the order together and goes to its page, where it is
/// previewed and placed.
#[server(prefix = "/actions", endpoint = "shop/review")]
pub async fn review_purchase(
    creation_key: Uuid,
    offer: OfferId,
    #[server(default)] customer: String,
    #[server(default)] customer_kind: String,
    #[server(default)] company: String,
    #[server(default)] first_name: String,
    #[server(default)] last_name: String,
    #[server(default)] email: String,
    #[server(default)] work_email: String,
    #[server(default)] phone: String,
    #[server(default)] work_phone: String,
    #[server(default)] other_phone: String,
    #[server(default)] address1: String,
    #[server(default)] address2: String,
    #[server(default)] city: String,
    #[server(default)] state: String,
    #[server(default)] county: String,
    #[server(default)] postal_code: String,
    #[server(default)] country: String,
    #[server(default)] currency: String,
    #[server(default)] quantity: String,
    #[server(default)] starts_on: String,
    #[server(default)] add_ons: BTreeMap<String, String>,
) -> Result<(), PublicError> {
    let (partner, desk) = super::context::shop_desk()?;
    let form = crate::domain::CheckoutForm {
        customer,
        customer_kind,
        company,
        first_name,
        last_name,
        email,
        work_email,
        phone,
        work_phone,
        other_phone,
        address1,
        address2,
        city,
        state,
        county,
        postal_code,
        country,
        currency,
        quantity,
        starts_on,
        add_ons: crate::domain::checkout::add_ons_of_form(add_ons),
    };
    let order = desk.draft_purchase(&partner, creation_key, offer, form).await?;
    leptos_axum::redirect(&crate::paths::order(order));
    Ok(())
}

/// *Review change*: puts a change of a subscription together and goes to its
/// page. `change` is `switch_plan`, `quantity`, `add_add_on`,
/// `remove_add_on`, `cancel` or `undo`; `target` the plan or offer that it is
/// about; `when` `term_end` or `now`.
#[server(prefix = "/actions", endpoint = "subscriptions/review-change")]
pub async fn review_change(
    creation_key: Uuid,
    subscription: String,
    change: String,
    #[server(default)] target: String,
    #[server(default)] quantity: String,
    #[server(default)] when: String,
) -> Result<(), PublicError> {
    let (partner, desk) = super::context::shop_desk()?;
    let change = crate::domain::ChangeRequest::parse(&change, &target, &quantity, &when)
        .map_err(PublicError::Invalid)?;
    let number = crate::domain::billing::SubscriptionNumber(subscription);
    let order = desk.draft_change(&partner, creation_key, number, change).await?;
    leptos_axum::redirect(&crate::paths::order(order));
    Ok(())
}

/// An order. Admins name the organisation.
#[server(prefix = "/actions", endpoint = "orders/get", input = Json)]
pub async fn get_order(
    organisation: Option<OrganisationId>,
    id: OrderId,
) -> Result<Order, PublicError> {
    let (sight, desk) = super::context::shop_in_sight(organisation)?;
    desk.order(&sight, id).await
}

/// What a draft would cost; nothing for taking a change back, and for what is
/// no draft any more.
#[server(prefix = "/actions", endpoint = "orders/preview", input = Json)]
pub async fn preview_order(id: OrderId) -> Result<Option<Preview>, PublicError> {
    let (partner, desk) = super::context::shop_desk()?;
    desk.preview(&partner, id).await
}

/// *Place order*: `effective_on` is the day that the page says it takes effect
/// on, where it says one.
#[server(prefix = "/actions", endpoint = "orders/place")]
pub async fn place_order(
    id: OrderId,
    #[server(default)] effective_on: String,
) -> Result<Order, PublicError> {
    let (partner, desk) = super::context::shop_desk()?;
    let seen = Some(effective_on).filter(|day| !day.is_empty());
    let seen = seen.map(|day| crate::domain::day::parse(&day)).transpose();
    desk.place(&partner, id, seen.map_err(PublicError::Refused)?).await
}

/// The organisation's latest orders, newest first. Admins name the
/// organisation.
#[server(prefix = "/actions", endpoint = "orders/recent", input = Json)]
pub async fn recent_orders(
    organisation: Option<OrganisationId>,
) -> Result<Vec<Order>, PublicError> {
    let (sight, desk) = super::context::shop_in_sight(organisation)?;
    desk.recent_orders(&sight).await
}
