//! No password, code, token or secret reaches a log line or an error.

use crate::change::some_change;
use crate::responder::{Responder, new_password_required, provider, refuse, tokens, user};
use crate::sign_in::{email, sign_in};
use crate::signer::{self, partner_claims};
use partners_app::domain::PersonName;
use partners_server::identity::{ExistingAdmin, Identity, SignIn};
use serde_json::json;
use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing::level_filters::LevelFilter;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("lines").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn nothing_secret_is_logged() {
    const CLIENT_SECRET: &str = "client-secret-zxcvbn";
    const PASSWORD: &str = "New-Password-zxcvbn-1";
    const CODE: &str = "987654321";

    let lines = Lines::default();
    let writer = lines.clone();
    // Everybody's lines, the SDK's too. Its TRACE lines repeat whole answers,
    // so that no log may be that verbose.
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::DEBUG)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    // Where there is one subscriber alone, the thread that comes to a line first
    // decides for all whether it is logged, and other tests have none.
    let _another = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());

    let token = signer::first().sign(&partner_claims());
    let forged = signer::second().sign(&partner_claims());
    let (good, bad) = (token.clone(), forged.clone());
    // Messages are made up to quote what was sent.
    let responder = Responder::start(move |call| match (call.operation.as_str(), call.before) {
        ("AdminInitiateAuth", 0) => new_password_required(json!({})).into(),
        ("AdminInitiateAuth", 1) => tokens(&good).into(),
        ("AdminInitiateAuth", 2) => tokens(&bad).into(),
        ("AdminInitiateAuth", _) => {
            refuse("InvalidParameterException", "Value 'Typed-Password-1' is invalid")
        }
        ("DescribeUserPool", _) => json!({ "UserPool": {} }).into(),
        ("AdminRespondToAuthChallenge", _) => {
            refuse("InvalidParameterException", "Value 'New-Password-zxcvbn-1' is invalid")
        }
        ("ConfirmForgotPassword", _) => {
            refuse("InvalidParameterException", "Value '987654321' is invalid")
        }
        ("AdminSetUserPassword", _) => {
            refuse("InvalidParameterException", "Value 'New-Password-zxcvbn-1' is invalid")
        }
        ("AdminCreateUser", _) => crate::responder::created().into(),
        _ => user(json!({})).into(),
    })
    .await;
    let provider = provider(&responder.endpoint, Some(CLIENT_SECRET)).await;
    let password = PASSWORD.to_owned().into();

    let Ok(SignIn::NewPasswordRequired(challenge)) = sign_in(&provider).await else {
        panic!("a challenge is given");
    };
    let mut errors = vec![
        format!(
            "{:?}",
            provider.set_first_password(&challenge, &password, &some_change()).await.err()
        ),
        format!(
            "{:?}",
            provider.reset_password(&email(), CODE, &password, &some_change()).await.err()
        ),
    ];
    assert!(sign_in(&provider).await.is_ok());
    errors.push(format!("{:?}", sign_in(&provider).await.err()));
    errors.push(format!("{:?}", sign_in(&provider).await.err()));
    let name = PersonName::parse("Ann").expect("a name");
    let existing = ExistingAdmin::GetsPassword;
    let made = provider.create_admin(&email(), &name, &password, existing, &some_change()).await;
    errors.push(format!("{:?}", made.err()));
    assert!(errors.iter().all(|error| error.starts_with("Some(")), "{errors:?}");

    let lines = String::from_utf8_lossy(&lines.0.lock().expect("lines")).into_owned();
    assert!(lines.contains("Cognito call failed"), "the log was not captured");
    for text in errors.into_iter().chain([lines]) {
        for secret in [
            CLIENT_SECRET,
            PASSWORD,
            CODE,
            "Typed-Password-1",
            "session-0123456789",
            "access-token",
            "refresh-token",
            &token,
            &forged,
        ] {
            if let Some(at) = text.find(secret) {
                let around: String = text[at.saturating_sub(200)..].chars().take(300).collect();
                panic!("a secret is told: {around}");
            }
        }
    }
}
