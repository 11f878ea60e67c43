//! A change of a subscription as a form.

use super::{REASON, Subject};
use crate::api::shop::ReviewChange;
use crate::components::live::{Erase, any};
use crate::components::{ErrorSummary, FormNotice, FormState, Icon, SubmitButton};
use crate::domain::ChangeRequest;
use crate::domain::change::field;
use crate::flash::{Flash, use_flash};
use crate::page_load;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use uuid::Uuid;

/// A change that can be asked for.
pub struct Change {
    /// Its word in the form.
    pub word: &'static str,
    /// What goes before the IDs of its fields.
    pub prefix: &'static str,
    /// What its button says.
    pub button: &'static str,
    /// Its fields with their first texts.
    pub first: Vec<(&'static str, String)>,
    /// Whether it cannot be asked for now; the page says why.
    pub is_disabled: bool,
}

/// What the server said about the last plain post, if it was of this change.
fn said(word: &str) -> Option<Flash> {
    use_flash(ReviewChange::PATH)
        .filter(|flash| flash.outcome.is_err() && flash.field(field::CHANGE) == Some(word))
}

/// A key for each of the page's forms: two of them are two changes.
fn key(word: &str) -> Uuid {
    let mark = word.bytes().fold(0_u128, |mark, byte| (mark * 31 + u128::from(byte)) % 65_521);
    Uuid::from_u128(page_load::creation_key().as_u128() ^ mark)
}

/// The form with its fields.
pub fn change_form(
    subject: &Subject,
    change: Change,
    fields: impl FnOnce(FormState) -> AnyView,
) -> AnyView {
    let Change { word, prefix, button, first, is_disabled } = change;
    let first: Vec<(&str, &str)> =
        first.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let form = FormState::after(prefix, said(word), &first, move |typed| {
        let texts = [field::TARGET, field::QUANTITY, field::WHEN].map(|name| typed.get(name));
        ChangeRequest::parse(word, texts[0], texts[1], texts[2]).err().unwrap_or_default()
    });
    // The order's page is on its way.
    let submit = move |submit: SubmitEvent| form.send::<ReviewChange>(&submit, |()| false);
    view! {
        <form
            class="form"
            method="post"
            action=ReviewChange::PATH
            novalidate=true
            on:submit=submit
        >
            <input type="hidden" name="creation_key" value=key(word).to_string() />
            <input type="hidden" name="subscription" value=subject.number.to_string() />
            <input type="hidden" name=field::CHANGE value=word />
            <ErrorSummary form />
            <FormNotice form />
            <fieldset
                class="form"
                disabled=is_disabled
                aria-describedby=(is_disabled && subject.is_blocked()).then_some(REASON)
            >
                {fields(form)}
                <div><SubmitButton label=button busy_label="Preparing…" busy=form.busy() class="" /></div>
            </fieldset>
        </form>
    }
    .erase()
}

/// A form behind its title. It is open where the last post of it was refused.
pub fn folded(
    subject: &Subject,
    title: &'static str,
    effect: String,
    change: Change,
    fields: impl FnOnce(FormState) -> AnyView,
) -> AnyView {
    let is_open = said(change.word).is_some();
    view! {
        <details class="change" name="changes" open=is_open>
            <summary>
                <span>
                    <span class="change-title">{title}</span>
                    {any((!effect.is_empty()).then(|| view! { <span class="reason">{effect}</span> }))}
                </span>
                <Icon name="chevron-down" />
            </summary>
            {change_form(subject, change, fields)}
        </details>
    }
    .erase()
}
