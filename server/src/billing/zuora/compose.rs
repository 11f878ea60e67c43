//! From an order in our terms to Zuora's body.
//!
//! An order stands under the account that shall be invoiced: Zuora makes that
//! account invoice owner and, unless the action names another, subscription
//! owner. So the invoice owner can be the partner without the field
//! `invoiceOwnerAccountNumber`, which tenants have since January 2025 only.

use super::super::{
    Attribution, BillingError, CatalogPlan, ChargeKind, ChargeModel, Contact, EndCustomer,
    NewCustomer, NewOrder, OrderInvoiceOwner, OrderReference, OrderedPlan, Reason, Term,
};
use super::ZuoraFields;
use super::number::{Day, Number};
use super::order_body::{
    Action, BillingOptions, ChargeOverride, ContactBody, CreateSubscription, CustomFields,
    InitialTerm, Length, NewAccount, OrderAccount, OrderAction, OrderBody, Place, PreviewAccount,
    PreviewOptions, Pricing, ProcessingOptions, RatePlanBody, SubscriptionBody, Terms, triggers,
};
use partners_app::domain::ZuoraAccountId;
use rust_decimal::Decimal;
use time::Date;

/// What the body is for.
#[derive(Clone, Copy)]
pub(super) enum For<'a> {
    /// To see what it would cost up to a day.
    Preview(Date),
    /// To be carried out under our reference.
    Placing(&'a OrderReference),
}

impl For<'_> {
    pub(super) fn number(self) -> Option<String> {
        match self {
            Self::Preview(_) => None,
            Self::Placing(reference) => Some(reference.as_str().to_owned()),
        }
    }

    pub(super) fn preview_options(self) -> Option<PreviewOptions> {
        match self {
            Self::Placing(_) => None,
            Self::Preview(through) => Some(PreviewOptions {
                preview_thru_type: "SpecificDate",
                specific_preview_thru_date: Day(through),
                preview_types: ["BillingDocs"],
            }),
        }
    }

    pub(super) fn processing_options(
        self,
        invoice_now: bool,
        through: Date,
    ) -> Option<ProcessingOptions> {
        matches!(self, Self::Placing(_) if invoice_now).then_some(ProcessingOptions {
            run_billing: true,
            billing_options: BillingOptions { target_date: Day(through) },
        })
    }

    /// The custom fields, of the order and of the subscription.
    pub(super) fn custom_fields(
        self,
        names: &ZuoraFields,
        attribution: &Attribution,
    ) -> CustomFields {
        let reference = self.number();
        let salesforce = attribution.salesforce_account.as_ref().map(|id| id.as_str().to_owned());
        [
            (&names.partner_organisation, Some(attribution.organisation.to_string())),
            (&names.salesforce_account, salesforce),
            (&names.reference, reference),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name.clone()?, value?)))
        .collect()
    }
}

/// The body of an order for a new subscription.
pub(super) fn new_subscription(
    order: &NewOrder,
    catalog: &[CatalogPlan],
    names: &ZuoraFields,
    purpose: For<'_>,
) -> Result<OrderBody, BillingError> {
    let plans = std::iter::once(&order.plan).chain(&order.add_ons);
    let plans = plans.map(|plan| rate_plan(plan, catalog)).collect::<Result<Vec<_>, _>>()?;
    let is_preview = matches!(purpose, For::Preview(_));
    let (account, existing_owner, new_owner) = match (&order.invoice_owner, &order.customer) {
        (OrderInvoiceOwner::Partner(partner), EndCustomer::Existing(number)) => {
            (account_of(partner), Some(number.0.clone()), None)
        }
        (OrderInvoiceOwner::Partner(partner), EndCustomer::New(customer)) => {
            (account_of(partner), None, Some(new_account(customer)))
        }
        (OrderInvoiceOwner::EndCustomer, EndCustomer::Existing(number)) => {
            (OrderAccount::Number(number.0.clone()), None, None)
        }
        (OrderInvoiceOwner::EndCustomer, EndCustomer::New(customer)) if is_preview => {
            (OrderAccount::Preview(Box::new(preview_account(customer))), None, None)
        }
        (OrderInvoiceOwner::EndCustomer, EndCustomer::New(customer)) => {
            (OrderAccount::New(Box::new(new_account(customer))), None, None)
        }
    };
    let create = CreateSubscription {
        subscription_owner_account_number: existing_owner,
        new_subscription_owner_account: new_owner,
        terms: terms(order.term, order.starts_on),
        subscribe_to_rate_plans: plans,
    };
    let custom_fields = purpose.custom_fields(names, &order.attribution);
    Ok(OrderBody {
        order_date: Day(order.ordered_on),
        order_number: purpose.number(),
        account,
        custom_fields: custom_fields.clone(),
        subscriptions: [SubscriptionBody {
            subscription_number: None,
            custom_fields,
            order_actions: vec![OrderAction {
                action: Action::CreateSubscription { body: Box::new(create) },
                trigger_dates: triggers(Day(order.starts_on)),
            }],
        }],
        processing_options: purpose
            .processing_options(order.invoice_now, order.starts_on.max(order.ordered_on)),
        preview_options: purpose.preview_options(),
    })
}

/// The account as an order names it: an ID has 32 hexadecimal digits,
/// everything else is a number.
fn account_of(key: &ZuoraAccountId) -> OrderAccount {
    let text = key.as_str();
    if text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        OrderAccount::Id(text.to_owned())
    } else {
        OrderAccount::Number(text.to_owned())
    }
}

fn new_account(customer: &NewCustomer) -> NewAccount {
    let contact = contact(&customer.contact);
    NewAccount {
        name: customer.name.clone(),
        currency: customer.currency.as_str().to_owned(),
        bill_cycle_day: 0,
        auto_pay: false,
        bill_to_contact: contact.clone(),
        sold_to_contact: contact,
    }
}

fn preview_account(customer: &NewCustomer) -> PreviewAccount {
    let ContactBody { city, state, postal_code, country, .. } = contact(&customer.contact);
    PreviewAccount {
        currency: customer.currency.as_str().to_owned(),
        bill_cycle_day: 0,
        sold_to_contact: Place { city, state, postal_code, country },
    }
}

fn contact(contact: &Contact) -> ContactBody {
    // The one address of a contact stands where it always did; beside another
    // one it is the personal one.
    let (work_email, personal_email) = if contact.work_email.is_empty() {
        (&contact.email, &contact.work_email)
    } else {
        (&contact.work_email, &contact.email)
    };
    ContactBody {
        first_name: contact.first_name.clone(),
        last_name: contact.last_name.clone(),
        work_email: work_email.clone(),
        personal_email: personal_email.clone(),
        mobile_phone: contact.phone.clone(),
        work_phone: contact.work_phone.clone(),
        other_phone: contact.other_phone.clone(),
        address1: contact.address1.clone(),
        address2: contact.address2.clone(),
        city: contact.city.clone(),
        state: contact.state.clone(),
        county: contact.county.clone(),
        postal_code: contact.postal_code.clone(),
        country: contact.country.clone(),
    }
}

fn terms(term: Term, starts_on: Date) -> Terms {
    let length = term.months.map(|period| Length { period, period_type: "Month" });
    let termed = length.is_some();
    Terms {
        initial_term: InitialTerm {
            start_date: Day(starts_on),
            term_type: if termed { "TERMED" } else { "EVERGREEN" },
            length,
        },
        renewal_setting: termed.then_some("RENEW_WITH_SPECIFIC_TERM"),
        renewal_terms: length.into_iter().collect(),
        auto_renew: termed.then_some(term.auto_renew),
    }
}

/// A plan with the quantity on every charge that takes one.
pub(super) fn rate_plan(
    plan: &OrderedPlan,
    catalog: &[CatalogPlan],
) -> Result<RatePlanBody, BillingError> {
    let id = &plan.rate_plan;
    let mut charge_overrides = Vec::new();
    if let Some(quantity) = plan.quantity {
        let known = catalog.iter().find(|known| known.id == *id).ok_or_else(|| {
            BillingError::NotFound(Reason {
                code: None,
                message: format!("The rate plan {id} is not in the catalog."),
            })
        })?;
        for charge in known.charges.iter().filter(|charge| charge.takes_quantity()) {
            let pricing = pricing(charge.kind, &charge.model, quantity);
            charge_overrides.extend(pricing.map(|pricing| ChargeOverride {
                product_rate_plan_charge_id: charge.id.0.clone(),
                pricing,
            }));
        }
    }
    Ok(RatePlanBody { product_rate_plan_id: id.0.clone(), charge_overrides })
}

/// A quantity as Zuora names it for a kind and model of charge.
pub(super) fn pricing(kind: ChargeKind, model: &ChargeModel, quantity: Decimal) -> Option<Pricing> {
    let quantity = Number(quantity);
    Some(match (kind, model) {
        (ChargeKind::Recurring, ChargeModel::PerUnit) => Pricing::RecurringPerUnit { quantity },
        (ChargeKind::Recurring, ChargeModel::Tiered) => Pricing::RecurringTiered { quantity },
        (ChargeKind::Recurring, ChargeModel::Volume) => Pricing::RecurringVolume { quantity },
        (ChargeKind::OneTime, ChargeModel::PerUnit) => Pricing::OneTimePerUnit { quantity },
        (ChargeKind::OneTime, ChargeModel::Tiered) => Pricing::OneTimeTiered { quantity },
        (ChargeKind::OneTime, ChargeModel::Volume) => Pricing::OneTimeVolume { quantity },
        _ => return None,
    })
}
