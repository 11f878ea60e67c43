//! A program that uses the API.

use crate::browser::{Answer, Browser, Server};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use partners_app::domain::{ApiClientForm, CreatedApiClient};
use serde_json::Value;
use uuid::Uuid;

/// Everything that a client for management may do.
pub const EVERYTHING: [&str; 3] = ["organisations:read", "organisations:write", "audit:read"];

/// An API client's credentials.
#[derive(Clone)]
pub struct Credentials {
    pub id: String,
    pub secret: String,
}

/// A program with a token.
#[derive(Clone)]
pub struct Program {
    browser: Browser,
    pub token: String,
}

pub async fn create(server: &Server, form: &ApiClientForm) -> Credentials {
    let desk = server.installation.api_clients_desk();
    let CreatedApiClient { client, secret } =
        desk.create_at_the_command_line(form).await.expect("a client");
    Credentials { id: client.id.to_string(), secret: secret.expect("a secret") }
}

pub fn management(scopes: &[&str]) -> ApiClientForm {
    ApiClientForm {
        name: "Nightly sync".to_owned(),
        access: "management".to_owned(),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        ..ApiClientForm::default()
    }
}

pub fn of_partner(organisation: &str) -> ApiClientForm {
    ApiClientForm {
        name: "Ordering".to_owned(),
        access: "partner".to_owned(),
        organisation: organisation.to_owned(),
        ..ApiClientForm::default()
    }
}

/// Asks for a token with a form.
pub async fn ask_for_token(server: &Server, fields: &[(&str, &str)]) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::post("/oauth2/token")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body));
    server.browser().send(request.unwrap()).await
}

/// Asks for a token with credentials in the form.
pub async fn token_of(server: &Server, credentials: &Credentials) -> Answer {
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", credentials.id.as_str()),
        ("client_secret", credentials.secret.as_str()),
    ];
    ask_for_token(server, &fields).await
}

impl Program {
    pub async fn start(server: &Server, form: &ApiClientForm) -> Self {
        let credentials = create(server, form).await;
        Self::with(server, &credentials).await
    }

    pub async fn with(server: &Server, credentials: &Credentials) -> Self {
        let answer = token_of(server, credentials).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let token = answer.json()["access_token"].as_str().expect("a token").to_owned();
        Self { browser: server.browser(), token }
    }

    pub async fn management(server: &Server) -> Self {
        Self::start(server, &management(&EVERYTHING)).await
    }

    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.browser.clone().send(request.body(body).unwrap()).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, &[], Some(body)).await
    }

    pub async fn post_once(&self, key: &str, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, &[("Idempotency-Key", key)], Some(body)).await
    }

    pub async fn patch(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        self.send(Method::PATCH, path, headers, Some(body)).await
    }
}

impl Answer {
    /// The answer's JSON, where its status is 200.
    pub fn ok(&self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        self.json()
    }

    /// The fields that an answer complains about.
    pub fn fields(&self) -> Vec<String> {
        let errors = self.json()["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect()
    }
}

/// A Zuora account ID that nobody has.
pub fn account() -> String {
    format!("A{}", &Uuid::now_v7().simple().to_string()[20..])
}
