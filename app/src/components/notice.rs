//! Panels that stay where they stand: a reason, a warning, a failure.

use super::Icon;
use super::live::Erase;
use leptos::prelude::*;

/// What a panel is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Worth knowing.
    Information,
    /// It worked.
    Success,
    /// Look twice.
    Warning,
    /// It did not work.
    Danger,
}

impl Tone {
    const fn name(self) -> Option<&'static str> {
        match self {
            Self::Information => None,
            Self::Success => Some("success"),
            Self::Warning => Some("warning"),
            Self::Danger => Some("danger"),
        }
    }

    const fn icon(self) -> &'static str {
        match self {
            Self::Information => "info",
            Self::Success => "circle-check",
            Self::Warning => "triangle-alert",
            Self::Danger => "circle-alert",
        }
    }
}

/// A panel with an icon and words.
#[component]
pub fn Notice(
    /// What it is about.
    tone: Tone,
    /// The element's ID, for the focus.
    #[prop(optional, into)]
    id: Option<String>,
    /// Whether screen readers are to hear it at once.
    #[prop(optional)]
    urgent: bool,
    /// Whether it is there to be reached by the focus when the page has loaded.
    #[prop(optional)]
    focused: bool,
    /// Another icon than the tone's.
    #[prop(optional)]
    icon: Option<&'static str>,
    /// The words.
    children: Children,
) -> impl IntoView {
    view! {
        <div
            class="notice"
            id=id
            data-tone=tone.name()
            role=urgent.then_some("alert")
            tabindex=focused.then_some("-1")
            autofocus=focused
        >
            <Icon name=icon.unwrap_or(tone.icon()) />
            <div>{children()}</div>
        </div>
    }
    .erase()
}

/// A panel that asks before a form is sent again: what has come up, under a
/// title. It is read out and takes the focus.
#[component]
pub fn Question(
    /// The panel's ID, for the focus; the title's follows from it.
    #[prop(into)]
    id: String,
    /// What has come up.
    #[prop(into)]
    title: String,
    /// The words.
    children: Children,
) -> impl IntoView {
    let title_id = format!("{id}-title");
    let labelled_by = title_id.clone();
    view! {
        <div
            class="notice"
            data-tone="warning"
            role="alert"
            tabindex="-1"
            autofocus=true
            id=id
            aria-labelledby=labelled_by
        >
            <Icon name="triangle-alert" />
            <div>
                <h2 id=title_id>{title}</h2>
                {children()}
            </div>
        </div>
    }
    .erase()
}
