//! A partner user's own two-step sign-in.

use crate::components::live::Erase;
use crate::pages::two_step::TwoStepContent;
use leptos::prelude::*;

/// The page.
#[component]
pub fn PartnerTwoStepPage() -> impl IntoView {
    view! { <TwoStepContent /> }.erase()
}
