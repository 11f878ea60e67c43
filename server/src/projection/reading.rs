//! One organisation's part of the billing system, read whole.

use super::known_customers::KnownCustomers;
use super::{Belonging, LEASE};
use crate::billing::{
    AccountId, Billing, BillingAccount, BillingError, Invoice, InvoiceId, InvoiceItem,
    MOST_ACCOUNTS, MOST_INVOICES, Party, Passing, Subscription, SubscriptionNumber,
    SubscriptionsOf,
};
use crate::clock::Clock;
use crate::store::customer_list::{self, CustomerAccount};
use crate::store::plan_names::{self, PlanNames};
use crate::store::readings::{self, Due};
use crate::store::subscriptions::{self, Seen, Told};
use crate::store::{Store, StoreError, Writer, customers, invoices, organisations};
use partners_app::domain::{InvoiceOwner, Organisation, OrganisationId, Timestamp, ZuoraAccountId};
use std::collections::HashSet;
use time::Date;
use tokio::sync::watch;

/// No list is longer; one that never ends is not followed for ever.
const MOST_PAGES: usize = 2_000;

/// Why a reading ended before its end.
pub(super) enum Stopped {
    Store(StoreError),
    Billing(BillingError),
    /// Another instance reads it now.
    TakenOver,
    /// The server stops.
    Asked,
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<BillingError> for Stopped {
    fn from(error: BillingError) -> Self {
        Self::Billing(error)
    }
}

/// A reading under way.
pub(super) struct Reading<'a> {
    store: &'a Store,
    clock: &'a Clock,
    billing: &'a dyn Billing,
    stop: &'a watch::Receiver<bool>,
    due: Due,
    organisation: Organisation,
    begun: Timestamp,
    today: Date,
    names: PlanNames,
    customers: KnownCustomers,
    /// What was come across and is the organisation's …
    seen: HashSet<SubscriptionNumber>,
    /// … and what is not, whoever is invoiced for it.
    foreign: HashSet<SubscriptionNumber>,
}

impl<'a> Reading<'a> {
    /// Begins to read an organisation's part.
    pub(super) async fn begin(
        store: &'a Store,
        clock: &'a Clock,
        billing: &'a dyn Billing,
        stop: &'a watch::Receiver<bool>,
        due: Due,
    ) -> Result<Self, StoreError> {
        let begun = clock.now();
        let id = due.organisation;
        let mut reader = store.read().await?;
        let organisation = organisations::by_id(reader.connection(), id)
            .await?
            .ok_or_else(|| StoreError::Unreadable(format!("organisation {id} is gone")))?;
        let names = plan_names::read(reader.connection(), id).await?;
        let customers = customer_list::accounts(reader.connection(), id).await?;
        Ok(Self {
            store,
            clock,
            billing,
            stop,
            due,
            organisation,
            begun,
            today: clock.today(),
            names,
            customers: KnownCustomers::new(customers),
            seen: HashSet::new(),
            foreign: HashSet::new(),
        })
    }

    /// Reads all of it, and removes what is no longer there.
    pub(super) async fn whole(mut self) -> Result<(), Stopped> {
        let account = match self.organisation.invoice_owner {
            InvoiceOwner::Partner => self.billing.account(&self.organisation.zuora_account).await?,
            InvoiceOwner::EndCustomer => None,
        };
        let belonging = {
            let mut reader = self.store.read().await?;
            let own = account.clone().map(party);
            Belonging::of(reader.connection(), &self.organisation, own.as_ref()).await?
        };
        if let Some(account) = &account {
            let of = SubscriptionsOf::InvoiceOwners(vec![account.id.clone()]);
            self.subscriptions(&of, &belonging).await?;
        }
        self.complete_accounts().await?;
        let owners = self.customers.account_ids();
        for some in owners.chunks(MOST_ACCOUNTS) {
            self.subscriptions(&SubscriptionsOf::Owners(some.to_vec()), &belonging).await?;
        }
        let invoiced = match self.organisation.invoice_owner {
            InvoiceOwner::Partner => account.map(|account| account.id).into_iter().collect(),
            InvoiceOwner::EndCustomer => owners,
        };
        for some in invoiced.chunks(MOST_ACCOUNTS) {
            self.invoices(some, &belonging).await?;
        }
        self.finish().await
    }

    const fn id(&self) -> OrganisationId {
        self.due.organisation
    }

    /// A transaction to write a page in, while nobody else reads this
    /// organisation.
    async fn write(&mut self) -> Result<Writer, Stopped> {
        let until = self.clock.now().plus(LEASE);
        let mut writer = self.store.write().await?;
        if readings::hold(writer.connection(), &mut self.due, until).await? {
            Ok(writer)
        } else {
            Err(Stopped::TakenOver)
        }
    }

    fn go_on(&self) -> Result<(), Stopped> {
        if *self.stop.borrow() { Err(Stopped::Asked) } else { Ok(()) }
    }

    async fn subscriptions(
        &mut self,
        of: &SubscriptionsOf,
        belonging: &Belonging,
    ) -> Result<(), Stopped> {
        let mut page = None;
        for _ in 0..MOST_PAGES {
            self.go_on()?;
            let portion = self.billing.subscriptions(of, page.as_ref()).await?;
            self.write_subscriptions(portion.items, belonging).await?;
            page = portion.next;
            if page.is_none() {
                return Ok(());
            }
        }
        Err(endless())
    }

    async fn write_subscriptions(
        &mut self,
        items: Vec<Subscription>,
        belonging: &Belonging,
    ) -> Result<(), Stopped> {
        let mut writer = self.write().await?;
        for subscription in items {
            let known = self.customers.owner(&subscription.owner).cloned();
            if self.seen.contains(&subscription.number) {
                continue;
            }
            let is_own = belonging.has(writer.connection(), &subscription, known.is_some()).await?;
            if !is_own {
                self.foreign.insert(subscription.number);
                continue;
            }
            let owner = match known {
                Some(customer) if !says_more(&subscription, &customer) => Some(customer),
                _ => self.meet(&mut writer, &subscription).await?,
            };
            let Some(owner) = owner else {
                tracing::warn!(subscription = %subscription.number, "a subscription’s owner has no account number");
                continue;
            };
            self.seen.insert(subscription.number.clone());
            let (plan, quantity) = self.names.of(&subscription, self.today);
            let told = Told {
                customer: owner.customer,
                customer_name: owner.name,
                plan,
                quantity,
                subscription,
            };
            let seen = Seen { at: self.begun, firm_until: self.begun };
            let id = self.id();
            subscriptions::write(writer.connection(), id, &told, seen, self.today).await?;
        }
        Ok(writer.commit().await?)
    }

    /// The end customer that a subscription's owner becomes or is, with what
    /// the subscription says of it.
    async fn meet(
        &mut self,
        writer: &mut Writer,
        subscription: &Subscription,
    ) -> Result<Option<CustomerAccount>, StoreError> {
        let Some(number) = subscription.owner.number.clone() else { return Ok(None) };
        let known = customers::Known::owner_of(subscription, &number);
        let before = self.customers.owner(&subscription.owner);
        let name = match before {
            Some(before) if !known.is_named_so_now => before.name.clone(),
            _ => known.name.clone(),
        };
        let (id, currency) = (known.account_id.clone(), known.currency);
        let organisation = self.id();
        let customer =
            customers::ensure(writer.connection(), organisation, &number, known, self.begun)
                .await?;
        let met = CustomerAccount { customer, name, number, id, currency };
        Ok(Some(self.customers.keep(met)))
    }

    /// Asks for the IDs of accounts of which only the number is known.
    async fn complete_accounts(&mut self) -> Result<(), Stopped> {
        for customer in self.customers.without_account_id() {
            self.go_on()?;
            let Ok(key) = ZuoraAccountId::parse(customer.number.as_str()) else { continue };
            let Some(account) = self.billing.account(&key).await? else { continue };
            self.complete(customer, account).await?;
        }
        Ok(())
    }

    async fn complete(
        &mut self,
        customer: CustomerAccount,
        account: BillingAccount,
    ) -> Result<(), Stopped> {
        let known = customers::Known {
            account_id: Some(account.id.clone()),
            name: account.name.clone(),
            is_named_so_now: true,
            email: None,
            currency: Some(account.currency),
        };
        let (organisation, begun) = (self.id(), self.begun);
        let mut writer = self.write().await?;
        customers::ensure(writer.connection(), organisation, &customer.number, known, begun)
            .await?;
        writer.commit().await?;
        let (id, currency) = (Some(account.id), Some(account.currency));
        self.customers.keep(CustomerAccount { name: account.name, id, currency, ..customer });
        Ok(())
    }

    async fn invoices(
        &mut self,
        accounts: &[AccountId],
        belonging: &Belonging,
    ) -> Result<(), Stopped> {
        let mut page = None;
        for _ in 0..MOST_PAGES {
            self.go_on()?;
            let portion = self.billing.invoices(accounts, page.as_ref()).await?;
            let own = self.own_invoices(portion.items, belonging.is_shared()).await?;
            self.write_invoices(&own).await?;
            page = portion.next;
            if page.is_none() {
                return Ok(());
            }
        }
        Err(endless())
    }

    /// Those of a page of invoices that the organisation may see: none for a
    /// subscription that is another's. On an account that another organisation
    /// has too, that means that all its items are for the organisation's own
    /// subscriptions.
    async fn own_invoices(
        &mut self,
        mut page: Vec<Invoice>,
        is_shared: bool,
    ) -> Result<Vec<Invoice>, Stopped> {
        if !is_shared && self.foreign.is_empty() {
            return Ok(page);
        }
        let ids: Vec<InvoiceId> = page.iter().map(|invoice| invoice.id.clone()).collect();
        let (mut own, mut foreign) = (HashSet::new(), HashSet::new());
        for some in ids.chunks(MOST_INVOICES) {
            for item in self.items(some).await? {
                let is_own = match &item.subscription {
                    Some(number) if is_shared => self.seen.contains(number),
                    Some(number) => !self.foreign.contains(number),
                    None => !is_shared,
                };
                let side = if is_own { &mut own } else { &mut foreign };
                side.insert(item.invoice);
            }
        }
        page.retain(|invoice| {
            !foreign.contains(&invoice.id) && (!is_shared || own.contains(&invoice.id))
        });
        Ok(page)
    }

    async fn items(&mut self, invoices: &[InvoiceId]) -> Result<Vec<InvoiceItem>, Stopped> {
        let (mut items, mut page) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            self.go_on()?;
            let portion = self.billing.invoice_items(invoices, page.as_ref()).await?;
            // Nothing is written meanwhile, and the reading stays this lane's.
            self.write().await?.commit().await?;
            items.extend(portion.items);
            page = portion.next;
            if page.is_none() {
                return Ok(items);
            }
        }
        Err(endless())
    }

    async fn write_invoices(&mut self, items: &[Invoice]) -> Result<(), Stopped> {
        let mut writer = self.write().await?;
        for invoice in items {
            let customer = match self.organisation.invoice_owner {
                InvoiceOwner::Partner => None,
                InvoiceOwner::EndCustomer => {
                    self.customers.with_account(&invoice.account).map(|known| known.customer)
                }
            };
            let (id, begun) = (self.id(), self.begun);
            invoices::write(writer.connection(), id, customer, invoice, begun).await?;
        }
        Ok(writer.commit().await?)
    }

    async fn finish(mut self) -> Result<(), Stopped> {
        let (id, begun) = (self.id(), self.begun);
        let mut writer = self.write().await?;
        subscriptions::remove_unseen(writer.connection(), id, begun).await?;
        invoices::remove_unseen(writer.connection(), id, begun).await?;
        readings::done(writer.connection(), id, begun).await?;
        Ok(writer.commit().await?)
    }
}

/// Whether a subscription says of its owner what is not known of it yet.
fn says_more(subscription: &Subscription, known: &CustomerAccount) -> bool {
    let Subscription { owner, currency, .. } = subscription;
    known.id.is_none()
        || owner.name.as_ref().is_some_and(|name| *name != known.name)
        || known.currency.is_none() && currency.is_some()
}

fn party(account: BillingAccount) -> Party {
    Party { id: account.id, number: Some(account.number), name: Some(account.name) }
}

fn endless() -> Stopped {
    Stopped::Billing(BillingError::TryAgain {
        cause: Passing::Unavailable,
        after: None,
        message: "a list of the billing system does not end".to_owned(),
    })
}
