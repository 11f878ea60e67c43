//! *Create user*

use super::users::UsersState;
use crate::api::users::CreateUser;
use crate::components::field::Kind;
use crate::components::live::{Erase, live};
use crate::components::messages::use_messages;
use crate::components::{
    Dialog, DiscardQuestion, ErrorSummary, FormNotice, FormState, RadioGroup, SubmitButton,
    TextField,
};
use crate::domain::user::field;
use crate::domain::{OrganisationId, UserForm, UserRole};
use crate::flash::creation_key;
use crate::pages::outcome;
use crate::paths;
use leptos::ev::{MouseEvent, SubmitEvent};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use uuid::Uuid;

const ROLES: &[(&str, &str)] = &[
    (UserRole::Manager.as_str(), UserRole::Manager.label()),
    (UserRole::Member.as_str(), UserRole::Member.label()),
];

/// The dialog.
#[component]
pub fn CreateUserDialog(
    /// The organisation the user is created in.
    id: OrganisationId,
    /// Its name.
    name: Signal<String>,
    /// The users.
    state: UsersState,
) -> impl IntoView {
    let open = state.creating;
    // The first one is there to bring in the others.
    let role =
        if state.list.with_untracked(Vec::is_empty) { UserRole::Manager } else { UserRole::Member };
    let fields = [(field::NAME, ""), (field::EMAIL, ""), (field::ROLE, role.as_str())];
    let form = FormState::new("user-", CreateUser::PATH, &fields, |typed| {
        let form = UserForm {
            name: typed.get(field::NAME).to_owned(),
            email: typed.get(field::EMAIL).to_owned(),
            role: typed.get(field::ROLE).to_owned(),
        };
        form.parse().err().unwrap_or_default()
    });
    // A form that came back keeps its key: sent again, it is still one creation.
    let key = RwSignal::new(creation_key(CreateUser::PATH));
    let messages = use_messages();
    let questioned = RwSignal::new(false);
    let start_again = move || {
        form.reset();
        questioned.set(false);
        key.set(Uuid::now_v7());
    };
    let submit = move |submit: SubmitEvent| {
        form.send::<CreateUser>(&submit, move |created| {
            let said = outcome::invited(&created.user);
            state.put(created.user.clone());
            start_again();
            open.set(false);
            if !state.hand_over(created) {
                messages.say(said);
            }
            true
        });
    };
    let may_close = Callback::new(move |()| {
        let changed = form.is_changed();
        questioned.set(changed);
        !changed
    });
    let discard = Callback::new(move |()| open.set(false));
    let cancel = move |click: MouseEvent| {
        click.prevent_default();
        if may_close.run(()) {
            open.set(false);
        }
    };
    let navigate = use_navigate();
    Effect::new(move |was_open: Option<bool>| {
        let is_open = open.get();
        if was_open == Some(true) && !is_open {
            start_again();
            // A URL that opened the dialog would open it again.
            if window().location().search().is_ok_and(|query| !query.is_empty()) {
                let options =
                    NavigateOptions { replace: true, scroll: false, ..Default::default() };
                navigate(&paths::organisation(id), options);
            }
        }
        is_open
    });
    let title = Signal::derive(move || format!("Create user in {}", name.get()));
    view! {
        <Dialog id="create-user" open title may_close>
            <form method="post" action=CreateUser::PATH novalidate=true on:submit=submit>
                <div class="dialog-body">
                    <input type="hidden" name="organisation" value=id.to_string() />
                    <input type="hidden" name="creation_key" value=move || key.get().to_string() />
                    <ErrorSummary form />
                    <FormNotice form />
                    <TextField form name=field::NAME label="Name" autofocus=!form.is_refused_at_first() />
                    <TextField
                        form
                        name=field::EMAIL
                        label="Email address"
                        help="The invitation goes here. It is also what they sign in with."
                        kind=Kind::Email
                    />
                    <RadioGroup form name=field::ROLE label="Role" choices=ROLES />
                    <p class="help">
                        "A manager invites colleagues, and disables and enables them."
                    </p>
                </div>
                <div class="dialog-foot">
                    {live(move || if questioned.get() {
                        let keep = move |()| questioned.set(false);
                        view! { <DiscardQuestion discard keep=Callback::new(keep) /> }.erase()
                    } else {
                        view! {
                            <SubmitButton label="Save" busy_label="Saving…" busy=form.busy() />
                            <button
                                class="button plain"
                                formmethod="dialog"
                                formnovalidate=true
                                on:click=cancel
                            >
                                "Cancel"
                            </button>
                        }
                        .erase()
                    })}
                </div>
            </form>
        </Dialog>
    }
    .erase()
}
