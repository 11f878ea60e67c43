//! Where a user stands: a dot with a word.

use super::live::Erase;
use crate::domain::UserStatus;
use leptos::prelude::*;

/// The dot and the word.
#[component]
pub fn Status(
    /// Where the user stands.
    #[prop(into)]
    status: Signal<UserStatus>,
) -> impl IntoView {
    let key = move || {
        status.with(|status| match status {
            UserStatus::SettingUp { .. } => "setting-up",
            UserStatus::Invited => "invited",
            UserStatus::InvitationExpired => "expired",
            UserStatus::Active => "active",
            UserStatus::Disabled => "disabled",
            UserStatus::Failed { .. } => "failed",
        })
    };
    view! {
        <span class="status" data-status=key>{move || status.with(UserStatus::label)}</span>
    }
    .erase()
}
