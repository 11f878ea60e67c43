//! What is to be done with the organisations chosen in the table: asks first,
//! by their names, and says what became of each.

use super::super::{PARTNERS, PROFILE, SETTINGS};
use crate::api::imports::{ChosenOrganisations, SetOrganisationsSuspended};
use crate::ask::load;
use crate::components::live::{Erase, any, shown};
use crate::components::messages::use_messages;
use crate::components::{
    Crumb, Failure, FormNotice, FormState, Notice, PageFrame, Tone, count, dom,
};
use crate::domain::{BulkOutcome, BulkResult, FieldErrors, Organisation, OrganisationId};
use crate::flash::use_flash;
use crate::page_load::of_address;
use crate::paths;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

const WAY: &[Crumb] = &[SETTINGS, PROFILE, PARTNERS];

/// What was chosen, and what for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Choice {
    ids: Vec<OrganisationId>,
    suspend: bool,
}

/// The page.
#[component]
pub fn ChosenPage() -> impl IntoView {
    let query = use_query_map();
    let choice = of_address(move |_: Option<&Choice>| {
        query.with(|query| {
            let each = query.get_all(paths::CHOSEN).unwrap_or_default();
            let page = query.get(paths::CHOSEN_ALL).unwrap_or_default();
            let words = each.iter().map(String::as_str).chain(page.split(','));
            let mut ids: Vec<OrganisationId> = Vec::new();
            for id in words.filter_map(|word| word.parse().ok()) {
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
            Choice { ids, suspend: query.get(paths::CHOSEN_ACT).as_deref() != Some("reactivate") }
        })
    });
    let suspend = choice.with_untracked(|choice| choice.suspend);
    let nothing = choice.with_untracked(|choice| choice.ids.is_empty());
    let title = if suspend { "Suspend partners" } else { "Reactivate partners" };
    let said = use_flash(SetOrganisationsSuspended::PATH);
    let results = RwSignal::new(said.and_then(|said| said.outcome::<Vec<BulkResult>>()?.ok()));
    let whole_title = move || {
        results.with(|results| {
            results.as_ref().map_or_else(|| title.to_owned(), |all| summed_up(all, suspend))
        })
    };
    let content = if nothing {
        nobody(title, "No partner organisation is chosen. Tick those you mean in the table.")
    } else {
        let organisations =
            load(move || ChosenOrganisations { ids: choice.try_get().unwrap_or_default().ids });
        let retry = Callback::new(move |()| organisations.refetch());
        view! {
            <Suspense>
                {shown(move || organisations.get().map(|answer| match answer {
                    Ok(organisations) if organisations.is_empty()
                        && results.with_untracked(Option::is_none) =>
                    {
                        nobody(title, "The partner organisations that you chose do not exist any more.")
                    }
                    Ok(organisations) => {
                        view! { <Chosen organisations suspend results /> }.erase()
                    }
                    Err(error) => view! {
                        <Failure title="The partners could not be read" error retry />
                    }.erase(),
                }))}
            </Suspense>
        }
        .erase()
    };
    view! {
        <Title text=whole_title />
        <PageFrame way=WAY here=move || title><div class="narrow">{content}</div></PageFrame>
    }
    .erase()
}

/// Where there is nothing to ask about.
fn nobody(title: &'static str, words: &'static str) -> AnyView {
    view! {
        <h1>{title}</h1>
        <Notice tone=Tone::Information>
            <p>{words}</p>
            <a class="button" href=paths::PARTNERS>"Back to Partners"</a>
        </Notice>
    }
    .erase()
}

/// The question, and then the answer.
#[component]
fn Chosen(
    organisations: Vec<Organisation>,
    suspend: bool,
    /// What became of them, once that is known.
    results: RwSignal<Option<Vec<BulkResult>>>,
) -> impl IntoView {
    let messages = use_messages();
    let form = FormState::new("", SetOrganisationsSuspended::PATH, &[], |_| FieldErrors::new());
    let submit = move |submit: SubmitEvent| {
        form.send::<SetOrganisationsSuspended>(&submit, move |after| {
            messages.say(format!("{}.", summed_up(&after, suspend)));
            results.set(Some(after));
            // The button, which had the focus, is gone.
            dom::focus("content");
            true
        });
    };
    shown(move || {
        Some(match results.get() {
            Some(results) => told(results, suspend),
            None => question(&organisations, suspend, form, submit),
        })
    })
}

fn question(
    organisations: &[Organisation],
    suspend: bool,
    form: FormState,
    submit: impl Fn(SubmitEvent) + Copy + Send + 'static,
) -> AnyView {
    let number = i64::try_from(organisations.len()).unwrap_or_default();
    let many = count::of(Some(number), "partner organisation", "partner organisations");
    let verb = if suspend { "Suspend" } else { "Reactivate" };
    let heading = format!("{verb} {many}?");
    let effect = if suspend {
        "Nobody of these organisations can sign in any more, and the sessions of all their users end at once. Subscriptions go on, and orders that were placed before are carried out. You can reactivate them at any time."
    } else {
        "The users of these organisations can sign in again."
    };
    let names = organisations
        .iter()
        .map(|organisation| {
            let is_so = organisation.suspended_at.is_some() == suspend;
            let word = match (is_so, suspend) {
                (false, _) => None,
                (true, true) => Some("Suspended already"),
                (true, false) => Some("Active already"),
            };
            let word = word.map(|word| view! { <span class="quiet small">{word}</span> });
            view! {
                <li>
                    <a dir="auto" href=paths::organisation(organisation.id)>
                        {organisation.name.to_string()}
                    </a>
                    " "
                    {any(word)}
                </li>
            }
            .erase()
        })
        .collect::<Vec<_>>();
    let fields = organisations
        .iter()
        .map(|organisation| {
            view! { <input type="hidden" name="ids[]" value=organisation.id.to_string() /> }.erase()
        })
        .collect::<Vec<_>>();
    let busy = form.busy();
    let class = if suspend { "button danger" } else { "button primary" };
    view! {
        <div class="page-head"><h1>{heading}</h1></div>
        <form
            class="form"
            method="post"
            action=SetOrganisationsSuspended::PATH
            aria-label=verb
            on:submit=submit
        >
            <FormNotice form />
            <ul class="chosen-names" aria-label="Chosen partner organisations">{names}</ul>
            <p>{effect}</p>
            {fields}
            <input type="hidden" name="suspended" value=suspend.to_string() />
            <div class="form-foot">
                <button
                    class=class
                    aria-disabled=move || busy.get().then_some("true")
                    data-busy=move || busy.get().then_some("")
                >
                    {format!("{verb} {many}")}
                </button>
                <a class="button plain" href=paths::PARTNERS>"Cancel"</a>
            </div>
        </form>
    }
    .erase()
}

/// What became of them, in a few words.
fn summed_up(results: &[BulkResult], suspend: bool) -> String {
    let changed = results.iter().filter(|result| result.outcome == BulkOutcome::Changed).count();
    let changed = i64::try_from(changed).unwrap_or_default();
    let many = count::of(Some(changed), "partner organisation", "partner organisations");
    let are = if changed == 1 { "is" } else { "are" };
    if suspend { format!("{many} {are} suspended") } else { format!("{many} {are} active again") }
}

fn told(results: Vec<BulkResult>, suspend: bool) -> AnyView {
    let groups = [
        (BulkOutcome::Changed, if suspend { "Suspended" } else { "Active again" }),
        (
            BulkOutcome::WasSo,
            if suspend { "Were suspended already" } else { "Were active already" },
        ),
        (BulkOutcome::Gone, "Do not exist any more"),
    ];
    let heading = summed_up(&results, suspend);
    let lists = groups
        .into_iter()
        .map(|(outcome, words)| {
            let names = results
                .iter()
                .filter(|result| result.outcome == outcome)
                .map(|result| {
                    let name = if result.name.is_empty() {
                        result.id.to_string()
                    } else {
                        result.name.clone()
                    };
                    view! {
                        <li><a dir="auto" href=paths::organisation(result.id)>{name}</a></li>
                    }
                    .erase()
                })
                .collect::<Vec<_>>();
            any((!names.is_empty()).then(|| {
                view! {
                    <h2>{words}</h2>
                    <ul class="chosen-names">{names}</ul>
                }
            }))
        })
        .collect::<Vec<_>>();
    view! {
        <div class="page-head"><h1>{heading}</h1></div>
        <div class="import-stack">
            {lists}
            <div class="actions"><a class="button" href=paths::PARTNERS>"Back to Partners"</a></div>
        </div>
    }
    .erase()
}
