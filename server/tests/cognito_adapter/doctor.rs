//! `partners doctor` and `partners cognito init` against AWS's answers.

use crate::responder::{Reply, Responder, refuse};
use crate::signer::{CLIENT, POOL, with};
use partners_server::identity::Finding;
use serde_json::{Value, json};

fn good_pool() -> Value {
    json!({
        "Id": POOL,
        "Arn": "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_Responder",
        "UsernameAttributes": ["email"],
        "UsernameConfiguration": { "CaseSensitive": false },
        "SchemaAttributes": [{ "Name": "custom:partner_org", "AttributeDataType": "String" }],
        "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": true },
        "AccountRecoverySetting": {
            "RecoveryMechanisms": [{ "Priority": 1, "Name": "verified_email" }],
        },
        "MfaConfiguration": "OFF",
    })
}

fn good_client() -> Value {
    json!({
        "ClientId": CLIENT,
        "ExplicitAuthFlows": ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        "PreventUserExistenceErrors": "ENABLED",
        "ReadAttributes": ["email", "name", "custom:partner_org"],
        "WriteAttributes": ["email", "name"],
    })
}

/// The findings where `denied` answers some calls instead.
async fn findings(
    pool: Value,
    client: Value,
    denied: impl Fn(&str) -> Option<Reply> + Send + Sync + 'static,
) -> (Vec<Finding>, Responder) {
    let responder = Responder::start(move |call| {
        if let Some(reply) = denied(&call.operation) {
            return reply;
        }
        match call.operation.as_str() {
            "DescribeUserPool" => json!({ "UserPool": pool }).into(),
            "DescribeUserPoolClient" => json!({ "UserPoolClient": client }).into(),
            "GetUserPoolMfaConfig" => json!({
                "MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": { "Enabled": true },
            })
            .into(),
            "GetGroup" => json!({ "Group": {} }).into(),
            "ListUsersInGroup" => json!({ "Users": [] }).into(),
            "AdminInitiateAuth" => {
                refuse("NotAuthorizedException", "Incorrect username or password.")
            }
            "AdminRespondToAuthChallenge" => refuse("NotAuthorizedException", "Invalid session"),
            _ => refuse("UserNotFoundException", "User does not exist."),
        }
    })
    .await;
    (responder.provider().await.doctor().await, responder)
}

fn wrong(findings: &[Finding]) -> Vec<&Finding> {
    findings.iter().filter(|finding| !finding.ok).collect()
}

#[tokio::test]
async fn a_pool_in_order_has_nothing_to_change() {
    let (findings, responder) = findings(good_pool(), good_client(), |_| None).await;
    assert_eq!(wrong(&findings), Vec::<&Finding>::new());
    assert!(findings.iter().all(|finding| finding.change.is_none()));
    assert_eq!(responder.only("AdminCreateUser").body["MessageAction"], "RESEND");
}

#[tokio::test]
async fn every_fault_of_the_pool_is_named() {
    for (fault, words) in [
        (json!({ "UsernameAttributes": ["phone_number"] }), "sign in with their email"),
        (json!({ "UsernameAttributes": null }), "sign in with their email"),
        (json!({ "UsernameConfiguration": { "CaseSensitive": true } }), "without case"),
        (json!({ "UsernameConfiguration": null }), "without case"),
        (json!({ "SchemaAttributes": [] }), "custom:partner_org"),
        (json!({ "AdminCreateUserConfig": null }), "sign up by themselves"),
        (
            json!({ "AccountRecoverySetting": {
                "RecoveryMechanisms": [{ "Priority": 1, "Name": "admin_only" }],
            } }),
            "reset by email",
        ),
    ] {
        let (findings, _) = findings(with(good_pool(), fault), good_client(), |_| None).await;
        let wrong = wrong(&findings);
        assert_eq!(wrong.len(), 1, "{wrong:#?}");
        assert!(wrong[0].check.contains(words) && wrong[0].change.is_some(), "{wrong:#?}");
    }
}

#[tokio::test]
async fn a_pool_without_authenticator_apps_is_named() {
    for config in [
        json!({ "MfaConfiguration": "OFF" }),
        json!({ "MfaConfiguration": "OFF", "SoftwareTokenMfaConfiguration": { "Enabled": true } }),
        json!({ "MfaConfiguration": "ON", "SmsMfaConfiguration": {} }),
    ] {
        let (findings, _) = findings(good_pool(), good_client(), move |operation| {
            (operation == "GetUserPoolMfaConfig").then(|| config.clone().into())
        })
        .await;
        let wrong = wrong(&findings);
        assert_eq!(wrong.len(), 1, "{wrong:#?}");
        assert!(wrong[0].check.contains("authenticator app"), "{wrong:#?}");
    }
}

#[tokio::test]
async fn every_fault_of_the_client_is_named() {
    for (fault, words) in [
        (json!({ "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"] }), "ALLOW_ADMIN_USER_PASSWORD_AUTH"),
        (json!({ "PreventUserExistenceErrors": "LEGACY" }), "which accounts exist"),
        (json!({ "ReadAttributes": ["email"] }), "may read custom:partner_org"),
        (json!({ "WriteAttributes": ["custom:partner_org"] }), "their own custom:partner_org"),
        (json!({ "ClientSecret": "a-secret" }), "secret"),
    ] {
        let (findings, _) = findings(good_pool(), with(good_client(), fault), |_| None).await;
        let wrong = wrong(&findings);
        assert_eq!(wrong.len(), 1, "{wrong:#?}");
        assert!(wrong[0].check.contains(words), "{wrong:#?}");
        assert!(!format!("{wrong:?}").contains("a-secret"));
    }
}

#[tokio::test]
async fn every_denied_permission_is_named() {
    for denied in [
        "AdminGetUser",
        "AdminCreateUser",
        "AdminAddUserToGroup",
        "AdminListGroupsForUser",
        "ListUsersInGroup",
        "AdminUpdateUserAttributes",
        "AdminResetUserPassword",
        "AdminDeleteUser",
        "AdminEnableUser",
        "AdminDisableUser",
        "AdminUserGlobalSignOut",
        "AdminSetUserPassword",
        "AdminInitiateAuth",
        "AdminRespondToAuthChallenge",
        "GetGroup",
        "DescribeUserPoolClient",
        "DescribeUserPool",
    ] {
        let (findings, _) = findings(good_pool(), good_client(), move |operation| {
            (operation == denied).then(|| refuse("AccessDeniedException", "not authorized"))
        })
        .await;
        let wrong = wrong(&findings);
        assert!(!wrong.is_empty(), "{denied}");
        for finding in wrong {
            let change = finding.change.as_deref().expect("what to change");
            assert!(change.contains(&format!("cognito-idp:{denied}")), "{change}");
        }
    }
}

#[tokio::test]
async fn what_does_not_exist_is_named() {
    for (missing, count) in
        [("GetGroup", 2), ("DescribeUserPoolClient", 1), ("DescribeUserPool", 1)]
    {
        let (findings, _) = findings(good_pool(), good_client(), move |operation| {
            (operation == missing).then(|| refuse("ResourceNotFoundException", "not found"))
        })
        .await;
        let wrong = wrong(&findings);
        assert_eq!(wrong.len(), count, "{wrong:#?}");
        let change = wrong[0].change.as_deref().expect("what to change");
        assert!(change.contains("partners cognito init"), "{change}");
    }
}
