//! What this installation is made of.

use serde::{Deserialize, Serialize};

/// Whether organisations need a Salesforce account ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SalesforceUse(pub bool);

/// The kind of identity provider in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderKind {
    /// Accounts live in this installation's own database.
    Embedded,
    /// Accounts live in an AWS Cognito user pool.
    Cognito,
}

/// One of the systems this installation stands on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceState {
    /// What it is: "SQLite", "AWS Cognito", …
    pub name: String,
    /// Which one: the file, the user pool, …; never a secret.
    pub detail: String,
    /// `None` where it answers, else why not and what to do.
    pub problem: Option<String>,
}

/// The page *Settings › Installation*.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installation {
    /// The database.
    pub database: ServiceState,
    /// The identity provider.
    pub identity: ServiceState,
    /// The billing system; `None` while none is connected.
    pub billing: Option<ServiceState>,
    /// The switch *This installation uses Salesforce*.
    pub uses_salesforce: SalesforceUse,
}
