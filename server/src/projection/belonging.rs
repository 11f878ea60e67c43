//! Whose a subscription is.

use crate::billing::{AccountId, AccountNumber, Party, Subscription};
use crate::store::{Connection, StoreResult, organisations};
use partners_app::domain::text::comparison_key;
use partners_app::domain::{InvoiceOwner, Organisation, OrganisationId};

/// What decides whether a subscription is an organisation's: one that names an
/// organisation is that one's alone; any other is that of the organisation
/// whose account is invoiced for it, or else of the one whose end customer owns
/// it.
#[derive(Clone, Debug)]
pub struct Belonging {
    organisation: OrganisationId,
    /// The organisation's account in Zuora, as it is compared.
    account_key: String,
    /// The organisation's own account, where that is invoiced.
    account: Option<AccountId>,
    /// Whether that is another organisation's account too. Then it says
    /// nothing of whose a subscription is.
    is_shared: bool,
}

impl Belonging {
    /// The rule for an organisation and those subscriptions for which this
    /// account is invoiced.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn of(
        connection: Connection<'_>,
        organisation: &Organisation,
        invoiced: Option<&Party>,
    ) -> StoreResult<Self> {
        let account_key = organisation.zuora_account.key();
        let (mut account, mut is_shared) = (None, false);
        if let Some(party) = invoiced
            && organisation.invoice_owner == InvoiceOwner::Partner
        {
            let keys = keys(party);
            if keys.contains(&account_key) {
                account = Some(party.id.clone());
                is_shared =
                    organisations::has_another_with_account(connection, organisation.id, keys)
                        .await?;
            }
        }
        Ok(Self { organisation: organisation.id, account_key, account, is_shared })
    }

    /// Whether the organisation's account is another organisation's too.
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        self.is_shared
    }

    /// Whether a subscription is the organisation's; `owner_is_customer` says
    /// whether its owner is one of its end customers. Several organisations may
    /// sell to one end customer: what another one is invoiced for is that one's.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn has(
        &self,
        connection: Connection<'_>,
        subscription: &Subscription,
        owner_is_customer: bool,
    ) -> StoreResult<bool> {
        if is_anothers(subscription, self.organisation) {
            return Ok(false);
        }
        let payer = &subscription.invoice_owner;
        let names_it = subscription.organisation.is_some();
        let is_invoiced = self.account.as_ref() == Some(&payer.id);
        if is_invoiced && (names_it || !self.is_shared) {
            return Ok(true);
        }
        let keys = keys(payer);
        if !owner_is_customer || names_it || keys.contains(&self.account_key) {
            return Ok(owner_is_customer);
        }
        Ok(!organisations::is_invoiced_to_another(connection, self.organisation, keys).await?)
    }
}

/// An account's ID and number, as they are compared.
fn keys(party: &Party) -> [String; 2] {
    let number = party.number.as_ref().map_or("", AccountNumber::as_str);
    [party.id.as_str(), number].map(comparison_key)
}

/// Whether a subscription names another organisation. What is no ID is not this
/// one's either.
pub(super) fn is_anothers(subscription: &Subscription, organisation: OrganisationId) -> bool {
    let named = subscription.organisation.as_deref();
    named.is_some_and(|named| named.trim().parse() != Ok(organisation))
}
