//! The two fields that name an organisation's accounts elsewhere. Where a
//! billing system is connected, they say what it knows.

use crate::api::accounts::{FindAccount, SearchAccounts};
use crate::ask::ask;
use crate::components::field::Kind;
use crate::components::live::{Erase, live, shown};
use crate::components::{FormState, Icon, TextField};
use crate::domain::billing_account::{UNKNOWN_ACCOUNT, account_is_cancelled};
use crate::domain::organisation::field;
use crate::domain::{AccountLookup, AccountStatus, AccountSummary, ZuoraAccountId};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// How long somebody stops typing before the billing system is asked.
const PAUSE: Duration = Duration::from_millis(250);
/// ID of the list of accounts that are offered.
const OFFERED: &str = "zuora-accounts";

/// *Zuora account ID*: searches the billing system's accounts by name or
/// number, and shows the one that was entered.
#[component]
pub fn ZuoraAccountField(
    /// The form.
    form: FormState,
    /// Is told what a look-up found.
    found: RwSignal<Option<AccountLookup>>,
) -> impl IntoView {
    let offered = RwSignal::new(Vec::<AccountSummary>::new());
    let typed = form.text(field::ZUORA_ACCOUNT);
    // The newest question counts; answers to older ones come too late.
    let question = StoredValue::new(0_u32);
    Effect::new(move |before: Option<String>| {
        let (text, has_left) = (typed.get(), form.has_left(field::ZUORA_ACCOUNT));
        if before.as_ref() != Some(&text) {
            found.set(None);
        }
        question.update_value(|question| *question += 1);
        let mine = question.get_value();
        let is_newest = move || question.try_get_value() == Some(mine);
        let asked = text.clone();
        set_timeout(
            move || {
                if !is_newest()
                    || found.with_untracked(|found| found == &Some(AccountLookup::NotConnected))
                {
                    return;
                }
                spawn_local(async move {
                    if !has_left && asked.trim().chars().count() >= 2 {
                        let answer = ask(&SearchAccounts { text: asked.clone() }).await;
                        if is_newest() {
                            offered.set(answer.unwrap_or_default());
                        }
                    }
                    if has_left && ZuoraAccountId::parse(&asked).is_ok() {
                        let answer = ask(&FindAccount { account: asked }).await;
                        if is_newest() {
                            tell(form, found, answer.unwrap_or(AccountLookup::Unreachable));
                        }
                    }
                });
            },
            PAUSE,
        );
        text
    });
    let note = view! {
        <div role="status">
            {shown(move || match found.get()? {
                AccountLookup::Found(account) if account.status != AccountStatus::Cancelled => {
                    Some(view! {
                        <p class="found"><Icon name="circle-check" /><span>{account.line()}</span></p>
                    }.erase())
                }
                AccountLookup::Unreachable => Some(view! {
                    <p class="help">
                        "Zuora does not answer at the moment. The partner organisation can be created; its account is verified later."
                    </p>
                }.erase()),
                _ => None,
            })}
        </div>
    }
    .erase();
    let options = live(move || {
        let options = offered
            .get()
            .into_iter()
            .map(|account| {
                let line = account.line();
                view! { <option value=account.number>{line}</option> }
            })
            .map(Erase::erase)
            .collect::<Vec<_>>();
        options.into_any()
    });
    view! {
        <TextField
            form
            name=field::ZUORA_ACCOUNT
            label="Zuora account ID"
            help="An account number such as A00001234, or the 32-character ID."
            kind=Kind::Id
            list=OFFERED
            note
        />
        <datalist id=OFFERED>{options}</datalist>
    }
    .erase()
}

/// Notes what was found; what cannot be used is an error of the field.
fn tell(form: FormState, found: RwSignal<Option<AccountLookup>>, answer: AccountLookup) {
    match &answer {
        AccountLookup::Unknown => form.refuse_field(field::ZUORA_ACCOUNT, UNKNOWN_ACCOUNT),
        AccountLookup::Found(account) if account.status == AccountStatus::Cancelled => {
            form.refuse_field(field::ZUORA_ACCOUNT, &account_is_cancelled(account));
        }
        _ => {}
    }
    found.set(Some(answer));
}

/// *Salesforce account ID*: offers the one that the Zuora account names, and
/// says so where another one is typed.
#[component]
pub fn SalesforceAccountField(
    /// The form.
    form: FormState,
    /// What was found in the billing system.
    found: RwSignal<Option<AccountLookup>>,
    /// Whether this installation uses Salesforce.
    required: bool,
) -> impl IntoView {
    let help = if required {
        "15 or 18 characters, starting with 001. This installation uses Salesforce."
    } else {
        "15 or 18 characters, starting with 001."
    };
    let typed = form.text(field::SALESFORCE_ACCOUNT);
    let note = view! {
        <div role="status">
            {shown(move || {
                let Some(AccountLookup::Found(account)) = found.get() else { return None };
                let typed = typed.get();
                let (words, offer) = if typed.trim().is_empty() {
                    ("Zuora names this one for the account:", account.salesforce_account)
                } else {
                    let other = account.other_salesforce_account(&typed).cloned();
                    ("Look twice: Zuora names another one for the account,", other)
                };
                offer.map(|id| {
                    let id = id.to_string();
                    let use_it = id.clone();
                    view! {
                        <p class="help">
                            {words} " " <span class="mono">{id}</span> ". "
                            <button
                                class="link"
                                type="button"
                                on:click=move |_| form.set(field::SALESFORCE_ACCOUNT, &use_it)
                            >
                                "Use it"
                            </button>
                        </p>
                    }
                })
            })}
        </div>
    }
    .erase();
    view! {
        <TextField
            form
            name=field::SALESFORCE_ACCOUNT
            label="Salesforce account ID"
            help
            kind=Kind::Id
            optional=!required
            note
        />
    }
    .erase()
}
