//! The signed-in person's menu.

use super::live::Erase;
use super::{Icon, ThemeSwitch};
use crate::api::sign_in::SignOut;
use crate::domain::text::initials;
use leptos::ev::KeyboardEvent;
use leptos::html::Details;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// Name, theme, *Two-step sign-in* and *Sign out*. A native `details`: it opens without scripts.
#[component]
pub fn PersonMenu(
    /// The person's name.
    name: String,
    /// The address they signed in with.
    email: String,
    /// Their own *Two-step sign-in*.
    two_step: &'static str,
) -> impl IntoView {
    let menu = NodeRef::<Details>::new();
    let close_on_escape = close_on_escape(menu);
    // The page that follows may have the same menu.
    let close = move |_| {
        if let Some(menu) = menu.get_untracked() {
            menu.set_open(false);
        }
    };
    view! {
        <details class="menu person" node_ref=menu on:keydown=close_on_escape>
            <summary>
                <span class="hidden">"Account:"</span>
                <span class="avatar round" data-hue="0" aria-hidden="true">{initials(&name)}</span>
                <span class="name">{name.clone()}</span>
                <Icon name="chevron-down" />
            </summary>
            <div class="menu-list">
                <div class="person-head">
                    <p>{name}</p>
                    <p class="small quiet">{email}</p>
                </div>
                <hr />
                <ThemeSwitch />
                <hr />
                <a class="item" href=two_step on:click=close><Icon name="lock" />"Two-step sign-in"</a>
                <form method="post" action=SignOut::PATH>
                    <button class="item"><Icon name="log-out" />"Sign out"</button>
                </form>
            </div>
        </details>
    }
    .erase()
}

/// Closes an open menu on Escape and gives the focus back to its button; also
/// on a click elsewhere.
pub fn close_on_escape(menu: NodeRef<Details>) -> impl Fn(KeyboardEvent) + Clone {
    Effect::new(move |_| {
        let handle = window_event_listener(leptos::ev::click, move |click| {
            let Some(menu) = menu.get_untracked() else { return };
            let target = event_target::<web_sys::Node>(&click);
            if menu.open() && !menu.contains(Some(&target)) {
                menu.set_open(false);
            }
        });
        on_cleanup(move || handle.remove());
    });
    move |key: KeyboardEvent| {
        let Some(menu) = menu.get_untracked() else { return };
        if key.key() == "Escape" && menu.open() {
            menu.set_open(false);
            if let Ok(Some(summary)) = menu.query_selector("summary") {
                let _ =
                    leptos::wasm_bindgen::JsCast::unchecked_into::<web_sys::HtmlElement>(summary)
                        .focus();
            }
        }
    }
}
