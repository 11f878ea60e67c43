//! What is done with partner users, by admins and by the managers of an
//! organisation. Each change is committed with its audit event and answered at
//! once; the reconciler then makes it true at the identity provider.

use super::OrPublic;
use crate::clock::Clock;
use crate::creating;
use crate::identity::{Identity, InvitationDelivery, Passwords, TemporaryPassword};
use crate::reconcile::Reconciler;
use crate::store::audit::{self, Actor, Event};
use crate::store::{
    Store, StoreError, Writer, drafts, former_users, organisations, sessions, users,
};
use partners_app::desks::{Admin, CreationKey, Manager, Origin};
use partners_app::domain::user::field;
use partners_app::domain::{
    CreatedUser, FieldErrors, NewUser, OrganisationId, PartnerUser, PartnerUserId, PersonName,
    UserRole, UserStatus,
};
use partners_app::error::PublicError;
use partners_app::paths;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// How long an answer waits for the reconciler, so that it can usually say
/// *Invited* already.
const PATIENCE: Duration = Duration::from_millis(800);
const GLANCE: Duration = Duration::from_millis(40);

/// Looks after partner users.
#[derive(Clone)]
pub struct People {
    store: Store,
    clock: Clock,
    identity: Arc<dyn Identity>,
    passwords: Passwords,
    reconciler: Reconciler,
}

/// Who acts, and among whom.
pub struct Acting {
    actor: Actor,
    origin: Origin,
    /// A manager's organisation: users of others do not exist for them.
    within: Option<OrganisationId>,
}

impl From<&Admin> for Acting {
    fn from(admin: &Admin) -> Self {
        Self { actor: Actor::from(admin), origin: admin.origin().clone(), within: None }
    }
}

impl From<&Manager> for Acting {
    fn from(manager: &Manager) -> Self {
        let partner = manager.session();
        Self {
            actor: Actor::from(partner),
            origin: partner.origin().clone(),
            within: Some(partner.organisation()),
        }
    }
}

enum Added {
    Now(PartnerUser),
    Before(PartnerUser),
    Refused(PublicError),
}

impl People {
    /// Partner users in this database, with accounts at this provider.
    #[must_use]
    pub const fn new(
        store: Store,
        clock: Clock,
        identity: Arc<dyn Identity>,
        passwords: Passwords,
        reconciler: Reconciler,
    ) -> Self {
        Self { store, clock, identity, passwords, reconciler }
    }

    /// The users of an organisation, oldest first.
    pub async fn list(
        &self,
        origin: &Origin,
        organisation: OrganisationId,
    ) -> Result<Vec<PartnerUser>, PublicError> {
        let now = self.clock.now();
        let read = async {
            let mut reader = self.store.read().await?;
            if organisations::by_id(reader.connection(), organisation).await?.is_none() {
                return Ok::<_, StoreError>(None);
            }
            users::of_organisation(reader.connection(), organisation, now).await.map(Some)
        };
        read.await.or_public(origin)?.ok_or(PublicError::NotFound)
    }

    /// One user.
    pub async fn one(
        &self,
        acting: &Acting,
        id: PartnerUserId,
    ) -> Result<PartnerUser, PublicError> {
        let now = self.clock.now();
        let read = async { users::by_id(self.store.read().await?.connection(), id, now).await };
        read.await
            .or_public(&acting.origin)?
            .filter(|user| acting.within.is_none_or(|within| within == user.organisation))
            .ok_or(PublicError::NotFound)
    }

    /// Creates a user, once for each `key`.
    pub async fn add(
        &self,
        acting: &Acting,
        key: CreationKey,
        organisation: OrganisationId,
        new: NewUser,
    ) -> Result<CreatedUser, PublicError> {
        let temporary = self.temporary_password(acting).await?;
        let hash = temporary.as_ref().map(|password| password.hash.as_str());
        // Faster than us, another request may take the email or the key
        // between our look and our write: the second look then finds it.
        let mut added = self.insert(acting, key, organisation, &new, hash).await;
        if matches!(added, Err(StoreError::AlreadyExists)) {
            added = self.insert(acting, key, organisation, &new, hash).await;
        }
        match added.or_public(&acting.origin)? {
            Added::Now(user) => {
                tracing::info!(partner_user.id = %user.id, organisation.id = %organisation, "a partner user was created");
                self.reconciler.wake();
                let user = self.once_set_up(user).await;
                Ok(CreatedUser { user, temporary_password: plain(temporary) })
            }
            Added::Before(user) if user.email == new.email && user.organisation == organisation => {
                // The password was shown, or lost, with the first answer.
                Ok(CreatedUser { user, temporary_password: None })
            }
            Added::Before(user) => Err(PublicError::Refused(format!(
                "This form has already created {}. Open Create user again to create another user.",
                user.name
            ))),
            Added::Refused(error) => Err(error),
        }
    }

    async fn insert(
        &self,
        acting: &Acting,
        key: CreationKey,
        organisation: OrganisationId,
        new: &NewUser,
        handed_over: Option<&str>,
    ) -> Result<Added, StoreError> {
        let now = self.clock.now();
        let mut writer = self.store.write().await?;
        if let Some(user) = users::by_creation_key(writer.connection(), key, now).await? {
            return Ok(Added::Before(user));
        }
        if organisations::by_id(writer.connection(), organisation).await?.is_none() {
            return Ok(Added::Refused(PublicError::NotFound));
        }
        if let Some((owner, name)) = users::owner_of_email(writer.connection(), &new.email).await? {
            let errors = match acting.within {
                // What another organisation is called is nobody's business.
                Some(within) if within != owner => FieldErrors::one(
                    field::EMAIL,
                    format!("{} cannot be invited: it is in use already.", new.email),
                ),
                Some(_) => {
                    FieldErrors::one(field::EMAIL, format!("{} is invited already.", new.email))
                }
                None => {
                    let message = format!(
                        "{} already belongs to {name}. Each email can be used for one partner user.",
                        new.email
                    );
                    FieldErrors::one(field::EMAIL, message)
                        .with_link(paths::organisation(owner), format!("Open {name}"))
                }
            };
            return Ok(Added::Refused(PublicError::Invalid(errors)));
        }
        let (id, event) =
            creating::user(writer.connection(), key, organisation, new, handed_over, now).await?;
        audit::record(writer.connection(), now, &acting.actor, &event).await?;
        let user = users::by_id(writer.connection(), id, now).await?;
        writer.commit().await?;
        user.map(Added::Now)
            .ok_or_else(|| StoreError::Unreadable(format!("partner user {id} is gone")))
    }

    /// Invites a user again.
    pub async fn invite_again(
        &self,
        acting: &Acting,
        id: PartnerUserId,
    ) -> Result<CreatedUser, PublicError> {
        let user = self.one(acting, id).await?;
        match user.status {
            UserStatus::Disabled => return Err(is_disabled(&user)),
            UserStatus::Active if self.mails() => {
                return Err(PublicError::Refused(format!(
                    "{} has already signed in and needs no invitation. Reset the password instead.",
                    user.name
                )));
            }
            _ => {}
        }
        let temporary = self.temporary_password(acting).await?;
        let hash = temporary.as_ref().map(|password| password.hash.as_str());
        let now = self.clock.now();
        let write = async {
            let mut writer = self.store.write().await?;
            users::invite_again(writer.connection(), id, hash, now).await?;
            sessions::delete_of_user(writer.connection(), id).await?;
            self.note(writer, acting, "partner_user.invited_again", &user, json!({})).await
        };
        write.await.or_public(&acting.origin)?;
        self.reconciler.wake();
        Ok(CreatedUser { user: self.one(acting, id).await?, temporary_password: plain(temporary) })
    }

    /// Makes the password one that nobody knows, and ends the user's sessions.
    pub async fn reset_password(
        &self,
        acting: &Acting,
        id: PartnerUserId,
    ) -> Result<CreatedUser, PublicError> {
        let user = self.one(acting, id).await?;
        match user.status {
            UserStatus::Active => {}
            UserStatus::Disabled => return Err(is_disabled(&user)),
            _ => {
                return Err(PublicError::Refused(format!(
                    "{} has not set a password yet. Resend the invitation instead.",
                    user.name
                )));
            }
        }
        let temporary = self.temporary_password(acting).await?;
        let hash = temporary.as_ref().map(|password| password.hash.as_str());
        let now = self.clock.now();
        let write = async {
            let mut writer = self.store.write().await?;
            users::reset_password(writer.connection(), id, hash, now).await?;
            sessions::delete_of_user(writer.connection(), id).await?;
            self.note(writer, acting, "partner_user.password_reset", &user, json!({})).await
        };
        write.await.or_public(&acting.origin)?;
        self.reconciler.wake();
        Ok(CreatedUser { user: self.one(acting, id).await?, temporary_password: plain(temporary) })
    }

    /// Lets a user sign in, or not. A manager cannot shut out the last one.
    pub async fn set_enabled(
        &self,
        acting: &Acting,
        id: PartnerUserId,
        enabled: bool,
    ) -> Result<PartnerUser, PublicError> {
        let user = self.one(acting, id).await?;
        let now = self.clock.now();
        let write = async {
            let mut writer = self.store.write().await?;
            drafts::take_turn(writer.connection(), user.organisation).await?;
            let standing = users::standing(writer.connection(), user.organisation, id).await?;
            if !enabled && acting.within.is_some() && standing.is_last_manager() {
                return Ok(Err(is_last_manager(&user)));
            }
            if users::set_enabled(writer.connection(), id, enabled, now).await? {
                if !enabled {
                    sessions::delete_of_user(writer.connection(), id).await?;
                }
                let action = if enabled { "partner_user.enabled" } else { "partner_user.disabled" };
                let changes = json!({ "enabled": [!enabled, enabled] });
                self.note(writer, acting, action, &user, changes).await?;
            }
            Ok::<_, StoreError>(Ok(()))
        };
        write.await.or_public(&acting.origin)??;
        self.reconciler.wake();
        self.one(acting, id).await
    }

    /// Makes a user a manager or a member. Where there are others, one manager
    /// stays.
    pub async fn set_role(
        &self,
        acting: &Acting,
        id: PartnerUserId,
        role: UserRole,
    ) -> Result<PartnerUser, PublicError> {
        let user = self.one(acting, id).await?;
        let write = async {
            let mut writer = self.store.write().await?;
            drafts::take_turn(writer.connection(), user.organisation).await?;
            let standing = users::standing(writer.connection(), user.organisation, id).await?;
            if role == UserRole::Member && standing.is_last_manager() {
                return Ok(Err(is_last_manager(&user)));
            }
            if users::set_role(writer.connection(), id, role).await? {
                let changes = json!({ "role": [role.other(), role] });
                self.note(writer, acting, "partner_user.role_changed", &user, changes).await?;
            }
            Ok::<_, StoreError>(Ok(()))
        };
        write.await.or_public(&acting.origin)??;
        self.one(acting, id).await
    }

    /// Changes a user's name.
    pub async fn rename(
        &self,
        acting: &Acting,
        id: PartnerUserId,
        name: &PersonName,
    ) -> Result<PartnerUser, PublicError> {
        let user = self.one(acting, id).await?;
        let now = self.clock.now();
        let write = async {
            let mut writer = self.store.write().await?;
            if users::rename(writer.connection(), id, name, now).await? {
                let changes = json!({ "name": [user.name, name] });
                self.note(writer, acting, "partner_user.renamed", &user, changes).await?;
            }
            Ok::<_, StoreError>(())
        };
        write.await.or_public(&acting.origin)?;
        self.reconciler.wake();
        self.one(acting, id).await
    }

    /// Deletes a user: the email is free, the account is removed at the
    /// identity provider, and the name stays in the audit trail. Where there
    /// are others, the last manager stays.
    pub async fn delete(&self, acting: &Acting, id: PartnerUserId) -> Result<(), PublicError> {
        let user = self.one(acting, id).await?;
        let write = async {
            let mut writer = self.store.write().await?;
            drafts::take_turn(writer.connection(), user.organisation).await?;
            let standing = users::standing(writer.connection(), user.organisation, id).await?;
            if standing.is_last_manager() && standing.users > 1 {
                return Ok(Err(is_last_manager(&user)));
            }
            former_users::part_with(writer.connection(), id, self.clock.now()).await?;
            let changes = json!({ "name": [user.name, null], "email": [user.email, null] });
            self.note(writer, acting, "partner_user.deleted", &user, changes).await?;
            Ok::<_, StoreError>(Ok(()))
        };
        write.await.or_public(&acting.origin)??;
        self.reconciler.wake();
        Ok(())
    }

    /// Tries again to set up a user that failed.
    pub async fn retry(
        &self,
        acting: &Acting,
        id: PartnerUserId,
    ) -> Result<PartnerUser, PublicError> {
        let user = self.one(acting, id).await?;
        let now = self.clock.now();
        let write = async {
            let mut writer = self.store.write().await?;
            if users::retry(writer.connection(), id, now).await? {
                self.note(writer, acting, "partner_user.retried", &user, json!({})).await?;
            }
            Ok::<_, StoreError>(())
        };
        write.await.or_public(&acting.origin)?;
        self.reconciler.wake();
        let user = self.one(acting, id).await?;
        Ok(self.once_set_up(user).await)
    }

    /// Adds the audit event, and makes all of it true at once.
    async fn note(
        &self,
        mut writer: Writer,
        acting: &Acting,
        action: &'static str,
        user: &PartnerUser,
        changes: Value,
    ) -> Result<(), StoreError> {
        let event = Event {
            action,
            organisation: Some(user.organisation),
            subject: Some(user.id.0),
            changes,
        };
        audit::record(writer.connection(), self.clock.now(), &acting.actor, &event).await?;
        writer.commit().await
    }

    fn mails(&self) -> bool {
        self.identity.invitation_delivery() == InvitationDelivery::Mail
    }

    async fn temporary_password(
        &self,
        acting: &Acting,
    ) -> Result<Option<TemporaryPassword>, PublicError> {
        if self.mails() {
            return Ok(None);
        }
        let password = self.passwords.temporary().await.map_err(|error| {
            let reference = acting.origin.reference.clone();
            tracing::error!(%error, request.reference = %reference, "no temporary password");
            PublicError::Unexpected { reference }
        })?;
        Ok(Some(password))
    }

    /// The user as the reconciler leaves it, or as it is when patience ends.
    async fn once_set_up(&self, mut user: PartnerUser) -> PartnerUser {
        let look = async {
            while matches!(user.status, UserStatus::SettingUp { .. }) {
                tokio::time::sleep(GLANCE).await;
                let Ok(mut reader) = self.store.read().await else { break };
                match users::by_id(reader.connection(), user.id, self.clock.now()).await {
                    Ok(Some(current)) => user = current,
                    _ => break,
                }
            }
        };
        // Running out of patience is no failure: the status then says *Setting up*.
        tokio::time::timeout(PATIENCE, look).await.ok();
        user
    }
}

fn plain(temporary: Option<TemporaryPassword>) -> Option<String> {
    temporary.map(|password| password.plain.expose_secret().to_owned())
}

fn is_disabled(user: &PartnerUser) -> PublicError {
    PublicError::Refused(format!("{} is disabled. Enable the user first.", user.name))
}

fn is_last_manager(user: &PartnerUser) -> PublicError {
    PublicError::Refused(format!(
        "{} is the only manager. Make somebody else a manager first.",
        user.name
    ))
}
