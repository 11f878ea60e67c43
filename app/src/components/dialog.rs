//! Native dialogs. The server can render one open, for browsers without
//! scripts; with them it becomes modal.

use super::Icon;
use super::live::Erase;
use super::messages::use_messages;
use leptos::ev::MouseEvent;
use leptos::html;
use leptos::prelude::*;

/// A dialog titled with the object it is about. Escape, the backdrop and its
/// buttons ask it to close; `may_close` has the last word.
#[component]
pub fn Dialog(
    /// The element's ID.
    id: &'static str,
    /// Whether it is open.
    open: RwSignal<bool>,
    /// What it is about.
    #[prop(into)]
    title: Signal<String>,
    /// Asked before it closes.
    #[prop(optional, into)]
    may_close: Option<Callback<(), bool>>,
    /// The form: `dialog-body` and `dialog-foot`.
    children: Children,
) -> impl IntoView {
    let messages = use_messages();
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |modal: Option<bool>| {
        let modal = modal.unwrap_or(false);
        let Some(element) = dialog.get() else { return modal };
        let wanted = open.get();
        if wanted && !modal {
            // What the server opened is not modal yet.
            if element.open() {
                element.close();
            }
            let _ = element.show_modal();
        } else if !wanted && element.open() {
            element.close();
        }
        wanted
    });
    let ask = move || {
        let may = may_close.is_none_or(|may_close| may_close.run(()));
        if may {
            open.set(false);
        }
        may
    };
    let title_id = format!("{id}-title");
    let labelled_by = title_id.clone();
    let opened_by_server = open.get_untracked();
    view! {
        <dialog
            class="dialog"
            id=id
            aria-labelledby=labelled_by
            closedby="any"
            open=opened_by_server
            node_ref=dialog
            on:cancel=move |event: web_sys::Event| if !ask() { event.prevent_default() }
            on:close=move |_| {
                if dialog.get_untracked().is_some_and(|dialog| !dialog.open()) {
                    open.set(false);
                }
            }
            on:click=move |click| {
                // Where `closedby` is not known yet: the backdrop is the dialog itself.
                let backdrop = click.target() == click.current_target();
                if backdrop && open.get_untracked() {
                    ask();
                }
            }
        >
            <div class="dialog-head">
                <h2 id=title_id>{title}</h2>
                <form method="dialog" on:submit=move |submit| { submit.prevent_default(); ask(); }>
                    <button class="button plain square" aria-label="Close"><Icon name="x" /></button>
                </form>
            </div>
            {children()}
            // Beside an open dialog nothing else is read out.
            <p class="hidden" role="status">{move || messages.aside()}</p>
        </dialog>
    }
    .erase()
}

/// *Cancel*, which closes a dialog. It is what Enter and Space press at first, where
/// the other button does something that is hard to undo: then it is `first`.
#[component]
pub fn CancelButton(
    /// Whether the dialog is open.
    open: RwSignal<bool>,
    /// Whether it has the focus when the dialog opens.
    #[prop(optional)]
    first: bool,
) -> impl IntoView {
    let cancel = move |click: MouseEvent| {
        click.prevent_default();
        open.set(false);
    };
    view! {
        <button
            class="button plain"
            formmethod="dialog"
            formnovalidate=true
            autofocus=first
            on:click=cancel
        >
            "Cancel"
        </button>
    }
    .erase()
}

/// Stands in the place of a dialog's buttons when it was asked to close with
/// something typed in it.
#[component]
pub fn DiscardQuestion(
    /// Closes without saving.
    #[prop(into)]
    discard: Callback<()>,
    /// Goes on.
    #[prop(into)]
    keep: Callback<()>,
) -> impl IntoView {
    let keep_button = NodeRef::<html::Button>::new();
    Effect::new(move |_| {
        if let Some(button) = keep_button.get() {
            let _ = button.focus();
        }
    });
    view! {
        <p class="whole-line" role="alert">"Close without saving what you typed?"</p>
        <button class="button danger" type="button" on:click=move |_| discard.run(())>
            "Discard"
        </button>
        <button
            class="button plain"
            type="button"
            node_ref=keep_button
            on:click=move |_| keep.run(())
        >
            "Keep editing"
        </button>
    }
    .erase()
}
