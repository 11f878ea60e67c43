//! Pictures from the one sprite.

use super::live::Erase;
use crate::viewer::use_page;
use leptos::prelude::*;

/// A decorative picture, hidden from screen readers: the control around it
/// carries the words.
#[component]
pub fn Icon(
    /// The picture's name in the sprite.
    name: &'static str,
    /// 20 px instead of 16.
    #[prop(optional)]
    large: bool,
) -> impl IntoView {
    let href = format!("{}#{name}", use_page().icons);
    view! {
        <svg class=if large { "icon large" } else { "icon" } aria-hidden="true">
            <use href=href></use>
        </svg>
    }
    .erase()
}

/// The product's mark, beside its name.
#[component]
pub fn Mark(
    /// Edge length in pixels.
    size: &'static str,
) -> impl IntoView {
    view! { <img src=use_page().mark alt="" width=size height=size /> }
}
