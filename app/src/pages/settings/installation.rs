//! *Settings › Installation*

use super::SETTINGS;
use crate::components::{Crumb, PageFrame};
use leptos::prelude::*;
use leptos_meta::Title;

const WAY: &[Crumb] = &[SETTINGS];

/// The page.
#[component]
pub fn InstallationPage() -> impl IntoView {
    view! {
        <Title text="Installation" />
        <PageFrame way=WAY here=|| "Installation">
            <div class="page-head"><h1>"Installation"</h1></div>
        </PageFrame>
    }
}
