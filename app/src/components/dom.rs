//! The few things that the browser has to be told directly. All of it runs in
//! event handlers and effects, which the server never runs.

use crate::domain::Timestamp;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::wasm_bindgen::JsValue;
use leptos::web_sys::{HtmlElement, HtmlInputElement, HtmlSelectElement, SubmitEvent};

/// Moves the focus to the element with this ID, once it is there; in a group
/// of choices to the first.
pub fn focus(id: &str) {
    let id = id.to_owned();
    request_animation_frame(move || {
        let Some(element) = element(&id) else { return };
        let choice = match element.get_attribute("role").as_deref() {
            Some("radiogroup") => element.query_selector("input").ok().flatten(),
            _ => None,
        };
        let target = choice.and_then(|choice| choice.dyn_into().ok()).unwrap_or(element);
        let _ = target.focus();
    });
}

/// The element with this ID.
#[must_use]
pub fn element(id: &str) -> Option<HtmlElement> {
    document().get_element_by_id(id).and_then(|element| element.dyn_into().ok())
}

/// The text in the field with this ID, or the choice made in it or in the group
/// with it; nothing for a box that is not ticked. Of a group of boxes it is the
/// choices made, one a line.
#[must_use]
pub fn field_text(id: &str) -> Option<String> {
    let field = match element(id)?.dyn_into::<HtmlInputElement>() {
        Ok(field) if field.type_() == "checkbox" && !field.checked() => return Some(String::new()),
        Ok(field) => return Some(field.value()),
        Err(other) => other,
    };
    let field = match field.dyn_into::<HtmlSelectElement>() {
        Ok(select) => return Some(select.value()),
        Err(other) => other,
    };
    let group = match field.dyn_into::<web_sys::HtmlTextAreaElement>() {
        Ok(area) => return Some(area.value()),
        Err(other) => other,
    };
    let chosen = group.query_selector_all("input:checked").ok()?;
    if chosen.length() == 0 && group.get_attribute("role").as_deref() == Some("radiogroup") {
        return None;
    }
    let values: Vec<String> = (0..chosen.length())
        .filter_map(|place| chosen.item(place)?.dyn_into::<HtmlInputElement>().ok())
        .map(|chosen| chosen.value())
        .collect();
    Some(values.join("\n"))
}

/// Replaces the text in the field with this ID.
pub fn set_field_text(id: &str, text: &str) {
    let Some(field) = element(id) else { return };
    match field.dyn_into::<HtmlInputElement>() {
        Ok(field) => field.set_value(text),
        Err(other) => {
            if let Ok(area) = other.dyn_into::<web_sys::HtmlTextAreaElement>() {
                area.set_value(text);
            }
        }
    }
}

/// What a form sends, with the button it was sent by.
#[must_use]
pub fn form_text(submit: &SubmitEvent) -> String {
    form_data_from_event(submit)
        .ok()
        .and_then(|form| web_sys::UrlSearchParams::new_with_str_sequence_sequence(&form).ok())
        .map(|pairs| String::from(pairs.to_string()))
        .unwrap_or_default()
}

/// Puts text on the clipboard; false where the browser does not allow it.
pub async fn copy(text: &str) -> bool {
    // Outside of secure contexts there is no clipboard, and asking one that is
    // not there would end the whole application.
    let navigator = window().navigator();
    let has_one = web_sys::js_sys::Reflect::get(&navigator, &JsValue::from_str("clipboard"))
        .is_ok_and(|clipboard| clipboard.is_object());
    if !has_one {
        return false;
    }
    let written = navigator.clipboard().write_text(text);
    wasm_bindgen_futures::JsFuture::from(written).await.is_ok()
}

/// What time it is by the browser's clock.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::from_millis(web_sys::js_sys::Date::now() as i64)
}

/// Whether the focus is inside of an element that this selector finds.
#[must_use]
pub fn has_focus_within(selector: &str) -> bool {
    let focused = document().active_element();
    focused.is_some_and(|focused| focused.closest(selector).is_ok_and(|found| found.is_some()))
}

/// Whether a dialog is open.
#[must_use]
pub fn has_open_dialog() -> bool {
    document().query_selector("dialog[open]").is_ok_and(|found| found.is_some())
}

/// Loads another page, whole.
pub fn load(path: &str) {
    let _ = window().location().set_href(path);
}

/// The address of this page, without the host.
#[must_use]
pub fn here() -> String {
    let location = window().location();
    let path = location.pathname().unwrap_or_default();
    let query = location.search().unwrap_or_default();
    format!("{path}{query}")
}

/// Goes to the sign-in page, which leads back here: the session has ended.
pub fn sign_in_again() {
    load(&crate::paths::sign_in_then(&here()));
}
