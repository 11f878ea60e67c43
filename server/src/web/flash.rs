//! Notes to the next page: the outcome of a form posted without JavaScript.

use super::Web;
use crate::store::{StoreError, sealed_notes};
use crate::{random, sealing};
use axum::http::HeaderMap;
use axum_extra::extract::CookieJar;
use partners_app::flash::Flash;
use std::time::Duration;

/// How long the next page may take to ask for it.
pub const LIFE: Duration = Duration::from_secs(60);

/// Keeps a note and returns the cookie that opens it.
///
/// # Errors
/// Where the database fails.
pub async fn keep(web: &Web, flash: &Flash) -> Result<Option<String>, StoreError> {
    let token = random::token();
    let sealed = serde_json::to_vec(flash).ok().and_then(|plain| sealing::seal(&token, &plain));
    let Some(sealed) = sealed else { return Ok(None) };
    let mut writer = web.store.write().await?;
    let until = web.clock.now().plus(LIFE);
    sealed_notes::insert(writer.connection(), &random::digest(&token), &sealed, until).await?;
    writer.commit().await?;
    Ok(Some(web.cookies.flash(&token)))
}

/// Whether a request carries the cookie of a note.
#[must_use]
pub fn is_waiting(web: &Web, headers: &HeaderMap) -> bool {
    token(web, headers).is_some()
}

/// Takes the note that a request's cookie opens; it is gone then.
///
/// # Errors
/// Where the database fails.
pub async fn take(web: &Web, headers: &HeaderMap) -> Result<Option<Flash>, StoreError> {
    let Some(token) = token(web, headers) else { return Ok(None) };
    let mut writer = web.store.write().await?;
    let sealed =
        sealed_notes::take(writer.connection(), &random::digest(&token), web.clock.now()).await?;
    writer.commit().await?;
    Ok(sealed
        .and_then(|sealed| sealing::open(&token, sealed))
        .and_then(|plain| serde_json::from_slice(&plain).ok()))
}

fn token(web: &Web, headers: &HeaderMap) -> Option<String> {
    CookieJar::from_headers(headers)
        .get(web.cookies.flash_name())
        .map(|cookie| cookie.value().to_owned())
        .filter(|value| !value.is_empty())
}
