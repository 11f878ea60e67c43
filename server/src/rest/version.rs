//! `ETag` and `If-Match` (RFC 9110, 8.8.3 and 13.1.1).

use super::error::ApiError;
use crate::random;
use axum::Json;
use axum::http::header::{ETAG, IF_MATCH};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use partners_app::error::PublicError;
use serde::Serialize;

/// How something was when it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Version(String);

impl Version {
    /// Under this name, which has visible ASCII characters and no quotes.
    pub(super) fn named(name: &str) -> Self {
        Self(format!("\"{name}\""))
    }

    /// Of something that is the same as long as it reads the same.
    pub(super) fn of(value: &impl Serialize) -> Self {
        let text = serde_json::to_string(value).unwrap_or_default();
        Self::named(&URL_SAFE_NO_PAD.encode(random::digest(&text)))
    }

    /// An answer with something of this version.
    pub(super) fn answer(&self, value: &impl Serialize) -> Response {
        let mut response = Json(value).into_response();
        if let Ok(value) = HeaderValue::from_str(&self.0) {
            response.headers_mut().insert(ETAG, value);
        }
        response
    }

    /// Whether `If-Match` names this version, or is content with any.
    fn is_among(&self, expected: &str) -> bool {
        expected.split(',').map(str::trim).any(|one| one == "*" || one == self.0)
    }
}

/// `If-Match`: what a change expects to find.
pub(super) struct Expected(Option<String>);

impl Expected {
    pub(super) fn read(headers: &HeaderMap) -> Self {
        let value = headers.get(IF_MATCH);
        Self(value.map(|value| value.to_str().unwrap_or_default().to_owned()))
    }

    /// Lets pass what is as expected; returns what the change is to find, where
    /// it matters.
    ///
    /// # Errors
    /// 412 where it has changed since.
    pub(super) fn of<'a, T>(
        &self,
        value: &'a T,
        version: &Version,
    ) -> Result<Option<&'a T>, ApiError> {
        let Some(expected) = &self.0 else { return Ok(None) };
        if !version.is_among(expected) {
            return Err(PublicError::ChangedSince.into());
        }
        let is_any = expected.split(',').any(|one| one.trim() == "*");
        Ok((!is_any).then_some(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_compared_as_a_whole() {
        let third = Version::named("3");
        for same in ["\"3\"", "*", "\"2\", \"3\""] {
            assert!(third.is_among(same), "{same}");
        }
        for other in ["\"33\"", "3", "W/\"3\"", ""] {
            assert!(!third.is_among(other), "{other}");
        }
    }

    #[test]
    fn a_change_finds_what_was_read() {
        let expecting = |value: &'static str| Expected(Some(value.to_owned()));
        let (value, third) = ("Ann", Version::named("3"));
        assert_eq!(expecting("\"3\"").of(&value, &third).ok().flatten(), Some(&value));
        for any in [Expected(None), expecting("*")] {
            assert_eq!(any.of(&value, &third).ok(), Some(None));
        }
        assert!(expecting("\"2\"").of(&value, &third).is_err());
    }

    #[test]
    fn what_reads_otherwise_is_another_version() {
        assert_eq!(Version::of(&("Ann", 1)), Version::of(&("Ann", 1)));
        assert_ne!(Version::of(&("Ann", 1)), Version::of(&("Ann", 2)));
    }
}
