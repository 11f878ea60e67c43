//! A partner user's page: the name, the role, the password, and the end.

use super::super::{PARTNERS, PROFILE, SETTINGS};
use crate::api::two_step::RemoveTwoStep;
use crate::api::users::{
    DeleteUser, GetUser, RenameUser, ResetUserPassword, RetryUser, SetUserRole, UserOfOrganisation,
};
use crate::ask::load;
use crate::components::field::Kind;
use crate::components::live::{Erase, live, shown};
use crate::components::messages::use_messages;
use crate::components::{
    CopyId, Crumb, ErrorSummary, Failure, FormNotice, FormState, Moment, Notice, PageFrame,
    RadioGroup, Secret, Status, SubmitButton, TextField, Tone,
};
use crate::domain::fields::{CONFIRMATION, confirmed};
use crate::domain::user::field;
use crate::domain::{
    CreatedUser, FieldErrors, Organisation, PartnerUser, PartnerUserId, PersonName, UserRole,
    UserStatus,
};
use crate::flash::use_flash;
use crate::page_load::of_address;
use crate::pages::outcome;
use crate::paths;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use uuid::Uuid;

const WAY: &[Crumb] = &[SETTINGS, PROFILE, PARTNERS];

const ROLES: &[(&str, &str)] = &[
    (UserRole::Manager.as_str(), UserRole::Manager.label()),
    (UserRole::Member.as_str(), UserRole::Member.label()),
];

/// The page.
#[component]
pub fn UserPage() -> impl IntoView {
    let parameters = use_params_map();
    // What is no ID at all is asked for as one that no user has.
    let id = of_address(move |_| {
        let id = parameters.with(|parameters| parameters.get("user")?.parse().ok());
        id.unwrap_or(PartnerUserId(Uuid::nil()))
    });
    let found = load(move || GetUser { user: id.try_get().unwrap_or(PartnerUserId(Uuid::nil())) });
    let retry = Callback::new(move |()| found.refetch());
    let name = move || found.get()?.ok().map(|found| found.user.name.to_string());
    let here = move || view! { <Transition><bdi>{name}</bdi></Transition> };
    view! {
        <PageFrame way=WAY here>
            <Transition>
                {shown(move || found.get().map(|found| match found {
                    Ok(UserOfOrganisation { user, organisation }) => {
                        view! { <Content user organisation /> }.erase()
                    }
                    Err(error) => view! {
                        <Failure title="The user could not be read" error retry />
                    }
                    .erase(),
                }))}
            </Transition>
        </PageFrame>
    }
    .erase()
}

#[component]
fn Content(user: PartnerUser, organisation: Organisation) -> impl IntoView {
    let user = RwSignal::new(user);
    let name = Memo::new(move |_| user.with(|user| user.name.to_string()));
    let status = Signal::derive(move || user.with(|user| user.status.clone()));
    let first = user.get_untracked();
    let last_sign_in = match first.last_sign_in_at {
        Some(at) => view! { <Moment at /> }.erase(),
        None => view! { <span class="quiet">"Never"</span> }.erase(),
    };
    view! {
        <Title text=name />
        <div class="narrow user-page">
            <div class="page-head">
                <div>
                    <h1><bdi>{name}</bdi></h1>
                    <p class="lead">
                        "Partner user of "
                        <a href=paths::organisation(organisation.id)>
                            <bdi>{organisation.name.to_string()}</bdi>
                        </a>
                    </p>
                </div>
                <Status status />
            </div>
            <Standing user />
            <dl class="facts">
                <div>
                    <dt>"Email address"</dt>
                    <dd>{first.email.to_string()}</dd>
                </div>
                <div>
                    <dt>"Partner User ID"</dt>
                    <dd><CopyId label="Partner User ID" id=first.id.to_string() /></dd>
                </div>
                <div>
                    <dt>"Created"</dt>
                    <dd><Moment at=first.created_at /></dd>
                </div>
                <div>
                    <dt>"Last sign-in"</dt>
                    <dd>{last_sign_in}</dd>
                </div>
            </dl>
            <Rename user />
            <Role user />
            <Password user />
            <TwoStep user />
            <Delete user />
        </div>
    }
    .erase()
}

/// Why the user is not where they should be, and *Retry* where that was given up.
#[component]
fn Standing(user: RwSignal<PartnerUser>) -> impl IntoView {
    let id = user.with_untracked(|user| user.id);
    let form = FormState::new("retry-", RetryUser::PATH, &[], |_| FieldErrors::new());
    let messages = use_messages();
    let submit = move |submit: SubmitEvent| {
        form.send::<RetryUser>(&submit, move |after| {
            messages.say(outcome::retried(&after));
            user.set(after);
            true
        });
    };
    let status = Memo::new(move |_| user.with(|user| user.status.clone()));
    let failed = move |reason: String| {
        view! {
            <Notice tone=Tone::Danger>
                <p>"The last change to this user has failed."</p>
                <p class="reason">{reason}</p>
                <form method="post" action=RetryUser::PATH on:submit=submit>
                    <input type="hidden" name="user" value=id.to_string() />
                    <FormNotice form />
                    <SubmitButton class="" label="Retry" busy_label="Retrying…" busy=form.busy() />
                </form>
            </Notice>
        }
        .erase()
    };
    shown(move || match status.get() {
        UserStatus::Failed { reason } => Some(failed(reason)),
        UserStatus::SettingUp { waiting_for: Some(reason) } => {
            Some(view! { <Notice tone=Tone::Information><p>{reason}</p></Notice> }.erase())
        }
        _ => None,
    })
}

#[component]
fn Rename(user: RwSignal<PartnerUser>) -> impl IntoView {
    let (id, name) = user.with_untracked(|user| (user.id, user.name.to_string()));
    let fields = [(field::NAME, name.as_str())];
    let form = FormState::new("rename-", RenameUser::PATH, &fields, |typed| {
        let mut errors = FieldErrors::new();
        errors.take(field::NAME, PersonName::parse(typed.get(field::NAME)));
        errors
    });
    let messages = use_messages();
    let submit = move |submit: SubmitEvent| {
        form.send::<RenameUser>(&submit, move |after| {
            messages.say(outcome::SAVED);
            user.set(after);
            true
        });
    };
    view! {
        <section class="section" aria-labelledby="name-title">
            <h2 id="name-title">"Name"</h2>
            <form class="form" method="post" action=RenameUser::PATH novalidate=true on:submit=submit>
                <input type="hidden" name="user" value=id.to_string() />
                <ErrorSummary form />
                <FormNotice form />
                <TextField form name=field::NAME label="Name" />
                <div class="form-foot">
                    <SubmitButton class="" label="Save name" busy_label="Saving…" busy=form.busy() />
                </div>
            </form>
        </section>
    }
    .erase()
}

#[component]
fn Role(user: RwSignal<PartnerUser>) -> impl IntoView {
    let (id, role) = user.with_untracked(|user| (user.id, user.role));
    let fields = [(field::ROLE, role.as_str())];
    let form = FormState::new("role-", SetUserRole::PATH, &fields, |_| FieldErrors::new());
    let messages = use_messages();
    let submit = move |submit: SubmitEvent| {
        form.send::<SetUserRole>(&submit, move |after| {
            messages.say(outcome::SAVED);
            user.set(after);
            true
        });
    };
    view! {
        <section class="section" aria-labelledby="role-title">
            <h2 id="role-title">"Role"</h2>
            <p class="quiet">
                "A manager invites colleagues in the partner pages, and disables and enables them. A member does not."
            </p>
            <form class="form" method="post" action=SetUserRole::PATH novalidate=true on:submit=submit>
                <input type="hidden" name="user" value=id.to_string() />
                <ErrorSummary form />
                <FormNotice form />
                <RadioGroup form name=field::ROLE label="Role" choices=ROLES />
                <div class="form-foot">
                    <SubmitButton class="" label="Save role" busy_label="Saving…" busy=form.busy() />
                </div>
            </form>
        </section>
    }
    .erase()
}

#[component]
fn Password(user: RwSignal<PartnerUser>) -> impl IntoView {
    let id = user.with_untracked(|user| user.id);
    let before = use_flash(ResetUserPassword::PATH);
    let shown_once = before.as_ref().and_then(|flash| flash.outcome::<CreatedUser>()?.ok());
    let password = RwSignal::new(shown_once.and_then(|created| created.temporary_password));
    let form = FormState::new("reset-", ResetUserPassword::PATH, &[], |_| FieldErrors::new());
    let messages = use_messages();
    let submit = move |submit: SubmitEvent| {
        form.send::<ResetUserPassword>(&submit, move |created| {
            if created.temporary_password.is_none() {
                messages.say(outcome::password_reset(&created.user));
            }
            password.set(created.temporary_password);
            true
        });
    };
    let is_active = Memo::new(move |_| user.with(|user| matches!(user.status, UserStatus::Active)));
    let waits = Memo::new(move |_| {
        user.with(|user| {
            matches!(user.status, UserStatus::Failed { .. }) && user.last_sign_in_at.is_some()
        })
    });
    let ask = move || {
        view! {
            <p>
                "The password they have works no longer, and their sessions end at once. They sign in with a code that is mailed to them, or with a temporary password that you hand over, and choose a new one."
            </p>
            <form method="post" action=ResetUserPassword::PATH on:submit=submit>
                <input type="hidden" name="user" value=id.to_string() />
                <FormNotice form />
                <SubmitButton
                    class=""
                    label="Reset password"
                    busy_label="Resetting password…"
                    busy=form.busy()
                />
            </form>
        }
        .erase()
    };
    view! {
        <section class="section" aria-labelledby="password-title">
            <h2 id="password-title">"Password"</h2>
            {live(move || match (password.get(), is_active.get(), waits.get()) {
                (Some(password), ..) => view! {
                    <Notice tone=Tone::Information>
                        <p>"No email is sent: hand this temporary password over yourself."</p>
                        <Secret what="temporary password" text=password />
                        <p class="quiet">"It is valid for 7 days and is not shown again."</p>
                    </Notice>
                }
                .erase(),
                (None, true, _) => ask(),
                (None, false, true) => view! {
                    <p class="quiet">"It can be reset once the last change to this user is done."</p>
                }
                .erase(),
                (None, false, false) => view! {
                    <p class="quiet">
                        "There is no password to reset: they have not signed in yet, or cannot."
                    </p>
                }
                .erase(),
            })}
        </section>
    }
    .erase()
}

#[component]
fn TwoStep(user: RwSignal<PartnerUser>) -> impl IntoView {
    let id = user.with_untracked(|user| user.id);
    let form = FormState::new("two-step-", RemoveTwoStep::PATH, &[], |_| FieldErrors::new());
    let messages = use_messages();
    let submit = move |submit: SubmitEvent| {
        form.send::<RemoveTwoStep>(&submit, move |after| {
            messages.say(outcome::two_step_removed(&after));
            user.set(after);
            true
        });
    };
    let may_have_one = Memo::new(move |_| {
        user.with(|user| match user.status {
            UserStatus::Active => true,
            UserStatus::Failed { .. } => user.last_sign_in_at.is_some(),
            _ => false,
        })
    });
    let remove = move || {
        view! {
            <p>
                "For somebody who has lost the authenticator app and the recovery codes. Make sure that it is they who ask for it: from then on the password alone signs them in, and their open sessions end. Where they have to sign in in two steps, they set it up anew at the next sign-in."
            </p>
            <form method="post" action=RemoveTwoStep::PATH on:submit=submit>
                <input type="hidden" name="user" value=id.to_string() />
                <FormNotice form />
                <SubmitButton
                    class=""
                    label="Remove two-step sign-in"
                    busy_label="Removing…"
                    busy=form.busy()
                />
            </form>
        }
        .erase()
    };
    view! {
        <section class="section" aria-labelledby="two-step-title">
            <h2 id="two-step-title">"Two-step sign-in"</h2>
            {live(move || if may_have_one.get() {
                remove()
            } else {
                view! {
                    <p class="quiet">"There is nothing to remove: they have not signed in yet, or cannot."</p>
                }
                .erase()
            })}
        </section>
    }
    .erase()
}

#[component]
fn Delete(user: RwSignal<PartnerUser>) -> impl IntoView {
    let first = user.get_untracked();
    let (id, email) = (first.id, first.email.to_string());
    let wanted = email.clone();
    let form = FormState::new("delete-", DeleteUser::PATH, &[(CONFIRMATION, "")], move |typed| {
        confirmed(typed.get(CONFIRMATION), &wanted).err().unwrap_or_default()
    });
    let messages = use_messages();
    let submit = move |submit: SubmitEvent| {
        form.send::<DeleteUser>(&submit, move |()| {
            messages.say(outcome::deleted(&user.with_untracked(|user| user.name.to_string())));
            // The organisation's page is on its way.
            false
        });
    };
    let name = move || user.with(|user| user.name.to_string());
    view! {
        <section class="section" aria-labelledby="delete-title">
            <h2 id="delete-title">"Delete"</h2>
            <p>
                <bdi>{name}</bdi>
                " can no longer sign in, the account is removed at the identity provider, and the email can be used for another user. What they did keeps their name. This cannot be undone."
            </p>
            <form class="form" method="post" action=DeleteUser::PATH novalidate=true on:submit=submit>
                <input type="hidden" name="user" value=id.to_string() />
                <input type="hidden" name="name" value=name />
                <ErrorSummary form />
                <FormNotice form />
                <p>"To confirm, type "<strong>{email}</strong>"."</p>
                <TextField form name=CONFIRMATION label="Email address" kind=Kind::Id />
                <div class="form-foot">
                    <SubmitButton
                        class="danger"
                        label="Delete user"
                        busy_label="Deleting user…"
                        busy=form.busy()
                    />
                </div>
            </form>
        </section>
    }
    .erase()
}
