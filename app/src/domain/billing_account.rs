//! What the billing system says of a partner organisation's account.

use super::organisation::SalesforceAccountId;
use serde::{Deserialize, Serialize};

/// Said beside the field where the billing system has no such account.
pub const UNKNOWN_ACCOUNT: &str = "Zuora has no account with this ID or number.";

/// Said beside the field where the account is no longer in use.
#[must_use]
pub fn account_is_cancelled(account: &AccountSummary) -> String {
    format!("This is the account of {}, which is cancelled in Zuora.", account.name)
}

/// Whether the billing system takes orders for an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountStatus {
    /// In use.
    Active,
    /// Not yet in use; the first order makes it active.
    Draft,
    /// No longer in use.
    Cancelled,
}

impl AccountStatus {
    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Draft => "draft",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads the word in the database.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Draft, Self::Cancelled].into_iter().find(|one| one.as_str() == text)
    }

    /// The word for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Draft => "Draft",
            Self::Cancelled => "Cancelled",
        }
    }
}

/// An account, as far as an admin needs to recognise it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSummary {
    /// Its number.
    pub number: String,
    /// The company's name.
    pub name: String,
    /// The currency it is invoiced in: three letters.
    pub currency: String,
    /// Whether it takes orders.
    pub status: AccountStatus,
    /// The Salesforce account it names, where that can be one.
    pub salesforce_account: Option<SalesforceAccountId>,
}

impl AccountSummary {
    /// The account on one line: "Nordlicht Systemhaus GmbH · EUR · Active".
    #[must_use]
    pub fn line(&self) -> String {
        format!("{} · {} · {}", self.name, self.currency, self.status.label())
    }

    /// The Salesforce account it names, where `typed` is another one.
    #[must_use]
    pub fn other_salesforce_account(&self, typed: &str) -> Option<&SalesforceAccountId> {
        let typed = SalesforceAccountId::parse(typed).ok()?;
        self.salesforce_account.as_ref().filter(|own| !own.is_same_account(&typed))
    }
}

/// What a look-up found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountLookup {
    /// The account.
    Found(AccountSummary),
    /// There is none with this ID or number.
    Unknown,
    /// The billing system does not answer at the moment.
    Unreachable,
    /// No billing system is connected.
    NotConnected,
}

impl AccountLookup {
    /// What is said beside the field where this is no account to do business
    /// with.
    #[must_use]
    pub fn refusal(&self) -> Option<String> {
        match self {
            Self::Found(account) if account.status == AccountStatus::Cancelled => {
                Some(account_is_cancelled(account))
            }
            Self::Unknown => Some(UNKNOWN_ACCOUNT.to_owned()),
            Self::Found(_) | Self::Unreachable | Self::NotConnected => None,
        }
    }
}

/// What is known of a partner organisation's account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountCheck {
    /// The billing system could not be asked yet.
    Unverified,
    /// It has this account.
    Verified(AccountSummary),
    /// It has no such account.
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(salesforce: &str) -> AccountSummary {
        AccountSummary {
            number: "PA-1001".to_owned(),
            name: "Nordlicht Systemhaus GmbH".to_owned(),
            currency: "EUR".to_owned(),
            status: AccountStatus::Active,
            salesforce_account: SalesforceAccountId::parse(salesforce).ok(),
        }
    }

    #[test]
    fn it_is_recognised_on_one_line() {
        assert_eq!(account("").line(), "Nordlicht Systemhaus GmbH · EUR · Active");
    }

    #[test]
    fn the_long_and_the_short_form_are_one_account() {
        let account = account("001D000000IRFmaIAH");
        assert_eq!(account.other_salesforce_account("001D000000IRFma"), None);
        assert_eq!(account.other_salesforce_account("not an ID"), None);
        assert!(account.other_salesforce_account("001D000000IRFmb").is_some());
    }
}
