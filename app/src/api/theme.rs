//! The light/dark switch, for browsers without JavaScript.

use crate::error::PublicError;
use leptos::prelude::*;

/// Remembers the theme in a cookie.
#[server(prefix = "/actions", endpoint = "theme")]
pub async fn choose_theme(#[server(default)] theme: String) -> Result<(), PublicError> {
    use crate::viewer::{THEME_COOKIE, Theme};
    let theme = Theme::parse(&theme).as_str();
    super::context::set_cookies(&[format!(
        "{THEME_COOKIE}={theme}; Path=/; Max-Age=31536000; SameSite=Lax"
    )]);
    Ok(())
}
