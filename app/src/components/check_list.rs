//! Any of several.

use super::FormState;
use super::field::FieldProblem;
use super::live::{Erase, any};
use leptos::prelude::*;

/// A choice of a list: what is sent, and what people read.
pub type Choice = (String, String);

/// A group of boxes to tick. The form sends them as `name[]`; its state has
/// those that are ticked, one a line.
#[component]
pub fn CheckList(
    /// The form it belongs to.
    form: FormState,
    /// Its name in the form's state.
    name: &'static str,
    /// What is chosen.
    label: &'static str,
    /// What to know before choosing.
    #[prop(optional)]
    help: &'static str,
    /// The choices, in their order.
    choices: Vec<Choice>,
    /// Whether none may be chosen.
    #[prop(optional)]
    optional: bool,
) -> impl IntoView {
    let id = form.id(name);
    let part = |part: &str| format!("{id}-{part}");
    let (label_id, help_id, error_id) = (part("label"), part("help"), part("error"));
    let labelled_by = label_id.clone();
    let error = Memo::new(move |_| form.error(name));
    let described = {
        let (help_id, error_id) = (help_id.clone(), error_id.clone());
        move || {
            let wrong = error.with(Option::is_some).then(|| error_id.clone());
            let ids: Vec<_> =
                (!help.is_empty()).then(|| help_id.clone()).into_iter().chain(wrong).collect();
            (!ids.is_empty()).then(|| ids.join(" "))
        }
    };
    let first = form.first(name);
    let boxes = choices
        .into_iter()
        .map(|(value, text)| {
            let checked = first.lines().any(|line| line == value);
            let ticked = value.clone();
            view! {
                <label class="check">
                    <input
                        type="checkbox"
                        name=format!("{name}[]")
                        value=value
                        checked=checked
                        on:change=move |event| {
                            let text = form.text(name).get_untracked();
                            form.change(name, with(&text, &ticked, event_target_checked(&event)));
                        }
                    />
                    <span>{text}</span>
                </label>
            }
        })
        .map(Erase::erase)
        .collect::<Vec<_>>();
    let help = (!help.is_empty()).then(|| view! { <p class="help" id=help_id>{help}</p> });
    let optional = optional.then(|| view! { <span class="optional">" (optional)"</span> });
    view! {
        <fieldset
            class="choices check-list"
            id=id
            role="group"
            tabindex="-1"
            aria-labelledby=labelled_by
            aria-describedby=described
        >
            <legend id=label_id>{label}{any(optional)}</legend>
            {any(help)}
            <div class="check-rows">{boxes}</div>
            <FieldProblem error_id error />
        </fieldset>
    }
    .erase()
}

/// The ticked choices with one more or one fewer.
fn with(chosen: &str, value: &str, ticked: bool) -> String {
    let others = chosen.lines().filter(|line| *line != value);
    others.chain(ticked.then_some(value)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::with;

    #[test]
    fn a_box_is_ticked_and_cleared() {
        assert_eq!(with("", "shop", true), "shop");
        assert_eq!(with("shop\napi", "shop", true), "api\nshop");
        assert_eq!(with("shop\napi", "shop", false), "api");
    }
}
