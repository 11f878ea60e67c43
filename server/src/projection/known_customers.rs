//! An organisation's end customers while its part is read.

use crate::billing::{AccountId, AccountNumber, Party};
use crate::store::customer_list::CustomerAccount;
use std::collections::{BTreeMap, HashMap};

/// An organisation's end customers, by their accounts.
pub(super) struct KnownCustomers {
    by_number: BTreeMap<AccountNumber, CustomerAccount>,
    numbers: HashMap<AccountId, AccountNumber>,
}

impl KnownCustomers {
    pub(super) fn new(accounts: Vec<CustomerAccount>) -> Self {
        let mut known = Self { by_number: BTreeMap::new(), numbers: HashMap::new() };
        for account in accounts {
            known.keep(account);
        }
        known
    }

    /// Keeps an end customer in mind, under the name that it has now; what else
    /// was known of it before stays.
    pub(super) fn keep(&mut self, met: CustomerAccount) -> CustomerAccount {
        if let Some(id) = &met.id {
            self.numbers.insert(id.clone(), met.number.clone());
        }
        let kept = self.by_number.entry(met.number.clone()).or_insert_with(|| met.clone());
        kept.id = met.id.or_else(|| kept.id.take());
        kept.name = met.name;
        kept.currency = kept.currency.or(met.currency);
        kept.clone()
    }

    /// The one with this account.
    pub(super) fn with_account(&self, id: &AccountId) -> Option<&CustomerAccount> {
        self.numbers.get(id).and_then(|number| self.by_number.get(number))
    }

    /// The one that owns a subscription.
    pub(super) fn owner(&self, party: &Party) -> Option<&CustomerAccount> {
        self.with_account(&party.id)
            .or_else(|| party.number.as_ref().and_then(|number| self.by_number.get(number)))
    }

    /// Those of whose accounts only the number is known.
    pub(super) fn without_account_id(&self) -> Vec<CustomerAccount> {
        self.by_number.values().filter(|known| known.id.is_none()).cloned().collect()
    }

    /// The IDs of their accounts.
    pub(super) fn account_ids(&self) -> Vec<AccountId> {
        self.by_number.values().filter_map(|known| known.id.clone()).collect()
    }
}
