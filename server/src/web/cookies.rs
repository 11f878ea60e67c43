//! The cookies: their names and attributes.

use axum_extra::extract::cookie::{Cookie, SameSite};
use std::time::Duration;

/// Names and attributes of the cookies.
///
/// Behind `https` they carry the prefix `__Host-`, which browsers give only to
/// secure cookies of exactly this host. Over plain HTTP on loopback some
/// browsers drop secure cookies: there, and nowhere else, the names are plain.
#[derive(Clone, Copy, Debug)]
pub struct Cookies {
    is_secure: bool,
}

impl Cookies {
    /// Cookies for an installation that browsers reach by `https`, or not.
    #[must_use]
    pub const fn new(is_secure: bool) -> Self {
        Self { is_secure }
    }

    /// Whether browsers reach the installation by `https`.
    #[must_use]
    pub const fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// Name of the session's cookie.
    #[must_use]
    pub const fn session_name(&self) -> &'static str {
        if self.is_secure { "__Host-partners_session" } else { "partners_session" }
    }

    /// Name of the cookie of a sign-in that waits for a new password.
    #[must_use]
    pub const fn challenge_name(&self) -> &'static str {
        if self.is_secure { "__Host-partners_challenge" } else { "partners_challenge" }
    }

    /// Name of the cookie that opens a note to the next page.
    #[must_use]
    pub const fn flash_name(&self) -> &'static str {
        if self.is_secure { "__Host-partners_flash" } else { "partners_flash" }
    }

    /// Sets the session's cookie; it lives as long as the browser.
    #[must_use]
    pub fn session(&self, token: &str) -> String {
        self.make(self.session_name(), token, None)
    }

    /// Removes the session's cookie.
    #[must_use]
    pub fn no_session(&self) -> String {
        self.make(self.session_name(), "", Some(Duration::ZERO))
    }

    /// Sets the cookie of a sign-in that waits for a new password.
    #[must_use]
    pub fn challenge(&self, token: &str) -> String {
        self.make(self.challenge_name(), token, Some(super::session::CHALLENGE_LIFE))
    }

    /// Removes that cookie.
    #[must_use]
    pub fn no_challenge(&self) -> String {
        self.make(self.challenge_name(), "", Some(Duration::ZERO))
    }

    /// Sets the cookie that opens a note to the next page.
    #[must_use]
    pub fn flash(&self, token: &str) -> String {
        self.make(self.flash_name(), token, Some(super::flash::LIFE))
    }

    /// Removes that cookie.
    #[must_use]
    pub fn no_flash(&self) -> String {
        self.make(self.flash_name(), "", Some(Duration::ZERO))
    }

    fn make(&self, name: &str, value: &str, life: Option<Duration>) -> String {
        let mut cookie = Cookie::build((name, value))
            .path("/")
            .http_only(true)
            .secure(self.is_secure)
            .same_site(SameSite::Lax)
            .build();
        if let Some(life) = life {
            let seconds = i64::try_from(life.as_secs()).unwrap_or(i64::MAX);
            cookie.set_max_age(time::Duration::seconds(seconds));
        }
        cookie.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_kept_from_scripts_and_other_sites() {
        let cookie = Cookies::new(true).session("abc");
        for part in ["__Host-partners_session=abc", "HttpOnly", "Secure", "Path=/", "SameSite=Lax"]
        {
            assert!(cookie.contains(part), "{cookie} lacks {part}");
        }
        assert!(!cookie.contains("Domain"));
        let plain = Cookies::new(false).session("abc");
        assert!(plain.starts_with("partners_session=abc") && !plain.contains("Secure"), "{plain}");
    }
}
