//! `partners doctor`: is the tenant as this installation needs it?

use super::super::{
    Attribution, BillingAccount, BillingError, CatalogPlan, Contact, EndCustomer, NewCustomer,
    NewOrder, OrderInvoiceOwner, OrderedPlan, Preview, Term,
};
use super::compose::{self, For};
use super::object_query;
use super::{Zuora, accounts, preview};
use crate::finding::Finding;
use partners_app::domain::{Currency, OrganisationId, ZuoraAccountId};
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use time::Date;
use uuid::Uuid;

/// The objects that carry our custom fields, as Zuora's describe call names
/// them.
const OBJECTS: [&str; 2] = ["Order", "Subscription"];

impl Zuora {
    /// Looks at the tenant, and previews orders of `today` in it. Changes
    /// nothing.
    pub async fn doctor(&self, today: Date) -> Vec<Finding> {
        const CREDENTIALS: &str = "Zuora accepts the credentials";
        const READS: &str = "Zuora lets accounts be read";
        let query = object_query::query(&self.http, "accounts", 1);
        if let Err(error) = self.http.check_credentials().await {
            return vec![Finding::bad(CREDENTIALS, error)];
        }
        let mut findings = vec![Finding::good(CREDENTIALS)];
        findings.push(match object_query::page::<IgnoredAny>(&self.http, query, None).await {
            Ok(_) => Finding::good(READS),
            Err(error) => Finding::bad(READS, error),
        });
        let (catalog, plan) = self.catalog_finding(today).await;
        findings.push(catalog);
        if let Some((plan, currency)) = &plan {
            findings.push(self.orders_finding(plan, *currency, today).await);
            findings.push(self.owners_finding(plan, today).await);
        }
        findings.extend(self.field_findings().await);
        findings
    }

    /// The catalog, and a plan of it that can be previewed.
    async fn catalog_finding(&self, today: Date) -> (Finding, Option<(CatalogPlan, Currency)>) {
        const CATALOG: &str = "Zuora’s catalog has rate plans that are sold today";
        let plans = match self.fresh_catalog().await {
            Ok(plans) => plans,
            Err(error) => return (Finding::bad(CATALOG, error), None),
        };
        let found = plans
            .iter()
            .filter(|plan| plan.is_sold_on(today))
            .find_map(|plan| plan.currencies().first().map(|currency| (plan.clone(), *currency)));
        let change = "Create a product in Zuora with a rate plan that is effective today and has \
                      a price.";
        (Finding::new(CATALOG, found.is_some(), change), found)
    }

    async fn orders_finding(&self, plan: &CatalogPlan, currency: Currency, today: Date) -> Finding {
        const ORDERS: &str = "Orders can be previewed";
        let order = trial(plan, currency, OrderInvoiceOwner::EndCustomer, today);
        match self.try_out(&order).await {
            Ok(_) => Finding::good(ORDERS),
            Err(error) => Finding::bad(
                ORDERS,
                format!(
                    "Enable Orders or Orders Harmonization in the Zuora tenant, and allow it to \
                     the OAuth client’s user. {error}"
                ),
            ),
        }
    }

    /// Previews an order of a partner for a new end customer.
    async fn owners_finding(&self, plan: &CatalogPlan, today: Date) -> Finding {
        const OWNERS: &str = "Subscription owner and invoice owner may differ";
        let partner = match accounts::some_active(&self.http).await {
            Ok(accounts) => partner_for(plan, accounts),
            Err(error) => return Finding::bad(OWNERS, error),
        };
        let Some((partner, key)) = partner else {
            return Finding::bad(
                OWNERS,
                "This could not be tried: Zuora has no active account in a currency of its \
                 catalog. Create a reseller’s account and run this again.",
            );
        };
        let order = trial(plan, partner.currency, OrderInvoiceOwner::Partner(key), today);
        match self.try_out(&order).await {
            Ok(_) => Finding::good(OWNERS),
            Err(error) => Finding::bad(
                OWNERS,
                format!(
                    "Enable Owner Transfer in the Zuora tenant (Feature Management), or ask \
                     Zuora’s support for it. {error}"
                ),
            ),
        }
    }

    async fn try_out(&self, order: &NewOrder) -> Result<Preview, BillingError> {
        // Custom fields have findings of their own.
        let names = super::ZuoraFields::default();
        let EndCustomer::New(customer) = &order.customer else {
            return self.preview_order(order).await;
        };
        let known = preview::Known {
            currency: customer.currency,
            ordered_on: order.ordered_on,
            effective_on: order.starts_on,
            recurring: BTreeMap::new(),
        };
        let body = |through| compose::new_subscription(order, &[], &names, For::Preview(through));
        preview::work_out(&self.http, known, body).await
    }

    async fn field_findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let names: Vec<&str> = self.http.settings().fields.names().collect();
        if names.is_empty() {
            return findings;
        }
        for object in OBJECTS {
            let description = self.http.text(self.http.get(&["v1", "describe", object])).await;
            for name in &names {
                let check = format!("{object}s have the custom field {name}");
                findings.push(match &description {
                    Err(error) => Finding::bad(check, error),
                    Ok(description) => Finding::new(
                        check,
                        description.contains(&format!("<name>{name}</name>")),
                        &format!(
                            "Create the custom field {name} of type text for {object} in Zuora \
                             (Settings, Custom Fields), or set its ZUORA_FIELD_… variable to the \
                             API name of another."
                        ),
                    ),
                });
            }
        }
        findings
    }
}

/// An account in whose currency the plan is sold: a reseller's if there is one.
fn partner_for(
    plan: &CatalogPlan,
    accounts: Vec<BillingAccount>,
) -> Option<(BillingAccount, ZuoraAccountId)> {
    let currencies = plan.currencies();
    let mut fitting: Vec<BillingAccount> =
        accounts.into_iter().filter(|one| currencies.contains(&one.currency)).collect();
    fitting.sort_by_key(|account| !account.is_partner_account);
    let account = fitting.into_iter().next()?;
    let key = ZuoraAccountId::parse(account.number.as_str()).ok()?;
    Some((account, key))
}

/// An order that nobody places.
fn trial(
    plan: &CatalogPlan,
    currency: Currency,
    invoice_owner: OrderInvoiceOwner,
    today: Date,
) -> NewOrder {
    NewOrder {
        customer: EndCustomer::New(Box::new(NewCustomer {
            name: "partners doctor".to_owned(),
            currency,
            contact: Contact {
                first_name: "Partners".to_owned(),
                last_name: "Doctor".to_owned(),
                country: "US".to_owned(),
                state: "CA".to_owned(),
                ..Contact::default()
            },
        })),
        invoice_owner,
        plan: OrderedPlan { rate_plan: plan.id.clone(), quantity: None },
        add_ons: Vec::new(),
        ordered_on: today,
        starts_on: today,
        term: Term { months: Some(12), auto_renew: false },
        invoice_now: false,
        attribution: Attribution {
            organisation: OrganisationId(Uuid::nil()),
            salesforce_account: None,
        },
    }
}
