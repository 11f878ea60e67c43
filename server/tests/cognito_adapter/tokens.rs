//! ID tokens: forgeries refused, keys fetched and fetched again.

use crate::responder::{Responder, tokens, user};
use crate::sign_in::sign_in;
use crate::signer::{self, CLIENT, ISSUER, now, partner_claims, unsigned, with};
use partners_server::identity::{IdentityError, SignIn, SignInRefusal};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

async fn assert_refused(what: &str, token: String) {
    let responder = Responder::issuing(token.clone()).await;
    let refusal = sign_in(&responder.provider().await).await.err();
    let Some(SignInRefusal::Provider(IdentityError::Refused(sentence))) = refusal else {
        panic!("{what}: {refusal:?}")
    };
    assert!(!sentence.contains(&token), "{what}: {sentence}");
}

#[tokio::test]
async fn forged_signatures_are_refused() {
    let (first, claims) = (signer::first(), partner_claims());
    for alg in ["none", "None", "NONE"] {
        let header = json!({ "alg": alg, "kid": first.kid });
        assert_refused(alg, format!("{}.", unsigned(&header, &claims))).await;
    }
    for token in first.forge_with_public_key(&claims) {
        assert_refused("HS256 with the public key", token).await;
    }
    for alg in ["RS384", "PS256", "ES256"] {
        let header = json!({ "alg": alg, "kid": first.kid });
        assert_refused(alg, first.sign_with_header(&header, &claims)).await;
    }
    let header = json!({ "alg": "RS256", "kid": first.kid });
    assert_refused("another key", signer::second().sign_with_header(&header, &claims)).await;
    assert_refused("no kid", first.sign_with_header(&json!({ "alg": "RS256" }), &claims)).await;
    assert_refused("no signature", format!("{}.", unsigned(&header, &claims))).await;

    let good = first.sign(&claims);
    let (_, signature) = good.rsplit_once('.').expect("three parts");
    let admin = with(claims, json!({ "cognito:groups": ["admins"] }));
    assert_refused("other claims", format!("{}.{signature}", unsigned(&header, &admin))).await;
    // The header brings its own key.
    let own = json!({ "alg": "RS256", "kid": "second", "jwk": signer::second().jwk() });
    assert_refused("own key", signer::second().sign_with_header(&own, &partner_claims())).await;
    for garbage in ["", "a", "a.b.c", "..", "e30.e30."] {
        assert_refused("garbage", garbage.to_owned() + "x").await;
    }
}

#[tokio::test]
async fn wrong_claims_are_refused() {
    let other_pool = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Another";
    for changes in [
        json!({ "iss": other_pool }),
        json!({ "iss": format!("{ISSUER}/") }),
        json!({ "iss": null }),
        json!({ "aud": "another-client" }),
        json!({ "aud": null, "client_id": CLIENT }),
        json!({ "aud": null }),
        json!({ "token_use": "access" }),
        json!({ "token_use": null }),
        json!({ "exp": now() - 120 }),
        json!({ "exp": null }),
        json!({ "exp": "never" }),
        json!({ "sub": null }),
    ] {
        let token = signer::first().sign(&with(partner_claims(), changes.clone()));
        assert_refused(&changes.to_string(), token).await;
    }
}

/// A pool whose next token can be changed.
async fn pool() -> (Responder, Arc<Mutex<String>>) {
    let token = Arc::new(Mutex::new(signer::first().sign(&partner_claims())));
    let next = token.clone();
    let responder = Responder::start(move |call| match call.operation.as_str() {
        "AdminInitiateAuth" => tokens(&next.lock().expect("a token")).into(),
        _ => user(json!({})).into(),
    })
    .await;
    (responder, token)
}

#[tokio::test]
async fn the_keys_are_fetched_once() {
    let (responder, _) = pool().await;
    let provider = responder.provider().await;
    assert_eq!(responder.fetches(), 0);
    let attempts = (0..8).map(|_| sign_in(&provider));
    for answer in futures::future::join_all(attempts).await {
        assert!(matches!(answer, Ok(SignIn::Complete { .. })));
    }
    assert_eq!(responder.fetches(), 1);
}

#[tokio::test]
async fn a_rotated_key_is_found() {
    let (responder, token) = pool().await;
    let provider = responder.provider().await;
    assert!(sign_in(&provider).await.is_ok());
    let (first, second) = (signer::first(), signer::second());
    responder.publish(json!({ "keys": [first.jwk(), second.jwk()] }));
    *token.lock().expect("a token") = second.sign(&partner_claims());
    assert!(sign_in(&provider).await.is_ok());
    assert_eq!(responder.fetches(), 2);
    *token.lock().expect("a token") = first.sign(&partner_claims());
    assert!(sign_in(&provider).await.is_ok());
    assert_eq!(responder.fetches(), 2);
}

#[tokio::test]
async fn an_unknown_key_is_looked_for_once() {
    let (responder, token) = pool().await;
    let provider = responder.provider().await;
    assert!(sign_in(&provider).await.is_ok());
    *token.lock().expect("a token") = signer::second().sign(&partner_claims());
    for _ in 0..5 {
        let refusal = sign_in(&provider).await.err();
        let refused = matches!(refusal, Some(SignInRefusal::Provider(IdentityError::Refused(_))));
        assert!(refused, "{refusal:?}");
    }
    assert_eq!(responder.fetches(), 2);
    // Whose key is known signs in all the while.
    *token.lock().expect("a token") = signer::first().sign(&partner_claims());
    assert!(sign_in(&provider).await.is_ok());
    assert_eq!(responder.fetches(), 2);
}

#[tokio::test]
async fn keys_of_another_kind_are_no_keys() {
    let jwk = |changes: Value| json!({ "keys": [with(signer::first().jwk(), changes)] });
    for keys in [
        json!({ "keys": [] }),
        jwk(json!({ "use": "enc" })),
        jwk(json!({ "alg": "RS512" })),
        jwk(json!({ "kid": null })),
    ] {
        let (responder, _) = pool().await;
        responder.publish(keys.clone());
        let refusal = sign_in(&responder.provider().await).await.err();
        let refused = matches!(refusal, Some(SignInRefusal::Provider(IdentityError::Refused(_))));
        assert!(refused, "{keys}: {refusal:?}");
    }
}

#[tokio::test]
async fn keys_that_cannot_be_read_are_an_outage() {
    let (responder, _) = pool().await;
    responder.publish(json!("an error page"));
    let refusal = sign_in(&responder.provider().await).await.err();
    let outage = matches!(refusal, Some(SignInRefusal::Provider(IdentityError::Unavailable(_))));
    assert!(outage, "{refusal:?}");
}
