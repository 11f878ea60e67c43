//! A form's state, the same on both sides: what is typed, what is wrong with
//! it, and whether it is on its way.

use super::{dom, error_summary};
use crate::ask;
use crate::domain::{FieldError, FieldErrors};
use crate::error::PublicError;
use crate::flash::{Flash, use_flash};
use leptos::ev::{FocusEvent, SubmitEvent};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// What to do with the answer, which is JSON; whether the form is there to be
/// used again.
type Then = Box<dyn Fn(&str) -> Result<bool, PublicError>>;

/// How long a whole page may take to follow a form.
const PATIENCE: Duration = Duration::from_secs(15);

/// What is typed, by the fields' names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed(Vec<(String, String)>);

impl Typed {
    /// The text in the field called `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, text)| text)
    }

    /// Names and texts, in the form's order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    fn names(&self) -> Vec<String> {
        self.0.iter().map(|(name, _)| name.clone()).collect()
    }
}

/// A form's state. Errors show beside a field once it has been left, and all
/// of them once the form has been sent; what the server refused shows until
/// the field is changed.
#[derive(Clone, Copy)]
pub struct FormState {
    prefix: &'static str,
    blank: StoredValue<Typed>,
    first: StoredValue<Typed>,
    typed: RwSignal<Typed>,
    left: RwSignal<Vec<String>>,
    wrong: Memo<FieldErrors>,
    refused: RwSignal<FieldErrors>,
    listed: RwSignal<FieldErrors>,
    failure: RwSignal<Option<PublicError>>,
    busy: RwSignal<bool>,
}

impl FormState {
    /// A form with these fields and first texts, posted to `action` and
    /// checked by `check`. After a plain post of the same form it starts with
    /// what was typed and with what the server said about it. `prefix` goes
    /// before the fields' IDs where two forms stand on one page.
    pub fn new(
        prefix: &'static str,
        action: &str,
        first: &[(&str, &str)],
        check: impl Fn(&Typed) -> FieldErrors + Send + Sync + 'static,
    ) -> Self {
        Self::after(prefix, use_flash(action), first, check)
    }

    /// As [`FormState::new`] where several forms on a page are posted to one
    /// function: `flash` is what the server said, if it is about this one.
    pub fn after(
        prefix: &'static str,
        flash: Option<Flash>,
        first: &[(&str, &str)],
        check: impl Fn(&Typed) -> FieldErrors + Send + Sync + 'static,
    ) -> Self {
        let flash = flash.as_ref();
        let error = flash.and_then(|flash| flash.outcome.as_ref().err());
        let blank =
            first.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        let text = |(name, text): &(&str, &str)| {
            let typed = flash.filter(|_| error.is_some()).and_then(|flash| flash.typed(name));
            ((*name).to_owned(), typed.unwrap_or_else(|| (*text).to_owned()))
        };
        let typed = Typed(first.iter().map(text).collect());
        let refused = error.and_then(PublicError::fields).cloned().unwrap_or_default();
        let failure = error.filter(|error| error.fields().is_none()).cloned();
        let first = StoredValue::new(typed.clone());
        let typed = RwSignal::new(typed);
        let form = Self {
            prefix,
            blank: StoredValue::new(Typed(blank)),
            first,
            typed,
            left: RwSignal::new(Vec::new()),
            wrong: Memo::new(move |_| typed.with(&check)),
            listed: RwSignal::new(refused.clone()),
            refused: RwSignal::new(refused),
            failure: RwSignal::new(failure),
            busy: RwSignal::new(false),
        };
        // What was typed, or filled in by the browser, before this came to life.
        Effect::new(move |_| form.read_page());
        form
    }

    fn read_page(self) {
        for name in self.typed.with_untracked(Typed::names) {
            if let Some(text) = dom::field_text(&self.id(&name))
                && self.typed.with_untracked(|typed| typed.get(&name) != text)
            {
                self.change(&name, text);
            }
        }
    }

    /// The ID of the field called `name`.
    #[must_use]
    pub fn id(self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The ID of the panel that says what is wrong with the form.
    #[must_use]
    pub fn panel_id(self) -> String {
        format!("{}problems", self.prefix)
    }

    /// The text the field called `name` starts with.
    #[must_use]
    pub fn first(self, name: &str) -> String {
        self.first.with_value(|first| first.get(name).to_owned())
    }

    /// The text in the field called `name`.
    #[must_use]
    pub fn text(self, name: &str) -> Signal<String> {
        let name = name.to_owned();
        Signal::derive(move || self.typed.with(|typed| typed.get(&name).to_owned()))
    }

    /// Notes what is typed into a field.
    pub fn change(self, name: &str, text: String) {
        self.typed.update(|typed| {
            if let Some((_, old)) = typed.0.iter_mut().find(|(key, _)| key == name) {
                *old = text;
            }
        });
        if self.refused.with_untracked(|refused| refused.of(name).is_some()) {
            self.refused.update(|refused| refused.remove(name));
        }
    }

    /// Notes that a field was left: from now on its errors show. A field that
    /// is taken away with the focus in it is left when its form is gone already.
    pub fn leave(self, name: &str) {
        let is_new = self.left.try_with_untracked(|left| !left.iter().any(|left| left == name));
        if is_new == Some(true) {
            self.left.update(|left| left.push(name.to_owned()));
        }
    }

    /// Notes that the focus has left a field; not where it goes to a button or a
    /// link, which an error that appeared just then would push away from under
    /// the pointer.
    pub fn blurred(self, name: &str, event: &FocusEvent) {
        let target = event.related_target();
        let goes_to_a_control = target
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
            .is_some_and(|target| matches!(target.tag_name().as_str(), "BUTTON" | "A"));
        if !goes_to_a_control {
            self.leave(name);
        }
    }

    /// Whether a field was left, or the form sent.
    #[must_use]
    pub fn has_left(self, name: &str) -> bool {
        self.left.with(|left| left.iter().any(|left| left == name))
    }

    /// Puts a text into a field, as if it had been typed.
    pub fn set(self, name: &str, text: &str) {
        dom::set_field_text(&self.id(name), text);
        self.change(name, text.to_owned());
    }

    /// Shows something wrong with a field until it is changed.
    pub fn refuse_field(self, name: &str, message: &str) {
        self.refused.update(|refused| {
            refused.remove(name);
            refused.push(name, message);
        });
    }

    /// What is wrong with a field, if it is to be shown.
    #[must_use]
    pub fn error(self, name: &str) -> Option<FieldError> {
        self.refused.with(|refused| refused.of(name).cloned()).or_else(|| {
            let shown = self.has_left(name);
            shown.then(|| self.wrong.with(|wrong| wrong.of(name).cloned())).flatten()
        })
    }

    /// What the panel at the form's top lists.
    #[must_use]
    pub fn listed(self) -> FieldErrors {
        self.listed.get()
    }

    /// What stands in the way of the form as a whole.
    #[must_use]
    pub fn failure(self) -> Option<PublicError> {
        self.failure.get()
    }

    /// Whether the form came back with something to mend.
    #[must_use]
    pub fn is_refused(self) -> bool {
        self.failure.with(Option::is_some) || self.listed.with(|listed| !listed.is_empty())
    }

    /// The same, when the page is first rendered: then the focus belongs to the
    /// panel and not to a field.
    #[must_use]
    pub fn is_refused_at_first(self) -> bool {
        self.failure.with_untracked(Option::is_some)
            || self.listed.with_untracked(|listed| !listed.is_empty())
    }

    /// Whether something was typed that would be lost.
    #[must_use]
    pub fn is_changed(self) -> bool {
        self.typed.with_untracked(|typed| self.blank.with_value(|blank| blank != typed))
    }

    /// Whether the form is on its way.
    #[must_use]
    pub fn busy(self) -> Signal<bool> {
        self.busy.into()
    }

    /// Checks everything. Where something is wrong, says so at the top, moves
    /// the focus there and answers false.
    #[must_use]
    pub fn check(self) -> bool {
        self.read_page();
        let wrong = self.wrong.get_untracked();
        self.left.set(self.typed.with_untracked(Typed::names));
        if wrong.is_empty() {
            return true;
        }
        self.failure.set(None);
        self.listed.set(wrong);
        dom::focus(&error_summary::id(self));
        false
    }

    /// Shows what the server refused.
    pub fn refuse(self, error: PublicError) {
        match error {
            PublicError::NotSignedIn => return dom::sign_in_again(),
            PublicError::Invalid(errors) => {
                self.failure.set(None);
                self.listed.set(errors.clone());
                self.refused.set(errors);
            }
            other => {
                self.listed.set(FieldErrors::new());
                self.failure.set(Some(other));
            }
        }
        dom::focus(&error_summary::id(self));
    }

    /// Forgets what was typed and what was said about it.
    pub fn reset(self) {
        let blank = self.blank.get_value();
        for (name, text) in blank.iter() {
            dom::set_field_text(&self.id(name), text);
        }
        self.typed.set(blank);
        self.left.set(Vec::new());
        self.forgive();
    }

    fn forgive(self) {
        self.listed.set(FieldErrors::new());
        self.refused.set(FieldErrors::new());
        self.failure.set(None);
    }

    /// For the forms that load a whole page: stops them where something is
    /// wrong, and shows that they are on their way.
    pub fn post(self, submit: &SubmitEvent) {
        if self.busy.get_untracked() || !self.check() {
            submit.prevent_default();
        } else {
            self.busy.set(true);
            // Where no page follows, the form can be sent again.
            set_timeout(
                move || {
                    self.busy.try_set(false);
                },
                PATIENCE,
            );
        }
    }

    /// Sends the form without loading a page and hands the answer to `then`,
    /// which says whether the form is there to be used again.
    pub fn send<F>(self, submit: &SubmitEvent, then: impl Fn(F::Output) -> bool + 'static)
    where
        F: ServerFn<Error = PublicError>,
        F::Output: DeserializeOwned,
    {
        self.send_text(submit, F::PATH, Box::new(move |value| ask::read(value).map(&then)));
    }

    fn send_text(self, submit: &SubmitEvent, path: &'static str, then: Then) {
        submit.prevent_default();
        if self.busy.get_untracked() || !self.check() {
            return;
        }
        let form = dom::form_text(submit);
        self.busy.set(true);
        spawn_local(async move {
            let answer = ask::post(path, ask::Body::Form(form)).await;
            // The page may have been left meanwhile.
            if self.busy.try_get_untracked().is_none() {
                return;
            }
            if answer.is_ok() {
                self.forgive();
            }
            match answer.and_then(|value| then(&value)) {
                Ok(again) => {
                    if again {
                        self.busy.try_set(false);
                    }
                }
                Err(error) => {
                    self.busy.set(false);
                    self.refuse(error);
                }
            }
        });
    }
}
