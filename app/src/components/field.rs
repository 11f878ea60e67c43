//! A line of text with its label, help and error.

use super::live::{Erase, any, shown};
use super::{FormState, Icon};
use leptos::prelude::*;

/// The kinds of text fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Ordinary text, in any direction.
    #[default]
    Text,
    /// An identifier: monospaced, left alone by spelling and capitals.
    Id,
    /// The address of something on the web.
    Url,
    /// An email address.
    Email,
    /// A password.
    Password,
    /// A code that was sent.
    Code,
}

impl Kind {
    const fn input_type(self) -> &'static str {
        match self {
            Self::Text | Self::Id | Self::Code => "text",
            Self::Url => "url",
            Self::Email => "email",
            Self::Password => "password",
        }
    }

    const fn mode(self) -> Option<&'static str> {
        match self {
            Self::Url => Some("url"),
            _ => None,
        }
    }

    const fn class(self) -> &'static str {
        match self {
            Self::Id | Self::Code => "input mono",
            _ => "input",
        }
    }

    /// Whether spelling and capitals are the browser's business.
    const fn is_prose(self) -> bool {
        matches!(self, Self::Text)
    }
}

/// A line of text: label above, one line of help under it, the error under the
/// control and tied to it. The browser keeps the text; the form's state follows.
#[component]
pub fn TextField(
    /// The form it belongs to.
    form: FormState,
    /// Its name in the form.
    name: &'static str,
    /// Its label, which is its accessible name.
    label: &'static str,
    /// What to know before typing.
    #[prop(optional)]
    help: &'static str,
    /// What is typed.
    #[prop(optional)]
    kind: Kind,
    /// Whether it may be left empty.
    #[prop(optional)]
    optional: bool,
    /// What browsers may fill in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// Whether the page opens with the focus here.
    #[prop(optional)]
    autofocus: bool,
    /// The ID of something else that describes it.
    #[prop(optional)]
    described_by: Option<&'static str>,
    /// Shows a password in the clear.
    #[prop(optional, into)]
    revealed: Option<Signal<bool>>,
    /// What stands beside the label.
    #[prop(optional)]
    aside: Option<AnyView>,
    /// The ID of a list of texts to choose from.
    #[prop(optional)]
    list: Option<&'static str>,
    /// What stands below the control, before what is wrong.
    #[prop(optional)]
    note: Option<AnyView>,
) -> impl IntoView {
    let id = form.id(name);
    let part = |part: &str| format!("{id}-{part}");
    let (optional_id, help_id, error_id) = (part("optional"), part("help"), part("error"));
    let error = Memo::new(move |_| form.error(name));
    let mut fixed: Vec<String> = Vec::new();
    if optional {
        fixed.push(optional_id.clone());
    }
    if !help.is_empty() {
        fixed.push(help_id.clone());
    }
    fixed.extend(described_by.map(str::to_owned));
    let described = {
        let error_id = error_id.clone();
        move || {
            let wrong = error.with(Option::is_some).then(|| error_id.clone());
            let ids: Vec<String> = fixed.iter().cloned().chain(wrong).collect();
            (!ids.is_empty()).then(|| ids.join(" "))
        }
    };
    let label = view! { <label class="label" for=id.clone()>{label}</label> };
    let right = if optional {
        Some(view! { <span class="optional" id=optional_id>"Optional"</span> }.erase())
    } else {
        aside
    };
    let head = match right {
        Some(right) => view! { <div class="field-head">{label}{right}</div> }.erase(),
        None => label.into_any(),
    };
    let plain = (!kind.is_prose()).then_some("off");
    view! {
        <div class="field">
            {head}
            {any((!help.is_empty()).then(|| view! { <p class="help" id=help_id>{help}</p> }))}
            <input
                class=kind.class()
                id=id
                name=name
                list=list
                type=move || if revealed.is_some_and(|revealed| revealed.get()) { "text" } else { kind.input_type() }
                value=form.first(name)
                required=!optional
                inputmode=kind.mode()
                autocomplete=autocomplete
                autocapitalize=plain
                spellcheck=plain.map(|_| "false")
                dir=kind.is_prose().then_some("auto")
                autofocus=autofocus
                aria-describedby=described
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                on:input=move |event| form.change(name, event_target_value(&event))
                on:blur=move |event| form.blurred(name, &event)
            />
            {note}
            <FieldProblem error_id error />
        </div>
    }
    .erase()
}

/// What is wrong with a field, and where to go about it.
#[component]
pub fn FieldProblem(
    /// The element's ID.
    error_id: String,
    /// What is wrong.
    #[prop(into)]
    error: Signal<Option<crate::domain::FieldError>>,
) -> impl IntoView {
    shown(move || {
        error.get().map(|error| {
            view! {
                <p class="error" id=error_id.clone()>
                    <Icon name="circle-alert" />
                    <span>
                        {error.message}
                        {error.link.map(|link| view! { " "<a href=link.href>{link.text}</a> })}
                    </span>
                </p>
            }
        })
    })
}
