//! Self-Service: end customers, subscriptions, invoices. Partner users see
//! their own organisation's; admins name the organisation.

use crate::domain::billing::SubscriptionNumber;
use crate::domain::{
    CustomerId, CustomerPage, CustomerQuery, CustomerRow, InvoiceQuery, InvoiceRow, ListPage,
    OrganisationId, SubscriptionPage, SubscriptionQuery, SubscriptionRow,
};
use crate::error::PublicError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// The end customers.
#[server(prefix = "/actions", endpoint = "customers/list", input = Json)]
pub async fn list_customers(
    organisation: Option<OrganisationId>,
    query: CustomerQuery,
) -> Result<ListPage<CustomerRow>, PublicError> {
    let (sight, desk) = super::context::self_service_in_sight(organisation)?;
    desk.customers(&sight, &query).await
}

/// An end customer.
#[server(prefix = "/actions", endpoint = "customers/get", input = Json)]
pub async fn get_customer(
    organisation: Option<OrganisationId>,
    id: CustomerId,
) -> Result<CustomerPage, PublicError> {
    let (sight, desk) = super::context::self_service_in_sight(organisation)?;
    desk.customer(&sight, id).await
}

/// The subscriptions.
#[server(prefix = "/actions", endpoint = "subscriptions/list", input = Json)]
pub async fn list_subscriptions(
    organisation: Option<OrganisationId>,
    query: SubscriptionQuery,
) -> Result<ListPage<SubscriptionRow>, PublicError> {
    let (sight, desk) = super::context::self_service_in_sight(organisation)?;
    desk.subscriptions(&sight, &query).await
}

/// A subscription.
#[server(prefix = "/actions", endpoint = "subscriptions/get", input = Json)]
pub async fn get_subscription(
    organisation: Option<OrganisationId>,
    number: SubscriptionNumber,
) -> Result<SubscriptionPage, PublicError> {
    let (sight, desk) = super::context::self_service_in_sight(organisation)?;
    desk.subscription(&sight, &number).await
}

/// The invoices.
#[server(prefix = "/actions", endpoint = "invoices/list", input = Json)]
pub async fn list_invoices(
    organisation: Option<OrganisationId>,
    query: InvoiceQuery,
) -> Result<ListPage<InvoiceRow>, PublicError> {
    let (sight, desk) = super::context::self_service_in_sight(organisation)?;
    desk.invoices(&sight, &query).await
}
