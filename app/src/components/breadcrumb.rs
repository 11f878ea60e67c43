//! Where one is, and the way up.

use super::live::Erase;
use leptos::prelude::*;

/// One step of the way.
#[derive(Clone, Copy, Debug)]
pub struct Crumb {
    /// What the place is called.
    pub text: &'static str,
    /// Its address.
    pub href: &'static str,
}

/// The way from the sections to this page; the page itself comes last.
#[component]
pub fn Breadcrumb(
    /// The steps above this page.
    way: &'static [Crumb],
    /// What this page is called.
    here: AnyView,
) -> impl IntoView {
    let steps = way
        .iter()
        .map(|crumb| view! { <li><a href=crumb.href>{crumb.text}</a></li> })
        .map(Erase::erase)
        .collect::<Vec<_>>();
    view! {
        <nav class="breadcrumb" aria-label="Breadcrumb">
            <ol>
                {steps}
                <li><span aria-current="page">{here}</span></li>
            </ol>
        </nav>
    }
    .erase()
}
