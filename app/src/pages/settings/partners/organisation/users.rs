//! The tab *Users*.

use super::create_user::CreateUserDialog;
use super::disable_user::DisableDialog;
use super::handover::HandoverDialog;
use super::page::Shown;
use super::refresh::refresh_while_setting_up;
use super::two_step::{RemoveTwoStepDialog, TwoStepSection};
use super::user_row::UserRow;
use crate::api::two_step::RemoveTwoStep;
use crate::api::users::{CreateUser, ListUsers, ResendInvitation, RetryUser, SetUserEnabled};
use crate::ask::load;
use crate::components::live::{Erase, any, live, shown};
use crate::components::{Empty, Failure, Icon, Notice, Tone};
use crate::domain::{CreatedUser, Organisation, OrganisationId, PartnerUser};
use crate::error::PublicError;
use crate::flash::use_flash;
use crate::paths;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::hooks::use_query_map;

/// What may have been asked of the tab by its URL, without scripts.
#[derive(Clone, Default)]
struct Asked {
    /// *Create user*.
    create_user: bool,
    /// *Disable*, and whom.
    disable: Option<String>,
    /// *Remove two-step sign-in*, and whose.
    remove_two_step: Option<String>,
}

/// The tab.
#[component]
pub fn UsersTab() -> impl IntoView {
    any(use_context().map(|Shown(organisation)| view! { <OfOrganisation organisation /> }))
}

#[component]
fn OfOrganisation(organisation: Signal<Organisation>) -> impl IntoView {
    let id = organisation.get_untracked().id;
    let users = load(move || ListUsers { organisation: id });
    let retry = Callback::new(move |()| users.refetch());
    let asked = use_query_map().with_untracked(|query| Asked {
        create_user: query.get(paths::OPENS_CREATE_USER).is_some(),
        disable: query.get(paths::OPENS_DISABLE),
        remove_two_step: query.get(paths::OPENS_REMOVE_TWO_STEP),
    });
    let content = move |answer| match answer {
        Ok(users) => view! { <Users organisation users asked=asked.clone() /> }.erase(),
        Err(error) => view! { <Failure title="The users could not be read" error retry /> }.erase(),
    };
    view! {
        <Transition>{shown(move || users.get().map(&content))}</Transition>
        <TwoStepSection organisation=id />
    }
    .erase()
}

/// The section's state: the list, and which dialog is open.
#[derive(Clone, Copy)]
pub struct UsersState {
    /// The users, oldest first.
    pub list: RwSignal<Vec<PartnerUser>>,
    /// Whether *Create user* is open.
    pub creating: RwSignal<bool>,
    /// Whom *Disable* asks about; stays while its dialog fades.
    pub disabling: RwSignal<Option<PartnerUser>>,
    /// Whether *Disable* is open.
    pub asking: RwSignal<bool>,
    /// Whom *Remove two-step sign-in* asks about, likewise.
    pub removing: RwSignal<Option<PartnerUser>>,
    /// Whether it is open.
    pub asking_to_remove: RwSignal<bool>,
    /// Whose temporary password is to be handed over.
    pub handover: RwSignal<Option<CreatedUser>>,
    /// Whether it is shown.
    pub handing: RwSignal<bool>,
    /// Why an action of a row did not work.
    pub problem: RwSignal<Option<PublicError>>,
}

impl UsersState {
    fn new(users: Vec<PartnerUser>, asked: &Asked) -> Self {
        let creation = use_flash(CreateUser::PATH);
        let actions =
            [ResendInvitation::PATH, SetUserEnabled::PATH, RetryUser::PATH, RemoveTwoStep::PATH];
        let acted = actions.into_iter().find_map(use_flash);
        let handover = creation
            .iter()
            .chain(acted.iter())
            .find_map(|flash| flash.outcome::<CreatedUser>()?.ok())
            .filter(|created| created.temporary_password.is_some());
        let creating = match &creation {
            Some(flash) => flash.outcome.is_err(),
            None => asked.create_user,
        };
        let asked_about = |id: &Option<String>| {
            let id = id.as_ref().filter(|_| acted.is_none())?;
            users.iter().find(|user| user.id.to_string() == *id).cloned()
        };
        let disabling = asked_about(&asked.disable);
        let removing = asked_about(&asked.remove_two_step);
        Self {
            creating: RwSignal::new(creating),
            asking: RwSignal::new(disabling.is_some()),
            disabling: RwSignal::new(disabling),
            asking_to_remove: RwSignal::new(removing.is_some()),
            removing: RwSignal::new(removing),
            handing: RwSignal::new(handover.is_some()),
            handover: RwSignal::new(handover),
            problem: RwSignal::new(acted.and_then(|flash| flash.outcome.err())),
            list: RwSignal::new(users),
        }
    }

    /// Puts a user into the list: in its own place, or at the end.
    pub fn put(self, user: PartnerUser) {
        self.list.update(|list| match list.iter_mut().find(|old| old.id == user.id) {
            Some(old) => *old = user,
            None => list.push(user),
        });
    }

    /// Shows a temporary password that has to be handed over; false where the
    /// invitation is mailed.
    pub fn hand_over(self, created: CreatedUser) -> bool {
        let by_hand = created.temporary_password.is_some();
        if by_hand {
            self.handover.set(Some(created));
            self.handing.set(true);
        }
        by_hand
    }
}

/// The section.
#[component]
fn Users(
    /// Whose they are.
    organisation: Signal<Organisation>,
    /// The users.
    users: Vec<PartnerUser>,
    /// What the URL asks for.
    asked: Asked,
) -> impl IntoView {
    let state = UsersState::new(users, &asked);
    let id = organisation.get_untracked().id;
    refresh_while_setting_up(state.list, id);
    let name = Signal::derive(move || organisation.with(|found| found.name.to_string()));
    let some = Memo::new(move |_| state.list.with(|list| !list.is_empty()));
    let count = move || state.list.with(Vec::len).to_string();
    view! {
        <section aria-labelledby="users-title">
            <div class="page-head">
                <h2 id="users-title">"Users"<span class="count-beside">{count}</span></h2>
                {shown(move || some.get().then(|| view! { <CreateUserButton id state /> }))}
            </div>
            {shown(move || state.problem.get().map(|problem| view! {
                <Notice tone=Tone::Danger urgent=true><p>{problem.to_string()}</p></Notice>
            }))}
            {live(move || if some.get() {
                view! { <UsersTable id name state /> }.erase()
            } else {
                view! { <NoUsers id name state /> }.erase()
            })}
        </section>
        <CreateUserDialog id name state />
        <DisableDialog name state />
        <RemoveTwoStepDialog state />
        <HandoverDialog state />
    }
    .erase()
}

#[component]
fn NoUsers(id: OrganisationId, name: Signal<String>, state: UsersState) -> impl IntoView {
    view! {
        <Empty
            nested=true
            title="No users yet"
            text=Signal::derive(move || format!(
                "The people of {} who can sign in will be listed here. Each sets a password of their own.",
                name.get(),
            ))
        >
            <div class="actions"><CreateUserButton id state /></div>
        </Empty>
    }
    .erase()
}

/// The button *Create user*. Without scripts it loads the page with the dialog open.
#[component]
fn CreateUserButton(id: OrganisationId, state: UsersState) -> impl IntoView {
    let open = move |submit: SubmitEvent| {
        submit.prevent_default();
        state.creating.set(true);
    };
    view! {
        <form action=paths::organisation(id) on:submit=open>
            <button class="button primary" name=paths::OPENS_CREATE_USER value="1">
                <Icon name="plus" />
                "Create user"
            </button>
        </form>
    }
    .erase()
}

#[component]
fn UsersTable(id: OrganisationId, name: Signal<String>, state: UsersState) -> impl IntoView {
    view! {
        <div class="table-box">
            <table class="table users-table">
                <caption class="hidden">{move || format!("Users of {}", name.get())}</caption>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"Email"</th>
                        <th scope="col" class="col-status">"Status"</th>
                        <th scope="col" class="col-date">"Created"</th>
                        <th scope="col" class="col-date">"Last sign-in"</th>
                        <th scope="col" class="col-actions">
                            <span class="hidden">"Actions"</span>
                        </th>
                    </tr>
                </thead>
                <tbody>
                    <For each=move || state.list.get() key=|user| user.id let:user>
                        <UserRow organisation=id first=user state />
                    </For>
                </tbody>
            </table>
        </div>
    }
    .erase()
}
