//! Passwords right and wrong, and who somebody is.

use crate::change::some_change;
use crate::responder::{Reply, Responder, new_password_required, provider, refuse, tokens, user};
use crate::signer::{self, CLIENT, ORGANISATION, POOL, SUB, partner_claims, with};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use partners_app::domain::Email;
use partners_server::identity::{
    Cognito, Identity, IdentityError, Principal, Role, SignIn, SignInRefusal, Subject,
};
use serde_json::{Value, json};
use sha2::Sha256;
use std::net::{IpAddr, Ipv4Addr};

const SECRET: &str = "the-client-s-own-secret";
const NEW: &str = "Correct-Horse-42";

pub fn email() -> Email {
    Email::parse("ann@acme.example").expect("an address")
}

pub async fn sign_in(provider: &Cognito) -> Result<SignIn, SignInRefusal> {
    let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
    provider.sign_in(&email(), &"Typed-Password-1".to_owned().into(), address).await
}

async fn complete(responder: &Responder) -> Principal {
    match sign_in(&responder.provider().await).await {
        Ok(SignIn::Complete { principal, .. }) => principal,
        Ok(_) => panic!("a further step is asked for"),
        Err(error) => panic!("{error}"),
    }
}

/// The refusal that Cognito's exception leads to.
async fn refused(code: &'static str, message: &'static str) -> SignInRefusal {
    let responder = Responder::start(move |_| refuse(code, message)).await;
    sign_in(&responder.provider().await).await.err().expect("a refusal")
}

fn ann() -> Principal {
    Principal {
        subject: Subject(SUB.to_owned()),
        email: email(),
        name: "Ann Example".to_owned(),
        role: Role::Partner(ORGANISATION.parse().expect("an ID")),
    }
}

fn issued(changes: Value) -> String {
    signer::first().sign(&with(partner_claims(), changes))
}

/// As AWS documents it, by other means than the adapter's.
fn secret_hash(username: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key");
    mac.update(format!("{username}{CLIENT}").as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

#[tokio::test]
async fn the_token_says_who_it_is() {
    let responder = Responder::issuing(issued(json!({}))).await;
    assert_eq!(complete(&responder).await, ann());
    let body = responder.only("AdminInitiateAuth").body;
    assert_eq!(body["AuthFlow"], "ADMIN_USER_PASSWORD_AUTH");
    assert_eq!((&body["UserPoolId"], &body["ClientId"]), (&json!(POOL), &json!(CLIENT)));
    let parameters = json!({ "USERNAME": "ann@acme.example", "PASSWORD": "Typed-Password-1" });
    assert_eq!(body["AuthParameters"], parameters);
}

#[tokio::test]
async fn what_the_token_leaves_out_is_read_from_the_account() {
    let bare = json!({ "email": null, "name": null, "custom:partner_org": null });
    let responder = Responder::issuing(issued(bare)).await;
    assert_eq!(complete(&responder).await, ann());
    assert_eq!(responder.only("AdminGetUser").body["Username"], SUB);
}

#[tokio::test]
async fn an_address_kept_in_another_case_is_the_same_address() {
    let responder = Responder::issuing(issued(json!({ "email": "Ann@ACME.example" }))).await;
    assert_eq!(complete(&responder).await, ann());
}

#[tokio::test]
async fn an_admin_is_who_is_in_the_group_and_in_no_other_role() {
    let admin = json!({ "cognito:groups": ["admins"], "custom:partner_org": "admins" });
    let responder = Responder::issuing(issued(admin)).await;
    assert_eq!(complete(&responder).await.role, Role::Admin);

    for nobody in [
        json!({ "cognito:groups": null }),
        json!({ "cognito:groups": [] }),
        json!({ "cognito:groups": ["admins", "partners"] }),
        json!({ "cognito:groups": ["Admins"] }),
        json!({ "custom:partner_org": "admins" }),
        json!({ "custom:partner_org": "" }),
    ] {
        let responder = Responder::issuing(issued(nobody.clone())).await;
        let refusal = sign_in(&responder.provider().await).await.err();
        let refused = matches!(refusal, Some(SignInRefusal::Provider(IdentityError::Refused(_))));
        assert!(refused, "{nobody}: {refusal:?}");
    }
}

#[tokio::test]
async fn a_secret_is_proven_in_every_call() {
    let responder = Responder::start(|call| {
        // As AWS answers a client with a secret.
        let (place, username) = match call.operation.as_str() {
            "AdminInitiateAuth" => (&call.body["AuthParameters"], "ann@acme.example"),
            "AdminRespondToAuthChallenge" => (&call.body["ChallengeResponses"], SUB),
            _ => (&call.body, "ann@acme.example"),
        };
        let hash = place.get("SECRET_HASH").or_else(|| place.get("SecretHash"));
        match hash.and_then(Value::as_str) {
            None => refuse(
                "NotAuthorizedException",
                "Client client0123456789 is configured with secret but SECRET_HASH was not received",
            ),
            Some(hash) if hash != secret_hash(username) => refuse(
                "NotAuthorizedException",
                "Unable to verify secret hash for client client0123456789",
            ),
            Some(_) => match call.operation.as_str() {
                "AdminInitiateAuth" => {
                    new_password_required(json!({ "USER_ID_FOR_SRP": SUB })).into()
                }
                "AdminRespondToAuthChallenge" => tokens(&issued(json!({}))).into(),
                _ => json!({}).into(),
            },
        }
    })
    .await;
    let with_secret = provider(&responder.endpoint, Some(SECRET)).await;
    let Ok(SignIn::NewPasswordRequired(challenge)) = sign_in(&with_secret).await else {
        panic!("a challenge is given");
    };
    let new = NEW.to_owned().into();
    match with_secret.set_first_password(&challenge, &new, &some_change()).await {
        Ok(SignIn::Complete { principal, .. }) => assert_eq!(principal, ann()),
        _ => panic!("not signed in"),
    }
    with_secret.request_reset(&email()).await.expect("sent");
    with_secret.reset_password(&email(), "123456", &new, &some_change()).await.expect("reset");

    // A wrong or missing secret is the operator's matter, not the person's.
    for secret in [None, Some("another")] {
        let provider = provider(&responder.endpoint, secret).await;
        let refusal = sign_in(&provider).await.err().expect("a refusal");
        let SignInRefusal::Provider(IdentityError::Refused(sentence)) = refusal else {
            panic!("{refusal:?}")
        };
        assert!(sentence.contains("COGNITO_CLIENT_SECRET"), "{sentence}");
        let reset = provider.request_reset(&email()).await;
        assert!(matches!(reset, Err(IdentityError::Refused(_))), "{reset:?}");
        let answer =
            provider.set_first_password(&challenge, &new, &some_change()).await.map(|_| ());
        let refused = matches!(answer, Err(SignInRefusal::Provider(IdentityError::Refused(_))));
        assert!(refused, "{answer:?}");
    }
}

#[tokio::test]
async fn the_challenge_is_answered_under_the_pools_own_name() {
    for (parameters, name) in [
        (json!({ "USER_ID_FOR_SRP": SUB, "USERNAME": "other" }), SUB),
        (json!({ "USERNAME": "other" }), "other"),
        (json!({}), "ann@acme.example"),
    ] {
        let responder = Responder::start(move |call| match call.operation.as_str() {
            "AdminInitiateAuth" => new_password_required(parameters.clone()).into(),
            _ => tokens(&issued(json!({}))).into(),
        })
        .await;
        let provider = responder.provider().await;
        let Ok(SignIn::NewPasswordRequired(challenge)) = sign_in(&provider).await else {
            panic!("a challenge is given");
        };
        let new = NEW.to_owned().into();
        assert!(
            provider.set_first_password(&challenge, &new, &some_change()).await.is_ok(),
            "signed in"
        );
        let body = responder.only("AdminRespondToAuthChallenge").body;
        assert_eq!(body["Session"], "session-0123456789-0123456789");
        let responses = json!({ "USERNAME": name, "NEW_PASSWORD": NEW });
        assert_eq!(body["ChallengeResponses"], responses);
    }
}

#[tokio::test]
async fn wrong_unknown_and_disabled_look_the_same() {
    for (code, message) in [
        ("NotAuthorizedException", "Incorrect username or password."),
        ("NotAuthorizedException", "User is disabled."),
        ("UserNotFoundException", "User does not exist."),
        ("UserNotConfirmedException", "User is not confirmed."),
    ] {
        let refusal = refused(code, message).await;
        assert!(matches!(refusal, SignInRefusal::WrongCredentials), "{message}: {refusal:?}");
    }
}

#[tokio::test]
async fn an_expired_temporary_password_is_told() {
    let message = "Temporary password has expired and must be reset by an administrator.";
    let refusal = refused("NotAuthorizedException", message).await;
    assert!(matches!(refusal, SignInRefusal::TemporaryPasswordExpired), "{refusal:?}");
}

#[tokio::test]
async fn a_lock_is_told() {
    let refusal = refused("NotAuthorizedException", "Password attempts exceeded").await;
    assert!(matches!(refusal, SignInRefusal::Locked(time) if !time.is_zero()), "{refusal:?}");
}

#[tokio::test]
async fn a_demanded_reset_is_told() {
    let message = "Password reset required for the user";
    let refusal = refused("PasswordResetRequiredException", message).await;
    assert!(matches!(refusal, SignInRefusal::ResetRequired), "{refusal:?}");
}

#[tokio::test]
async fn a_client_without_the_flow_is_the_operators_matter() {
    let message = "Auth flow not enabled for this client";
    let refusal = refused("InvalidParameterException", message).await;
    assert!(refusal.to_string().contains("ALLOW_ADMIN_USER_PASSWORD_AUTH"), "{refusal}");
}

#[tokio::test]
async fn a_second_factor_that_is_no_app_is_refused_in_words() {
    for name in ["SMS_MFA", "EMAIL_OTP", "MFA_SETUP", "A_NEW_ONE"] {
        let ways = json!({ "MFAS_CAN_SETUP": "[\"SMS_MFA\"]" });
        let answer = json!({ "ChallengeName": name, "Session": "s", "ChallengeParameters": ways });
        let responder = Responder::start(move |_| Reply::Json(answer.clone())).await;
        let refusal = sign_in(&responder.provider().await).await.err().expect("a refusal");
        let SignInRefusal::Provider(IdentityError::Refused(sentence)) = refusal else {
            panic!("{refusal:?}")
        };
        assert!(sentence.contains(name) && sentence.contains("multi-factor"), "{sentence}");
    }
}

#[tokio::test]
async fn a_token_for_another_account_than_the_one_read_is_refused() {
    let token = issued(json!({ "name": null }));
    let responder = Responder::start(move |call| match call.operation.as_str() {
        "AdminInitiateAuth" => tokens(&token).into(),
        _ => user(json!({ "attributes": { "sub": "another" } })).into(),
    })
    .await;
    let refusal = sign_in(&responder.provider().await).await.err();
    assert!(matches!(refusal, Some(SignInRefusal::Provider(_))), "{refusal:?}");
}
