//! *Disable* asks first: whom, and what happens.

use super::user_row::set_enabled;
use super::users::UsersState;
use crate::api::users::SetUserEnabled;
use crate::components::live::{Erase, shown};
use crate::components::{CancelButton, Dialog};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

/// The dialog.
#[component]
pub fn DisableDialog(
    /// The organisation's name.
    name: Signal<String>,
    /// The users.
    state: UsersState,
) -> impl IntoView {
    let title = Signal::derive(move || {
        state.disabling.with(|user| {
            user.as_ref()
                .map_or_else(|| "Disable".to_owned(), |user| format!("Disable {}", user.name))
        })
    });
    view! {
        <Dialog id="disable-user" open=state.asking title>
            {shown(move || state.disabling.get().map(|user| {
                let id = user.id;
                let disable = set_enabled(state);
                let submit = move |submit: SubmitEvent| {
                    disable(submit);
                    state.asking.set(false);
                };
                view! {
                    <form method="post" action=SetUserEnabled::PATH on:submit=submit>
                        <input type="hidden" name="user" value=id.to_string() />
                        <input type="hidden" name="enabled" value="false" />
                        <div class="dialog-body">
                            <p>
                                {user.name.to_string()}
                                " can no longer sign in to "
                                {name}
                                ", and their open session ends with their next request."
                            </p>
                            <p class="quiet">
                                "Nothing else changes: the organisation, its customers and its other users stay as they are. You can enable "
                                {user.name.to_string()}
                                " again at any time."
                            </p>
                        </div>
                        <div class="dialog-foot">
                            <button class="button danger">"Disable"</button>
                            <CancelButton open=state.asking first=true />
                        </div>
                    </form>
                }
            }))}
        </Dialog>
    }
    .erase()
}
