//! A purchase, put together from what was typed at the checkout.

use super::{OrPublic, ShopOffice, attribution};
use crate::billing::{Contact, EndCustomer, NewCustomer, NewOrder, OrderInvoiceOwner, OrderedPlan};
use crate::orders::OrderContent;
use crate::store::customers;
use crate::store::drafts::Draft;
use partners_app::desks::PartnerSession;
use partners_app::domain::{
    Checkout, CheckoutCustomer, CheckoutForm, Customer, CustomerId, InvoiceOwner, NewEndCustomer,
    Offer, OfferId, OrderLine, Organisation,
};
use partners_app::error::PublicError;
use rust_decimal::Decimal;
use time::Date;

/// For whom it is bought, as it is shown and as it is sent.
struct Buyer {
    id: Option<CustomerId>,
    name: String,
    sent: EndCustomer,
}

impl ShopOffice {
    pub(super) async fn purchase(
        &self,
        partner: &PartnerSession,
        offer: OfferId,
        form: CheckoutForm,
    ) -> Result<Draft, PublicError> {
        let origin = partner.origin();
        let wanted = form.customer.trim().parse().ok();
        let page = self.checkout_page(partner, offer, wanted, None).await?;
        let checkout = form.parse(&page).map_err(PublicError::Invalid)?;
        let organisation = self.organisation(partner.organisation(), origin).await?;
        let buyer = match &checkout.customer {
            CheckoutCustomer::New(new) => Buyer::new(new),
            CheckoutCustomer::Existing(id) => Buyer::known(self.customer(partner, *id).await?),
        };
        let sold = self.sold_to(organisation.id, partner.channel(), origin).await?;
        let find =
            |id: OfferId| sold.iter().find(|offer| offer.id == id).ok_or(PublicError::NotFound);
        let plan = (find(offer)?, checkout.quantity);
        let add_ons = checkout
            .add_ons
            .iter()
            .map(|(id, quantity)| Ok((find(*id)?, *quantity)))
            .collect::<Result<Vec<_>, PublicError>>()?;
        let order =
            new_order(&organisation, &checkout, buyer.sent, plan, &add_ons, self.clock.today());
        let invoiced_to = match organisation.invoice_owner {
            InvoiceOwner::Partner => organisation.name.to_string(),
            InvoiceOwner::EndCustomer => buyer.name.clone(),
        };
        Ok(Draft {
            content: OrderContent::Purchase(Box::new(order)),
            typed: Some(form),
            offer: Some(offer),
            title: format!("{} for {}", plan.0.content.name, buyer.name),
            customer: buyer.id,
            customer_name: buyer.name,
            invoice_owner: organisation.invoice_owner,
            invoice_owner_source: "organisation",
            invoiced_to,
            external_id: None,
            lines: std::iter::once(&plan).chain(&add_ons).map(line).collect(),
            by: (partner.user(), partner.name().to_owned()),
        })
    }

    async fn customer(
        &self,
        partner: &PartnerSession,
        id: CustomerId,
    ) -> Result<Customer, PublicError> {
        let read = async {
            let mut reader = self.store.read().await?;
            customers::by_id(reader.connection(), partner.organisation(), id).await
        };
        read.await.or_public(partner.origin())?.ok_or(PublicError::NotFound)
    }
}

fn line((offer, quantity): &(&Offer, Option<Decimal>)) -> OrderLine {
    OrderLine { name: offer.content.name.clone(), quantity: *quantity }
}

fn new_order(
    organisation: &Organisation,
    checkout: &Checkout,
    customer: EndCustomer,
    plan: (&Offer, Option<Decimal>),
    add_ons: &[(&Offer, Option<Decimal>)],
    today: Date,
) -> NewOrder {
    let ordered = |(offer, quantity): &(&Offer, Option<Decimal>)| OrderedPlan {
        rate_plan: offer.content.rate_plan.clone(),
        quantity: *quantity,
    };
    NewOrder {
        customer,
        invoice_owner: match organisation.invoice_owner {
            InvoiceOwner::Partner => OrderInvoiceOwner::Partner(organisation.zuora_account.clone()),
            InvoiceOwner::EndCustomer => OrderInvoiceOwner::EndCustomer,
        },
        plan: ordered(&plan),
        add_ons: add_ons.iter().map(ordered).collect(),
        ordered_on: today,
        starts_on: checkout.starts_on,
        term: plan.0.content.term,
        // What begins later is invoiced when it begins.
        invoice_now: checkout.starts_on <= today,
        attribution: attribution(organisation),
    }
}

impl Buyer {
    fn known(customer: Customer) -> Self {
        Self {
            id: Some(customer.id),
            name: customer.name,
            sent: EndCustomer::Existing(customer.account),
        }
    }

    fn new(new: &NewEndCustomer) -> Self {
        let contact = Contact {
            first_name: new.first_name.clone(),
            last_name: new.last_name.clone(),
            email: new.email.to_string(),
            work_email: new.work_email.as_ref().map(ToString::to_string).unwrap_or_default(),
            phone: new.phone.clone(),
            work_phone: new.work_phone.clone(),
            other_phone: new.other_phone.clone(),
            address1: new.address1.clone(),
            address2: new.address2.clone(),
            city: new.city.clone(),
            state: new.state.clone(),
            county: new.county.clone(),
            postal_code: new.postal_code.clone(),
            country: new.country.clone(),
        };
        let customer = NewCustomer { name: new.name.clone(), currency: new.currency, contact };
        Self { id: None, name: new.name.clone(), sent: EndCustomer::New(Box::new(customer)) }
    }
}
