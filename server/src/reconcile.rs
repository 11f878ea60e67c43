//! The reconciler: makes the identity provider match what the database says,
//! and asks the billing system what could not be asked before.
//!
//! The database is the desired state. Whatever stops this in the middle, a
//! crash, an outage or a lost answer, it finds the row still due and begins
//! again; every step can be repeated.

use crate::accounts::Accounts;
use crate::clock::Clock;
use crate::duty::{Duty, attend};
use crate::identity::{
    AccountChanges, FormerAccount, Identity, IdentityError, NewAccount, Role, Subject,
};
use crate::store::provisioning::{self, Due};
use crate::store::{
    Store, StoreError, api_keys, api_requests, attempts, former_users, sealed_notes, sessions,
    two_step,
};
use crate::web::session::IDLE_LIFE;
use async_trait::async_trait;
use partners_app::domain::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tracing::Instrument;

/// No step takes this long; after it another instance may take the row over.
pub const LEASE: Duration = Duration::from_secs(60);
const BATCH: i64 = 16;
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(5 * 60);
const CLEANING: Duration = Duration::from_secs(10 * 60);

/// Makes the identity provider match the database.
#[derive(Clone)]
pub struct Reconciler {
    store: Store,
    identity: Arc<dyn Identity>,
    accounts: Accounts,
    clock: Clock,
    wake: Arc<Notify>,
    cleaned_at: Arc<AtomicI64>,
}

impl Reconciler {
    /// A reconciler; [`Reconciler::run`] starts it.
    #[must_use]
    pub fn new(
        store: Store,
        identity: Arc<dyn Identity>,
        accounts: Accounts,
        clock: Clock,
    ) -> Self {
        Self { store, identity, accounts, clock, wake: Arc::default(), cleaned_at: Arc::default() }
    }

    /// Says that a row has just been written.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Works until `stop` turns true; finishes the batch it is in.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        attend(&self, &self.clock, &self.wake, stop).await;
    }

    /// Catches up on users' accounts until `stop` turns true, and asks the billing
    /// system nothing; for a command, which ends soon. Finishes the batch it is in.
    pub async fn run_for_a_command(self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            if let Err(error) = self.catch_up().await {
                tracing::warn!(%error, "accounts of partner users could not be worked on");
            }
            tokio::select! {
                () = tokio::time::sleep(FIRST_WAIT) => {}
                () = self.wake.notified() => {}
                _ = stop.changed() => {}
            }
        }
    }

    /// Takes what is due and works on it; returns how many users that were.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn reconcile_batch(&self) -> Result<usize, StoreError> {
        let mut writer = self.store.write().await?;
        let batch =
            provisioning::lease(writer.connection(), self.clock.now(), LEASE, BATCH).await?;
        writer.commit().await?;
        let count = batch.len();
        let each = batch.iter().map(|due| {
            let span = tracing::info_span!(target: "partners_trace", "reconcile a partner user", partner_user.id = %due.id);
            self.reconcile(due).instrument(span)
        });
        let results = futures::future::join_all(each).await;
        results.into_iter().collect::<Result<(), _>>()?;
        Ok(count)
    }

    /// Takes deleted users whose accounts are still there, and removes those;
    /// returns how many users that were.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn remove_batch(&self) -> Result<usize, StoreError> {
        let mut writer = self.store.write().await?;
        let batch =
            former_users::lease(writer.connection(), self.clock.now(), LEASE, BATCH).await?;
        writer.commit().await?;
        let count = batch.len();
        let each = batch.iter().map(|due| {
            let span = tracing::info_span!(target: "partners_trace", "remove a former user", partner_user.id = %due.id);
            self.remove(due).instrument(span)
        });
        let results = futures::future::join_all(each).await;
        results.into_iter().collect::<Result<(), _>>()?;
        Ok(count)
    }

    /// Works until nothing is due any more. What could not be done waits for its
    /// next attempt.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn catch_up(&self) -> Result<(), StoreError> {
        while self.remove_batch().await? + self.reconcile_batch().await? > 0 {}
        Ok(())
    }

    /// A refusal is tried again as well: the account must go, and somebody may
    /// allow it meanwhile.
    async fn remove(&self, due: &former_users::Due) -> Result<(), StoreError> {
        let account = FormerAccount {
            subject: due.identity_subject.clone().map(Subject),
            email: due.email.clone(),
            organisation: due.organisation,
        };
        let outcome = self.identity.remove(&account).await;
        let now = self.clock.now();
        let mut writer = self.store.write().await?;
        match outcome {
            Ok(()) => {
                former_users::removed(writer.connection(), due, now).await?;
                if let Some(subject) = &due.identity_subject {
                    two_step::forget_codes(writer.connection(), subject).await?;
                }
                tracing::info!(partner_user.id = %due.id, "a deleted user’s account was removed");
            }
            Err(error) => {
                tracing::warn!(%error, partner_user.id = %due.id, attempts = due.attempts + 1, "a deleted user’s account could not be removed");
                let next = now.plus(backoff(due.attempts));
                former_users::postponed(writer.connection(), due, next).await?;
            }
        }
        writer.commit().await
    }

    async fn reconcile(&self, due: &Due) -> Result<(), StoreError> {
        match self.steps(due).await {
            Ok(()) => {
                let mut writer = self.store.write().await?;
                provisioning::reconciled(writer.connection(), due).await?;
                writer.commit().await?;
                tracing::info!(partner_user.id = %due.id, "the identity provider is up to date");
                Ok(())
            }
            Err(Stopped::Store(error)) => Err(error),
            Err(Stopped::Identity(error)) => {
                let next =
                    error.is_temporary().then(|| self.clock.now().plus(backoff(due.attempts)));
                tracing::warn!(%error, partner_user.id = %due.id, attempts = due.attempts + 1, "a partner user could not be set up");
                let mut writer = self.store.write().await?;
                provisioning::postponed(writer.connection(), due, &reason(&error), next).await?;
                writer.commit().await
            }
        }
    }

    async fn steps(&self, due: &Due) -> Result<(), Stopped> {
        let is_new = due.identity_subject.is_none();
        let (subject, identity_enabled, invitations_sent) = match &due.identity_subject {
            Some(subject) => (Subject(subject.clone()), due.identity_enabled, due.invitations_sent),
            None => {
                let account = NewAccount {
                    email: due.email.clone(),
                    name: due.name.clone(),
                    role: Role::Partner(due.organisation),
                    handed_over: due.handed_over.clone(),
                };
                let subject = self.identity.provision(&account).await?.subject;
                let now = self.clock.now();
                let mut writer = self.store.write().await?;
                match provisioning::created(writer.connection(), due, &subject.0, now).await {
                    Err(StoreError::AlreadyExists) => return Err(IdentityError::EmailTaken.into()),
                    other => other?,
                }
                writer.commit().await?;
                (subject, true, due.invitations_wanted)
            }
        };
        let steps = self.steps_of_account(due, &subject, is_new, invitations_sent).await;
        // Nobody keeps their access because another step failed, and nobody gets
        // it before the others are done.
        if identity_enabled != due.enabled && (steps.is_ok() || !due.enabled) {
            self.identity.set_enabled(&subject, due.enabled).await?;
            let mut writer = self.store.write().await?;
            provisioning::switched(writer.connection(), due).await?;
            writer.commit().await?;
        }
        steps
    }

    /// Password and name of an account.
    async fn steps_of_account(
        &self,
        due: &Due,
        subject: &Subject,
        is_new: bool,
        invitations_sent: i64,
    ) -> Result<(), Stopped> {
        let handed_over = due.handed_over.as_deref();
        if invitations_sent < due.invitations_wanted {
            // Whoever has signed in meanwhile keeps the password they have.
            if !due.has_signed_in {
                match self.identity.invite_again(subject, handed_over).await {
                    // They chose one and never got in: what they were promised is
                    // a mail that lets them.
                    Err(IdentityError::HasPassword) => {
                        self.identity.reset(subject, handed_over).await?;
                    }
                    invited => invited?,
                }
            }
            let mut writer = self.store.write().await?;
            provisioning::invited(writer.connection(), due, self.clock.now()).await?;
            if !due.has_signed_in {
                sessions::delete_of_user(writer.connection(), due.id).await?;
            }
            writer.commit().await?;
        }
        if due.resets_done < due.resets_wanted {
            self.identity.reset(subject, handed_over).await?;
            let mut writer = self.store.write().await?;
            provisioning::reset(writer.connection(), due).await?;
            // Until now the password of before has opened some.
            sessions::delete_of_user(writer.connection(), due.id).await?;
            writer.commit().await?;
        }
        if !is_new && due.identity_name.as_ref() != Some(&due.name.to_string()) {
            self.identity.rename(subject, &due.name).await?;
            let mut writer = self.store.write().await?;
            provisioning::renamed(writer.connection(), due).await?;
            writer.commit().await?;
        }
        Ok(())
    }

    /// Removes what has run out, now and then.
    async fn clean(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let cleaned_at = self.cleaned_at.load(Ordering::Relaxed);
        if now < Timestamp::from_millis(cleaned_at).plus(CLEANING) {
            return Ok(());
        }
        self.cleaned_at.store(now.millis(), Ordering::Relaxed);
        let mut writer = self.store.write().await?;
        sessions::delete_old(writer.connection(), now, now.minus(IDLE_LIFE)).await?;
        sealed_notes::delete_old(writer.connection(), now).await?;
        attempts::delete_old(writer.connection(), now).await?;
        api_keys::delete_old(writer.connection(), now).await?;
        api_requests::delete_old(writer.connection(), now).await?;
        writer.commit().await?;
        let provider = self.identity.kind();
        let unknown = AccountChanges::new(self.store.clone(), self.clock.clone(), provider);
        match unknown.give_up().await? {
            0 => {}
            changes => tracing::warn!(changes, "nobody learned what became of changes of accounts"),
        }
        Ok(())
    }
}

#[async_trait]
impl Duty for Reconciler {
    fn name(&self) -> &'static str {
        "accounts of partner users and partner organisations"
    }

    async fn work(&self) -> Result<usize, StoreError> {
        if let Err(error) = self.clean().await {
            tracing::warn!(%error, "what has run out could not be removed");
        }
        // Accounts go before new ones come: an email may change hands.
        let removed = self.remove_batch().await?;
        Ok(removed + self.reconcile_batch().await? + self.accounts.verify_batch().await?)
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let mut reader = self.store.read().await?;
        let user = provisioning::next_due(reader.connection()).await?;
        let former = former_users::next_due(reader.connection()).await?;
        drop(reader);
        let account = self.accounts.next_due().await?;
        Ok(user.into_iter().chain(former).chain(account).min())
    }
}

enum Stopped {
    Store(StoreError),
    Identity(IdentityError),
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<IdentityError> for Stopped {
    fn from(error: IdentityError) -> Self {
        Self::Identity(error)
    }
}

/// Doubles from a quarter of a second to five minutes, shortened at random by
/// up to a quarter so that many rows do not come back at once.
#[must_use]
pub fn backoff(attempts: i64) -> Duration {
    let doublings = u32::try_from(attempts).unwrap_or(u32::MAX).min(12);
    let wait = FIRST_WAIT.saturating_mul(1 << doublings).min(LONGEST_WAIT);
    wait.mul_f64(rand::random_range(0.75..=1.0))
}

/// The problem in words for the users table.
fn reason(error: &IdentityError) -> String {
    match error {
        IdentityError::Unavailable(_) => "We could not reach the identity provider. This user is saved and will be set up as soon as it answers.".to_owned(),
        IdentityError::Throttled | IdentityError::BeingMade => "The identity provider is busy. This user is saved and will be set up shortly.".to_owned(),
        IdentityError::EmailTaken => "This email already has an account at the identity provider that belongs to somebody else. Remove that account there, or create the user with another email.".to_owned(),
        IdentityError::NoSuchAccount => "The account no longer exists at the identity provider.".to_owned(),
        IdentityError::HasPassword => "This person has set a password already, so that no invitation can be sent.".to_owned(),
        IdentityError::Refused(reason) => reason.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_five_minutes() {
        assert!(backoff(0) <= FIRST_WAIT);
        assert!(backoff(4) > backoff(0) * 8);
        assert!(backoff(1_000) <= LONGEST_WAIT && backoff(1_000) > LONGEST_WAIT / 2);
    }
}
