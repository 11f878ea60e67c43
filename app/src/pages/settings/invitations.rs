//! *Settings › Invitations*: those that have expired, to be sent again together.

use super::SETTINGS;
use crate::api::users::{ListExpiredInvitations, ResendInvitations, Resent};
use crate::ask::load;
use crate::components::live::{Erase, any, shown};
use crate::components::messages::use_messages;
use crate::components::{
    CopyButton, Crumb, Empty, ErrorSummary, Failure, FormNotice, FormState, Moment, Notice,
    PageFrame, SubmitButton, Tone,
};
use crate::domain::{CreatedUser, ExpiredInvitation, FieldErrors};
use crate::flash::use_flash;
use crate::pages::outcome;
use crate::part::page_in_part;
use crate::paths;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;

const WAY: &[Crumb] = &[SETTINGS];

page_in_part!(
    /// `/settings/invitations`
    InvitationsRoute, settings, invitations_page, preload_invitations, InvitationsPage
);

/// The page.
#[component]
fn InvitationsPage() -> impl IntoView {
    let expired = load(|| ListExpiredInvitations {});
    let reload = Callback::new(move |()| expired.refetch());
    let before =
        use_flash(ResendInvitations::PATH).and_then(|flash| flash.outcome::<Resent>()?.ok());
    let resent = RwSignal::new(before);
    view! {
        <Title text="Invitations" />
        <PageFrame way=WAY here=|| "Invitations">
            <div class="page-head">
                <div>
                    <h1>"Invitations"</h1>
                    <p class="lead">"Invitations that have expired before anybody signed in, the oldest first."</p>
                </div>
            </div>
            <div class="invitations">
                {shown(move || resent.get().map(outcome_of))}
                <Transition>
                    {shown(move || expired.get().map(|answer| match answer {
                        Ok(expired) if expired.is_empty() => view! {
                            <Empty
                                first=true
                                title="No invitation has expired"
                                text="An invitation works for 7 days. Whoever has not signed in by then is listed here, so that you can invite them again."
                            >
                                <div class="actions"></div>
                            </Empty>
                        }.erase(),
                        Ok(expired) => view! { <Expired expired resent reload /> }.erase(),
                        Err(error) => view! {
                            <Failure title="The invitations could not be read" error retry=reload />
                        }.erase(),
                    }))}
                </Transition>
            </div>
        </PageFrame>
    }
    .erase()
}

#[component]
fn Expired(
    expired: Vec<ExpiredInvitation>,
    resent: RwSignal<Option<Resent>>,
    reload: Callback<()>,
) -> impl IntoView {
    let form = FormState::new("", ResendInvitations::PATH, &[], |_| FieldErrors::new());
    let messages = use_messages();
    let submit = move |submit: SubmitEvent| {
        form.send::<ResendInvitations>(&submit, move |answer| {
            messages.say(outcome::invited_again(answer.invited.len()));
            resent.set(Some(answer));
            reload.run(());
            true
        });
    };
    let rows = expired.into_iter().map(row).collect::<Vec<_>>();
    view! {
        <form method="post" action=ResendInvitations::PATH aria-label="Send again" on:submit=submit>
            <ErrorSummary form />
            <FormNotice form />
            <div class="table-box">
                <table class="table invitations-table">
                    <caption class="hidden">"Invitations that have expired, the oldest first"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Name"</th>
                            <th scope="col">"Email"</th>
                            <th scope="col">"Partner organisation"</th>
                            <th scope="col" class="col-date">"Invited"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <div class="invitations-foot" id="users" tabindex="-1">
                <SubmitButton label="Send again" busy_label="Sending again…" busy=form.busy() />
                <p class="quiet">"Everybody who is ticked gets a new temporary password, which works for 7 days."</p>
            </div>
        </form>
    }
    .erase()
}

fn row(expired: ExpiredInvitation) -> AnyView {
    let page = paths::partner_user(expired.organisation, expired.user);
    view! {
        <tr>
            <th scope="row" class="whole-card">
                <label class="check row-check">
                    <input type="checkbox" name="users[]" value=expired.user.to_string() checked=true />
                    <span class="truncate"><bdi>{expired.name.to_string()}</bdi></span>
                </label>
            </th>
            <td data-label="Email" class="whole-card">
                <a class="truncate" href=page>{expired.email.to_string()}</a>
            </td>
            <td data-label="Partner organisation">
                <a class="truncate" href=paths::organisation(expired.organisation)>
                    <bdi>{expired.organisation_name.to_string()}</bdi>
                </a>
            </td>
            <td data-label="Invited"><Moment at=expired.invited_at /></td>
        </tr>
    }
    .erase()
}

/// Who was left out and why; and the passwords to be handed over, shown once.
fn outcome_of(resent: Resent) -> AnyView {
    let Resent { invited, left_out } = resent;
    let by_hand: Vec<_> = invited.into_iter().filter_map(password).collect();
    let left_out = (!left_out.is_empty()).then(|| {
        let reasons = left_out
            .into_iter()
            .map(|reason| view! { <li>{reason}</li> }.erase())
            .collect::<Vec<_>>();
        view! {
            <Notice tone=Tone::Warning><p>"Not invited again:"</p><ul>{reasons}</ul></Notice>
        }
    });
    let by_hand = (!by_hand.is_empty()).then(|| view! {
        <section class="card" aria-labelledby="passwords-title">
            <h2 id="passwords-title">"Temporary passwords"</h2>
            <p class="quiet">
                "No email is sent: hand these over yourself. They are valid for 7 days and are not shown again."
            </p>
            <dl class="passwords">{by_hand}</dl>
        </section>
    });
    view! { {any(left_out)}{any(by_hand)} }.erase()
}

fn password(created: CreatedUser) -> Option<AnyView> {
    let password = created.temporary_password?;
    Some(
        view! {
            <div>
                <dt>{created.user.email.to_string()}</dt>
                <dd class="secret">
                    <samp>{password.clone()}</samp>
                    <CopyButton what="temporary password" text=password />
                </dd>
            </div>
        }
        .erase(),
    )
}
