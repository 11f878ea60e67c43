//! What is said once something was done: the same words with scripts and
//! after a plain post.

use crate::api::api_clients::RevokeApiClient;
use crate::api::installation::SetUsesSalesforce;
use crate::api::offers::SaveOffer;
use crate::api::orders::{GiveUpOrder, RetryOrder};
use crate::api::organisations::{
    CreateOrganisation, DeleteOrganisation, EditOrganisation, SetOrganisationSuspended,
};
use crate::api::partner::{
    InviteColleague, InviteColleagueAgain, SetColleagueEnabled, SetColleagueRole,
};
use crate::api::partner_pages::SavePartnerPages;
use crate::api::two_step::{ChangeTwoStep, RemoveTwoStep, SetRequiresTwoStep, SetTwoStepPolicy};
use crate::api::users::{
    CreateUser, DeleteUser, RenameUser, ResendInvitation, ResendInvitations, Resent,
    ResetUserPassword, RetryUser, SetUserEnabled, SetUserRole,
};
use crate::api::webhooks::{
    DeleteWebhook, ReplayDeliveries, ReplayDelivery, SetWebhookEnabled, SkipDelivery, UpdateWebhook,
};
use crate::domain::{
    CreatedUser, Organisation, PartnerUser, SalesforceUse, TwoStepChanged, UserStatus,
};
use crate::flash::Flash;
use leptos::server_fn::ServerFn;
use serde::Deserialize;

/// An organisation was created.
#[must_use]
pub fn created(name: &str) -> String {
    format!("{} was created.", name.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Name and logo were saved.
pub const SAVED: &str = "Saved.";

/// An organisation was suspended or reactivated.
#[must_use]
pub fn suspended(organisation: &Organisation) -> String {
    if organisation.suspended_at.is_some() {
        format!("{} is suspended.", organisation.name)
    } else {
        format!("{} is active again.", organisation.name)
    }
}

/// An offer was created or changed.
#[must_use]
pub fn offer_saved(name: &str) -> String {
    format!("{} was saved.", name.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// An order that needed attention is sent on its way again.
pub const ORDER_RETRIED: &str = "The order is on its way to Zuora again.";

/// An order that needed attention was given up.
pub const ORDER_GIVEN_UP: &str = "The order is given up.";

/// The switch *This installation uses Salesforce* was turned.
#[must_use]
pub const fn salesforce(on: SalesforceUse) -> &'static str {
    if on.0 {
        "Saved. This installation uses Salesforce."
    } else {
        "Saved. This installation does not use Salesforce."
    }
}

/// A user was created, or invited again, and the invitation is mailed.
#[must_use]
pub fn invited(user: &PartnerUser) -> String {
    format!("{} is being set up; the invitation goes to {}.", user.name, user.email)
}

/// A user was disabled or enabled.
#[must_use]
pub fn enabled(user: &PartnerUser) -> String {
    if matches!(user.status, UserStatus::Disabled) {
        format!("{} is disabled.", user.name)
    } else {
        format!("{} is enabled.", user.name)
    }
}

/// An organisation requires two-step sign-in, or no longer.
#[must_use]
pub const fn two_step_required(required: bool) -> &'static str {
    if required {
        "Saved. Its users have to sign in in two steps."
    } else {
        "Saved. Its users need not sign in in two steps."
    }
}

/// The authenticator app was taken off a user's account.
#[must_use]
pub fn two_step_removed(user: &PartnerUser) -> String {
    format!("Two-step sign-in of {} is removed.", user.name)
}

/// A user that failed is tried again.
#[must_use]
pub fn retried(user: &PartnerUser) -> String {
    format!("{} is being set up again.", user.name)
}

/// A password was reset, and what to do next is mailed.
#[must_use]
pub fn password_reset(user: &PartnerUser) -> String {
    format!("{}’s password is being reset; a mail goes to {}.", user.name, user.email)
}

/// A user or an organisation was deleted.
#[must_use]
pub fn deleted(name: &str) -> String {
    format!("{name} was deleted.")
}

/// Several invitations were sent again.
#[must_use]
pub fn invited_again(count: usize) -> String {
    match count {
        0 => "Nobody was invited again.".to_owned(),
        1 => "1 person was invited again.".to_owned(),
        count => format!("{count} people were invited again."),
    }
}

/// All that a sentence needs of an answer. Every page carries what reads it, so
/// that the whole answer is not read here.
#[derive(Deserialize)]
struct Named {
    name: String,
}

/// An API client was revoked.
#[must_use]
pub fn revoked(client: &str) -> String {
    format!("{client} is revoked.")
}

/// A webhook was enabled or disabled.
#[must_use]
pub const fn webhook_enabled(enabled: bool) -> &'static str {
    if enabled { "The webhook is enabled." } else { "The webhook is disabled." }
}

/// A webhook was changed.
#[must_use]
pub fn webhook_saved(webhook: &str) -> String {
    format!("{webhook} is saved.")
}

/// A webhook was deleted.
#[must_use]
pub fn webhook_deleted(name: &str) -> String {
    format!("{name} was deleted.")
}

/// An event is passed over.
pub const SKIPPED: &str = "The event is skipped. Those behind it are sent.";

/// Events are sent to a webhook again.
#[must_use]
pub fn replayed(count: u64) -> String {
    match count {
        0 => "There was nothing to send again.".to_owned(),
        1 => "One event is sent again.".to_owned(),
        count => format!("{count} events are sent again."),
    }
}

/// What a page that follows a plain post says about it.
#[must_use]
pub fn of(flash: &Flash) -> Option<String> {
    let action = flash.action.as_str();
    if action == CreateOrganisation::PATH {
        flash.outcome::<()>()?.ok()?;
        flash.field("name").map(created)
    } else if action == SaveOffer::PATH {
        flash.outcome.as_ref().ok()?;
        flash.field("name").map(offer_saved)
    } else if action == RetryOrder::PATH {
        flash.outcome.as_ref().ok().map(|_| ORDER_RETRIED.to_owned())
    } else if action == GiveUpOrder::PATH {
        flash.outcome.as_ref().ok().map(|_| ORDER_GIVEN_UP.to_owned())
    } else if action == DeleteUser::PATH || action == DeleteOrganisation::PATH {
        flash.outcome.as_ref().ok()?;
        flash.field("name").map(deleted)
    } else if action == ResendInvitations::PATH {
        Some(invited_again(flash.outcome::<Resent>()?.ok()?.invited.len()))
    } else if action == ResetUserPassword::PATH {
        let created = flash.outcome::<CreatedUser>()?.ok()?;
        created.temporary_password.is_none().then(|| password_reset(&created.user))
    } else if [
        EditOrganisation::PATH,
        SavePartnerPages::PATH,
        RenameUser::PATH,
        SetUserRole::PATH,
        SetColleagueRole::PATH,
        SetTwoStepPolicy::PATH,
    ]
    .contains(&action)
    {
        flash.outcome.as_ref().ok().map(|_| SAVED.to_owned())
    } else if action == SetUsesSalesforce::PATH {
        let on = flash.outcome::<SalesforceUse>()?.ok()?;
        Some(salesforce(on).to_owned())
    } else if [
        CreateUser::PATH,
        ResendInvitation::PATH,
        InviteColleague::PATH,
        InviteColleagueAgain::PATH,
    ]
    .contains(&action)
    {
        let created = flash.outcome::<CreatedUser>()?.ok()?;
        created.temporary_password.is_none().then(|| invited(&created.user))
    } else if action == SetOrganisationSuspended::PATH {
        Some(suspended(&flash.outcome::<Organisation>()?.ok()?))
    } else if action == SetUserEnabled::PATH || action == SetColleagueEnabled::PATH {
        Some(enabled(&flash.outcome::<PartnerUser>()?.ok()?))
    } else if action == RevokeApiClient::PATH {
        Some(revoked(&flash.outcome::<Named>()?.ok()?.name))
    } else if action == SetRequiresTwoStep::PATH {
        Some(two_step_required(flash.outcome::<bool>()?.ok()?).to_owned())
    } else if action == RemoveTwoStep::PATH {
        Some(two_step_removed(&flash.outcome::<PartnerUser>()?.ok()?))
    } else if action == ChangeTwoStep::PATH {
        let is_off = matches!(flash.outcome::<TwoStepChanged>()?.ok()?, TwoStepChanged::Off);
        is_off.then(|| "Two-step sign-in is off.".to_owned())
    } else if action == SetWebhookEnabled::PATH {
        flash.outcome.as_ref().ok()?;
        flash.field("enabled").map(|enabled| webhook_enabled(enabled == "true").to_owned())
    } else if action == UpdateWebhook::PATH {
        Some(webhook_saved(&flash.outcome::<Named>()?.ok()?.name))
    } else if action == DeleteWebhook::PATH {
        Some(webhook_deleted(&flash.outcome::<String>()?.ok()?))
    } else if action == SkipDelivery::PATH {
        flash.outcome.as_ref().ok().map(|_| SKIPPED.to_owned())
    } else if action == ReplayDelivery::PATH {
        flash.outcome.as_ref().ok().map(|_| replayed(1))
    } else if action == ReplayDeliveries::PATH {
        Some(replayed(flash.outcome::<u64>()?.ok()?))
    } else if action == RetryUser::PATH {
        Some(retried(&flash.outcome::<PartnerUser>()?.ok()?))
    } else {
        None
    }
}
