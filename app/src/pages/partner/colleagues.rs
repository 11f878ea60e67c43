//! *Colleagues*: a manager looks after the people of the organisation.

use super::PageFailure;
use crate::api::partner::{
    GetTeam, InviteColleague, InviteColleagueAgain, SetColleagueEnabled, SetColleagueRole, Team,
};
use crate::ask::load;
use crate::components::field::Kind;
use crate::components::live::{Erase, any, shown};
use crate::components::messages::use_messages;
use crate::components::{
    ErrorSummary, FormNotice, FormState, Notice, RadioGroup, Secret, Status, SubmitButton,
    TextField, Tone,
};
use crate::domain::user::field;
use crate::domain::{
    CreatedUser, FieldErrors, PartnerUser, PartnerUserId, UserForm, UserRole, UserStatus,
};
use crate::flash::{Flash, creation_key, use_flash};
use crate::pages::outcome;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use uuid::Uuid;

const ROLES: &[(&str, &str)] = &[
    (UserRole::Member.as_str(), UserRole::Member.label()),
    (UserRole::Manager.as_str(), UserRole::Manager.label()),
];

/// The page.
#[component]
pub fn ColleaguesPage() -> impl IntoView {
    let team = load(|| GetTeam {});
    let reload = Callback::new(move |()| team.refetch());
    // A temporary password that is to be handed over, as a plain post left it.
    let handover = RwSignal::new(
        [InviteColleague::PATH, InviteColleagueAgain::PATH]
            .into_iter()
            .find_map(|path| use_flash(path)?.outcome::<CreatedUser>()?.ok())
            .filter(|created| created.temporary_password.is_some()),
    );
    view! {
        <Title text="Colleagues" />
        <Transition>
            {shown(move || team.get().map(|answer| match answer {
                Ok(team) => view! { <Content team handover reload /> }.erase(),
                Err(error) => view! {
                    <PageFailure
                        page="Colleagues"
                        title="Your colleagues could not be read"
                        error
                        retry=reload
                    />
                }.erase(),
            }))}
        </Transition>
    }
    .erase()
}

#[component]
fn Content(
    team: Team,
    handover: RwSignal<Option<CreatedUser>>,
    reload: Callback<()>,
) -> impl IntoView {
    let Team { colleagues, you } = team;
    let rows =
        colleagues.into_iter().map(|person| row(person, you, handover, reload)).collect::<Vec<_>>();
    view! {
        <div class="page-head">
            <div>
                <h1>"Colleagues"</h1>
                <p class="lead">
                    "A manager invites colleagues and decides who can sign in. A member does not."
                </p>
            </div>
        </div>
        {shown(move || handover.get().and_then(handed_over))}
        <div class="table-box">
            <table class="table colleagues-table">
                <caption class="hidden">"People of your organisation who can sign in"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Name"</th>
                        <th scope="col">"Email"</th>
                        <th scope="col" class="col-role">"Role"</th>
                        <th scope="col" class="col-status">"Status"</th>
                        <th scope="col" class="col-choices"><span class="hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <section class="section narrow" aria-labelledby="invite-title">
            <h2 id="invite-title">"Invite a colleague"</h2>
            <Invite handover reload />
        </section>
    }
    .erase()
}

/// A temporary password, shown once.
fn handed_over(created: CreatedUser) -> Option<AnyView> {
    let password = created.temporary_password?;
    let name = created.user.name.to_string();
    Some(
        view! {
            <Notice tone=Tone::Information>
                <h2>{format!("Temporary password for {name}")}</h2>
                <p>"No email is sent: hand it over yourself. It is valid for 7 days and is not shown again."</p>
                <Secret what="temporary password" text=password />
            </Notice>
        }
        .erase(),
    )
}

fn row(
    person: PartnerUser,
    you: PartnerUserId,
    handover: RwSignal<Option<CreatedUser>>,
    reload: Callback<()>,
) -> AnyView {
    let is_you = person.id == you;
    let (name, email) = (person.name.to_string(), person.email.to_string());
    let (role, status) = (person.role, person.status.clone());
    let reason = match &status {
        UserStatus::Failed { reason } => Some(reason.clone()),
        UserStatus::SettingUp { waiting_for } => waiting_for.clone(),
        _ => None,
    };
    let tall = reason.is_some();
    // Nobody takes their own access away.
    let choices = if is_you {
        view! { <p class="quiet">"Another manager or an administrator can change your access."</p> }
            .erase()
    } else {
        view! { <Choices person handover reload /> }.erase()
    };
    view! {
        <tr class:tall=tall>
            <th scope="row" class="whole-card">
                <span class="truncate">
                    <bdi>{name}</bdi>
                    {any(is_you.then(|| view! { " "<span class="tag">"You"</span> }))}
                </span>
            </th>
            <td data-label="Email" class="whole-card"><span class="truncate">{email}</span></td>
            <td data-label="Role">{role.label()}</td>
            <td data-label="Status">
                <Status status=Signal::stored(status) />
                {any(reason.map(|reason| view! { <p class="reason">{reason}</p> }))}
            </td>
            <td data-label="Actions" class="whole-card">
                {choices}
            </td>
        </tr>
    }
    .erase()
}

/// What a plain post said about this colleague.
fn said_of(action: &str, id: PartnerUserId) -> Option<Flash> {
    use_flash(action).filter(|flash| flash.field("user") == Some(&id.to_string()))
}

/// What can be done, by where the colleague stands.
#[component]
fn Choices(
    person: PartnerUser,
    handover: RwSignal<Option<CreatedUser>>,
    reload: Callback<()>,
) -> impl IntoView {
    let PartnerUser { id, role, status, name, last_sign_in_at, .. } = person;
    let new_form = |action| FormState::after("", said_of(action, id), &[], |_| FieldErrors::new());
    let (access, change, again) = (
        new_form(SetColleagueEnabled::PATH),
        new_form(SetColleagueRole::PATH),
        new_form(InviteColleagueAgain::PATH),
    );
    let messages = use_messages();
    let set_enabled = move |submit: SubmitEvent| {
        access.send::<SetColleagueEnabled>(&submit, move |user| {
            messages.say(outcome::enabled(&user));
            reload.run(());
            true
        });
    };
    let set_role = move |submit: SubmitEvent| {
        change.send::<SetColleagueRole>(&submit, move |_| {
            messages.say(outcome::SAVED);
            reload.run(());
            true
        });
    };
    let invite = move |submit: SubmitEvent| {
        again.send::<InviteColleagueAgain>(&submit, move |created| {
            if created.temporary_password.is_none() {
                messages.say(outcome::invited(&created.user));
            }
            handover.set(Some(created).filter(|created| created.temporary_password.is_some()));
            reload.run(());
            true
        });
    };
    let is_disabled = matches!(status, UserStatus::Disabled);
    let waits = match status {
        UserStatus::Invited | UserStatus::InvitationExpired => true,
        // Another invitation tries anew.
        UserStatus::Failed { .. } => last_sign_in_at.is_none(),
        UserStatus::SettingUp { .. } | UserStatus::Active | UserStatus::Disabled => false,
    };
    let (word, busy_word) =
        if is_disabled { ("Enable", "Enabling…") } else { ("Disable", "Disabling…") };
    let other = match role {
        UserRole::Manager => "Make member",
        UserRole::Member => "Make manager",
    };
    let invite_again = waits.then(|| {
        view! {
            <form method="post" action=InviteColleagueAgain::PATH aria-label=format!("Invite {name} again") on:submit=invite>
                <input type="hidden" name="user" value=id.to_string() />
                <SubmitButton class="small" label="Resend invitation" busy_label="Sending…" busy=again.busy() />
            </form>
        }
    });
    view! {
        <div class="choices-row">
            {any(invite_again)}
            <form method="post" action=SetColleagueRole::PATH aria-label=format!("{other}: {name}") on:submit=set_role>
                <input type="hidden" name="user" value=id.to_string() />
                <input type="hidden" name="role" value=role.other().as_str() />
                <SubmitButton class="small" label=other busy_label="Saving…" busy=change.busy() />
            </form>
            <form method="post" action=SetColleagueEnabled::PATH aria-label=format!("{word} {name}") on:submit=set_enabled>
                <input type="hidden" name="user" value=id.to_string() />
                <input type="hidden" name="enabled" value=is_disabled.to_string() />
                <SubmitButton class="small" label=word busy_label=busy_word busy=access.busy() />
            </form>
        </div>
        <FormNotice form=access />
        <FormNotice form=change />
        <FormNotice form=again />
    }
    .erase()
}

#[component]
fn Invite(handover: RwSignal<Option<CreatedUser>>, reload: Callback<()>) -> impl IntoView {
    let fields = [(field::NAME, ""), (field::EMAIL, ""), (field::ROLE, UserRole::Member.as_str())];
    // The rows' forms have panels of errors too.
    let form = FormState::new("invite-", InviteColleague::PATH, &fields, |typed| {
        let text = |name| typed.get(name).to_owned();
        let form = UserForm {
            name: text(field::NAME),
            email: text(field::EMAIL),
            role: text(field::ROLE),
        };
        form.parse().err().unwrap_or_default()
    });
    // A form that came back keeps its key: sent again, it is still one creation.
    let key = RwSignal::new(creation_key(InviteColleague::PATH));
    let messages = use_messages();
    let submit = move |submit: SubmitEvent| {
        form.send::<InviteColleague>(&submit, move |created| {
            if created.temporary_password.is_none() {
                messages.say(outcome::invited(&created.user));
            }
            handover.set(Some(created).filter(|created| created.temporary_password.is_some()));
            form.reset();
            key.set(Uuid::now_v7());
            reload.run(());
            true
        });
    };
    view! {
        <form
            class="form"
            method="post"
            action=InviteColleague::PATH
            novalidate=true
            aria-label="Invite a colleague"
            on:submit=submit
        >
            <input type="hidden" name="creation_key" value=move || key.get().to_string() />
            <ErrorSummary form />
            <FormNotice form />
            <TextField form name=field::NAME label="Name" />
            <TextField
                form
                name=field::EMAIL
                label="Email address"
                help="The invitation goes here. It is also what they sign in with."
                kind=Kind::Email
            />
            <RadioGroup form name=field::ROLE label="Role" choices=ROLES />
            <div class="form-foot">
                <SubmitButton label="Invite" busy_label="Inviting…" busy=form.busy() />
            </div>
        </form>
    }
    .erase()
}
