//! A small server that speaks Cognito's JSON, on loopback.

use crate::signer::{self, CLIENT, ORGANISATION, POOL, SUB};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_sdk_cognitoidentityprovider::config::Credentials;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use partners_server::identity::{Cognito, CognitoSettings};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;

/// What the responder answers.
pub enum Reply {
    Json(Value),
    /// An exception with its message.
    Error(u16, &'static str, &'static str),
    Html(u16),
    /// The reply, late.
    Late(Duration, Box<Reply>),
}

impl From<Value> for Reply {
    fn from(value: Value) -> Self {
        Self::Json(value)
    }
}

/// HTTP 400, as Cognito answers refusals.
pub fn refuse(code: &'static str, message: &'static str) -> Reply {
    Reply::Error(400, code, message)
}

/// A call that was made.
#[derive(Clone, Debug)]
pub struct Call {
    pub operation: String,
    pub body: Value,
    /// How many calls of this operation came before.
    pub before: usize,
}

type Script = dyn Fn(&Call) -> Reply + Send + Sync;

struct Inner {
    script: Box<Script>,
    calls: Mutex<Vec<Call>>,
    keys: Mutex<Value>,
    fetches: AtomicUsize,
}

#[derive(Clone)]
pub struct Responder {
    pub endpoint: String,
    inner: Arc<Inner>,
}

impl Responder {
    /// Answers as `script` says, and publishes the first key.
    pub async fn start(script: impl Fn(&Call) -> Reply + Send + Sync + 'static) -> Self {
        let inner = Arc::new(Inner {
            script: Box::new(script),
            calls: Mutex::default(),
            keys: Mutex::new(json!({ "keys": [signer::first().jwk()] })),
            fetches: AtomicUsize::new(0),
        });
        let router = Router::new()
            .route("/", post(answer))
            .route("/{pool}/.well-known/jwks.json", get(keys))
            .with_state(inner.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("its address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { endpoint, inner }
    }

    /// Answers every sign-in with this ID token.
    pub async fn issuing(token: String) -> Self {
        Self::start(move |call| match call.operation.as_str() {
            "AdminInitiateAuth" => tokens(&token).into(),
            _ => user(json!({})).into(),
        })
        .await
    }

    pub fn calls(&self) -> Vec<Call> {
        self.inner.calls.lock().expect("calls").clone()
    }

    pub fn operations(&self) -> Vec<String> {
        self.calls().into_iter().map(|call| call.operation).collect()
    }

    /// The only call of this operation.
    pub fn only(&self, operation: &str) -> Call {
        let calls = self.calls();
        let mut found = calls.into_iter().filter(|call| call.operation == operation);
        let call = found.next().expect("a call");
        assert!(found.next().is_none(), "{operation} was called more than once");
        call
    }

    /// How often the signing keys were fetched.
    pub fn fetches(&self) -> usize {
        self.inner.fetches.load(Ordering::SeqCst)
    }

    pub fn publish(&self, keys: Value) {
        *self.inner.keys.lock().expect("keys") = keys;
    }

    pub async fn provider(&self) -> Cognito {
        provider(&self.endpoint, None).await
    }

    /// The adapter, patient for a fraction of a second.
    pub async fn impatient_provider(&self) -> Cognito {
        provider_with(&self.endpoint, None, Duration::from_millis(700)).await
    }
}

/// The adapter.
pub async fn provider(endpoint: &str, secret: Option<&str>) -> Cognito {
    provider_with(endpoint, secret, Duration::from_secs(5)).await
}

async fn provider_with(endpoint: &str, secret: Option<&str>, patience: Duration) -> Cognito {
    let aws = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::from_static("eu-west-1"))
        .credentials_provider(Credentials::new("AKIDTEST", "secret", None, None, "tests"))
        .endpoint_url(endpoint)
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(3)
                .with_initial_backoff(Duration::from_millis(5)),
        )
        .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(patience).build())
        .load()
        .await;
    let settings = CognitoSettings {
        pool_id: POOL.to_owned(),
        client_id: CLIENT.to_owned(),
        client_secret: secret.map(|secret| secret.to_owned().into()),
    };
    Cognito::new(settings, &aws).expect("the provider")
}

async fn keys(State(inner): State<Arc<Inner>>) -> Response {
    inner.fetches.fetch_add(1, Ordering::SeqCst);
    let keys = inner.keys.lock().expect("keys").clone();
    axum::Json(keys).into_response()
}

async fn answer(State(inner): State<Arc<Inner>>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers["x-amz-target"].to_str().expect("text");
    let operation = target.strip_prefix("AWSCognitoIdentityProviderService.").expect("Cognito's");
    let body: Value = serde_json::from_slice(&body).expect("JSON");
    let call = {
        let mut calls = inner.calls.lock().expect("calls");
        let before = calls.iter().filter(|call| call.operation == operation).count();
        let call = Call { operation: operation.to_owned(), body, before };
        calls.push(call.clone());
        call
    };
    let mut reply = (inner.script)(&call);
    while let Reply::Late(time, later) = reply {
        tokio::time::sleep(time).await;
        reply = *later;
    }
    let json = [(header::CONTENT_TYPE, "application/x-amz-json-1.1")];
    match reply {
        Reply::Json(value) => (json, value.to_string()).into_response(),
        Reply::Error(status, code, message) => {
            let status = StatusCode::from_u16(status).expect("a status");
            let body = json!({ "__type": code, "message": message }).to_string();
            (status, json, body).into_response()
        }
        Reply::Html(status) => {
            let status = StatusCode::from_u16(status).expect("a status");
            let html = [(header::CONTENT_TYPE, "text/html")];
            (status, html, "<html><body>Bad gateway</body></html>").into_response()
        }
        Reply::Late(..) => unreachable!("waited for above"),
    }
}

/// AdminGetUser's answer about Ann, with changes: `attributes`, `Enabled`,
/// `UserStatus`.
pub fn user(changes: Value) -> Value {
    let attributes = signer::with(
        json!({
            "sub": SUB, "email": "ann@acme.example", "email_verified": "true",
            "name": "Ann Example", "custom:partner_org": ORGANISATION,
        }),
        changes.get("attributes").cloned().unwrap_or_else(|| json!({})),
    );
    let attributes: Vec<Value> = attributes
        .as_object()
        .expect("an object")
        .iter()
        .map(|(name, value)| json!({ "Name": name, "Value": value }))
        .collect();
    json!({
        "Username": SUB,
        "UserAttributes": attributes,
        "UserCreateDate": 1.0,
        "UserLastModifiedDate": 1.0,
        "Enabled": changes.get("Enabled").unwrap_or(&json!(true)),
        "UserStatus": changes.get("UserStatus").unwrap_or(&json!("FORCE_CHANGE_PASSWORD")),
    })
}

/// AdminCreateUser's answer about Ann.
pub fn created() -> Value {
    let mut user = user(json!({}));
    let attributes = user["UserAttributes"].take();
    user["Attributes"] = attributes;
    json!({ "User": user })
}

/// AdminListGroupsForUser's answer.
pub fn groups(names: &[&str]) -> Value {
    let groups: Vec<Value> = names.iter().map(|name| json!({ "GroupName": name })).collect();
    json!({ "Groups": groups })
}

/// A finished sign-in.
pub fn tokens(id_token: &str) -> Value {
    json!({
        "ChallengeParameters": {},
        "AuthenticationResult": {
            "IdToken": id_token, "AccessToken": "access-token", "RefreshToken": "refresh-token",
            "ExpiresIn": 300, "TokenType": "Bearer",
        },
    })
}

/// A sign-in that waits for a new password.
pub fn new_password_required(parameters: Value) -> Value {
    json!({
        "ChallengeName": "NEW_PASSWORD_REQUIRED",
        "Session": "session-0123456789-0123456789",
        "ChallengeParameters": parameters,
    })
}
