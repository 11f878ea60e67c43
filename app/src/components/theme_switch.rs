//! Light, dark, or as the system says.

use super::live::Erase;
use crate::api::theme::ChooseTheme;
use crate::viewer::{THEME_COOKIE, Theme, use_page};
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::wasm_bindgen::JsCast;

/// The chosen theme, for all switches of the page.
#[derive(Clone, Copy)]
pub struct ChosenTheme(RwSignal<Theme>);

impl ChosenTheme {
    /// Starts with the theme the page was sent in.
    pub fn provide() {
        provide_context(Self(RwSignal::new(use_page().theme)));
    }
}

/// One year, in seconds.
const YEAR: u32 = 31_536_000;

fn wear(theme: Theme) {
    if let Some(root) = document().document_element() {
        let _ = match theme {
            Theme::System => root.remove_attribute("data-theme"),
            chosen => root.set_attribute("data-theme", chosen.as_str()),
        };
    }
    if let Ok(document) = document().dyn_into::<web_sys::HtmlDocument>() {
        let value = theme.as_str();
        let _ = document
            .set_cookie(&format!("{THEME_COOKIE}={value}; Path=/; Max-Age={YEAR}; SameSite=Lax"));
    }
}

/// Three buttons of which one is pressed. They post without scripts.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let chosen = use_context::<ChosenTheme>()
        .map_or_else(|| RwSignal::new(Theme::System), |chosen| chosen.0);
    let buttons = Theme::ALL
        .map(|theme| {
            let choose = move |click: MouseEvent| {
                click.prevent_default();
                wear(theme);
                chosen.set(theme);
            };
            view! {
                <button
                    name="theme"
                    value=theme.as_str()
                    aria-pressed=move || if chosen.get() == theme { "true" } else { "false" }
                    on:click=choose
                >
                    {theme.label()}
                </button>
            }
        })
        .into_iter()
        .map(Erase::erase)
        .collect::<Vec<_>>();
    view! {
        <form method="post" action=ChooseTheme::PATH>
            <fieldset class="segments">
                <legend class="hidden">"Theme"</legend>
                {buttons}
            </fieldset>
        </form>
    }
    .erase()
}
