//! What admins do with partner users. Each change is committed with its audit
//! event and answered at once; the reconciler then makes it true at the
//! identity provider.

use super::{AdminOffice, OrPublic};
use crate::identity::{InvitationDelivery, TemporaryPassword};
use crate::store::audit::{self, Actor, Event};
use crate::store::{StoreError, organisations, sessions, users};
use partners_app::desks::{Admin, CreationKey};
use partners_app::domain::user::field;
use partners_app::domain::{
    CreatedUser, FieldErrors, NewUser, OrganisationId, PartnerUser, PartnerUserId, UserStatus,
};
use partners_app::error::PublicError;
use partners_app::paths;
use secrecy::ExposeSecret;
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

/// How long an answer waits for the reconciler, so that it can usually say
/// *Invited* already.
const PATIENCE: Duration = Duration::from_millis(800);
const GLANCE: Duration = Duration::from_millis(40);

enum Added {
    Now(PartnerUser),
    Before(PartnerUser),
    Refused(PublicError),
}

impl AdminOffice {
    pub(super) async fn list_users(
        &self,
        admin: &Admin,
        organisation: OrganisationId,
    ) -> Result<Vec<PartnerUser>, PublicError> {
        let read = async {
            let mut reader = self.store.read().await?;
            if organisations::by_id(reader.connection(), organisation).await?.is_none() {
                return Ok::<_, StoreError>(None);
            }
            users::of_organisation(reader.connection(), organisation).await.map(Some)
        };
        read.await.or_public(admin.origin())?.ok_or(PublicError::NotFound)
    }

    pub(super) async fn add_user(
        &self,
        admin: &Admin,
        key: CreationKey,
        organisation: OrganisationId,
        new: NewUser,
    ) -> Result<CreatedUser, PublicError> {
        let temporary = self.temporary_password(admin).await?;
        let hash = temporary.as_ref().map(|password| password.hash.as_str());
        // Faster than us, another request may take the email or the key
        // between our look and our write: the second look then finds it.
        let mut added = self.insert_user(admin, key, organisation, &new, hash).await;
        if matches!(added, Err(StoreError::AlreadyExists)) {
            added = self.insert_user(admin, key, organisation, &new, hash).await;
        }
        match added.or_public(admin.origin())? {
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

    async fn insert_user(
        &self,
        admin: &Admin,
        key: CreationKey,
        organisation: OrganisationId,
        new: &NewUser,
        handed_over: Option<&str>,
    ) -> Result<Added, StoreError> {
        let now = self.clock.now();
        let mut writer = self.store.write().await?;
        if let Some(user) = users::by_creation_key(writer.connection(), key).await? {
            return Ok(Added::Before(user));
        }
        if organisations::by_id(writer.connection(), organisation).await?.is_none() {
            return Ok(Added::Refused(PublicError::NotFound));
        }
        if let Some((owner, name)) = users::owner_of_email(writer.connection(), &new.email).await? {
            let message = format!(
                "{} already belongs to {name}. Each email can be used for one partner user.",
                new.email
            );
            let errors = FieldErrors::one(field::EMAIL, message)
                .with_link(paths::organisation(owner), format!("Open {name}"));
            return Ok(Added::Refused(PublicError::Invalid(errors)));
        }
        let id = PartnerUserId(Uuid::now_v7());
        users::insert(writer.connection(), id, key, organisation, new, handed_over, now).await?;
        let event = Event {
            action: "partner_user.created",
            organisation: Some(organisation),
            subject: Some(id.0),
            changes: json!({ "name": [null, new.name], "email": [null, new.email] }),
        };
        audit::record(writer.connection(), now, &Actor::from(admin), &event).await?;
        let user = users::by_id(writer.connection(), id).await?;
        writer.commit().await?;
        user.map(Added::Now)
            .ok_or_else(|| StoreError::Unreadable(format!("partner user {id} is gone")))
    }

    pub(super) async fn invite_user_again(
        &self,
        admin: &Admin,
        id: PartnerUserId,
    ) -> Result<CreatedUser, PublicError> {
        let user = self.user(admin, id).await?;
        let mails = self.identity.invitation_delivery() == InvitationDelivery::Mail;
        match user.status {
            UserStatus::Disabled => {
                return Err(PublicError::Refused(format!(
                    "{} is disabled. Enable the user first.",
                    user.name
                )));
            }
            UserStatus::Active if mails => {
                return Err(PublicError::Refused(format!(
                    "{} has already signed in and needs no invitation. A new password can be set through Forgot password on the sign-in page.",
                    user.name
                )));
            }
            _ => {}
        }
        let temporary = self.temporary_password(admin).await?;
        let hash = temporary.as_ref().map(|password| password.hash.as_str());
        let now = self.clock.now();
        let write = async {
            let mut writer = self.store.write().await?;
            users::invite_again(writer.connection(), id, hash, now).await?;
            sessions::delete_of_user(writer.connection(), id).await?;
            let event = Event {
                action: "partner_user.invited_again",
                organisation: Some(user.organisation),
                subject: Some(id.0),
                changes: json!({}),
            };
            audit::record(writer.connection(), now, &Actor::from(admin), &event).await?;
            writer.commit().await
        };
        write.await.or_public(admin.origin())?;
        self.reconciler.wake();
        Ok(CreatedUser { user: self.user(admin, id).await?, temporary_password: plain(temporary) })
    }

    pub(super) async fn enable_user(
        &self,
        admin: &Admin,
        id: PartnerUserId,
        enabled: bool,
    ) -> Result<PartnerUser, PublicError> {
        let user = self.user(admin, id).await?;
        let now = self.clock.now();
        let write = async {
            let mut writer = self.store.write().await?;
            if users::set_enabled(writer.connection(), id, enabled, now).await? {
                if !enabled {
                    sessions::delete_of_user(writer.connection(), id).await?;
                }
                let event = Event {
                    action: if enabled { "partner_user.enabled" } else { "partner_user.disabled" },
                    organisation: Some(user.organisation),
                    subject: Some(id.0),
                    changes: json!({ "enabled": [!enabled, enabled] }),
                };
                audit::record(writer.connection(), now, &Actor::from(admin), &event).await?;
            }
            writer.commit().await
        };
        write.await.or_public(admin.origin())?;
        self.reconciler.wake();
        self.user(admin, id).await
    }

    pub(super) async fn try_user_again(
        &self,
        admin: &Admin,
        id: PartnerUserId,
    ) -> Result<PartnerUser, PublicError> {
        let user = self.user(admin, id).await?;
        let now = self.clock.now();
        let write = async {
            let mut writer = self.store.write().await?;
            if users::retry(writer.connection(), id, now).await? {
                let event = Event {
                    action: "partner_user.retried",
                    organisation: Some(user.organisation),
                    subject: Some(id.0),
                    changes: json!({}),
                };
                audit::record(writer.connection(), now, &Actor::from(admin), &event).await?;
            }
            writer.commit().await
        };
        write.await.or_public(admin.origin())?;
        self.reconciler.wake();
        let user = self.user(admin, id).await?;
        Ok(self.once_set_up(user).await)
    }

    async fn user(&self, admin: &Admin, id: PartnerUserId) -> Result<PartnerUser, PublicError> {
        let read = async { users::by_id(self.store.read().await?.connection(), id).await };
        read.await.or_public(admin.origin())?.ok_or(PublicError::NotFound)
    }

    async fn temporary_password(
        &self,
        admin: &Admin,
    ) -> Result<Option<TemporaryPassword>, PublicError> {
        match self.identity.invitation_delivery() {
            InvitationDelivery::Mail => Ok(None),
            InvitationDelivery::HandOver => {
                let password = self.passwords.temporary().await.map_err(|error| {
                    let reference = admin.origin().reference.clone();
                    tracing::error!(%error, request.reference = %reference, "no temporary password");
                    PublicError::Unexpected { reference }
                })?;
                Ok(Some(password))
            }
        }
    }

    /// The user as the reconciler leaves it, or as it is when patience ends.
    async fn once_set_up(&self, mut user: PartnerUser) -> PartnerUser {
        let look = async {
            while matches!(user.status, UserStatus::SettingUp { .. }) {
                tokio::time::sleep(GLANCE).await;
                let Ok(mut reader) = self.store.read().await else { break };
                match users::by_id(reader.connection(), user.id).await {
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
