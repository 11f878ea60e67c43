//! Names of things in the billing system, each a type of its own.

use std::fmt;

macro_rules! text_id {
    ($($(#[$meta:meta])* $name:ident;)*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    )*};
}

text_id! {
    /// An account's ID (Zuora: 32 hexadecimal digits).
    AccountId;
    /// An account's number, such as `A00000001`.
    AccountNumber;
    /// An order's number.
    OrderNumber;
    /// A subscription's number, such as `A-S00000001`: the same through all
    /// its changes.
    SubscriptionNumber;
    /// A rate plan of the catalog (Zuora: product rate plan ID).
    RatePlanId;
    /// A charge of the catalog (Zuora: product rate plan charge ID).
    ChargeId;
    /// A rate plan as a subscription has it. Some changes give it a new one:
    /// read the subscription before naming one.
    PlanId;
    /// An invoice's ID.
    InvoiceId;
}
