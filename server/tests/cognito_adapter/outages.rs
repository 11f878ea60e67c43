//! Outages and throttling, told apart from refusals.

use crate::responder::{Reply, Responder, provider, refuse, user};
use crate::sign_in::{email, sign_in};
use partners_server::identity::{Identity, IdentityError, SignInRefusal};
use serde_json::json;
use std::time::Duration;
use tokio::net::TcpListener;

async fn found(responder: &Responder) -> IdentityError {
    responder.provider().await.find(&email()).await.expect_err("a failure")
}

#[tokio::test]
async fn throttling_is_told_apart() {
    for reply in [
        || refuse("TooManyRequestsException", "Too many requests"),
        || refuse("LimitExceededException", "Limit exceeded"),
        || refuse("ThrottlingException", "Rate exceeded"),
        || Reply::Error(429, "Unknown", ""),
    ] {
        let responder = Responder::start(move |_| reply()).await;
        assert_eq!(found(&responder).await, IdentityError::Throttled);
        assert!(IdentityError::Throttled.is_temporary());
        let refusal = sign_in(&responder.provider().await).await.err();
        let throttled = matches!(refusal, Some(SignInRefusal::Provider(IdentityError::Throttled)));
        assert!(throttled, "{refusal:?}");
    }
}

#[tokio::test]
async fn outages_are_told_apart() {
    for reply in [
        || Reply::Html(500),
        || Reply::Html(502),
        || Reply::Html(400),
        || Reply::Html(200),
        || Reply::Error(500, "InternalErrorException", "unwell"),
        || Reply::Error(503, "ServiceUnavailable", "unwell"),
        || Reply::Error(400, "InternalErrorException", "unwell"),
        || Reply::Late(Duration::from_secs(3), Box::new(user(json!({})).into())),
    ] {
        let responder = Responder::start(move |_| reply()).await;
        let provider = responder.impatient_provider().await;
        let error = provider.find(&email()).await.expect_err("a failure");
        assert!(matches!(error, IdentityError::Unavailable(_)), "{error}");
        assert!(error.is_temporary());
    }
}

#[tokio::test]
async fn nobody_at_the_address_is_an_outage() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address");
    drop(listener);
    let provider = provider(&format!("http://{address}"), None).await;
    let error = provider.find(&email()).await.expect_err("a failure");
    assert!(matches!(error, IdentityError::Unavailable(_)), "{error}");
    let state = provider.state().await;
    assert!(state.problem.is_some());
    assert!(state.detail.contains("eu-west-1_Responder"), "{}", state.detail);
}

#[tokio::test]
async fn a_passing_outage_is_not_noticed() {
    let responder = Responder::start(|call| match call.before {
        0 => Reply::Html(502),
        1 => refuse("TooManyRequestsException", "Too many requests"),
        _ => user(json!({})).into(),
    })
    .await;
    let found = responder.provider().await.find(&email()).await;
    assert!(matches!(found, Ok(Some(_))), "{found:?}");
}

#[tokio::test]
async fn refusals_are_final_and_say_what_to_do() {
    for (code, words) in [
        ("AccessDeniedException", "cognito-idp:AdminGetUser"),
        ("UnrecognizedClientException", "credentials"),
        ("ExpiredTokenException", "credentials"),
        ("ResourceNotFoundException", "partners doctor"),
        ("InvalidParameterException", "the message"),
        ("SomethingNewException", "SomethingNewException"),
    ] {
        let responder = Responder::start(move |_| refuse(code, "the message")).await;
        let error = found(&responder).await;
        assert!(matches!(error, IdentityError::Refused(_)), "{code}: {error}");
        assert!(error.to_string().contains(words), "{error}");
        assert!(!error.is_temporary());
        responder.only("AdminGetUser");
    }
}
