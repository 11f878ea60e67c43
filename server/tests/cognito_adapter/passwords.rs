//! New passwords: the first own one, and resets with a code.

use crate::change::some_change;
use crate::responder::{Reply, Responder, new_password_required, refuse};
use crate::sign_in::{email, sign_in};
use partners_app::domain::{PasswordPolicy, PasswordRule};
use partners_server::identity::{Identity, IdentityError, SignIn, SignInRefusal};
use serde_json::json;

fn pool() -> Reply {
    json!({ "UserPool": { "Policies": { "PasswordPolicy": {
        "MinimumLength": 10, "RequireUppercase": true, "RequireLowercase": false,
        "RequireNumbers": true, "RequireSymbols": false, "TemporaryPasswordValidityDays": 7,
    } } } })
    .into()
}

/// What becomes of the answer to a challenge that Cognito refuses so.
async fn challenge_refused(code: &'static str, message: &'static str) -> SignInRefusal {
    let responder = Responder::start(move |call| match call.operation.as_str() {
        "AdminInitiateAuth" => new_password_required(json!({})).into(),
        "DescribeUserPool" => pool(),
        _ => refuse(code, message),
    })
    .await;
    let provider = responder.provider().await;
    let Ok(SignIn::NewPasswordRequired(challenge)) = sign_in(&provider).await else {
        panic!("a challenge is given");
    };
    let password = "lowercase".to_owned().into();
    provider
        .set_first_password(&challenge, &password, &some_change())
        .await
        .err()
        .expect("a refusal")
}

/// What becomes of a code that Cognito refuses so.
async fn code_refused(code: &'static str, message: &'static str) -> SignInRefusal {
    let responder = Responder::start(move |call| match call.operation.as_str() {
        "DescribeUserPool" => pool(),
        _ => refuse(code, message),
    })
    .await;
    let password = "lowercase".to_owned().into();
    let provider = responder.provider().await;
    provider
        .reset_password(&email(), "123456", &password, &some_change())
        .await
        .expect_err("a refusal")
}

#[tokio::test]
async fn the_pools_rules_are_told_and_remembered() {
    let responder = Responder::start(|_| pool()).await;
    let provider = responder.provider().await;
    for _ in 0..3 {
        let policy = provider.password_policy().await.expect("rules");
        let rules =
            vec![PasswordRule::MinimumLength(10), PasswordRule::UpperCase, PasswordRule::Digit];
        assert_eq!(policy, PasswordPolicy(rules));
    }
    assert_eq!(responder.operations(), ["DescribeUserPool"]);
}

#[tokio::test]
async fn a_pool_that_states_no_rules_has_cognitos() {
    let responder = Responder::start(|_| json!({ "UserPool": {} }).into()).await;
    let policy = responder.provider().await.password_policy().await.expect("rules");
    assert_eq!(policy.0.first(), Some(&PasswordRule::MinimumLength(8)));
    assert_eq!(policy.0.len(), 5);
}

#[tokio::test]
async fn a_refused_password_names_the_broken_rules_and_quotes_nothing() {
    // The message is made up to quote the password; it must not come through.
    let message = "Password lowercase did not conform with policy: Password not long enough";
    for refusal in [
        challenge_refused("InvalidPasswordException", message).await,
        code_refused("InvalidPasswordException", message).await,
    ] {
        let SignInRefusal::PasswordRefused(sentence) = refusal else { panic!("{refusal:?}") };
        assert!(sentence.contains("at least 10 characters"), "{sentence}");
        assert!(sentence.contains("upper-case") && sentence.contains("digit"), "{sentence}");
        assert!(!sentence.contains("lowercase"), "{sentence}");
    }
}

#[tokio::test]
async fn a_password_used_before_is_told() {
    for (code, message) in [
        ("PasswordHistoryPolicyViolationException", "Password has previously been used"),
        ("InvalidPasswordException", "Password has been previously used"),
    ] {
        let refusal = challenge_refused(code, message).await;
        let SignInRefusal::PasswordRefused(sentence) = refusal else { panic!("{refusal:?}") };
        assert!(sentence.contains("not used before"), "{sentence}");
    }
}

#[tokio::test]
async fn an_ended_challenge_starts_again() {
    for (code, message) in [
        ("NotAuthorizedException", "Invalid session for the user, session is expired."),
        ("NotAuthorizedException", "Invalid session for the user."),
        ("NotAuthorizedException", "Invalid session for the user, session can only be used once."),
        ("CodeMismatchException", "Invalid session"),
    ] {
        let refusal = challenge_refused(code, message).await;
        assert!(matches!(refusal, SignInRefusal::ChallengeExpired), "{message}: {refusal:?}");
    }
    let refusal = challenge_refused("NotAuthorizedException", "User is disabled.").await;
    assert!(matches!(refusal, SignInRefusal::WrongCredentials), "{refusal:?}");
}

#[tokio::test]
async fn what_uses_something_up_is_sent_once() {
    let responder = Responder::start(|call| match call.operation.as_str() {
        "AdminInitiateAuth" => new_password_required(json!({})).into(),
        _ => Reply::Error(500, "InternalErrorException", "unwell"),
    })
    .await;
    let provider = responder.provider().await;
    let Ok(SignIn::NewPasswordRequired(challenge)) = sign_in(&provider).await else {
        panic!("a challenge is given");
    };
    let password = "Correct-Horse-42".to_owned().into();
    let answers = [
        provider.set_first_password(&challenge, &password, &some_change()).await.map(|_| ()),
        provider.reset_password(&email(), "123456", &password, &some_change()).await,
    ];
    for answer in answers {
        let Err(SignInRefusal::Provider(error)) = answer else { panic!("{answer:?}") };
        assert!(matches!(error, IdentityError::Unavailable(_)), "{error}");
    }
    responder.only("AdminRespondToAuthChallenge");
    responder.only("ConfirmForgotPassword");
}

#[tokio::test]
async fn a_wrong_and_an_old_code_look_the_same() {
    for (code, message) in [
        ("CodeMismatchException", "Invalid verification code provided, please try again."),
        ("ExpiredCodeException", "Invalid code provided, please request a code again."),
        ("UserNotFoundException", "Username/client id combination not found."),
        ("UserNotConfirmedException", "Cannot reset password, user is not confirmed."),
        ("NotAuthorizedException", "User password cannot be reset in the current state."),
    ] {
        let refusal = code_refused(code, message).await;
        assert!(matches!(refusal, SignInRefusal::WrongCode), "{code}: {refusal:?}");
    }
}

#[tokio::test]
async fn too_many_codes_are_too_many() {
    let refusal = code_refused("TooManyFailedAttemptsException", "too many").await;
    assert!(matches!(refusal, SignInRefusal::Locked(_)), "{refusal:?}");
    let message = "Attempt limit exceeded, please try after some time.";
    let refusal = code_refused("LimitExceededException", message).await;
    let throttled = matches!(refusal, SignInRefusal::Provider(IdentityError::Throttled));
    assert!(throttled, "{refusal:?}");
}

#[tokio::test]
async fn what_cognito_cannot_read_is_not_sent() {
    let responder = Responder::start(|call| panic!("{} is not needed", call.operation)).await;
    let provider = responder.provider().await;
    let good = "Correct-Horse-42".to_owned().into();
    for code in ["", "  ", "12 34"] {
        let answer = provider.reset_password(&email(), code, &good, &some_change()).await;
        assert!(matches!(answer, Err(SignInRefusal::WrongCode)), "{answer:?}");
    }
    for password in ["", "short", " Correct-Horse-42", &"Aa1!".repeat(65)] {
        let answer = provider
            .reset_password(&email(), "123456", &password.to_owned().into(), &some_change())
            .await;
        assert!(matches!(answer, Err(SignInRefusal::PasswordRefused(_))), "{answer:?}");
    }
}

#[tokio::test]
async fn a_reset_is_silent_about_accounts_and_loud_about_throttling() {
    for (code, message) in [
        ("UserNotFoundException", "Username/client id combination not found."),
        ("NotAuthorizedException", "User password cannot be reset in the current state."),
        ("NotAuthorizedException", "User is disabled."),
        ("UserNotConfirmedException", "User is not confirmed."),
        (
            "InvalidParameterException",
            "Cannot reset password for the user as there is no registered/verified email",
        ),
        ("CodeDeliveryFailureException", "Failed to send"),
        ("LimitExceededException", "Attempt limit exceeded, please try after some time."),
    ] {
        let responder = Responder::start(move |_| refuse(code, message)).await;
        let answer = responder.provider().await.request_reset(&email()).await;
        assert_eq!(answer, Ok(()), "{code}: {message}");
    }
    let responder = Responder::start(|_| refuse("TooManyRequestsException", "Rate exceeded")).await;
    let answer = responder.provider().await.request_reset(&email()).await;
    assert_eq!(answer, Err(IdentityError::Throttled));
}
