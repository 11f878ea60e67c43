//! Accounts in the pool: made, found, grouped, enabled.

use super::super::{Account, FormerAccount, IdentityError, Role, Subject};
use super::errors::Failure;
use super::{ADMINS, Cognito, PARTNER_ORG, PARTNERS};
use aws_sdk_cognitoidentityprovider as cognito;
use cognito::types::{AttributeType, DeliveryMediumType, MessageActionType, UserStatusType};
use partners_app::domain::{Email, OrganisationId, PersonName};

/// `custom:partner_org` of an admin's account. It belongs to no organisation;
/// the mark tells our own account, whose creation was cut short, from somebody
/// else's.
const ADMIN_MARK: &str = "admins";

/// An account as the pool has it.
pub(super) struct PoolUser {
    /// What the pool calls it: its `sub` where emails are the user names.
    pub(super) username: String,
    pub(super) subject: Subject,
    pub(super) email: Option<String>,
    pub(super) name: Option<String>,
    pub(super) partner_org: Option<String>,
    pub(super) enabled: bool,
    /// Whether its first own password is still to be set.
    pub(super) must_change_password: bool,
    /// Whether sign-ins ask for its authenticator app.
    pub(super) has_app: bool,
    /// When it was made, in milliseconds since 1970, where it was there before.
    pub(super) made_at: Option<i64>,
}

impl PoolUser {
    fn new(
        username: &str,
        attributes: &[AttributeType],
        enabled: bool,
        status: Option<&UserStatusType>,
    ) -> Self {
        let value = |name: &str| {
            let found = attributes.iter().find(|attribute| attribute.name() == name);
            found.and_then(AttributeType::value).map(str::to_owned)
        };
        Self {
            username: username.to_owned(),
            subject: Subject(value("sub").unwrap_or_else(|| username.to_owned())),
            email: value("email"),
            name: value("name"),
            partner_org: value(PARTNER_ORG),
            enabled,
            must_change_password: status == Some(&UserStatusType::ForceChangePassword),
            has_app: false,
            made_at: None,
        }
    }

    pub(super) fn into_account(self) -> Account {
        Account {
            subject: self.subject,
            enabled: self.enabled,
            must_change_password: self.must_change_password,
        }
    }
}

impl Cognito {
    /// The account with this user name, `sub` or email.
    pub(super) async fn user(&self, username: &str) -> Result<Option<PoolUser>, IdentityError> {
        let answer = self
            .client
            .admin_get_user()
            .user_pool_id(&self.settings.pool_id)
            .username(username)
            .send()
            .await;
        match answer {
            Ok(answer) => {
                let user = PoolUser::new(
                    answer.username(),
                    answer.user_attributes(),
                    answer.enabled(),
                    answer.user_status(),
                );
                let factors = answer.user_mfa_setting_list();
                let has_app = factors.iter().any(|factor| factor == "SOFTWARE_TOKEN_MFA");
                let made_at = answer.user_create_date().and_then(|at| at.to_millis().ok());
                Ok(Some(PoolUser { has_app, made_at, ..user }))
            }
            Err(error) => match Failure::of("AdminGetUser", &error).into_error() {
                IdentityError::NoSuchAccount => Ok(None),
                error => Err(error),
            },
        }
    }

    /// Makes the account in its group, or finds the one an earlier attempt
    /// made. `message` is `Suppress` where no invitation is to be sent.
    ///
    /// # Errors
    /// [`IdentityError::EmailTaken`] where the address has an account that is
    /// not this one: never a take-over.
    pub(super) async fn make(
        &self,
        email: &Email,
        name: &PersonName,
        role: Role,
        message: Option<MessageActionType>,
    ) -> Result<PoolUser, IdentityError> {
        let mark = match role {
            Role::Admin => ADMIN_MARK.to_owned(),
            Role::Partner(organisation) => organisation.to_string(),
        };
        let answer = self
            .client
            .admin_create_user()
            .user_pool_id(&self.settings.pool_id)
            .username(email.as_str())
            .user_attributes(attribute("email", email.as_str())?)
            .user_attributes(attribute("email_verified", "true")?)
            .user_attributes(attribute("name", name.as_str())?)
            .user_attributes(attribute(PARTNER_ORG, &mark)?)
            .desired_delivery_mediums(DeliveryMediumType::Email)
            .set_message_action(message)
            .send()
            .await;
        let user = match answer {
            Ok(made) => {
                let user = made.user().and_then(|user| {
                    let username = user.username()?;
                    let status = user.user_status();
                    Some(PoolUser::new(username, user.attributes(), user.enabled(), status))
                });
                user.ok_or_else(|| unreadable("AdminCreateUser"))?
            }
            Err(error) => match Failure::of("AdminCreateUser", &error).into_error() {
                IdentityError::EmailTaken => match self.ours(email, role).await {
                    Err(IdentityError::NoSuchAccount) => {
                        return Err(IdentityError::Unavailable(
                            "The account with this email is just changing.".to_owned(),
                        ));
                    }
                    ours => ours?,
                },
                error => return Err(error),
            },
        };
        self.join(&user, role).await?;
        Ok(user)
    }

    /// The account with this address, if an earlier attempt to make this very
    /// account made it.
    async fn ours(&self, email: &Email, role: Role) -> Result<PoolUser, IdentityError> {
        let user = self.user(email.as_str()).await?.ok_or(IdentityError::NoSuchAccount)?;
        let groups = self.groups(&user.username).await?;
        let is_in = |name: &str| groups.iter().any(|group| group == name);
        let mark = user.partner_org.as_deref();
        let ours = match role {
            Role::Partner(organisation) => {
                mark.and_then(|mark| mark.parse::<OrganisationId>().ok()) == Some(organisation)
                    && !is_in(ADMINS)
            }
            // Somebody taken out of the group is no admin, whatever the mark
            // says; only an account nobody ever signed in with is completed.
            Role::Admin => {
                !is_in(PARTNERS)
                    && (is_in(ADMINS) || mark == Some(ADMIN_MARK) && user.must_change_password)
            }
        };
        if ours { Ok(user) } else { Err(IdentityError::EmailTaken) }
    }

    async fn join(&self, user: &PoolUser, role: Role) -> Result<(), IdentityError> {
        let group = match role {
            Role::Admin => ADMINS,
            Role::Partner(_) => PARTNERS,
        };
        self.client
            .admin_add_user_to_group()
            .user_pool_id(&self.settings.pool_id)
            .username(&user.username)
            .group_name(group)
            .send()
            .await
            .map_err(|error| Failure::of("AdminAddUserToGroup", &error))?;
        Ok(())
    }

    async fn groups(&self, username: &str) -> Result<Vec<String>, IdentityError> {
        let groups = self
            .client
            .admin_list_groups_for_user()
            .user_pool_id(&self.settings.pool_id)
            .username(username)
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await
            .map_err(|error| Failure::of("AdminListGroupsForUser", &error))?;
        Ok(groups.into_iter().filter_map(|group| group.group_name).collect())
    }

    /// Sends another invitation with a new temporary password.
    pub(super) async fn resend(&self, subject: &Subject) -> Result<(), IdentityError> {
        let user = self.user(&subject.0).await?.ok_or(IdentityError::NoSuchAccount)?;
        // Asking for a second message for an address that has no account would
        // be an error at AWS and a second account elsewhere.
        if user.subject != *subject {
            return Err(IdentityError::NoSuchAccount);
        }
        if !user.must_change_password {
            return Err(IdentityError::HasPassword);
        }
        // Where emails are the user names, AdminCreateUser takes nothing else.
        let username = user.email.as_deref().unwrap_or(&user.username);
        let answer = self
            .client
            .admin_create_user()
            .user_pool_id(&self.settings.pool_id)
            .username(username)
            .desired_delivery_mediums(DeliveryMediumType::Email)
            .message_action(MessageActionType::Resend)
            .send()
            .await;
        match answer {
            Ok(_) => Ok(()),
            Err(error) => {
                let failure = Failure::of("AdminCreateUser", &error);
                Err(match failure.refusal() {
                    "UnsupportedUserStateException" => IdentityError::HasPassword,
                    _ => failure.into_error(),
                })
            }
        }
    }

    /// Has the next sign-in need a code, which Cognito mails, and ends what the
    /// password of before has opened: with its access token an authenticator app
    /// could still be set up.
    pub(super) async fn reset_user(&self, username: &str) -> Result<(), IdentityError> {
        self.client
            .admin_reset_user_password()
            .user_pool_id(&self.settings.pool_id)
            .username(username)
            .send()
            .await
            .map_err(|error| Failure::of("AdminResetUserPassword", &error))?;
        self.sign_out_everywhere(username).await
    }

    /// Revokes the tokens of the account.
    pub(super) async fn sign_out_everywhere(&self, username: &str) -> Result<(), IdentityError> {
        self.client
            .admin_user_global_sign_out()
            .user_pool_id(&self.settings.pool_id)
            .username(username)
            .send()
            .await
            .map_err(|error| Failure::of("AdminUserGlobalSignOut", &error))?;
        Ok(())
    }

    /// Changes the attribute `name`.
    pub(super) async fn set_name(
        &self,
        username: &str,
        name: &PersonName,
    ) -> Result<(), IdentityError> {
        self.client
            .admin_update_user_attributes()
            .user_pool_id(&self.settings.pool_id)
            .username(username)
            .user_attributes(attribute("name", name.as_str())?)
            .send()
            .await
            .map_err(|error| Failure::of("AdminUpdateUserAttributes", &error))?;
        Ok(())
    }

    /// Deletes the account, where it exists and is the one that is meant.
    pub(super) async fn delete(&self, account: &FormerAccount) -> Result<(), IdentityError> {
        let username = match &account.subject {
            Some(subject) => subject.0.clone(),
            None => match self.ours(&account.email, Role::Partner(account.organisation)).await {
                Ok(user) => user.username,
                // Nobody, or somebody else's.
                Err(IdentityError::EmailTaken | IdentityError::NoSuchAccount) => return Ok(()),
                Err(error) => return Err(error),
            },
        };
        let answer = self
            .client
            .admin_delete_user()
            .user_pool_id(&self.settings.pool_id)
            .username(username)
            .send()
            .await;
        match answer.map_err(|error| Failure::of("AdminDeleteUser", &error).into_error()) {
            Ok(_) | Err(IdentityError::NoSuchAccount) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Lets the account sign in.
    pub(super) async fn enable(&self, username: &str) -> Result<(), IdentityError> {
        self.client
            .admin_enable_user()
            .user_pool_id(&self.settings.pool_id)
            .username(username)
            .send()
            .await
            .map_err(|error| Failure::of("AdminEnableUser", &error))?;
        Ok(())
    }

    /// No longer lets the account sign in, and ends what Cognito keeps open.
    pub(super) async fn disable(&self, username: &str) -> Result<(), IdentityError> {
        self.client
            .admin_disable_user()
            .user_pool_id(&self.settings.pool_id)
            .username(username)
            .send()
            .await
            .map_err(|error| Failure::of("AdminDisableUser", &error))?;
        self.sign_out_everywhere(username).await
    }

    /// Whether the group of admins has a member. One of ours without a password
    /// does not count: its creation was cut short, and nobody can sign in with it.
    /// Who was invited in AWS does, for our mark is not on the account.
    pub(super) async fn any_admin(&self) -> Result<bool, IdentityError> {
        let mut members = self
            .client
            .list_users_in_group()
            .user_pool_id(&self.settings.pool_id)
            .group_name(ADMINS)
            .into_paginator()
            .items()
            .send();
        while let Some(member) = members.next().await {
            let member = member.map_err(|error| Failure::of("ListUsersInGroup", &error))?;
            let username = member.username().unwrap_or_default();
            let status = member.user_status();
            let user = PoolUser::new(username, member.attributes(), member.enabled(), status);
            let is_ours = user.partner_org.as_deref() == Some(ADMIN_MARK);
            if !(is_ours && user.must_change_password) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn attribute(name: &str, value: &str) -> Result<AttributeType, IdentityError> {
    let built = AttributeType::builder().name(name).value(value).build();
    built.map_err(|error| IdentityError::Refused(error.to_string()))
}

/// An answer without what it must contain.
pub(super) fn unreadable(operation: &'static str) -> IdentityError {
    tracing::warn!(operation, "an answer of Cognito's is incomplete");
    IdentityError::Unavailable("Cognito’s answer cannot be read.".to_owned())
}
