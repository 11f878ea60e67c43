//! Reading requests: what cannot be understood is told in the API's own way.

use super::error::ApiError;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// A body of JSON.
pub(super) struct ApiJson<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for ApiJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(ApiError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Send the body as JSON, with the header Content-Type: application/json.",
            ));
        }
        let body = Bytes::from_request(request, state).await.map_err(|_| {
            ApiError::new(StatusCode::BAD_REQUEST, "The request did not arrive whole.")
        })?;
        let mut reader = serde_json::Deserializer::from_slice(&body);
        let value = serde_path_to_error::deserialize(&mut reader).map_err(malformed)?;
        reader.end().map_err(|error| {
            ApiError::new(StatusCode::BAD_REQUEST, format!("The body is not JSON: {error}."))
        })?;
        Ok(Self(value))
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(CONTENT_TYPE) else { return true };
    let kind = kind.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
        || kind.len() > 5 && kind.to_ascii_lowercase().ends_with("+json")
}

/// A value of a known form.
pub(super) fn typed<T: DeserializeOwned>(value: Value) -> Result<T, ApiError> {
    serde_path_to_error::deserialize(value).map_err(malformed)
}

/// Refuses a change of anything but these fields.
pub(super) fn only(
    body: &Map<String, Value>,
    names: &[&str],
    refused: &str,
) -> Result<(), ApiError> {
    let others = body.keys().filter(|name| !names.contains(&name.as_str()));
    bad_fields(others.map(|name| (name.as_str(), refused)))
}

/// Refuses `null` for these fields, which cannot be without a value, each with
/// what is said of it.
pub(super) fn no_null(body: &Map<String, Value>, names: &[(&str, &str)]) -> Result<(), ApiError> {
    let is_null = |name: &str| body.get(name).is_some_and(Value::is_null);
    bad_fields(names.iter().copied().filter(|(name, _)| is_null(name)))
}

/// The fields that are to blame, each with its message, where there are any.
fn bad_fields<'a>(mut fields: impl Iterator<Item = (&'a str, &'a str)>) -> Result<(), ApiError> {
    let Some((name, message)) = fields.next() else { return Ok(()) };
    let error = ApiError::of_field(StatusCode::BAD_REQUEST, name, message);
    Err(fields.fold(error, |error, (name, message)| error.and(name, message)))
}

/// What serde could not read, by its field where it names one.
fn malformed(error: serde_path_to_error::Error<serde_json::Error>) -> ApiError {
    let path = error.path().to_string();
    let problem = error.inner().to_string();
    if error.inner().is_syntax() || error.inner().is_eof() {
        return ApiError::new(StatusCode::BAD_REQUEST, format!("The body is not JSON: {problem}."));
    }
    match named_field(&path, &problem) {
        Some(field) => ApiError::of_field(StatusCode::BAD_REQUEST, field, problem),
        None => ApiError::new(
            StatusCode::BAD_REQUEST,
            format!("The body cannot be understood: {problem}."),
        ),
    }
}

/// The field that an error of serde's is about: "unknown field `x`" and
/// "missing field `x`" stand at the object around it.
fn named_field(path: &str, problem: &str) -> Option<String> {
    let around = Some(path).filter(|path| *path != ".");
    let quoted = ["unknown field `", "missing field `"]
        .iter()
        .find_map(|start| problem.strip_prefix(start))
        .and_then(|rest| rest.split('`').next());
    match (around, quoted) {
        (around, None) => around.map(str::to_owned),
        (None, Some(field)) => Some(field.to_owned()),
        (Some(around), Some(field)) => {
            let is_itself = around == field || around.ends_with(&format!(".{field}"));
            Some(if is_itself { around.to_owned() } else { format!("{around}.{field}") })
        }
    }
}

/// An address's parameters. What they cannot name does not exist.
pub(super) struct ApiPath<T>(pub(super) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for ApiPath<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = Path::<T>::from_request_parts(parts, state).await;
        path.map(|Path(value)| Self(value)).map_err(|_| ApiError::not_found())
    }
}

/// The parameters after `?`.
pub(super) struct ApiQuery<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for ApiQuery<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let query = Query::<T>::from_request_parts(parts, state).await;
        query.map(|Query(value)| Self(value)).map_err(|rejection| {
            let problem = std::error::Error::source(&rejection)
                .map_or_else(|| rejection.to_string(), ToString::to_string);
            match named_parameter(&problem) {
                Some(name) => ApiError::of_field(StatusCode::BAD_REQUEST, name, problem),
                None => ApiError::new(
                    StatusCode::BAD_REQUEST,
                    format!("The query cannot be understood: {problem}."),
                ),
            }
        })
    }
}

/// "unknown field `x`, …", or "x: invalid digit …" as serde_path_to_error has it.
fn named_parameter(problem: &str) -> Option<String> {
    let problem = problem.strip_prefix("Failed to deserialize query string: ").unwrap_or(problem);
    let (place, rest) = problem.split_once(": ").unwrap_or((".", problem));
    let is_name = place.chars().all(|c| c.is_ascii_alphanumeric());
    named_field(if is_name { place } else { "." }, if is_name { rest } else { problem })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_named_with_where_it_stands() {
        for (path, problem, field) in [
            (".", "unknown field `colour`, expected `name`", Some("colour")),
            ("colour", "unknown field `colour`, expected `name`", Some("colour")),
            ("orderItems[0]", "missing field `offer`", Some("orderItems[0].offer")),
            ("name", "invalid type: integer `1`, expected a string", Some("name")),
            (".", "invalid type: sequence, expected struct", None),
        ] {
            assert_eq!(named_field(path, problem).as_deref(), field, "{path}: {problem}");
        }
    }

    #[test]
    fn a_parameter_is_named() {
        for (problem, name) in [
            ("unknown field `size`, expected `limit`", Some("size")),
            ("limit: invalid digit found in string", Some("limit")),
            ("duplicate field `limit`", None),
        ] {
            assert_eq!(named_parameter(problem).as_deref(), name, "{problem}");
        }
    }
}
