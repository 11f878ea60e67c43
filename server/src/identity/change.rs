//! Changes that people make to accounts, and what this installation has to write
//! of each: its event in the audit trail, and what ends with it.

use super::{IdentityError, SignInRefusal, Subject};
use crate::clock::Clock;
use crate::store::audit::{self, Actor, Event};
use crate::store::{Store, StoreError, StoreResult, Writer, account_changes, sessions, two_step};
use partners_app::domain::{Email, OrganisationId, PartnerUserId, PersonName, ProviderKind};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

/// No provider takes this long: what was asked for before has an outcome that
/// nobody learned.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(5 * 60);

/// A change that somebody makes to an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccountChange {
    /// Who makes it.
    pub actor: Actor,
    /// What it is.
    pub deed: Deed,
    /// The address that the account signs in with.
    pub email: Email,
    /// The partner user whose account it is; `None` for an admin, or for one whom
    /// the provider has not been told of.
    pub holder: Option<(PartnerUserId, OrganisationId)>,
}

/// What is done to an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Deed {
    /// An admin of this name is made.
    AdminCreated(PersonName),
    /// The admin with this account at the provider gets another password.
    AdminPasswordSet(Subject),
    /// Somebody chooses their first own password.
    PasswordSet,
    /// Somebody chooses a new password with a code.
    PasswordReset,
    /// An authenticator app is set up.
    TwoStepSetUp {
        /// The account's ID at the provider.
        subject: Subject,
        /// SHA-256 of each recovery code; not in the note of what is asked for, as
        /// nobody has seen the codes before it is done.
        #[serde(skip)]
        codes: Vec<Vec<u8>>,
    },
    /// Somebody takes their own app off, and the recovery codes with it.
    TwoStepTurnedOff(Subject),
    /// An admin or the operator does so for somebody else.
    TwoStepRemoved(Subject),
}

impl Deed {
    /// What the audit trail calls it.
    #[must_use]
    pub const fn action(&self) -> &'static str {
        match self {
            Self::AdminCreated(_) => "admin.created",
            Self::AdminPasswordSet(_) => "admin.password_set",
            Self::PasswordSet => "password.set",
            Self::PasswordReset => "password.reset",
            Self::TwoStepSetUp { .. } => "two_step.set_up",
            Self::TwoStepTurnedOff(_) => "two_step.turned_off",
            Self::TwoStepRemoved(_) => "two_step.removed",
        }
    }
}

impl AccountChange {
    fn event(&self) -> Event {
        let changes = match &self.deed {
            Deed::AdminCreated(name) => {
                json!({ "name": [null, name], "email": [null, self.email] })
            }
            Deed::AdminPasswordSet(_) => json!({ "email": self.email }),
            Deed::TwoStepRemoved(_) if self.holder.is_none() => json!({ "email": self.email }),
            _ => json!({}),
        };
        Event {
            action: self.deed.action(),
            organisation: self.holder.map(|(_, organisation)| organisation),
            subject: self.holder.map(|(user, _)| user.0),
            changes,
        }
    }

    /// Ends what the account of before has opened, where that is for others to
    /// use. Done in vain, it has somebody sign in once more.
    async fn end_sessions(&self, writer: &mut Writer) -> StoreResult<()> {
        match &self.deed {
            Deed::PasswordSet | Deed::PasswordReset => {
                sessions::delete_of_email(writer.connection(), self.email.as_str()).await
            }
            Deed::AdminPasswordSet(subject) | Deed::TwoStepRemoved(subject) => {
                sessions::delete_of_subject(writer.connection(), &subject.0).await
            }
            Deed::AdminCreated(_) | Deed::TwoStepSetUp { .. } | Deed::TwoStepTurnedOff(_) => Ok(()),
        }
    }

    /// Writes what belongs to the change, as the last thing before it is
    /// committed.
    ///
    /// # Errors
    /// Where the database fails; the change must then fail too.
    pub async fn write(&self, writer: &mut Writer, clock: &Clock) -> StoreResult<()> {
        self.end_sessions(writer).await?;
        match &self.deed {
            Deed::TwoStepSetUp { subject, codes } => {
                two_step::replace_codes(writer.connection(), &subject.0, codes).await?;
            }
            Deed::TwoStepTurnedOff(subject) | Deed::TwoStepRemoved(subject) => {
                two_step::forget_codes(writer.connection(), &subject.0).await?;
            }
            _ => {}
        }
        audit::record(writer.connection(), clock.now(), &self.actor, &self.event()).await
    }
}

/// A failure of a provider's, or a refusal that is none.
pub trait ProviderFailure {
    /// The failure.
    fn failure(&self) -> Option<&IdentityError>;
}

impl ProviderFailure for IdentityError {
    fn failure(&self) -> Option<&IdentityError> {
        Some(self)
    }
}

impl ProviderFailure for SignInRefusal {
    fn failure(&self) -> Option<&IdentityError> {
        match self {
            Self::Provider(error) => Some(error),
            _ => None,
        }
    }
}

impl Deed {
    /// Whether it may have been done all the same where the provider fails so.
    const fn is_in_doubt_after(&self, failure: &IdentityError) -> bool {
        match failure {
            IdentityError::Unavailable(_) => true,
            // Of those that take several calls, a later one may be refused.
            IdentityError::Throttled | IdentityError::Refused(_) => match self {
                Self::AdminCreated(_)
                | Self::AdminPasswordSet(_)
                | Self::PasswordSet
                | Self::TwoStepSetUp { .. } => true,
                Self::PasswordReset | Self::TwoStepTurnedOff(_) | Self::TwoStepRemoved(_) => false,
            },
            IdentityError::BeingMade
            | IdentityError::EmailTaken
            | IdentityError::NoSuchAccount
            | IdentityError::HasPassword => false,
        }
    }
}

/// Has the audit trail tell of every change, wherever the accounts are.
///
/// A provider whose accounts are in this database writes a change's event in the
/// change's own transaction. No transaction spans one that is elsewhere: there the
/// change is noted before it is asked for, and recorded once it is done. A note
/// that nobody came back to is recorded as a change with an unknown outcome.
#[derive(Clone)]
pub struct AccountChanges {
    store: Store,
    clock: Clock,
    provider: ProviderKind,
}

impl AccountChanges {
    /// Of the accounts of such a provider, with the trail in `store`.
    #[must_use]
    pub const fn new(store: Store, clock: Clock, provider: ProviderKind) -> Self {
        Self { store, clock, provider }
    }

    /// Makes a change through `call`, which is a call of the provider with this
    /// `change`.
    ///
    /// # Errors
    /// As `call`, or where the database fails.
    pub async fn make<T, E>(
        &self,
        change: &AccountChange,
        call: impl Future<Output = Result<T, E>> + Send,
    ) -> Result<T, E>
    where
        T: Send,
        E: From<StoreError> + ProviderFailure + Send,
    {
        match self.provider {
            ProviderKind::Embedded => call.await,
            ProviderKind::Cognito => {
                let noted = self.note(change).await?;
                let made = call.await;
                match &made {
                    Ok(_) => self.record(noted, change).await?,
                    Err(error) => {
                        let failure = error.failure();
                        if !failure.is_some_and(|failure| change.deed.is_in_doubt_after(failure)) {
                            self.forget(noted).await?;
                        }
                    }
                }
                made
            }
        }
    }

    async fn note(&self, change: &AccountChange) -> StoreResult<Uuid> {
        let id = Uuid::now_v7();
        let note = serde_json::to_string(change)
            .map_err(|error| StoreError::Unreadable(error.to_string()))?;
        let mut writer = self.store.write().await?;
        account_changes::insert(writer.connection(), id, self.clock.now(), &note).await?;
        writer.commit().await?;
        Ok(id)
    }

    async fn record(&self, noted: Uuid, change: &AccountChange) -> StoreResult<()> {
        let mut writer = self.store.write().await?;
        account_changes::delete(writer.connection(), noted).await?;
        change.write(&mut writer, &self.clock).await?;
        writer.commit().await
    }

    async fn forget(&self, noted: Uuid) -> StoreResult<()> {
        let mut writer = self.store.write().await?;
        account_changes::delete(writer.connection(), noted).await?;
        writer.commit().await
    }

    /// Records the changes whose outcome nobody learned, and ends the sessions
    /// that may have to end with them; returns how many those were.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn give_up(&self) -> StoreResult<usize> {
        let mut writer = self.store.write().await?;
        let before = self.clock.now().minus(GIVEN_UP_AFTER);
        let old = account_changes::take_old(writer.connection(), before).await?;
        let mut changes = Vec::with_capacity(old.len());
        for (asked_at, note) in old {
            match serde_json::from_str::<AccountChange>(&note) {
                Ok(change) => changes.push((asked_at, change)),
                Err(error) => tracing::error!(%error, note, "a change cannot be read"),
            }
        }
        for (_, change) in &changes {
            change.end_sessions(&mut writer).await?;
        }
        // From here on nobody else can record anything.
        for (asked_at, change) in &changes {
            let mut event = change.event();
            if let Value::Object(changes) = &mut event.changes {
                changes.insert("outcome".to_owned(), "unknown".into());
                changes.insert("asked_at".to_owned(), asked_at.iso().into());
            }
            audit::record(writer.connection(), self.clock.now(), &change.actor, &event).await?;
        }
        writer.commit().await?;
        Ok(changes.len())
    }
}
