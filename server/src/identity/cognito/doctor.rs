//! `partners doctor`: is the pool as this installation needs it?

use super::errors::Failure;
use super::{ADMINS, Cognito, PARTNER_ORG, PARTNERS};
pub use crate::finding::Finding;
use aws_sdk_cognitoidentityprovider as cognito;
use cognito::types::{
    AttributeDataType, AuthFlowType, ChallengeNameType, ExplicitAuthFlowsType, MessageActionType,
    PreventUserExistenceErrorTypes, RecoveryOptionNameType, UserPoolClientType, UserPoolMfaType,
    UserPoolType, UsernameAttributeType,
};
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;
use uuid::Uuid;

fn failed(check: impl Into<String>, failure: Failure) -> Finding {
    Finding::bad(check, failure.into_error())
}

impl Cognito {
    /// Looks at the pool, its groups and its app client, and tries every
    /// permission on an account that does not exist. Changes nothing.
    pub async fn doctor(&self) -> Vec<Finding> {
        const POOL: &str = "The user pool can be read";
        let pool = match self.pool().await {
            Ok(pool) => pool,
            Err(failure) => return vec![failed(POOL, failure)],
        };
        let mut findings = vec![Finding::new(POOL, true, "")];
        findings.extend(pool_findings(&pool));
        findings.push(self.apps_finding().await);
        findings.push(self.keys_finding().await);
        for group in [ADMINS, PARTNERS] {
            findings.push(self.group_finding(group).await);
        }
        findings.extend(self.client_findings().await);
        let arn = pool.arn().unwrap_or("the user pool's ARN");
        for (operation, answer) in self.attempts().await {
            findings.push(permission_finding(operation, answer, arn));
        }
        findings
    }

    async fn apps_finding(&self) -> Finding {
        let check = "People can set up an authenticator app for two-step sign-in";
        let pool = &self.settings.pool_id;
        let answer = self.client.get_user_pool_mfa_config().user_pool_id(pool).send().await;
        match answer.map_err(|error| Failure::of("GetUserPoolMfaConfig", &error)) {
            Err(failure) => failed(check, failure),
            Ok(config) => Finding::new(
                check,
                config.mfa_configuration().is_some_and(|mfa| *mfa != UserPoolMfaType::Off)
                    && config.software_token_mfa_configuration().is_some_and(|app| app.enabled()),
                "Set the user pool’s multi-factor authentication to optional, with authenticator \
                 apps as a method.",
            ),
        }
    }

    async fn keys_finding(&self) -> Finding {
        let keys = self.tokens.keys.count().await;
        Finding::new(
            "The keys that sign ID tokens can be fetched",
            keys.is_ok_and(|count| count > 0),
            &format!("Let this server reach {}.", self.place.jwks),
        )
    }

    async fn group_finding(&self, group: &str) -> Finding {
        let check = format!("The group “{group}” exists");
        let answer = self
            .client
            .get_group()
            .user_pool_id(&self.settings.pool_id)
            .group_name(group)
            .send()
            .await;
        match answer.map_err(|error| Failure::of("GetGroup", &error)) {
            Ok(_) => Finding::new(check, true, ""),
            Err(failure) if failure.refusal() == "ResourceNotFoundException" => Finding::new(
                check,
                false,
                &format!("Create the group “{group}”, for example with “partners cognito init”."),
            ),
            Err(failure) => failed(check, failure),
        }
    }

    async fn client_findings(&self) -> Vec<Finding> {
        let answer = self
            .client
            .describe_user_pool_client()
            .user_pool_id(&self.settings.pool_id)
            .client_id(&self.settings.client_id)
            .send()
            .await;
        let client = answer
            .map_err(|error| Failure::of("DescribeUserPoolClient", &error))
            .map(|answer| answer.user_pool_client);
        let check = "The app client exists";
        match client {
            Err(failure) if failure.refusal() == "ResourceNotFoundException" => {
                let change = "Set COGNITO_CLIENT_ID to an app client of this user pool, or create \
                              one with “partners cognito init”.";
                vec![Finding::new(check, false, change)]
            }
            Err(failure) => vec![failed(check, failure)],
            Ok(client) => {
                let client = client.unwrap_or_else(|| UserPoolClientType::builder().build());
                let mut findings = vec![Finding::new(check, true, "")];
                findings.extend(client_settings(&client));
                findings.push(self.secret_finding(&client));
                findings
            }
        }
    }

    fn secret_finding(&self, client: &UserPoolClientType) -> Finding {
        let ours = self.settings.client_secret.as_ref().map(|secret| secret.expose_secret());
        let (ok, change) = match (client.client_secret(), ours) {
            (None, None) => (true, ""),
            (None, Some(_)) => {
                (false, "The app client has no secret: unset COGNITO_CLIENT_SECRET.")
            }
            (Some(_), None) => (false, "The app client has a secret: set COGNITO_CLIENT_SECRET."),
            (Some(theirs), Some(ours)) => (
                theirs.as_bytes().ct_eq(ours.as_bytes()).into(),
                "COGNITO_CLIENT_SECRET is not the app client’s secret: set it anew.",
            ),
        };
        Finding::new("The app client’s secret is the configured one", ok, change)
    }

    /// Calls every operation for an account that does not exist. Whoever may
    /// not call it is told so before Cognito looks for the account.
    async fn attempts(&self) -> Vec<(&'static str, Option<Failure>)> {
        let pool = &self.settings.pool_id;
        let nobody = format!("partners-doctor-{}@example.com", Uuid::now_v7().simple());
        let password = format!("Aa1!{}", Uuid::now_v7());
        let client = &self.client;
        macro_rules! attempt {
            ($operation:literal, $call:expr) => {
                ($operation, $call.send().await.err().map(|e| Failure::of($operation, &e)))
            };
        }
        vec![
            attempt!("AdminGetUser", client.admin_get_user().user_pool_id(pool).username(&nobody)),
            // A second message for nobody: UserNotFoundException, no account.
            attempt!(
                "AdminCreateUser",
                client
                    .admin_create_user()
                    .user_pool_id(pool)
                    .username(&nobody)
                    .message_action(MessageActionType::Resend)
            ),
            attempt!(
                "AdminAddUserToGroup",
                client
                    .admin_add_user_to_group()
                    .user_pool_id(pool)
                    .username(&nobody)
                    .group_name(PARTNERS)
            ),
            attempt!(
                "AdminListGroupsForUser",
                client.admin_list_groups_for_user().user_pool_id(pool).username(&nobody)
            ),
            attempt!(
                "ListUsersInGroup",
                client.list_users_in_group().user_pool_id(pool).group_name(ADMINS).limit(1)
            ),
            attempt!(
                "AdminUpdateUserAttributes",
                client
                    .admin_update_user_attributes()
                    .user_pool_id(pool)
                    .username(&nobody)
                    .set_user_attributes(Some(vec![]))
            ),
            attempt!(
                "AdminResetUserPassword",
                client.admin_reset_user_password().user_pool_id(pool).username(&nobody)
            ),
            attempt!(
                "AdminDeleteUser",
                client.admin_delete_user().user_pool_id(pool).username(&nobody)
            ),
            attempt!(
                "AdminEnableUser",
                client.admin_enable_user().user_pool_id(pool).username(&nobody)
            ),
            attempt!(
                "AdminDisableUser",
                client.admin_disable_user().user_pool_id(pool).username(&nobody)
            ),
            attempt!(
                "AdminUserGlobalSignOut",
                client.admin_user_global_sign_out().user_pool_id(pool).username(&nobody)
            ),
            attempt!(
                "AdminSetUserPassword",
                client
                    .admin_set_user_password()
                    .user_pool_id(pool)
                    .username(&nobody)
                    .password(&password)
                    .permanent(true)
            ),
            attempt!(
                "AdminSetUserMFAPreference",
                client.admin_set_user_mfa_preference().user_pool_id(pool).username(&nobody)
            ),
            attempt!(
                "AdminInitiateAuth",
                client
                    .admin_initiate_auth()
                    .user_pool_id(pool)
                    .client_id(&self.settings.client_id)
                    .auth_flow(AuthFlowType::AdminUserPasswordAuth)
                    .auth_parameters("USERNAME", &nobody)
                    .auth_parameters("PASSWORD", &password)
            ),
            attempt!(
                "AdminRespondToAuthChallenge",
                client
                    .admin_respond_to_auth_challenge()
                    .user_pool_id(pool)
                    .client_id(&self.settings.client_id)
                    .challenge_name(ChallengeNameType::NewPasswordRequired)
                    .session("partners-doctor-has-no-session")
                    .challenge_responses("USERNAME", &nobody)
                    .challenge_responses("NEW_PASSWORD", &password)
            ),
        ]
    }
}

fn permission_finding(operation: &str, answer: Option<Failure>, arn: &str) -> Finding {
    let check = format!("AWS allows cognito-idp:{operation}");
    match answer {
        Some(failure) if failure.refusal() == "AccessDeniedException" => Finding::new(
            check,
            false,
            &format!("Allow cognito-idp:{operation} on {arn} to this server’s credentials."),
        ),
        Some(failure) if failure.is_passing() => failed(check, failure),
        _ => Finding::new(check, true, ""),
    }
}

fn pool_findings(pool: &UserPoolType) -> Vec<Finding> {
    const NEW_POOL: &str = "This cannot be changed in a user pool that exists. Create another, \
                            for example with “partners cognito init”.";
    let organisation =
        pool.schema_attributes().iter().find(|known| known.name() == Some(PARTNER_ORG));
    let recovery = pool.account_recovery_setting();
    vec![
        Finding::new(
            "People sign in with their email address",
            pool.username_attributes().contains(&UsernameAttributeType::Email),
            NEW_POOL,
        ),
        Finding::new(
            "Email addresses are compared without case",
            pool.username_configuration().is_some_and(|names| !names.case_sensitive()),
            NEW_POOL,
        ),
        Finding::new(
            format!("Accounts have the attribute {PARTNER_ORG}"),
            organisation.is_some_and(|known| {
                known.attribute_data_type() == Some(&AttributeDataType::String)
            }),
            "Add the custom attribute “partner_org” of type String to the user pool, for example \
             with “partners cognito init”.",
        ),
        Finding::new(
            "Nobody can sign up by themselves",
            pool.admin_create_user_config().is_some_and(|make| make.allow_admin_create_user_only()),
            "Switch self-registration off in the user pool.",
        ),
        Finding::new(
            "Forgotten passwords are reset by email",
            recovery.is_none_or(|recovery| {
                let ways = recovery.recovery_mechanisms();
                ways.is_empty()
                    || ways.iter().any(|way| way.name() == &RecoveryOptionNameType::VerifiedEmail)
            }),
            "Allow account recovery by verified email in the user pool.",
        ),
    ]
}

fn client_settings(client: &UserPoolClientType) -> Vec<Finding> {
    let flows = client.explicit_auth_flows();
    let reads = client.read_attributes();
    vec![
        Finding::new(
            "The app client allows ALLOW_ADMIN_USER_PASSWORD_AUTH",
            flows.contains(&ExplicitAuthFlowsType::AllowAdminUserPasswordAuth)
                || flows.contains(&ExplicitAuthFlowsType::AdminNoSrpAuth),
            "Add ALLOW_ADMIN_USER_PASSWORD_AUTH to the app client’s authentication flows.",
        ),
        Finding::new(
            "The app client hides which accounts exist",
            client.prevent_user_existence_errors()
                == Some(&PreventUserExistenceErrorTypes::Enabled),
            "Set “Prevent user existence errors” of the app client to enabled.",
        ),
        Finding::new(
            format!("The app client may read {PARTNER_ORG}"),
            reads.is_empty() || reads.iter().any(|name| name == PARTNER_ORG),
            &format!("Add {PARTNER_ORG} to the attributes the app client may read."),
        ),
        Finding::new(
            format!("Nobody can change their own {PARTNER_ORG}"),
            !client.write_attributes().iter().any(|name| name == PARTNER_ORG),
            &format!("Remove {PARTNER_ORG} from the attributes the app client may write."),
        ),
    ]
}

#[cfg(test)]
mod tests {
    const README: &str = include_str!("../../../../README.md");

    #[test]
    fn the_readme_names_every_permission_that_is_looked_at() {
        let source = include_str!("doctor.rs").split("mod tests").next().unwrap_or_default();
        let is_operation = |word: &&str| {
            ["Admin", "Describe", "Get", "List"].iter().any(|verb| word.starts_with(verb))
                && word.chars().all(char::is_alphanumeric)
        };
        let operations: Vec<_> = source.split('"').filter(is_operation).collect();
        assert!(operations.len() >= 15, "{operations:?}");
        for operation in operations {
            assert!(README.contains(&format!("`{operation}`")), "{operation}");
        }
    }
}
