//! `partners cognito init`: creates what is missing, and nothing twice.

use super::super::IdentityError;
use super::config::{client, region};
use super::errors::Failure;
use super::{ADMINS, PARTNER_ORG, PARTNERS};
use aws_config::SdkConfig;
use aws_sdk_cognitoidentityprovider as cognito;
use cognito::types::{
    AccountRecoverySettingType, AdminCreateUserConfigType, AttributeDataType,
    DeletionProtectionType, ExplicitAuthFlowsType, MessageTemplateType, PasswordPolicyType,
    PreventUserExistenceErrorTypes, RecoveryOptionNameType, RecoveryOptionType,
    SchemaAttributeType, SoftwareTokenMfaConfigType, StringAttributeConstraintsType, TimeUnitsType,
    TokenValidityUnitsType, UserPoolMfaType, UserPoolPolicyType, UsernameAttributeType,
    UsernameConfigurationType, VerifiedAttributeType,
};

/// The tag of pools that were created here: a pool of the same name without it
/// is somebody else's.
const TAG: (&str, &str) = ("created-by", "partners-cognito-init");

/// What to start from.
#[derive(Clone, Debug)]
pub struct PoolRequest {
    /// A user pool to complete; `None` to create one.
    pub pool_id: Option<String>,
    /// Its app client; `None` to create one.
    pub client_id: Option<String>,
    /// The name of what is created, such as `partners`.
    pub name: String,
}

/// What there is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Initialised {
    /// For `COGNITO_USER_POOL_ID`.
    pub pool_id: String,
    /// For `COGNITO_CLIENT_ID`.
    pub client_id: String,
    /// What was created, a line each; empty where all was there.
    pub created: Vec<String>,
}

/// Creates what is missing. Run again, it finds what it created; settings of
/// what exists are not touched (`partners doctor` says what to change).
///
/// # Errors
/// As the calls fail; run it again once the reason is gone.
pub async fn init_pool(
    request: &PoolRequest,
    aws: &SdkConfig,
) -> Result<Initialised, IdentityError> {
    let region = region(aws, request.pool_id.as_deref())?;
    let setup = Setup { client: client(aws, &region), name: &request.name };
    let mut created = Vec::new();
    let pool_id = match &request.pool_id {
        Some(pool_id) => pool_id.clone(),
        None => match setup.find_pool().await? {
            Some(pool_id) => pool_id,
            None => {
                let pool_id = setup.create_pool().await?;
                setup.allow_apps(&pool_id).await?;
                created.push(format!("user pool {pool_id}"));
                pool_id
            }
        },
    };
    if setup.add_attribute(&pool_id).await? {
        created.push(format!("attribute {PARTNER_ORG}"));
    }
    for (group, description) in
        [(ADMINS, "Admins of this installation"), (PARTNERS, "Users of partner organisations")]
    {
        if setup.create_group(&pool_id, group, description).await? {
            created.push(format!("group {group}"));
        }
    }
    let client_id = match &request.client_id {
        Some(client_id) => client_id.clone(),
        None => match setup.find_client(&pool_id).await? {
            Some(client_id) => client_id,
            None => {
                let client_id = setup.create_client(&pool_id).await?;
                created.push(format!("app client {client_id}"));
                client_id
            }
        },
    };
    Ok(Initialised { pool_id, client_id, created })
}

struct Setup<'a> {
    client: cognito::Client,
    name: &'a str,
}

impl Setup<'_> {
    /// The pool an earlier run created.
    async fn find_pool(&self) -> Result<Option<String>, IdentityError> {
        let pools = self
            .client
            .list_user_pools()
            .max_results(60)
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await
            .map_err(|error| Failure::of("ListUserPools", &error))?;
        for pool in pools.iter().filter(|pool| pool.name() == Some(self.name)) {
            let Some(id) = pool.id() else { continue };
            let described = self
                .client
                .describe_user_pool()
                .user_pool_id(id)
                .send()
                .await
                .map_err(|error| Failure::of("DescribeUserPool", &error))?;
            let tags = described.user_pool().and_then(|pool| pool.user_pool_tags());
            if tags.and_then(|tags| tags.get(TAG.0)).is_some_and(|value| value == TAG.1) {
                return Ok(Some(id.to_owned()));
            }
        }
        Ok(None)
    }

    async fn create_pool(&self) -> Result<String, IdentityError> {
        let passwords = PasswordPolicyType::builder()
            // As the embedded provider's: length before composition.
            .minimum_length(12)
            .temporary_password_validity_days(7)
            .build();
        let invitation = MessageTemplateType::builder()
            .email_subject("Your invitation")
            .email_message(
                "You have been invited. Your user name is {username} and your temporary password \
                 is {####}. It is valid for 7 days; the first sign-in asks for a new one.",
            )
            .build();
        let recovery = RecoveryOptionType::builder()
            .priority(1)
            .name(RecoveryOptionNameType::VerifiedEmail)
            .build()
            .map_err(incomplete)?;
        let answer = self
            .client
            .create_user_pool()
            .pool_name(self.name)
            .user_pool_tags(TAG.0, TAG.1)
            .username_attributes(UsernameAttributeType::Email)
            .username_configuration(
                UsernameConfigurationType::builder()
                    .case_sensitive(false)
                    .build()
                    .map_err(incomplete)?,
            )
            .auto_verified_attributes(VerifiedAttributeType::Email)
            .policies(UserPoolPolicyType::builder().password_policy(passwords).build())
            .admin_create_user_config(
                AdminCreateUserConfigType::builder()
                    .allow_admin_create_user_only(true)
                    .invite_message_template(invitation)
                    .build(),
            )
            .account_recovery_setting(
                AccountRecoverySettingType::builder().recovery_mechanisms(recovery).build(),
            )
            .schema(organisation_attribute())
            .deletion_protection(DeletionProtectionType::Active)
            .send()
            .await
            .map_err(|error| Failure::of("CreateUserPool", &error))?;
        let id = answer.user_pool().and_then(|pool| pool.id());
        id.map(str::to_owned).ok_or_else(|| super::accounts::unreadable("CreateUserPool"))
    }

    /// Lets people set authenticator apps up. Who has to is this installation's
    /// own setting.
    async fn allow_apps(&self, pool_id: &str) -> Result<(), IdentityError> {
        self.client
            .set_user_pool_mfa_config()
            .user_pool_id(pool_id)
            .mfa_configuration(UserPoolMfaType::Optional)
            .software_token_mfa_configuration(
                SoftwareTokenMfaConfigType::builder().enabled(true).build(),
            )
            .send()
            .await
            .map_err(|error| Failure::of("SetUserPoolMfaConfig", &error))?;
        Ok(())
    }

    /// Whether it had to be added.
    async fn add_attribute(&self, pool_id: &str) -> Result<bool, IdentityError> {
        let answer = self
            .client
            .describe_user_pool()
            .user_pool_id(pool_id)
            .send()
            .await
            .map_err(|error| Failure::of("DescribeUserPool", &error))?;
        let known = answer.user_pool().is_some_and(|pool| {
            pool.schema_attributes().iter().any(|known| known.name() == Some(PARTNER_ORG))
        });
        if known {
            return Ok(false);
        }
        self.client
            .add_custom_attributes()
            .user_pool_id(pool_id)
            .custom_attributes(organisation_attribute())
            .send()
            .await
            .map_err(|error| Failure::of("AddCustomAttributes", &error))?;
        Ok(true)
    }

    /// Whether it had to be created.
    async fn create_group(
        &self,
        pool_id: &str,
        name: &str,
        description: &str,
    ) -> Result<bool, IdentityError> {
        // Looked for first: to create it again is an error at AWS, and empties
        // it at one emulator.
        let found = self.client.get_group().user_pool_id(pool_id).group_name(name).send().await;
        if let Err(error) = found {
            let failure = Failure::of("GetGroup", &error);
            if failure.refusal() != "ResourceNotFoundException" {
                return Err(failure.into_error());
            }
        } else {
            return Ok(false);
        }
        let made = self
            .client
            .create_group()
            .user_pool_id(pool_id)
            .group_name(name)
            .description(description)
            .send()
            .await;
        match made.map_err(|error| Failure::of("CreateGroup", &error)) {
            Ok(_) => Ok(true),
            Err(failure) if failure.refusal() == "GroupExistsException" => Ok(false),
            Err(failure) => Err(failure.into_error()),
        }
    }

    /// The app client an earlier run created: the pool's one of this name.
    async fn find_client(&self, pool_id: &str) -> Result<Option<String>, IdentityError> {
        let clients = self
            .client
            .list_user_pool_clients()
            .user_pool_id(pool_id)
            .max_results(60)
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await
            .map_err(|error| Failure::of("ListUserPoolClients", &error))?;
        let found = clients.into_iter().find(|client| client.client_name() == Some(self.name));
        Ok(found.and_then(|client| client.client_id))
    }

    async fn create_client(&self, pool_id: &str) -> Result<String, IdentityError> {
        // The tokens are read once, at sign-in: they need not live long.
        let units = TokenValidityUnitsType::builder()
            .id_token(TimeUnitsType::Minutes)
            .access_token(TimeUnitsType::Minutes)
            .refresh_token(TimeUnitsType::Minutes)
            .build();
        let mut call = self
            .client
            .create_user_pool_client()
            .user_pool_id(pool_id)
            .client_name(self.name)
            .explicit_auth_flows(ExplicitAuthFlowsType::AllowAdminUserPasswordAuth)
            .explicit_auth_flows(ExplicitAuthFlowsType::AllowRefreshTokenAuth)
            .prevent_user_existence_errors(PreventUserExistenceErrorTypes::Enabled)
            .enable_token_revocation(true)
            .token_validity_units(units)
            .id_token_validity(5)
            // The time there is to set an authenticator app up.
            .access_token_validity(15)
            .refresh_token_validity(60)
            // The time there is to choose the first own password: the longest.
            .auth_session_validity(15)
            .write_attributes("email")
            .write_attributes("name");
        for attribute in ["email", "email_verified", "name", PARTNER_ORG] {
            call = call.read_attributes(attribute);
        }
        let answer =
            call.send().await.map_err(|error| Failure::of("CreateUserPoolClient", &error))?;
        let id = answer.user_pool_client().and_then(|client| client.client_id());
        id.map(str::to_owned).ok_or_else(|| super::accounts::unreadable("CreateUserPoolClient"))
    }
}

/// Which organisation an account belongs to never changes, so that nobody can
/// change it, whatever their permissions.
fn organisation_attribute() -> SchemaAttributeType {
    SchemaAttributeType::builder()
        .name("partner_org")
        .attribute_data_type(AttributeDataType::String)
        .mutable(false)
        .string_attribute_constraints(
            StringAttributeConstraintsType::builder().min_length("1").max_length("64").build(),
        )
        .build()
}

fn incomplete(error: cognito::error::BuildError) -> IdentityError {
    IdentityError::Refused(error.to_string())
}
