//! A change of a subscription, put together from what was asked for.

use super::planned::{Planned, plan};
use super::{OrPublic, ShopOffice, attribution};
use crate::billing::{Billing, ChangeOrder, Effective};
use crate::orders::OrderContent;
use crate::projection::Belonging;
use crate::store::drafts::Draft;
use crate::store::{StoreError, customers, orders};
use crate::subscription_actions::{Choices, hindrance};
use partners_app::desks::{Origin, PartnerSession};
use partners_app::domain::billing::{
    Party, PastActionKind, Pending, Subscription, SubscriptionNumber,
};
use partners_app::domain::{
    ChangeRequest, Customer, InvoiceOwner, Order, Organisation, OrganisationId,
};
use partners_app::error::PublicError;

impl ShopOffice {
    pub(super) async fn change(
        &self,
        partner: &PartnerSession,
        number: &SubscriptionNumber,
        request: &ChangeRequest,
    ) -> Result<Draft, PublicError> {
        let origin = partner.origin();
        let organisation = self.organisation(partner.organisation(), origin).await?;
        let billing = self.billing(origin)?;
        let (subscription, customer) =
            self.own_subscription(&organisation, billing, number, origin).await?;
        let under_way = self.under_way(organisation.id, number, origin).await?;
        let (content, title, lines) = if *request == ChangeRequest::Undo {
            let (content, title) =
                self.undoing(billing, &subscription, under_way.as_ref(), origin).await?;
            (content, title, Vec::new())
        } else {
            let today = self.clock.today();
            if let Some(reason) = hindrance(&subscription, under_way.as_ref(), today) {
                return Err(PublicError::Refused(reason));
            }
            let (sold_to, channel) = (organisation.id, partner.channel());
            let choices = Choices::of(&self.store, sold_to, channel, &subscription, today).await;
            let choices = choices.or_public(origin)?;
            let planned = plan(request, &subscription, &choices, today)?;
            let Planned { change, effective, title, lines } = planned;
            let order = ChangeOrder {
                subscription: number.clone(),
                change,
                effective,
                ordered_on: today,
                // What is invoiced cannot be undone.
                invoice_now: effective == Effective::On(today),
                attribution: attribution(&organisation),
                based_on: subscription.latest_order.clone(),
            };
            (OrderContent::Change(Box::new(order)), title, lines)
        };
        let (invoice_owner, invoiced_to) = invoiced(&organisation, &customer, &subscription);
        Ok(Draft {
            content,
            typed: None,
            offer: None,
            title,
            customer: Some(customer.id),
            customer_name: customer.name,
            invoice_owner,
            invoice_owner_source: "subscription",
            invoiced_to,
            external_id: None,
            lines,
            by: (partner.user(), partner.name().to_owned()),
        })
    }

    /// A subscription as it is now, and whose it is. To an organisation there
    /// are none but those of its end customers.
    async fn own_subscription(
        &self,
        organisation: &Organisation,
        billing: &dyn Billing,
        number: &SubscriptionNumber,
        origin: &Origin,
    ) -> Result<(Subscription, Customer), PublicError> {
        let found = billing.subscription(number).await.or_public(origin)?;
        let found = found.ok_or(PublicError::NotFound)?;
        let account = found.owner.number.as_ref().ok_or(PublicError::NotFound)?;
        let read = async {
            let mut reader = self.store.read().await?;
            let customer =
                customers::by_account(reader.connection(), organisation.id, account).await?;
            let payer = Some(&found.invoice_owner);
            let belonging = Belonging::of(reader.connection(), organisation, payer).await?;
            let is_own = belonging.has(reader.connection(), &found, customer.is_some()).await?;
            Ok::<_, StoreError>(customer.filter(|_| is_own))
        };
        let customer = read.await.or_public(origin)?.ok_or(PublicError::NotFound)?;
        Ok((found, customer))
    }

    async fn under_way(
        &self,
        organisation: OrganisationId,
        number: &SubscriptionNumber,
        origin: &Origin,
    ) -> Result<Option<Order>, PublicError> {
        let read = async {
            let mut reader = self.store.read().await?;
            orders::under_way(reader.connection(), organisation, number).await
        };
        read.await.or_public(origin)
    }

    /// Takes back the order that made the pending change, if none has followed.
    async fn undoing(
        &self,
        billing: &dyn Billing,
        subscription: &Subscription,
        under_way: Option<&Order>,
        origin: &Origin,
    ) -> Result<(OrderContent, String), PublicError> {
        let today = self.clock.today();
        let number = &subscription.number;
        if under_way.is_some() {
            let reason = hindrance(subscription, under_way, today).unwrap_or_default();
            return Err(PublicError::Refused(reason));
        }
        let nothing =
            || PublicError::Refused("No change is pending any more. Reload the page.".to_owned());
        let pending = subscription.pending(today).ok_or_else(nothing)?;
        let latest = subscription.latest_order.as_ref().ok_or_else(nothing)?;
        let history = billing.history(number).await.or_public(origin)?;
        let mut latest_actions =
            history.iter().filter(|past| past.order == *latest).flat_map(|past| &past.actions);
        let made_it = match pending {
            Pending::Cancellation(_) => {
                latest_actions.any(|action| action.kind == PastActionKind::Cancelled)
            }
            Pending::Change(day) => latest_actions.any(|action| action.effective_on == Some(day)),
        };
        if !made_it {
            return Err(PublicError::Refused(
                "Another change has followed the pending one, so that it cannot be undone here. Ask your operator."
                    .to_owned(),
            ));
        }
        let title = match pending {
            Pending::Cancellation(_) => format!("Undo the cancellation of {number}"),
            Pending::Change(_) => format!("Undo the pending change of {number}"),
        };
        let content = OrderContent::Undo { order: latest.clone(), subscription: number.clone() };
        Ok((content, title))
    }
}

/// Who is invoiced for a subscription, and by name.
fn invoiced(
    organisation: &Organisation,
    customer: &Customer,
    subscription: &Subscription,
) -> (InvoiceOwner, String) {
    let Subscription { owner, invoice_owner, .. } = subscription;
    if owner.id == invoice_owner.id {
        return (InvoiceOwner::EndCustomer, customer.name.clone());
    }
    let Party { id, number, name } = invoice_owner;
    let account = organisation.zuora_account.as_str();
    let is_own = id.as_str() == account
        || number.as_ref().is_some_and(|number| number.as_str().eq_ignore_ascii_case(account));
    let payer = if is_own { None } else { name.clone() };
    (InvoiceOwner::Partner, payer.unwrap_or_else(|| organisation.name.to_string()))
}
