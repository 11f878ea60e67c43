//! What is done with partner users, by admins and by the managers of an
//! organisation. Each change is committed with its audit event and answered at
//! once; the reconciler then makes it true at the identity provider.

use super::{OrPublic, Stopped};
use crate::clock::Clock;
use crate::creating;
use crate::identity::{Identity, InvitationDelivery, Passwords, TemporaryPassword};
use crate::reconcile::Reconciler;
use crate::store::audit::{self, Actor, Event};
use crate::store::users::{NewPassword, Standing};
use crate::store::{
    Store, StoreError, Writer, drafts, former_users, organisations, sessions, twice_if_taken, users,
};
use partners_app::desks::{Admin, CreationKey, Manager, Origin};
use partners_app::domain::user::field;
use partners_app::domain::{
    CreatedUser, FieldErrors, NewUser, OrganisationId, PartnerUser, PartnerUserId, UserEdit,
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
    /// Which user a manager is.
    own: Option<PartnerUserId>,
}

impl Acting {
    fn reaches(&self, user: &PartnerUser) -> bool {
        self.within.is_none_or(|within| within == user.organisation)
    }

    /// Whoever took their own access away could not give it back.
    fn spares_themselves(&self, id: PartnerUserId) -> Result<(), PublicError> {
        if self.own == Some(id) {
            return Err(PublicError::Refused(
                "You cannot change your own access. Ask another manager or an administrator."
                    .to_owned(),
            ));
        }
        Ok(())
    }

    /// Whether a user may get a new password in this way, whoever keeps the
    /// accounts.
    fn may_renew(&self, how: NewPassword, user: &PartnerUser) -> Result<(), PublicError> {
        let name = &user.name;
        let has_signed_in = user.last_sign_in_at.is_some();
        let refused = match (how, &user.status) {
            (_, UserStatus::Disabled) => return Err(is_disabled(user)),
            (NewPassword::Invitation, _) if has_signed_in => {
                let instead = match self.within {
                    Some(_) => "An administrator can reset the password.",
                    None => "Reset the password instead.",
                };
                format!("{name} has already signed in and needs no invitation. {instead}")
            }
            (NewPassword::Invitation, _) | (NewPassword::Reset, UserStatus::Active) => {
                return Ok(());
            }
            (NewPassword::Reset, UserStatus::Failed { .. }) if has_signed_in => {
                format!("The last change to {name} has failed. Retry it first.")
            }
            (NewPassword::Reset, _) => {
                format!("{name} has not signed in yet. Resend the invitation instead.")
            }
        };
        Err(PublicError::Refused(refused))
    }
}

impl From<&Admin> for Acting {
    fn from(admin: &Admin) -> Self {
        let (actor, origin) = (Actor::from(admin), admin.origin().clone());
        Self { actor, origin, within: None, own: None }
    }
}

impl From<&Manager> for Acting {
    fn from(manager: &Manager) -> Self {
        let partner = manager.session();
        Self {
            actor: Actor::from(partner),
            origin: partner.origin().clone(),
            within: Some(partner.organisation()),
            own: Some(partner.user()),
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
            .filter(|user| acting.reaches(user))
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
        let added = twice_if_taken(|| self.insert(acting, key, organisation, &new, hash)).await;
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
        // Whoever is just deleting it is waited for.
        drafts::take_turn(writer.connection(), organisation).await?;
        if organisations::by_id(writer.connection(), organisation).await?.is_none() {
            return Ok(Added::Refused(PublicError::NotFound));
        }
        if let Some((owner, name)) = users::owner_of_email(writer.connection(), &new.email).await? {
            // Whose it is may be who this form has just created.
            if let Some(user) = users::by_creation_key(writer.connection(), key, now).await? {
                return Ok(Added::Before(user));
            }
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

    /// Invites a user again who has not signed in yet. Whoever has looks after
    /// their own password: a new one would open the account to whom it is shown.
    pub async fn invite_again(
        &self,
        acting: &Acting,
        id: PartnerUserId,
        expected: Option<&PartnerUser>,
    ) -> Result<CreatedUser, PublicError> {
        self.renew_password(acting, id, NewPassword::Invitation, expected).await
    }

    /// Makes the password one that nobody knows, and ends the user's sessions.
    pub async fn reset_password(
        &self,
        acting: &Acting,
        id: PartnerUserId,
    ) -> Result<CreatedUser, PublicError> {
        self.renew_password(acting, id, NewPassword::Reset, None).await
    }

    async fn renew_password(
        &self,
        acting: &Acting,
        id: PartnerUserId,
        how: NewPassword,
        expected: Option<&PartnerUser>,
    ) -> Result<CreatedUser, PublicError> {
        acting.may_renew(how, &self.one(acting, id).await?)?;
        let temporary = self.temporary_password(acting).await?;
        let hash = temporary.as_ref().map(|password| password.hash.as_str());
        let now = self.clock.now();
        let write = async {
            let mut writer = self.store.write().await?;
            let user = self.held(&mut writer, acting, id, expected).await?;
            acting.may_renew(how, &user)?;
            if !users::renew_password(writer.connection(), id, how, hash, now).await? {
                return Err(PublicError::NotFound.into());
            }
            sessions::delete_of_user(writer.connection(), id).await?;
            let action = match how {
                NewPassword::Invitation => "partner_user.invited_again",
                NewPassword::Reset => "partner_user.password_reset",
            };
            self.finish(writer, acting, &user, &[(action, json!({}))]).await
        };
        let user = write.await.or_public(&acting.origin)?;
        self.reconciler.wake();
        Ok(CreatedUser { user, temporary_password: plain(temporary) })
    }

    /// Lets a user sign in, or not. A manager cannot shut out the last one, nor
    /// themselves.
    pub async fn set_enabled(
        &self,
        acting: &Acting,
        id: PartnerUserId,
        enabled: bool,
        expected: Option<&PartnerUser>,
    ) -> Result<PartnerUser, PublicError> {
        let organisation = self.one(acting, id).await?.organisation;
        let now = self.clock.now();
        let write = async {
            let mut writer = self.store.write().await?;
            drafts::take_turn(writer.connection(), organisation).await?;
            let user = self.held(&mut writer, acting, id, expected).await?;
            let standing = users::standing(writer.connection(), organisation, id).await?;
            if !enabled && acting.within.is_some() && standing.is_last_manager() {
                return Err(is_last_manager(&user, standing).into());
            }
            acting.spares_themselves(id)?;
            if !users::set_enabled(writer.connection(), id, enabled, now).await? {
                return Ok(user);
            }
            if !enabled {
                sessions::delete_of_user(writer.connection(), id).await?;
            }
            let action = if enabled { "partner_user.enabled" } else { "partner_user.disabled" };
            let changes = json!({ "enabled": [!enabled, enabled] });
            self.finish(writer, acting, &user, &[(action, changes)]).await
        };
        let user = write.await.or_public(&acting.origin)?;
        self.reconciler.wake();
        Ok(user)
    }

    /// Changes a user's name and role, both or neither. The last manager stays
    /// one, also as the only user: whoever comes later would be a member.
    pub async fn edit(
        &self,
        acting: &Acting,
        id: PartnerUserId,
        edit: &UserEdit,
        expected: Option<&PartnerUser>,
    ) -> Result<PartnerUser, PublicError> {
        let organisation = self.one(acting, id).await?.organisation;
        let now = self.clock.now();
        let write = async {
            let mut writer = self.store.write().await?;
            drafts::take_turn(writer.connection(), organisation).await?;
            let before = self.held(&mut writer, acting, id, expected).await?;
            let mut events = Vec::new();
            if let Some(role) = edit.role.filter(|role| *role != before.role) {
                let standing = users::standing(writer.connection(), organisation, id).await?;
                if role == UserRole::Member && standing.is_last_manager() {
                    return Err(is_last_manager(&before, standing).into());
                }
                acting.spares_themselves(id)?;
                users::set_role(writer.connection(), id, role).await?;
                let changes = json!({ "role": [before.role, role] });
                events.push(("partner_user.role_changed", changes));
            }
            if let Some(name) = edit.name.as_ref().filter(|name| **name != before.name) {
                users::rename(writer.connection(), id, name, now).await?;
                events.push(("partner_user.renamed", json!({ "name": [before.name, name] })));
            }
            if events.is_empty() {
                return Ok(before);
            }
            self.finish(writer, acting, &before, &events).await
        };
        let user = write.await.or_public(&acting.origin)?;
        self.reconciler.wake();
        Ok(user)
    }

    /// Deletes a user: the email is free, the account is removed at the
    /// identity provider, and the name stays in the audit trail. Where there
    /// are others, the last manager stays.
    pub async fn delete(
        &self,
        acting: &Acting,
        id: PartnerUserId,
        expected: Option<&PartnerUser>,
    ) -> Result<(), PublicError> {
        let organisation = self.one(acting, id).await?.organisation;
        let now = self.clock.now();
        let write = async {
            let mut writer = self.store.write().await?;
            drafts::take_turn(writer.connection(), organisation).await?;
            let user = self.held(&mut writer, acting, id, expected).await?;
            let standing = users::standing(writer.connection(), organisation, id).await?;
            if standing.is_last_manager() && standing.users > 1 {
                return Err(is_last_manager(&user, standing).into());
            }
            if !former_users::part_with(writer.connection(), id, now).await? {
                return Err(PublicError::NotFound.into());
            }
            audit::record(writer.connection(), now, &acting.actor, &deleted(&user)).await?;
            writer.commit().await?;
            Ok::<_, Stopped>(())
        };
        write.await.or_public(&acting.origin)?;
        self.reconciler.wake();
        Ok(())
    }

    /// Tries again to set up a user that failed.
    pub async fn retry(
        &self,
        acting: &Acting,
        id: PartnerUserId,
    ) -> Result<PartnerUser, PublicError> {
        let now = self.clock.now();
        let write = async {
            let mut writer = self.store.write().await?;
            let user = self.held(&mut writer, acting, id, None).await?;
            if !users::retry(writer.connection(), id, now).await? {
                return Ok(user);
            }
            self.finish(writer, acting, &user, &[("partner_user.retried", json!({}))]).await
        };
        let user = write.await.or_public(&acting.origin)?;
        self.reconciler.wake();
        Ok(self.once_set_up(user).await)
    }

    /// The user whom nobody else changes until `writer` is done, as they were
    /// `expected`.
    async fn held(
        &self,
        writer: &mut Writer,
        acting: &Acting,
        id: PartnerUserId,
        expected: Option<&PartnerUser>,
    ) -> Result<PartnerUser, Stopped> {
        let user = users::held(writer.connection(), id, self.clock.now()).await?;
        let user = user.filter(|user| acting.reaches(user)).ok_or(PublicError::NotFound)?;
        if expected.is_some_and(|expected| *expected != user) {
            return Err(PublicError::ChangedSince.into());
        }
        Ok(user)
    }

    /// Adds the audit events of a change, and makes all of it true at once. The
    /// user is read before: what is answered afterwards no longer fails.
    async fn finish(
        &self,
        mut writer: Writer,
        acting: &Acting,
        before: &PartnerUser,
        events: &[(&'static str, Value)],
    ) -> Result<PartnerUser, Stopped> {
        let now = self.clock.now();
        let after = users::by_id(writer.connection(), before.id, now).await?;
        let after = after.ok_or(PublicError::NotFound)?;
        for &(action, ref changes) in events {
            let event = Event {
                action,
                organisation: Some(before.organisation),
                subject: Some(before.id.0),
                changes: changes.clone(),
            };
            audit::record(writer.connection(), now, &acting.actor, &event).await?;
        }
        writer.commit().await?;
        Ok(after)
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

/// The event of a user who is parted with.
pub(super) fn deleted(user: &PartnerUser) -> Event {
    Event {
        action: "partner_user.deleted",
        organisation: Some(user.organisation),
        subject: Some(user.id.0),
        changes: json!({
            "name": [user.name, null],
            "email": [user.email, null],
            "role": [user.role, null],
            "status": [user.status.as_str(), null],
        }),
    }
}

fn is_disabled(user: &PartnerUser) -> PublicError {
    PublicError::Refused(format!("{} is disabled. Enable the user first.", user.name))
}

fn is_last_manager(user: &PartnerUser, standing: Standing) -> PublicError {
    let first = if standing.users > 1 {
        "Make somebody else a manager first."
    } else {
        "Create another user who is one first."
    };
    PublicError::Refused(format!("{} is the only manager. {first}", user.name))
}
