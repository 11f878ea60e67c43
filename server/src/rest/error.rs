//! What is answered where something is not done: `{"message", "errors"}`.

use axum::Json;
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use partners_app::desks::Origin;
use partners_app::domain::FieldErrors;
use partners_app::error::PublicError;
use serde::Serialize;
use std::any::Any;
use utoipa::ToSchema;

/// Why something was not done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Error)]
pub(super) struct ErrorBody {
    /// A sentence for people.
    message: String,
    /// What is wrong with each field; left out where no field is to blame.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldProblem>,
}

/// What is wrong with a field.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FieldProblem {
    /// The field, such as `orderItems[0].quantity`; for a header its name.
    field: String,
    /// What is wrong, and how to mend it.
    message: String,
}

/// An answer that says why something was not done.
#[derive(Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    message: String,
    errors: Vec<FieldProblem>,
    header: Option<Box<(HeaderName, HeaderValue)>>,
}

impl ApiError {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), errors: Vec::new(), header: None }
    }

    /// One field's problem.
    pub(super) fn of_field(
        status: StatusCode,
        field: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self::new(status, CHECK).and(field, message)
    }

    /// With one more field's problem.
    pub(super) fn and(mut self, field: impl Into<String>, message: impl Into<String>) -> Self {
        self.errors.push(FieldProblem { field: field.into(), message: message.into() });
        self
    }

    /// With another status.
    pub(super) fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    /// With a header.
    pub(super) fn with(mut self, name: HeaderName, value: &str) -> Self {
        self.header = HeaderValue::from_str(value).ok().map(|value| Box::new((name, value)));
        self
    }

    /// The fault is on our side; the log has the rest.
    pub(super) fn ours() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "This did not work, and the fault is on our side. Try again; if it stays, tell your operator the X-Request-Id.",
        )
    }

    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "There is nothing at this address.")
    }

    /// No token (RFC 6750, 3.1: without an error code).
    pub(super) fn no_token(message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, message)
            .with(WWW_AUTHENTICATE, "Bearer realm=\"partners\"")
    }

    /// A token that does not count, or not any more.
    pub(super) fn invalid_token(message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, message)
            .with(WWW_AUTHENTICATE, "Bearer realm=\"partners\", error=\"invalid_token\"")
    }

    /// A token without this scope.
    pub(super) fn lacks_scope(scope: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, format!("The token does not have the scope {scope}."))
            .with(
                WWW_AUTHENTICATE,
                &format!(
                    "Bearer realm=\"partners\", error=\"insufficient_scope\", scope=\"{scope}\""
                ),
            )
    }

    /// Too often; possible again after so many seconds.
    pub(super) fn too_many(seconds: i64) -> Self {
        let message = format!("Too many requests. Wait {seconds} seconds and try again.");
        Self::new(StatusCode::TOO_MANY_REQUESTS, message).with(RETRY_AFTER, &seconds.to_string())
    }

    /// The database failed; the log has the rest under the reference.
    pub(super) fn of_store(error: &crate::store::StoreError, origin: &Origin) -> Self {
        let reference = &origin.reference;
        tracing::error!(%error, request.reference = %reference, "the database failed");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            format!(
                "The database does not answer. Nothing was changed; try again in a moment. Reference: {reference}"
            ),
        )
    }

    /// As for any error of a desk; the fields are called as `name` says.
    pub(super) fn of(error: PublicError, name: impl Fn(&str) -> String) -> Self {
        let status = StatusCode::from_u16(error.status());
        let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        match error {
            PublicError::Invalid(errors) => Self::of_fields(&errors, name),
            PublicError::NotFound => Self::not_found(),
            PublicError::TooManyAttempts(seconds) => Self::too_many(seconds.into()),
            other => Self::new(status, other.to_string()),
        }
    }

    fn of_fields(errors: &FieldErrors, name: impl Fn(&str) -> String) -> Self {
        errors.iter().fold(Self::new(StatusCode::UNPROCESSABLE_ENTITY, CHECK), |all, error| {
            all.and(name(&error.field), &error.message)
        })
    }

    /// As for any error of a desk that asks Zuora: where that does not answer,
    /// it is a bad gateway, as in the API this one follows.
    pub(super) fn of_zuora(error: PublicError, name: impl Fn(&str) -> String) -> Self {
        let is_away = matches!(error, PublicError::Unavailable { .. });
        let answer = Self::of(error, name);
        if is_away { Self { status: StatusCode::BAD_GATEWAY, ..answer } } else { answer }
    }
}

/// Over the problems of fields.
const CHECK: &str = "Check the fields that are named.";

impl From<PublicError> for ApiError {
    fn from(error: PublicError) -> Self {
        Self::of(error, str::to_owned)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = ErrorBody { message: self.message, errors: self.errors };
        let mut response = (self.status, Json(body)).into_response();
        if let Some(header) = self.header {
            let (name, value) = *header;
            response.headers_mut().insert(name, value);
        }
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

/// The answer where a handler panicked.
pub(super) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    ApiError::ours().into_response()
}

/// Whatever has no address of its own under `/api`.
pub(super) async fn no_such_address() -> ApiError {
    ApiError::not_found()
}

/// A method that an address does not know; the router adds `Allow`.
pub(super) async fn no_such_method() -> ApiError {
    ApiError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "This address does not know the method; the header Allow names those it does.",
    )
}
