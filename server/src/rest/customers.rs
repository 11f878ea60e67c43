//! The end customers and invoices of a partner organisation, for its own
//! clients.

use super::Rest;
use super::bearer::AsPartner;
use super::error::{ApiError, ErrorBody};
use super::extract::{ApiPath, ApiQuery};
use super::orders::Order;
use super::paging::{
    SERVICE, begins_with_day, begins_with_id, filter, id, moment, opaque, place, size, word,
};
use super::subscriptions::hits;
use crate::web::documents::pdf;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use partners_app::desks::{SelfServiceDesk, Sight};
use partners_app::domain::billing::InvoiceId;
use partners_app::domain::listing::clean_search;
use partners_app::domain::{
    CustomerId, CustomerQuery, CustomerRow, InvoiceQuery, InvoiceRow, InvoiceStatus, day,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

const USUAL_PAGE: usize = 40;

/// An end customer.
#[derive(Serialize, ToSchema)]
pub(super) struct Customer {
    /// The end customer’s ID, a UUID.
    id: String,
    /// The company’s or person’s name.
    name: String,
    data: CustomerData,
    /// The Partner Organisation ID.
    partner_org: String,
    /// `customer`
    record_type: &'static str,
    /// `partners`
    service: &'static str,
}

/// What is known of an end customer.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CustomerData {
    /// The number of its account in Zuora.
    account_number: String,
    /// Its email address.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// The three letters of its account’s currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    /// How many of its subscriptions are active.
    active_subscriptions: i64,
    /// When the last order for it was placed (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    last_order: Option<String>,
    /// The latest orders for it, newest first, at most 20; not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    orders: Option<Vec<Order>>,
}

impl From<CustomerRow> for Customer {
    fn from(row: CustomerRow) -> Self {
        let customer = row.customer;
        Self {
            id: customer.id.to_string(),
            name: customer.name,
            data: CustomerData {
                account_number: customer.account.to_string(),
                email: customer.email,
                currency: customer.currency.map(|currency| currency.to_string()),
                active_subscriptions: row.active_subscriptions,
                last_order: customer.last_order_at.map(moment),
                orders: None,
            },
            partner_org: customer.organisation.to_string(),
            record_type: "customer",
            service: SERVICE,
        }
    }
}

/// A page of end customers.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Customers {
    items: Vec<Customer>,
    /// How many there are in all; 1001 for any number above 1,000.
    hits: i64,
    /// For the next page; left out on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    query_more: Option<String>,
}

/// Which end customers to list.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub(super) struct CustomersQuery {
    /// Text in names and email addresses.
    #[param(max_length = 200)]
    filter: Option<String>,
    /// `queryMore` of the page before.
    #[param(min_length = 1, max_length = 2000)]
    query_more: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 40)]
    limit: Option<u32>,
}

/// List the organisation’s end customers
///
/// By name.
#[utoipa::path(
    get,
    path = "/api/partner/customer",
    tag = "Partner objects",
    operation_id = "listPartnerCustomers",
    params(CustomersQuery),
    responses((status = 200, description = "A page of them", body = Customers)),
    security(("bearerAuth" = ["partner"])),
)]
pub(super) async fn list_customers(
    State(rest): State<Rest>,
    AsPartner(partner): AsPartner,
    ApiQuery(query): ApiQuery<CustomersQuery>,
) -> Result<Json<Customers>, ApiError> {
    let wanted = CustomerQuery {
        search: clean_search(&filter(query.filter)?),
        after: place("queryMore", query.query_more, begins_with_id)?,
        before: None,
        size: size("limit", query.limit, USUAL_PAGE)?,
    };
    let page = rest.self_service.customers(&Sight::Partner(partner), &wanted).await?;
    Ok(Json(Customers {
        items: page.rows.into_iter().map(Into::into).collect(),
        hits: hits(page.total),
        query_more: page.next.as_deref().map(opaque),
    }))
}

/// Get an end customer, with the latest orders for it
#[utoipa::path(
    get,
    path = "/api/partner/customer/{customerId}",
    tag = "Partner objects",
    operation_id = "getPartnerCustomer",
    params(("customerId" = String, Path, description = "The end customer’s ID")),
    responses(
        (status = 200, description = "The end customer", body = Customer),
        (status = 404, description = "The organisation has no such end customer", body = ErrorBody),
    ),
    security(("bearerAuth" = ["partner"])),
)]
pub(super) async fn get_customer(
    State(rest): State<Rest>,
    AsPartner(partner): AsPartner,
    ApiPath(customer): ApiPath<String>,
) -> Result<Json<Customer>, ApiError> {
    let (customer, organisation) = (id::<CustomerId>(&customer)?, partner.organisation());
    let page = rest.self_service.customer(&Sight::Partner(partner), customer).await?;
    let orders = page.orders.into_iter().map(|order| Order::of(order, organisation));
    let mut customer = Customer::from(page.row);
    customer.data.orders = Some(orders.collect());
    Ok(Json(customer))
}

/// An invoice.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invoice {
    /// Its ID in Zuora.
    id: String,
    /// Its number.
    invoice_number: String,
    /// Its date.
    invoice_date: String,
    /// The day it is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_date: Option<String>,
    /// What it comes to, tax included, in digits: `29.00`.
    amount: String,
    /// What is still to be paid, in digits.
    balance: String,
    /// The three letters of its currency.
    currency: String,
    /// How it stands today.
    status: InvoiceState,
    /// Whom it is for: the end customer’s or the organisation’s name.
    account_name: String,
    /// The end customer’s ID; left out where it is the organisation’s own.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_id: Option<String>,
}

/// How an invoice stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum InvoiceState {
    /// Nothing is left to be paid.
    Paid,
    /// Something is, and it is not late yet.
    Unpaid,
    /// Something is, and it is late.
    Overdue,
}

impl From<InvoiceRow> for Invoice {
    fn from(row: InvoiceRow) -> Self {
        Self {
            id: row.id.to_string(),
            invoice_number: row.number,
            invoice_date: day::iso(row.date),
            due_date: row.due.map(day::iso),
            amount: row.amount.digits(),
            balance: row.balance.digits(),
            currency: row.amount.currency.to_string(),
            status: match row.status {
                InvoiceStatus::Paid => InvoiceState::Paid,
                InvoiceStatus::Unpaid => InvoiceState::Unpaid,
                InvoiceStatus::Overdue => InvoiceState::Overdue,
            },
            account_name: row.addressee,
            customer_id: row.customer.map(|id| id.to_string()),
        }
    }
}

/// A page of invoices.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invoices {
    items: Vec<Invoice>,
    /// For the next page; left out on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
    /// When they were last read from Zuora (RFC 3339); left out before the
    /// first time.
    #[serde(skip_serializing_if = "Option::is_none")]
    read_at: Option<String>,
}

/// Which invoices to list.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub(super) struct InvoicesQuery {
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 40)]
    page_size: Option<u32>,
    /// `cursor` of the page before.
    #[param(min_length = 1, max_length = 400)]
    cursor: Option<String>,
    /// `paid`, `unpaid` or `overdue`; what is overdue is unpaid, too.
    #[param(pattern = "^(paid|unpaid|overdue)$")]
    status: Option<String>,
}

/// List the organisation’s invoices
///
/// Newest first, as they were last read from Zuora: with the invoice owner
/// *Partner* the organisation’s own, with *End customer* those of its end
/// customers.
#[utoipa::path(
    get,
    path = "/api/partner/invoice",
    tag = "Partner objects",
    operation_id = "listPartnerInvoices",
    params(InvoicesQuery),
    responses((status = 200, description = "A page of them", body = Invoices)),
    security(("bearerAuth" = ["partner"])),
)]
pub(super) async fn list_invoices(
    State(rest): State<Rest>,
    AsPartner(partner): AsPartner,
    ApiQuery(query): ApiQuery<InvoicesQuery>,
) -> Result<Json<Invoices>, ApiError> {
    let wanted = InvoiceQuery {
        status: word("status", query.status, InvoiceStatus::parse)?,
        after: place("cursor", query.cursor, begins_with_day)?,
        before: None,
        size: size("pageSize", query.page_size, USUAL_PAGE)?,
    };
    let page = rest.self_service.invoices(&Sight::Partner(partner), &wanted).await?;
    Ok(Json(Invoices {
        items: page.rows.into_iter().map(Into::into).collect(),
        cursor: page.next.as_deref().map(opaque),
        read_at: page.freshness.read_at.map(moment),
    }))
}

/// A file, byte for byte.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "it describes what is streamed")]
pub(super) struct File(Vec<u8>);

/// Get an invoice’s document
///
/// The PDF that Zuora has made of the invoice, newest version.
#[utoipa::path(
    get,
    path = "/api/partner/invoice/{invoiceId}/file",
    tag = "Partner objects",
    operation_id = "getPartnerInvoiceFile",
    params(("invoiceId" = String, Path, description = "The invoice’s ID")),
    responses(
        (status = 200, description = "The document", body = File, content_type = "application/pdf"),
        (status = 404, description = "The organisation has no such invoice, or Zuora no document of it", body = ErrorBody),
        (status = 502, description = "Zuora does not answer", body = ErrorBody),
    ),
    security(("bearerAuth" = ["partner"])),
)]
pub(super) async fn get_invoice_file(
    State(rest): State<Rest>,
    AsPartner(partner): AsPartner,
    ApiPath(invoice): ApiPath<String>,
) -> Result<Response, ApiError> {
    // No ID has one, and PostgreSQL takes none.
    if invoice.contains(char::is_control) {
        return Err(ApiError::not_found());
    }
    let found = rest.self_service.invoice_pdf(&Sight::Partner(partner), &InvoiceId(invoice)).await;
    let (number, document) = found.map_err(|error| ApiError::of_zuora(error, str::to_owned))?;
    Ok(pdf(&number, document))
}
