//! A user's row: who it is, where they stand, and what can be done.

use super::users::UsersState;
use crate::api::two_step::RemoveTwoStep;
use crate::api::users::{ResendInvitation, RetryUser, SetUserEnabled};
use crate::ask;
use crate::components::live::{Erase, live, shown};
use crate::components::messages::use_messages;
use crate::components::person_menu::close_on_escape;
use crate::components::{Icon, Moment, Status, dom};
use crate::domain::{OrganisationId, PartnerUser, PartnerUserId, UserRole, UserStatus};
use crate::error::PublicError;
use crate::pages::outcome;
use crate::paths;
use leptos::ev::SubmitEvent;
use leptos::html::Details;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::task::spawn_local;
use serde::de::DeserializeOwned;

/// What to do with the answer, which is JSON.
type Done = Box<dyn Fn(&str) -> Result<(), PublicError>>;

/// Sends an action and hands its answer on; a refusal shows above the table.
fn act<F>(state: UsersState, submit: &SubmitEvent, done: impl Fn(F::Output) + 'static)
where
    F: ServerFn<Error = PublicError>,
    F::Output: DeserializeOwned,
{
    submit.prevent_default();
    act_on_text(
        state,
        F::PATH,
        dom::form_text(submit),
        Box::new(move |value| ask::read(value).map(&done)),
    );
}

fn act_on_text(state: UsersState, path: &'static str, form: String, done: Done) {
    state.problem.set(None);
    spawn_local(async move {
        let answer = ask::post(path, ask::Body::Form(form)).await;
        // The page may have been left meanwhile.
        if state.list.try_get_untracked().is_none() {
            return;
        }
        match answer.and_then(|value| done(&value)) {
            Ok(()) => {}
            Err(PublicError::NotSignedIn) => dom::sign_in_again(),
            Err(problem) => state.problem.set(Some(problem)),
        }
    });
}

/// The row.
#[component]
pub fn UserRow(
    /// Whose user it is.
    organisation: OrganisationId,
    /// The user when the row appeared.
    first: PartnerUser,
    /// The list, which the row follows.
    state: UsersState,
) -> impl IntoView {
    let id = first.id;
    let user = Memo::new(move |_| {
        let now = state.list.with(|list| list.iter().find(|user| user.id == id).cloned());
        now.unwrap_or_else(|| first.clone())
    });
    let status = Signal::derive(move || user.with(|user| user.status.clone()));
    let reason = Memo::new(move |_| {
        status.with(|status| match status {
            UserStatus::Failed { reason } => Some(reason.clone()),
            UserStatus::SettingUp { waiting_for } => waiting_for.clone(),
            _ => None,
        })
    });
    let failed =
        Memo::new(move |_| status.with(|status| matches!(status, UserStatus::Failed { .. })));
    let tall = move || reason.with(Option::is_some);
    let manages = Memo::new(move |_| user.with(|user| user.role == UserRole::Manager));
    let name = Memo::new(move |_| user.with(|user| user.name.to_string()));
    let email = Memo::new(move |_| user.with(|user| user.email.to_string()));
    view! {
        <tr class:tall=tall>
            <th scope="row" class="whole-card">
                <a class="truncate row-link" href=paths::partner_user(organisation, id)>
                    <bdi>{name}</bdi>
                </a>
                {shown(move || manages.get().then(|| view! { " "<span class="tag">"Manager"</span> }))}
            </th>
            <td data-label="Email" class="whole-card"><span class="truncate">{email}</span></td>
            <td data-label="Status" class:whole-card=tall>
                <Status status />
                {shown(move || reason.get().map(|reason| view! { <p class="reason">{reason}</p> }))}
                {shown(move || failed.get().then(|| view! { <Retry id state name=name.get_untracked() /> }))}
            </td>
            <td data-label="Created"><Moment at=user.with_untracked(|user| user.created_at) /></td>
            <td data-label="Last sign-in">
                {live(move || match user.with(|user| user.last_sign_in_at) {
                    Some(at) => view! { <Moment at /> }.erase(),
                    None => view! { <span class="quiet">"Never"</span> }.erase(),
                })}
            </td>
            <td class="corner"><RowMenu organisation user status state /></td>
        </tr>
    }
    .erase()
}

/// *Retry* beside the reason.
#[component]
fn Retry(id: PartnerUserId, state: UsersState, name: String) -> impl IntoView {
    let retry = retry(state);
    view! {
        <form method="post" action=RetryUser::PATH on:submit=retry>
            <button
                class="button small"
                name="user"
                value=id.to_string()
                aria-label=format!("Retry setting up {name}")
            >
                <Icon name="refresh-cw" />
                "Retry"
            </button>
        </form>
    }
    .erase()
}

fn retry(state: UsersState) -> impl Fn(SubmitEvent) + Clone {
    let messages = use_messages();
    move |submit: SubmitEvent| {
        act::<RetryUser>(state, &submit, move |user| {
            messages.say(outcome::retried(&user));
            state.put(user);
        });
    }
}

/// What can be done, by where the user stands.
#[component]
fn RowMenu(
    organisation: OrganisationId,
    user: Memo<PartnerUser>,
    status: Signal<UserStatus>,
    state: UsersState,
) -> impl IntoView {
    let menu = NodeRef::<Details>::new();
    let id = user.with_untracked(|user| user.id);
    let label = move || user.with(|user| format!("Actions for {}", user.name));
    let escape = close_on_escape(menu);
    let shut = move || {
        if let Some(menu) = menu.get_untracked() {
            menu.set_open(false);
        }
    };
    view! {
        <details class="menu" name="row-menu" node_ref=menu on:keydown=escape>
            <summary aria-label=label><Icon name="ellipsis" /></summary>
            <div class="menu-list" on:click=move |_| request_animation_frame(shut)>
                {live(move || {
                    let items: Vec<AnyView> = match status.get() {
                        UserStatus::Invited | UserStatus::InvitationExpired => {
                            vec![resend(id, state), disable(organisation, id, user, state)]
                        }
                        UserStatus::Active => vec![
                            ask_to_remove_two_step(organisation, id, user, state),
                            disable(organisation, id, user, state),
                        ],
                        UserStatus::SettingUp { .. } => {
                            vec![disable(organisation, id, user, state)]
                        }
                        UserStatus::Disabled => vec![enable(id, state)],
                        UserStatus::Failed { .. } => {
                            let mut items = vec![again(id, state)];
                            if user.with(|user| user.last_sign_in_at.is_none()) {
                                items.push(resend(id, state));
                            }
                            items.push(disable(organisation, id, user, state));
                            items
                        }
                    };
                    items.into_any()
                })}
            </div>
        </details>
    }
    .erase()
}

fn resend(id: PartnerUserId, state: UsersState) -> AnyView {
    let messages = use_messages();
    let submit = move |submit: SubmitEvent| {
        act::<ResendInvitation>(state, &submit, move |created| {
            let said = outcome::invited(&created.user);
            state.put(created.user.clone());
            if !state.hand_over(created) {
                messages.say(said);
            }
        });
    };
    view! {
        <form method="post" action=ResendInvitation::PATH on:submit=submit>
            <button class="item" name="user" value=id.to_string()>"Resend invitation"</button>
        </form>
    }
    .erase()
}

/// Asks first: without scripts on a page that has the dialog open.
fn disable(
    organisation: OrganisationId,
    id: PartnerUserId,
    user: Memo<PartnerUser>,
    state: UsersState,
) -> AnyView {
    let submit = move |submit: SubmitEvent| {
        submit.prevent_default();
        state.disabling.set(Some(user.get_untracked()));
        state.asking.set(true);
    };
    view! {
        <form action=paths::organisation(organisation) on:submit=submit>
            <button class="item" name=paths::OPENS_DISABLE value=id.to_string()>"Disable"</button>
        </form>
    }
    .erase()
}

/// Asks first, likewise.
fn ask_to_remove_two_step(
    organisation: OrganisationId,
    id: PartnerUserId,
    user: Memo<PartnerUser>,
    state: UsersState,
) -> AnyView {
    let submit = move |submit: SubmitEvent| {
        submit.prevent_default();
        state.removing.set(Some(user.get_untracked()));
        state.asking_to_remove.set(true);
    };
    view! {
        <form action=paths::organisation(organisation) on:submit=submit>
            <button class="item" name=paths::OPENS_REMOVE_TWO_STEP value=id.to_string()>
                "Remove two-step sign-in"
            </button>
        </form>
    }
    .erase()
}

fn enable(id: PartnerUserId, state: UsersState) -> AnyView {
    let submit = set_enabled(state);
    view! {
        <form method="post" action=SetUserEnabled::PATH on:submit=submit>
            <input type="hidden" name="enabled" value="true" />
            <button class="item" name="user" value=id.to_string()>"Enable"</button>
        </form>
    }
    .erase()
}

fn again(id: PartnerUserId, state: UsersState) -> AnyView {
    let submit = retry(state);
    view! {
        <form method="post" action=RetryUser::PATH on:submit=submit>
            <button class="item" name="user" value=id.to_string()>"Retry"</button>
        </form>
    }
    .erase()
}

/// Removes a user's two-step sign-in.
pub fn remove_two_step(state: UsersState) -> impl Fn(SubmitEvent) + Clone {
    let messages = use_messages();
    move |submit: SubmitEvent| {
        act::<RemoveTwoStep>(state, &submit, move |user| {
            messages.say(outcome::two_step_removed(&user));
            state.put(user);
        });
    }
}

/// Disables or enables a user, as the form says.
pub fn set_enabled(state: UsersState) -> impl Fn(SubmitEvent) + Clone {
    let messages = use_messages();
    move |submit: SubmitEvent| {
        act::<SetUserEnabled>(state, &submit, move |user| {
            messages.say(outcome::enabled(&user));
            state.put(user);
        });
    }
}
