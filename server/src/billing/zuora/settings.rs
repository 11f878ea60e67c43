//! Which tenant, and what its custom fields are called.

use secrecy::SecretString;
use std::time::Duration;
use url::{Host, Url};

/// The tenant and the credentials for it.
#[derive(Clone, Debug)]
pub struct ZuoraSettings {
    /// The REST address, such as `https://rest.eu.zuora.com`.
    pub base_url: Url,
    /// The OAuth client's ID.
    pub client_id: String,
    /// The OAuth client's secret.
    pub client_secret: SecretString,
    /// The header `Zuora-Entity-Ids`, for tenants with several entities.
    pub entity_ids: Option<String>,
    /// The header `Zuora-Org-Ids`, for tenants with several organisations.
    pub org_ids: Option<String>,
    /// What the custom fields are called.
    pub fields: ZuoraFields,
    /// How long to wait.
    pub timeouts: ZuoraTimeouts,
}

impl ZuoraSettings {
    /// Whether this is a stand-in: Zuora itself is never on this machine.
    #[must_use]
    pub fn is_stand_in(&self) -> bool {
        is_loopback(&self.base_url)
    }
}

/// Whether an address is on this machine.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The custom fields of orders and subscriptions that carry our facts, each as
/// Zuora's API calls it (`…__c`); what has no name is not sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ZuoraFields {
    /// The partner organisation's ID.
    pub partner_organisation: Option<String>,
    /// The partner organisation's Salesforce account ID.
    pub salesforce_account: Option<String>,
    /// Our reference of the order.
    pub reference: Option<String>,
}

impl ZuoraFields {
    /// The names that are set.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        [&self.partner_organisation, &self.salesforce_account, &self.reference]
            .into_iter()
            .filter_map(|name| name.as_deref())
    }
}

/// How long to wait for an answer.
#[derive(Clone, Copy, Debug)]
pub struct ZuoraTimeouts {
    /// For a connection.
    pub connect: Duration,
    /// For what is read.
    pub read: Duration,
    /// For a preview, and for what changes something: Zuora gives up after 120
    /// seconds itself ("Requests and responses", developer.zuora.com), and may
    /// complete the order even then.
    pub work: Duration,
}

impl Default for ZuoraTimeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            read: Duration::from_secs(30),
            work: Duration::from_secs(125),
        }
    }
}
