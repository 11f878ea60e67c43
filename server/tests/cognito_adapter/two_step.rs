//! The second step, by AWS's documented challenges and answers.

use crate::change::some_change;
use crate::responder::{Responder, new_password_required, provider, refuse, tokens, user};
use crate::sign_in::sign_in;
use crate::signer::{self, SUB, partner_claims};
use partners_server::identity::{
    Challenge, Cognito, Identity, IdentityError, Principal, Recovered, SignIn, SignInRefusal,
    Subject,
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

const SECRET: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSW";

fn issued() -> Value {
    tokens(&signer::first().sign(&partner_claims()))
}

fn code_required() -> Value {
    json!({
        "ChallengeName": "SOFTWARE_TOKEN_MFA",
        "Session": "session-of-the-code-0123456789",
        "ChallengeParameters": { "USER_ID_FOR_SRP": SUB, "FRIENDLY_DEVICE_NAME": "" },
    })
}

fn set_up_required() -> Value {
    json!({
        "ChallengeName": "MFA_SETUP",
        "Session": "session-of-the-set-up-0123456789",
        "ChallengeParameters": {
            "USER_ID_FOR_SRP": SUB, "MFAS_CAN_SETUP": "[\"SMS_MFA\",\"SOFTWARE_TOKEN_MFA\"]",
        },
    })
}

async fn waits_for_code(provider: &Cognito) -> Challenge {
    match sign_in(provider).await {
        Ok(SignIn::SecondStepRequired { challenge, subject }) => {
            assert_eq!(subject, Subject(SUB.to_owned()));
            challenge
        }
        _ => panic!("a code is asked for"),
    }
}

/// What becomes of a code that Cognito refuses so.
async fn code_refused(code: &'static str, message: &'static str) -> SignInRefusal {
    let responder = Responder::start(move |call| match call.operation.as_str() {
        "AdminInitiateAuth" => code_required().into(),
        "AdminGetUser" => user(json!({})).into(),
        _ => refuse(code, message),
    })
    .await;
    let provider = responder.provider().await;
    let challenge = waits_for_code(&provider).await;
    let refusal = provider.give_code(&challenge, "123456").await.expect_err("a refusal");
    assert_eq!(
        responder.only("AdminRespondToAuthChallenge").before,
        0,
        "a code is never sent twice"
    );
    refusal
}

#[tokio::test]
async fn a_code_answers_the_software_token_challenge() {
    let responder = Responder::start(|call| match call.operation.as_str() {
        "AdminInitiateAuth" => code_required().into(),
        "AdminGetUser" => user(json!({})).into(),
        _ => issued().into(),
    })
    .await;
    let provider = provider(&responder.endpoint, Some("a-secret")).await;
    let challenge = waits_for_code(&provider).await;
    let principal = provider.give_code(&challenge, "123 456").await.expect("signed in");
    assert_eq!(principal.subject, Subject(SUB.to_owned()));
    let body = responder.only("AdminRespondToAuthChallenge").body;
    assert_eq!(body["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    assert_eq!(body["Session"], "session-of-the-code-0123456789");
    let responses = &body["ChallengeResponses"];
    assert_eq!(
        (&responses["USERNAME"], &responses["SOFTWARE_TOKEN_MFA_CODE"]),
        (&json!(SUB), &json!("123456"))
    );
    assert!(responses["SECRET_HASH"].is_string(), "{responses}");
}

#[tokio::test]
async fn refused_codes_are_told_apart() {
    for (code, message) in [
        ("CodeMismatchException", "Invalid code received for user"),
        ("ExpiredCodeException", "Your software token has already been used once."),
    ] {
        let refusal = code_refused(code, message).await;
        assert!(matches!(refusal, SignInRefusal::WrongCode), "{message}: {refusal:?}");
    }
    for (code, message) in [
        ("NotAuthorizedException", "Invalid session for the user, session is expired."),
        ("NotAuthorizedException", "Invalid session for the user, session can only be used once."),
        ("SoftwareTokenMFANotFoundException", "Software Token MFA has not been enabled."),
    ] {
        let refusal = code_refused(code, message).await;
        assert!(matches!(refusal, SignInRefusal::ChallengeExpired), "{message}: {refusal:?}");
    }
    let refusal = code_refused("NotAuthorizedException", "Password attempts exceeded").await;
    assert!(matches!(refusal, SignInRefusal::Locked(_)), "{refusal:?}");
    let refusal = code_refused("TooManyRequestsException", "Rate exceeded").await;
    let throttled = matches!(refusal, SignInRefusal::Provider(IdentityError::Throttled));
    assert!(throttled, "{refusal:?}");
}

#[tokio::test]
async fn the_second_step_follows_the_first_own_password() {
    let responder = Responder::start(|call| match call.operation.as_str() {
        "AdminInitiateAuth" => new_password_required(json!({ "USER_ID_FOR_SRP": SUB })).into(),
        "AdminGetUser" => user(json!({})).into(),
        _ => code_required().into(),
    })
    .await;
    let provider = responder.provider().await;
    let Ok(SignIn::NewPasswordRequired(challenge)) = sign_in(&provider).await else {
        panic!("a new password is asked for");
    };
    let password = "Correct-Horse-42".to_owned().into();
    let answer = provider.set_first_password(&challenge, &password, &some_change()).await;
    assert!(matches!(answer, Ok(SignIn::SecondStepRequired { .. })), "a code is asked for");
}

async fn set_up(
    responder: &Responder,
    note: impl Fn(SignIn) -> Challenge,
) -> Result<Principal, SignInRefusal> {
    let provider = responder.provider().await;
    let note = note(sign_in(&provider).await.expect("the password is right"));
    let app = provider.new_authenticator(&note).await?;
    assert_eq!(app.secret.expose_secret(), SECRET);
    provider.confirm_authenticator(&app.challenge, "123456", &some_change()).await
}

#[tokio::test]
async fn an_app_is_set_up_with_the_sign_ins_access_token() {
    let responder = Responder::start(|call| match call.operation.as_str() {
        "AdminInitiateAuth" => issued().into(),
        "AssociateSoftwareToken" => json!({ "SecretCode": SECRET }).into(),
        "VerifySoftwareToken" => json!({ "Status": "SUCCESS" }).into(),
        _ => json!({}).into(),
    })
    .await;
    let principal = set_up(&responder, |answer| match answer {
        SignIn::Complete { may_set_up, .. } => may_set_up,
        _ => panic!("a further step is asked for"),
    });
    assert_eq!(principal.await.expect("set up").subject, Subject(SUB.to_owned()));
    let associate = responder.only("AssociateSoftwareToken").body;
    assert_eq!(associate, json!({ "AccessToken": "access-token" }));
    let verify = responder.only("VerifySoftwareToken").body;
    assert_eq!(verify, json!({ "AccessToken": "access-token", "UserCode": "123456" }));
    let prefer = responder.only("AdminSetUserMFAPreference").body;
    assert_eq!(prefer["Username"], SUB);
    let settings = json!({ "Enabled": true, "PreferredMfa": true });
    assert_eq!(prefer["SoftwareTokenMfaSettings"], settings);
}

#[tokio::test]
async fn where_the_pool_demands_it_an_app_is_set_up_with_the_sessions() {
    let responder = Responder::start(|call| match call.operation.as_str() {
        "AdminInitiateAuth" => set_up_required().into(),
        "AssociateSoftwareToken" => {
            json!({ "SecretCode": SECRET, "Session": "second-session-0123456789" }).into()
        }
        "VerifySoftwareToken" => {
            json!({ "Status": "SUCCESS", "Session": "third-session-0123456789" }).into()
        }
        "AdminRespondToAuthChallenge" => issued().into(),
        _ => json!({}).into(),
    })
    .await;
    let principal = set_up(&responder, |answer| match answer {
        SignIn::SetUpRequired(note) => note,
        _ => panic!("an app is demanded"),
    });
    assert_eq!(principal.await.expect("set up").subject, Subject(SUB.to_owned()));
    let associate = responder.only("AssociateSoftwareToken").body;
    assert_eq!(associate, json!({ "Session": "session-of-the-set-up-0123456789" }));
    let verify = responder.only("VerifySoftwareToken").body;
    assert_eq!(verify, json!({ "Session": "second-session-0123456789", "UserCode": "123456" }));
    let respond = responder.only("AdminRespondToAuthChallenge").body;
    assert_eq!(
        (&respond["ChallengeName"], &respond["Session"]),
        (&json!("MFA_SETUP"), &json!("third-session-0123456789"))
    );
    assert_eq!(respond["ChallengeResponses"]["USERNAME"], SUB);
}

#[tokio::test]
async fn a_set_up_that_cognito_refuses_is_told() {
    for (failing, code, message, is_expected) in [
        (
            "VerifySoftwareToken",
            "EnableSoftwareTokenMFAException",
            "Code mismatch",
            (|refusal| matches!(refusal, SignInRefusal::WrongCode)) as fn(&SignInRefusal) -> bool,
        ),
        ("VerifySoftwareToken", "CodeMismatchException", "Code mismatch", |refusal| {
            matches!(refusal, SignInRefusal::WrongCode)
        }),
        ("VerifySoftwareToken", "NotAuthorizedException", "Access Token has expired", |refusal| {
            matches!(refusal, SignInRefusal::ChallengeExpired)
        }),
        (
            "AssociateSoftwareToken",
            "SoftwareTokenMFANotFoundException",
            "Software Token MFA has not been enabled for the userPool.",
            |refusal| refusal.to_string().contains("allows no authenticator apps"),
        ),
    ] {
        let responder = Responder::start(move |call| match call.operation.as_str() {
            operation if operation == failing => refuse(code, message),
            "AdminInitiateAuth" => issued().into(),
            "AssociateSoftwareToken" => json!({ "SecretCode": SECRET }).into(),
            _ => json!({}).into(),
        })
        .await;
        let refusal = set_up(&responder, |answer| match answer {
            SignIn::Complete { may_set_up, .. } => may_set_up,
            _ => panic!("a further step is asked for"),
        });
        let refusal = refusal.await.expect_err("a refusal");
        assert!(is_expected(&refusal), "{message}: {refusal:?}");
        assert!(!responder.operations().contains(&"AdminSetUserMFAPreference".to_owned()));
    }
}

#[tokio::test]
async fn a_recovery_code_takes_the_app_off_the_account() {
    let responder = Responder::start(|call| match call.operation.as_str() {
        "AdminInitiateAuth" => code_required().into(),
        "AdminGetUser" => user(json!({})).into(),
        _ => json!({}).into(),
    })
    .await;
    let provider = responder.provider().await;
    let challenge = waits_for_code(&provider).await;
    let recovered =
        provider.recover(&challenge, &some_change()).await.expect("past the second step");
    assert!(matches!(recovered, Recovered::SignInAgain));
    let prefer = responder.only("AdminSetUserMFAPreference").body;
    let settings = json!({ "Enabled": false, "PreferredMfa": false });
    assert_eq!(prefer["SoftwareTokenMfaSettings"], settings);
}

#[tokio::test]
async fn whether_an_account_has_an_app_is_asked_of_the_pool() {
    for (factors, has_one) in [
        (json!(["SOFTWARE_TOKEN_MFA"]), true),
        (json!(["SMS_MFA"]), false),
        (json!([]), false),
        (Value::Null, false),
    ] {
        let responder = Responder::start(move |_| {
            let mut answer = user(json!({}));
            if !factors.is_null() {
                answer["UserMFASettingList"] = factors.clone();
            }
            answer.into()
        })
        .await;
        let answer = responder.provider().await.has_authenticator(&Subject(SUB.to_owned())).await;
        assert_eq!(answer, Ok(has_one));
    }
}
