//! What an organisation is: name and logo, and what is fixed, with the reason.

use super::suspend::SuspendButton;
use crate::api::accounts::{CheckAccount, CheckedAccount};
use crate::ask::{self, load};
use crate::components::live::{Erase, live, shown};
use crate::components::messages::use_messages;
use crate::components::{Avatar, CopyId, Icon, dom};
use crate::domain::{
    AccountCheck, AccountDoubt, AccountStatus, InvoiceOwner, Organisation, OrganisationId,
};
use crate::paths;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::task::spawn_local;

/// ID of the pencil, for the focus.
pub const PENCIL: &str = "edit";

/// Logo and name with the pencil.
#[component]
pub fn Head(
    /// The organisation as it is now.
    organisation: Signal<Organisation>,
    /// Whether it is being edited.
    editing: RwSignal<bool>,
    /// Whether it is asked whether to suspend it.
    asking: RwSignal<bool>,
) -> impl IntoView {
    let edit = move |submit: SubmitEvent| {
        submit.prevent_default();
        editing.set(true);
    };
    live(move || {
        let organisation = organisation.get();
        let name = organisation.name.to_string();
        let since = organisation.created_at;
        let suspend = view! { <SuspendButton organisation=organisation.clone() asking /> }.erase();
        view! {
            <div class="organisation-head">
                <Avatar id=organisation.id name=name.clone() logo=organisation.logo size="plate" />
                <div>
                    <div class="title-line">
                        <h1><bdi>{name}</bdi></h1>
                        " "
                        <form action=paths::organisation(organisation.id) on:submit=edit>
                            <button
                                class="button plain square"
                                id=PENCIL
                                name=paths::OPENS_EDIT
                                value="1"
                                aria-label="Edit"
                                title="Edit name and logo"
                            >
                                <Icon name="pencil" />
                            </button>
                        </form>
                    </div>
                    <p class="quiet">
                        "Partner organisation since "
                        <time datetime=since.iso() title=since.full()>{since.short()}</time>
                    </p>
                </div>
                {suspend}
            </div>
        }
        .erase()
    })
}

/// The facts that do not change.
#[component]
pub fn Facts(
    /// The organisation.
    organisation: Organisation,
) -> impl IntoView {
    let zuora = organisation.zuora_account.to_string();
    let owner = match organisation.invoice_owner {
        InvoiceOwner::Partner => {
            format!("Invoices for their customers’ subscriptions go to {zuora}.")
        }
        InvoiceOwner::EndCustomer => organisation.invoice_owner.effect().to_owned(),
    };
    let salesforce = match organisation.salesforce_account {
        Some(id) => view! { <CopyId label="Salesforce account ID" id=id.to_string() /> }.erase(),
        None => view! { <span class="quiet">"None"</span> }.erase(),
    };
    view! {
        <dl class="facts">
            <div>
                <dt>"Partner Organisation ID"</dt>
                <dd><CopyId label="Partner Organisation ID" id=organisation.id.to_string() /></dd>
                {why("Given at creation. The partner’s pages are scoped by it, so it never changes.")}
            </div>
            <div>
                <dt>"Zuora account ID"</dt>
                <dd><CopyId label="Zuora account ID" id=zuora /><Account id=organisation.id /></dd>
                {why("Fixed: subscriptions and invoices in Zuora already refer to it.")}
            </div>
            <div>
                <dt>"Salesforce account ID"</dt>
                <dd>{salesforce}</dd>
                {why("Fixed: orders in Salesforce already refer to it.")}
            </div>
            <div>
                <dt>"Zuora Invoice Owner"</dt>
                <dd>{organisation.invoice_owner.label()}<p class="reason">{owner}</p></dd>
                {why("Fixed: changing it would split the invoices of running subscriptions.")}
            </div>
        </dl>
    }
    .erase()
}

/// What the billing system says of the account, where one is connected.
#[component]
fn Account(id: OrganisationId) -> impl IntoView {
    let known = load(move || CheckedAccount { organisation: id });
    let messages = use_messages();
    let again = move |submit: SubmitEvent| {
        submit.prevent_default();
        let form = dom::form_text(&submit);
        spawn_local(async move {
            match ask::post(CheckAccount::PATH, ask::Body::Form(form)).await {
                Ok(_) => messages.say("Zuora was asked again."),
                Err(error) => messages.say(error.to_string()),
            }
            known.refetch();
        });
    };
    let check = move || {
        view! {
            <form class="inline" method="post" action=CheckAccount::PATH on:submit=again>
                <input type="hidden" name="organisation" value=id.to_string() />
                <button class="link">"Check again"</button>
            </form>
        }
        .erase()
    };
    view! {
        <Transition>
            {shown(move || match known.get()?.ok()?? {
                AccountCheck::Verified(account) if account.status == AccountStatus::Cancelled => {
                    Some(view! {
                        <div class="reason">
                            <span class="status" data-status="failed">
                                {AccountDoubt::Cancelled.label()}
                            </span>
                            {format!(" Zuora takes no orders for this account of {}. Reactivate it there. ", account.name)}
                            {check()}
                        </div>
                    }.erase())
                }
                AccountCheck::Verified(account) => {
                    Some(view! { <p class="reason">{account.line()}</p> }.erase())
                }
                AccountCheck::Unverified => Some(view! {
                    <p class="reason">
                        <span class="status" data-status="setting-up">"Not verified yet"</span>
                        " Zuora could not be asked; it is asked again by itself."
                    </p>
                }.erase()),
                AccountCheck::Unknown => Some(view! {
                    <div class="reason">
                        <span class="status" data-status="failed">"Not in Zuora"</span>
                        " Zuora has no account with this ID or number. Create it there, or create the partner organisation anew. "
                        {check()}
                    </div>
                }.erase()),
            })}
        </Transition>
    }
    .erase()
}

fn why(reason: &'static str) -> impl IntoView {
    view! { <dd class="why"><Icon name="lock" /><span>{reason}</span></dd> }
}
