//! Pages of lists: `limit` and `queryMore`, or `pageSize` and `cursor`.

use super::error::ApiError;
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use partners_app::domain::{PageSize, Timestamp};
use std::str::FromStr;
use uuid::Uuid;

/// The longest text to look for, in characters.
pub(super) const LONGEST_FILTER: usize = 200;
/// What all records of this API say they come from.
pub(super) const SERVICE: &str = "partners";

/// How many rows are wanted, where that is 1 to 100.
pub(super) fn size(name: &str, wanted: Option<u32>, usual: usize) -> Result<PageSize, ApiError> {
    let rows = wanted.map_or(Some(usual), |rows| usize::try_from(rows).ok());
    rows.and_then(PageSize::new).ok_or_else(|| {
        ApiError::of_field(StatusCode::BAD_REQUEST, name, "Ask for 1 to 100 at once.")
    })
}

/// A text to look for.
pub(super) fn filter(text: Option<String>) -> Result<String, ApiError> {
    let text = text.unwrap_or_default();
    if text.chars().count() > LONGEST_FILTER {
        let message = format!("Look for at most {LONGEST_FILTER} characters.");
        return Err(ApiError::of_field(StatusCode::BAD_REQUEST, "filter", message));
    }
    Ok(text)
}

/// A word that must be one of a few.
pub(super) fn word<T>(
    name: &str,
    text: Option<String>,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, ApiError> {
    let wrong = || ApiError::of_field(StatusCode::BAD_REQUEST, name, "This is none of the words.");
    text.map(|word| parse(&word).ok_or_else(wrong)).transpose()
}

/// A place in a list, as answers have it: not to be taken apart.
pub(super) fn opaque(place: &str) -> String {
    URL_SAFE_NO_PAD.encode(place)
}

/// A place in a list, as an answer had it before.
pub(super) fn place<T>(
    name: &str,
    text: Option<String>,
    read: impl Fn(String) -> Option<T>,
) -> Result<Option<T>, ApiError> {
    let wrong = || {
        let message = "Send what the page before said, as it said it.";
        ApiError::of_field(StatusCode::BAD_REQUEST, name, message)
    };
    // As a program sends it that has no place yet.
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let plain = URL_SAFE_NO_PAD.decode(&text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    plain.and_then(read).map(Some).ok_or_else(wrong)
}

/// Whether a place is a row's ID and what the list is sorted by.
pub(super) fn begins_with_id(place: String) -> Option<String> {
    let fits = place
        .split_once('.')
        .is_some_and(|(id, rest)| Uuid::try_parse(id).is_ok() && !rest.contains('\0'));
    fits.then_some(place)
}

/// Whether a place is a day and a number.
pub(super) fn begins_with_day(place: String) -> Option<String> {
    let fits = place.split_once('.').is_some_and(|(_, number)| !number.is_empty());
    (fits && !place.contains(char::is_control)).then_some(place)
}

/// An ID, as an address has it; `None` for what no ID looks like.
pub(super) fn id<T: FromStr>(text: &str) -> Result<T, ApiError> {
    text.parse().map_err(|_| ApiError::not_found())
}

/// A moment as the API writes it (RFC 3339).
pub(super) fn moment(at: Timestamp) -> String {
    at.iso()
}
