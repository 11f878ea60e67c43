//! Two-step sign-in. The forms of signing in, and those about one's own account,
//! are plain ones, as in [`super::sign_in`].

use crate::domain::{
    OrganisationId, OwnTwoStep, PartnerUser, PartnerUserId, RecoveryCodes, SecondStep,
    TwoStepChanged, TwoStepPolicy,
};
use crate::error::PublicError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// What a sign-in waits for after the password.
#[server(prefix = "/actions", endpoint = "two-step/second-step", input = Json)]
pub async fn get_second_step() -> Result<Option<SecondStep>, PublicError> {
    let (visitor, desk) = super::context::two_step_desk()?;
    desk.second_step(&visitor).await
}

/// Goes on signing in with a code of the authenticator app, or a recovery code.
#[server(prefix = "/actions", endpoint = "two-step/give-code")]
pub async fn give_code(#[server(default)] code: String) -> Result<(), PublicError> {
    let (visitor, desk) = super::context::two_step_desk()?;
    let step = desk.give_code(&visitor, &code).await.inspect_err(begin_again)?;
    super::sign_in::follow(step);
    Ok(())
}

/// Sets an authenticator app up with its first code; the recovery codes are
/// shown on the next page.
#[server(prefix = "/actions", endpoint = "two-step/confirm-set-up")]
pub async fn confirm_set_up(#[server(default)] code: String) -> Result<RecoveryCodes, PublicError> {
    use crate::{desks::NextStep, paths};
    let (visitor, desk) = super::context::two_step_desk()?;
    let (step, codes) = desk.confirm_set_up(&visitor, &code).await.inspect_err(begin_again)?;
    super::context::set_cookies(&step.cookies);
    leptos_axum::redirect(match step.next {
        NextStep::PartnerPages => paths::PARTNER_TWO_STEP,
        _ => paths::ADMIN_TWO_STEP,
    });
    Ok(codes)
}

/// Where a sign-in cannot go on, it begins again on its first page, which says
/// why; and somebody's own set-up on the page about it.
#[cfg(feature = "ssr")]
fn begin_again(error: &PublicError) {
    use crate::{desks::Person, paths};
    if matches!(error, PublicError::Refused(_)) {
        leptos_axum::redirect(match super::context::own_two_step_desk() {
            Ok((Person::Admin(_), _)) => paths::ADMIN_TWO_STEP,
            Ok((Person::Partner(_), _)) => paths::PARTNER_TWO_STEP,
            Err(_) => paths::SIGN_IN,
        });
    }
}

/// How it stands with one's own.
#[server(prefix = "/actions", endpoint = "two-step/own", input = Json)]
pub async fn get_own_two_step() -> Result<OwnTwoStep, PublicError> {
    let (person, desk) = super::context::own_two_step_desk()?;
    desk.own_two_step(&person).await
}

/// Changes one's own, with the password.
#[server(prefix = "/actions", endpoint = "two-step/change")]
pub async fn change_two_step(
    #[server(default)] change: String,
    #[server(default)] password: String,
) -> Result<TwoStepChanged, PublicError> {
    let (person, desk) = super::context::own_two_step_desk()?;
    let change = crate::domain::TwoStepChange::parse(&change).ok_or(PublicError::NotFound)?;
    let (step, changed) = desk.change_two_step(&person, change, &password).await?;
    if let Some(step) = step {
        super::sign_in::follow(step);
    }
    Ok(changed)
}

/// Who has to sign in in two steps.
#[server(prefix = "/actions", endpoint = "two-step/policy", input = Json)]
pub async fn get_two_step_policy() -> Result<TwoStepPolicy, PublicError> {
    let (admin, desk) = super::context::admin_two_step_desk()?;
    desk.two_step_policy(&admin).await
}

/// Says who has to.
#[server(prefix = "/actions", endpoint = "two-step/set-policy")]
pub async fn set_two_step_policy(#[server(default)] policy: String) -> Result<(), PublicError> {
    let (admin, desk) = super::context::admin_two_step_desk()?;
    let policy = TwoStepPolicy::parse(&policy)
        .map_err(|message| PublicError::field(crate::domain::two_step::field::POLICY, message))?;
    desk.set_two_step_policy(&admin, policy).await
}

/// Whether an organisation requires it of its users.
#[server(prefix = "/actions", endpoint = "two-step/of-organisation", input = Json)]
pub async fn requires_two_step(organisation: OrganisationId) -> Result<bool, PublicError> {
    let (admin, desk) = super::context::admin_two_step_desk()?;
    desk.requires_two_step(&admin, organisation).await
}

/// Says whether it does; an unticked box is not sent by browsers and means no.
#[server(prefix = "/actions", endpoint = "two-step/set-of-organisation")]
pub async fn set_requires_two_step(
    organisation: OrganisationId,
    #[server(default)] required: bool,
) -> Result<bool, PublicError> {
    let (admin, desk) = super::context::admin_two_step_desk()?;
    desk.set_requires_two_step(&admin, organisation, required).await?;
    Ok(required)
}

/// *Remove two-step sign-in*: for a user who has lost the authenticator app.
#[server(prefix = "/actions", endpoint = "two-step/remove")]
pub async fn remove_two_step(user: PartnerUserId) -> Result<PartnerUser, PublicError> {
    let (admin, desk) = super::context::admin_two_step_desk()?;
    desk.remove_two_step(&admin, user).await
}
