//! Signing in and out. The forms of these functions are plain ones: a whole
//! page follows each, with or without JavaScript, because everything on the
//! page depends on who is signed in.

use crate::domain::PasswordPolicy;
use crate::error::PublicError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// Signs in and goes to `next` or to the person's first page.
#[server(prefix = "/actions", endpoint = "sign-in")]
pub async fn sign_in(
    #[server(default)] email: String,
    #[server(default)] password: String,
    #[server(default)] next: String,
) -> Result<(), PublicError> {
    let (visitor, desk) = super::context::sign_in_desk()?;
    let step = desk.sign_in(&visitor, &email, &password, &next).await?;
    follow(step);
    Ok(())
}

/// Sets the first own password after signing in with a temporary one.
#[server(prefix = "/actions", endpoint = "set-first-password")]
pub async fn set_first_password(
    #[server(default)] new_password: String,
) -> Result<(), PublicError> {
    let (visitor, desk) = super::context::sign_in_desk()?;
    let step = desk.set_first_password(&visitor, &new_password).await.inspect_err(|error| {
        // Where this sign-in cannot go on, its first page says why.
        if matches!(error, PublicError::Refused(_)) {
            leptos_axum::redirect(crate::paths::SIGN_IN);
        }
    })?;
    follow(step);
    Ok(())
}

/// Asks for a code and goes on to where it is entered.
#[server(prefix = "/actions", endpoint = "request-reset")]
pub async fn request_reset(#[server(default)] email: String) -> Result<(), PublicError> {
    let (visitor, desk) = super::context::sign_in_desk()?;
    desk.request_reset(&visitor, &email).await?;
    leptos_axum::redirect(crate::paths::RESET_PASSWORD);
    Ok(())
}

/// Sets a new password with the code that was sent.
#[server(prefix = "/actions", endpoint = "reset-password")]
pub async fn reset_password(
    #[server(default)] email: String,
    #[server(default)] code: String,
    #[server(default)] new_password: String,
) -> Result<(), PublicError> {
    let (visitor, desk) = super::context::sign_in_desk()?;
    let step = desk.reset_password(&visitor, &email, &code, &new_password).await?;
    follow(step);
    Ok(())
}

/// Ends the session.
#[server(prefix = "/actions", endpoint = "sign-out")]
pub async fn sign_out() -> Result<(), PublicError> {
    let (visitor, desk) = super::context::sign_in_desk()?;
    let step = desk.sign_out(&visitor).await?;
    follow(step);
    Ok(())
}

/// What the page for a new password shows.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct NewPasswordPage {
    /// The rules in force.
    pub policy: PasswordPolicy,
    /// Whose password it is, where a sign-in waits for one.
    pub email: Option<String>,
}

/// What the page for a new password shows.
#[server(prefix = "/actions", endpoint = "new-password-page", input = Json)]
pub async fn get_new_password_page() -> Result<NewPasswordPage, PublicError> {
    let (visitor, desk) = super::context::sign_in_desk()?;
    Ok(NewPasswordPage {
        policy: desk.password_policy().await?,
        email: desk.waiting_email(&visitor).await?,
    })
}

#[cfg(feature = "ssr")]
pub(super) fn follow(step: crate::desks::SignInStep) {
    super::context::set_cookies(&step.cookies);
    leptos_axum::redirect(step.target());
}
