//! The use cases behind the pages: transactions, audit, permissions.

mod activity;
mod admin;
mod api_clients;
mod bulk;
mod imports;
mod offers;
mod partner;
mod people;
mod self_service;
mod shop;
mod sign_in;
mod two_step;
mod webhooks;

pub use activity::ActivityOffice;
pub use admin::AdminOffice;
pub use api_clients::ApiClientsOffice;
pub use imports::ImportsOffice;
pub use offers::OffersOffice;
pub use partner::PartnerOffice;
pub use people::People;
pub use self_service::SelfServiceOffice;
pub use shop::{OrderRequest, ShopOffice};
pub use sign_in::SignInOffice;
pub use two_step::NextSignIn;
pub use webhooks::WebhooksOffice;

use crate::billing::BillingError;
use crate::identity::IdentityError;
use crate::store::StoreError;
use partners_app::desks::Origin;
use partners_app::error::PublicError;

/// What a desk turns into a [`PublicError`]: the cause goes into the log, the
/// browser gets the reference under which it is found there.
trait OrPublic<T> {
    fn or_public(self, origin: &Origin) -> Result<T, PublicError>;
}

/// Why a change ends before it is committed.
enum Stopped {
    /// The database failed.
    Database(StoreError),
    /// It is not to be, as the person is told.
    Refused(PublicError),
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        Self::Database(error)
    }
}

impl From<PublicError> for Stopped {
    fn from(error: PublicError) -> Self {
        Self::Refused(error)
    }
}

impl<T> OrPublic<T> for Result<T, Stopped> {
    fn or_public(self, origin: &Origin) -> Result<T, PublicError> {
        self.or_else(|stopped| match stopped {
            Stopped::Database(error) => Err(error).or_public(origin),
            Stopped::Refused(error) => Err(error),
        })
    }
}

impl<T> OrPublic<T> for Result<T, StoreError> {
    fn or_public(self, origin: &Origin) -> Result<T, PublicError> {
        self.map_err(|error| {
            let reference = origin.reference.clone();
            tracing::error!(%error, request.reference = %reference, "the database failed");
            match error {
                StoreError::Database(sqlx::Error::PoolTimedOut | sqlx::Error::Io(_)) => PublicError::Unavailable {
                    message: "The database does not answer. Nothing was changed; try again in a moment.".to_owned(),
                    reference,
                },
                _ => PublicError::Unexpected { reference },
            }
        })
    }
}

impl<T> OrPublic<T> for Result<T, IdentityError> {
    fn or_public(self, origin: &Origin) -> Result<T, PublicError> {
        self.map_err(|error| {
            let reference = origin.reference.clone();
            tracing::warn!(%error, request.reference = %reference, "the identity provider did not do it");
            match error {
                IdentityError::Unavailable(_)
                | IdentityError::Throttled
                | IdentityError::BeingMade => PublicError::Unavailable {
                    message: "We could not reach the identity provider. Try again in a moment.".to_owned(),
                    reference,
                },
                IdentityError::Refused(reason) => PublicError::Refused(reason),
                IdentityError::EmailTaken | IdentityError::NoSuchAccount | IdentityError::HasPassword => PublicError::Unexpected { reference },
            }
        })
    }
}

impl<T> OrPublic<T> for Result<T, BillingError> {
    fn or_public(self, origin: &Origin) -> Result<T, PublicError> {
        self.map_err(|error| {
            let reference = origin.reference.clone();
            tracing::warn!(%error, request.reference = %reference, "the billing system did not do it");
            match error {
                BillingError::Refused(reason) => PublicError::Refused(reason.message),
                BillingError::NotFound(_) => PublicError::NotFound,
                BillingError::TryAgain { .. }
                | BillingError::AnswerLost { .. }
                | BillingError::Broken { .. } => {
                    PublicError::Unavailable {
                        message: "We could not reach Zuora. Try again in a moment.".to_owned(),
                        reference,
                    }
                }
                BillingError::Misconfigured(_) => PublicError::Unavailable {
                    message: "Zuora is not set up for this yet. The operator can see why under this reference.".to_owned(),
                    reference,
                },
            }
        })
    }
}
