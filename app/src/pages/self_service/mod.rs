//! Self-Service: an organisation's end customers, subscriptions and invoices.
//!
//! The same pages for its users, under `/partner`, and for admins, who look, as
//! tabs of the organisation's page: see [`Place`](place::Place).

mod changes;
mod customer;
mod customers;
mod invoices;
mod list_page;
mod offers;
mod place;
mod subscription;
mod subscriptions;
mod words;

use crate::part::page_in_part;
use customer::CustomerPage;
use customers::CustomersPage;
use invoices::InvoicesPage;
use offers::OffersTab;
use subscription::SubscriptionPage;
use subscriptions::SubscriptionsPage;

page_in_part!(
    /// `/partner/customers`
    CustomersRoute, partner, customers_page, preload_customers, CustomersPage
);
page_in_part!(
    /// `/partner/customers/{customer}`
    CustomerRoute, partner, customer_page, preload_customer, CustomerPage
);
page_in_part!(
    /// `/partner/subscriptions`
    SubscriptionsRoute, partner, subscriptions_page, preload_subscriptions, SubscriptionsPage
);
page_in_part!(
    /// `/partner/subscriptions/{number}`
    SubscriptionRoute, partner, subscription_page, preload_subscription, SubscriptionPage
);
page_in_part!(
    /// `/partner/invoices`
    InvoicesRoute, partner, invoices_page, preload_invoices, InvoicesPage
);
page_in_part!(
    /// `/settings/profile/partners/{id}/offers`
    OffersTabRoute, partner, offers_tab, preload_offers_tab, OffersTab
);
