//! A temporary password, shown once, to be handed over.

use super::users::UsersState;
use crate::components::live::{Erase, shown};
use crate::components::{Dialog, Secret};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;

/// The dialog. The password exists nowhere else once it is closed.
#[component]
pub fn HandoverDialog(
    /// The users.
    state: UsersState,
) -> impl IntoView {
    let title = Signal::derive(move || {
        state.handover.with(|created| match created {
            Some(created) => format!("Temporary password for {}", created.user.name),
            None => "Temporary password".to_owned(),
        })
    });
    let done = move |submit: SubmitEvent| {
        submit.prevent_default();
        state.handing.set(false);
    };
    // Closed by whatever means, it is forgotten.
    Effect::new(move |was_open: Option<bool>| {
        let open = state.handing.get();
        if was_open == Some(true) && !open {
            state.handover.set(None);
        }
        open
    });
    view! {
        <Dialog id="temporary-password" open=state.handing title>
            {shown(move || state.handover.get().and_then(|created| {
                let password = created.temporary_password?;
                let name = created.user.name.to_string();
                Some(view! {
                    <form method="dialog" on:submit=done>
                        <div class="dialog-body">
                            <p>
                                "No email is sent: hand this password over to "
                                {name.clone()}
                                " yourself."
                            </p>
                            <Secret what="temporary password" text=password />
                            <p class="quiet">
                                "It is valid for 7 days and is not shown again. At the first sign-in "
                                {name}
                                " sets a password of their own."
                            </p>
                        </div>
                        <div class="dialog-foot">
                            <button class="button primary">"Done"</button>
                        </div>
                    </form>
                })
            }))}
        </Dialog>
    }
    .erase()
}
