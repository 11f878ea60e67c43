//! Several lines of text.

use super::FormState;
use super::field_box::{Control, FieldBox};
use super::live::Erase;
use leptos::prelude::*;

/// Several lines of text, as [`TextField`](super::TextField) is for one. The
/// one place with a raw `textarea`: what is put between its tags is not escaped
/// by Leptos 0.8 on the server, so that it has to be here.
#[component]
pub fn TextArea(
    /// The form it belongs to.
    form: FormState,
    /// Its name in the form's state.
    name: &'static str,
    /// Its label.
    label: &'static str,
    /// What to know before typing.
    #[prop(optional)]
    help: &'static str,
    /// How many lines it shows.
    #[prop(default = 4)]
    rows: u32,
    /// Whether it may be left empty.
    #[prop(optional)]
    optional: bool,
    /// Whether identifiers are typed.
    #[prop(optional)]
    mono: bool,
    /// The name that is sent, where it is another one.
    #[prop(optional)]
    sent_as: Option<&'static str>,
) -> impl IntoView {
    let content = escape(&form.first(name));
    let control = move |Control { id, described_by, invalid }: Control| {
        view! {
            <textarea
                class=if mono { "input area mono" } else { "input area" }
                id=id
                name=sent_as.unwrap_or(name)
                rows=rows.to_string()
                required=!optional
                spellcheck=mono.then_some("false")
                dir=(!mono).then_some("auto")
                aria-describedby=described_by
                aria-invalid=invalid
                on:input=move |event| form.change(name, event_target_value(&event))
                on:blur=move |event| form.blurred(name, &event)
                inner_html=content
            ></textarea>
        }
        .erase()
    };
    FieldBox { form, name: name.to_owned(), label: label.to_owned(), help, optional }
        .around(control)
}

/// A text as HTML that shows it, whatever is in it. A browser drops the first
/// line break in the element, so that one goes before.
fn escape(text: &str) -> String {
    let break_before = if text.starts_with('\n') { "\n" } else { "" };
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("{break_before}{escaped}")
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn no_text_breaks_out() {
        Owner::new().with(|| {
            let text = "A & B </textarea><script>alert(1)</script>";
            let form = FormState::new("", "/actions/none", &[("text", text)], |_| {
                crate::domain::FieldErrors::new()
            });
            let html = view! { <TextArea form name="text" label="Text" /> }.to_html();
            assert!(!html.contains("<script"), "{html}");
            assert_eq!(html.matches("</textarea>").count(), 1, "{html}");
            assert!(html.contains("A &amp; B &lt;/textarea&gt;&lt;script&gt;"), "{html}");
        });
    }

    #[test]
    fn the_first_line_break_stays() {
        assert_eq!(escape("\nb"), "\n\nb");
        assert_eq!(escape("b\n"), "b\n");
    }
}
