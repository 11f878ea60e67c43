//! What is wrong with a form that came back, at its top.

use super::live::{Erase, shown};
use super::{FormState, Icon, Notice, Tone, dom};
use leptos::ev::MouseEvent;
use leptos::prelude::*;

/// The panel's ID, for the focus.
#[must_use]
pub fn id(form: FormState) -> String {
    form.panel_id()
}

const fn title(count: usize) -> &'static str {
    match count {
        1 => "One thing needs mending",
        2 => "Two things need mending",
        3 => "Three things need mending",
        4 => "Four things need mending",
        _ => "Some things need mending",
    }
}

/// The list of what to mend, with links to the fields.
#[component]
pub fn ErrorSummary(
    /// The form.
    form: FormState,
) -> impl IntoView {
    shown(move || {
        let errors = form.listed();
        (!errors.is_empty()).then(|| {
            let title_id = format!("{}-title", form.panel_id());
            let labelled_by = title_id.clone();
            let items = errors
                .iter()
                .map(|error| {
                    let field = form.id(&error.field);
                    let href = format!("#{field}");
                    // The router would follow the address and leave the focus here.
                    let go = move |click: MouseEvent| {
                        click.prevent_default();
                        dom::focus(&field);
                    };
                    view! { <li><a href=href on:click=go>{error.message.clone()}</a></li> }
                })
                .map(Erase::erase)
                .collect::<Vec<_>>();
            view! {
                <div
                    class="notice summary"
                    data-tone="danger"
                    role="alert"
                    tabindex="-1"
                    autofocus=true
                    id=form.panel_id()
                    aria-labelledby=labelled_by
                >
                    <Icon name="circle-alert" />
                    <div>
                        <h2 id=title_id>{title(errors.iter().count())}</h2>
                        <ul>{items}</ul>
                    </div>
                </div>
            }
        })
    })
}

/// What stands in the way of the form as a whole.
#[component]
pub fn FormNotice(
    /// The form.
    form: FormState,
) -> impl IntoView {
    shown(move || {
        form.failure().map(|failure| {
            view! {
                <Notice tone=Tone::Danger urgent=true focused=true id=form.panel_id()>
                    <p>{failure.to_string()}</p>
                </Notice>
            }
        })
    })
}
