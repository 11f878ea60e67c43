//! An organisation's logo, or its initials where it has none.

use super::live::{Erase, shown};
use crate::domain::text::initials;
use crate::domain::{LogoUrl, OrganisationId};
use leptos::prelude::*;
use std::time::Duration;

/// How many hues there are for initials.
const HUES: u8 = 12;

/// How long typing has to pause before a picture is loaded.
const PAUSE: Duration = Duration::from_millis(400);

/// A hue that stays with the organisation.
fn hue(id: OrganisationId) -> u8 {
    id.0.as_bytes().last().copied().unwrap_or_default() % HUES
}

/// A small logo. The initials lie beneath it and show where it does not load.
#[component]
pub fn Avatar(
    /// Whose it is.
    id: OrganisationId,
    /// The name that the initials are taken from.
    #[prop(into)]
    name: String,
    /// The logo.
    logo: Option<LogoUrl>,
    /// `large` for the head of a page.
    #[prop(optional)]
    size: &'static str,
) -> impl IntoView {
    let letters = initials(&name);
    let class = if size.is_empty() { "avatar".to_owned() } else { format!("avatar {size}") };
    let loading = size.is_empty().then_some("lazy");
    view! {
        <span class=class data-hue=hue(id).to_string() aria-hidden="true">
            {letters.clone()}
            {logo.map(|logo| view! {
                <img
                    src=String::from(logo)
                    alt=""
                    data-initials=letters
                    referrerpolicy="no-referrer"
                    loading=loading
                />
            })}
        </span>
    }
    .erase()
}

/// The preview beside the field *Logo (URL)*: follows what is typed, and loads
/// a picture only from an address that would be accepted.
#[component]
pub fn Plate(
    /// The organisation's name as typed.
    #[prop(into)]
    name: Signal<String>,
    /// The logo's address as typed.
    #[prop(into)]
    logo: Signal<String>,
    /// Whose it is, once it exists.
    #[prop(optional, into)]
    id: Option<OrganisationId>,
) -> impl IntoView {
    let letters = Memo::new(move |_| {
        name.with(|name| if name.trim().is_empty() { String::new() } else { initials(name) })
    });
    // The beginning of an address is often one of somebody else.
    let settled = RwSignal::new(logo.get_untracked());
    Effect::new(move |before: Option<String>| {
        let typed = logo.get();
        if before.is_some_and(|before| before != typed) {
            let typed = typed.clone();
            let settle = move || {
                if logo.try_get_untracked().as_ref() == Some(&typed) {
                    settled.try_set(typed);
                }
            };
            set_timeout(settle, PAUSE);
        }
        typed
    });
    let source = Memo::new(move |_| settled.with(|logo| LogoUrl::parse(logo).ok()));
    view! {
        <span class="avatar plate" data-hue=id.map_or(1, hue).to_string() aria-hidden="true">
            {shown(move || Some(letters.get()).filter(|letters| !letters.is_empty()))}
            {shown(move || source.get().map(|source| view! {
                <img
                    src=String::from(source)
                    alt=""
                    data-initials=letters
                    referrerpolicy="no-referrer"
                />
            }))}
        </span>
    }
    .erase()
}
