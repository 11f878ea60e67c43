//! What handlers take from requests and give back.

use crate::fields::Fields;
use crate::refusal::{Category, Refusal};
use crate::sandbox::Sandbox;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{StatusCode, header};
use serde_json::Value;
use std::convert::Infallible;

impl IntoResponse for Refusal {
    /// The gate writes the body, because it knows the request's identifier.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// A JSON body.
pub(super) struct Json(pub Value);

impl Json {
    pub(super) fn fields(&self) -> Result<Fields<'_>, Refusal> {
        Fields::of(&self.0)
    }
}

impl FromRequest<Sandbox> for Json {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &Sandbox) -> Result<Self, Refusal> {
        let unreadable = || {
            Refusal::new(Category::BadJson, "Malformed JSON").with_status(StatusCode::BAD_REQUEST)
        };
        let bytes = axum::body::to_bytes(request.into_body(), usize::MAX)
            .await
            .map_err(|_| unreadable())?;
        serde_json::from_slice(&bytes).map(Self).map_err(|_| unreadable())
    }
}

/// The query, and the address that links start with.
pub(super) struct Query {
    pairs: Vec<(String, String)>,
    /// `http://127.0.0.1:9444`.
    pub base: String,
    /// The path that was asked for.
    pub path: String,
}

impl Query {
    /// A parameter's value.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All values of a parameter that may come more than once. Zuora takes
    /// `filter[]` with and without its brackets' percent signs.
    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        self.pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    }

    /// Whether a parameter is `true`.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.get(name) == Some("true")
    }

    /// A whole number from 1 to `most`.
    pub(super) fn count(&self, name: &str, default: usize, most: usize) -> Result<usize, Refusal> {
        let Some(text) = self.get(name) else { return Ok(default) };
        text.parse().ok().filter(|count| (1..=most).contains(count)).ok_or_else(|| {
            Refusal::new(Category::BadQuery, format!("'{name}' should be 1 to {most}"))
                .with_status(StatusCode::BAD_REQUEST)
        })
    }

    /// The same request's address with other values for some parameters.
    pub(super) fn link(&self, changed: &[(&str, String)]) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in &self.pairs {
            if !changed.iter().any(|(other, _)| other == name) {
                query.append_pair(name, value);
            }
        }
        for (name, value) in changed {
            query.append_pair(name, value);
        }
        format!("{}{}?{}", self.base, self.path, query.finish())
    }
}

impl FromRequestParts<Sandbox> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, sandbox: &Sandbox) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        Ok(Self {
            pairs: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            base: sandbox
                .settings()
                .base_url
                .clone()
                .unwrap_or_else(|| format!("http://{}", host.unwrap_or("127.0.0.1"))),
            path: parts.uri.path().to_owned(),
        })
    }
}

/// An answer's body.
pub(super) type Answer = Result<axum::Json<Value>, Refusal>;

/// A body that says it worked.
pub(super) fn good(body: Value) -> Answer {
    Ok(axum::Json(body))
}
