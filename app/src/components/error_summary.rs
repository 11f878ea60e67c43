//! What is wrong with a form that came back, at its top.

use super::{FormState, Icon, Notice, Tone};
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
    move || {
        let errors = form.listed();
        (!errors.is_empty()).then(|| {
            let title_id = format!("{}-title", form.panel_id());
            let items = errors
                .iter()
                .map(|error| {
                    let href = format!("#{}", form.id(&error.field));
                    view! { <li><a href=href>{error.message.clone()}</a></li> }
                })
                .collect_view();
            view! {
                <div
                    class="notice summary"
                    data-tone="danger"
                    role="alert"
                    tabindex="-1"
                    autofocus=true
                    id=form.panel_id()
                    aria-labelledby=title_id.clone()
                >
                    <Icon name="circle-alert" />
                    <div>
                        <h2 id=title_id.clone()>{title(errors.iter().count())}</h2>
                        <ul>{items}</ul>
                    </div>
                </div>
            }
        })
    }
}

/// What stands in the way of the form as a whole.
#[component]
pub fn FormNotice(
    /// The form.
    form: FormState,
) -> impl IntoView {
    move || {
        form.failure().map(|failure| {
            view! {
                <Notice tone=Tone::Danger urgent=true focused=true id=form.panel_id()>
                    <p>{failure.to_string()}</p>
                </Notice>
            }
        })
    }
}
