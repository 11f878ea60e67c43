//! An import: what is in the file, what stands in its way, and what came of it.

use super::super::{PARTNERS, PROFILE, SETTINGS};
use super::columns::{Columns, SENT_AS};
use super::progress::{ProgressBar, created};
use super::rows::rows;
use crate::api::imports::{GetImport, StartImport};
use crate::ask::load;
use crate::components::live::{Erase, any, shown};
use crate::components::messages::use_messages;
use crate::components::progress::use_fetching;
use crate::components::{
    Crumb, Failure, FormNotice, FormState, Icon, ListSkeleton, Moment, Notice, PageFrame, Tone,
    count, dom,
};
use crate::domain::{
    FieldErrors, Import, ImportCounts, ImportId, ImportKind, ImportPage, ImportState, RowsShown,
};
use crate::page_load::of_address;
use crate::paths;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

const IMPORT: Crumb = Crumb { text: "Import", href: paths::IMPORT };
const WAY: &[Crumb] = &[SETTINGS, PROFILE, PARTNERS, IMPORT];

/// Which part of which import is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Asked {
    id: ImportId,
    shown: RowsShown,
    after: Option<i64>,
    before: Option<i64>,
}

/// The page.
#[component]
pub fn ImportPageView() -> impl IntoView {
    let (parameters, query) = (use_params_map(), use_query_map());
    let asked = of_address(move |before: Option<&Asked>| {
        let id = parameters.with(|parameters| parameters.get("import")?.parse().ok());
        // While another page is on its way it stays what it is.
        let Some(id) = id.or_else(|| before.map(|before| before.id)) else {
            return Asked::default();
        };
        query.with(|query| {
            let place = |name| query.get(name).and_then(|text| text.parse().ok());
            let after = place("after");
            Asked {
                id,
                shown: RowsShown::parse(&query.get("show").unwrap_or_default()),
                before: if after.is_none() { place("before") } else { None },
                after,
            }
        })
    });
    let page = load(move || {
        // On the server the page may be gone when this is asked for once more.
        let Asked { id, shown, after, before } = asked.try_get().unwrap_or_default();
        GetImport { id, shown, after, before }
    });
    let reload = Callback::new(move |()| page.refetch());
    view! {
        <PageFrame way=WAY here=|| "File">
            <Transition
                fallback=|| view! { <ListSkeleton label="Loading the import" columns=5 /> }
                set_pending=use_fetching()
            >
                {shown(move || page.get().map(|answer| match answer {
                    Ok(page) => loaded(page, reload),
                    Err(error) => view! {
                        <Failure title="The import could not be read" error retry=reload />
                    }.erase(),
                }))}
            </Transition>
        </PageFrame>
    }
    .erase()
}

fn loaded(page: ImportPage, reload: Callback<()>) -> AnyView {
    let import = page.import.clone();
    let counts = page.counts;
    let (title, file) = (import.file_name.clone(), import.file_name.clone());
    let by = import.created_by.clone();
    let content = match import.state {
        ImportState::Checked => checked(&page, reload),
        ImportState::Applying => {
            view! { <ProgressBar import=import.clone() counts reload /> }.erase()
        }
        ImportState::Done => done(&page),
    };
    // The rows are removed after a while.
    let table = if import.state == ImportState::Applying {
        ().into_any()
    } else if counts.total() == 0 {
        view! {
            <p class="quiet">"The rows of a file are kept for 30 days. These have been removed."</p>
        }
        .erase()
    } else {
        let report = paths::import_report(import.id, "all");
        let mend = (counts.to_look_at() > 0).then(|| {
            let href = paths::import_report(import.id, "problems");
            view! {
                <a class="button" rel="external" href=href>
                    <Icon name="download" />
                    "Rows with problems"
                </a>
            }
        });
        view! {
            <section class="import-section" aria-labelledby="rows-title">
                <div class="page-head">
                    <h2 id="rows-title">"Rows"</h2>
                    <div class="actions">
                        {any(mend)}
                        // The router leaves it alone: it is a document, not a page.
                        <a class="button" rel="external" href=report>
                            <Icon name="download" />
                            "Report"
                        </a>
                    </div>
                </div>
                {rows(page)}
            </section>
        }
        .erase()
    };
    view! {
        <Title text=title />
        <div class="page-head">
            <div>
                <h1><bdi>{file}</bdi></h1>
                <p class="lead">
                    {format!("{}, uploaded ", import.kind.label())}
                    <Moment at=import.created_at />
                    " by "
                    <bdi>{by}</bdi>
                </p>
            </div>
        </div>
        {content}
        {table}
    }
    .erase()
}

/// How many rows stand how.
fn counted(counts: ImportCounts, state: ImportState) -> AnyView {
    let first = if state == ImportState::Done {
        (counts.created, "created", "active")
    } else {
        (counts.ready, "ready", "invited")
    };
    let items = [
        first,
        (counts.there, "already there", "disabled"),
        (counts.looks_same, "like another organisation", "setting-up"),
        (counts.problem, "with problems", "failed"),
    ]
    .into_iter()
    .filter(|(number, words, _)| *number > 0 || matches!(*words, "created" | "ready"))
    .map(|(number, words, dot)| {
        view! {
            <li>
                <span class="status" data-status=dot>
                    {format!("{} {words}", count::thousands(number))}
                </span>
            </li>
        }
        .erase()
    })
    .collect::<Vec<_>>();
    view! { <ul class="import-counts" aria-label="Rows of the file">{items}</ul> }.erase()
}

/// What was found, before anything is created.
fn checked(page: &ImportPage, reload: Callback<()>) -> AnyView {
    let earlier = page.earlier.clone().and_then(|earlier| Some((earlier.finished_at?, earlier)));
    let earlier = earlier.map(|(at, earlier)| {
        view! {
            <Notice tone=Tone::Information>
                <h2>"This file was imported before"</h2>
                <p>
                    {format!("On {} by ", at.full())}
                    <bdi>{earlier.started_by}</bdi>
                    ". What exists since then is left as it is. "
                    <a href=paths::import(earlier.id)>"Open that import"</a>
                </p>
            </Notice>
        }
    });
    view! {
        <div class="import-stack">
            {any(earlier)}
            {counted(page.counts, ImportState::Checked)}
            {any(unchecked(page.unchecked))}
            <Columns import=page.import.clone() reload />
            <Start import=page.import.clone() counts=page.counts hands_over=page.hands_over reload />
        </div>
    }
    .erase()
}

/// Of how many rows Zuora could not be asked in time, in words.
fn unchecked(number: i64) -> Option<AnyView> {
    (number > 0).then(|| {
        view! {
            <p class="quiet">
                {format!(
                    "The accounts of {} could not be checked in Zuora in time. They are checked after the import, and the Partners table then says which of them are not there.",
                    count::of(Some(number), "row", "rows"),
                )}
            </p>
        }
        .erase()
    })
}

/// What is left out, in words.
fn left_out(counts: ImportCounts) -> Option<String> {
    let sentences = [
        (counts.problem, "with problems"),
        (counts.there, "already there"),
        (counts.looks_same, "like another organisation"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, words)| format!("{} {words}", count::of(Some(number), "row", "rows")))
    .collect::<Vec<_>>();
    (!sentences.is_empty()).then(|| format!("Left out: {}.", sentences.join(", ")))
}

/// How imported users get in.
const fn invitation(hands_over: bool) -> &'static str {
    if hands_over {
        "No mail is sent from this installation. Press Resend invitation beside a user to get the temporary password to hand over."
    } else {
        "Each user is sent an invitation by mail."
    }
}

/// *Import*
#[component]
fn Start(
    import: Import,
    counts: ImportCounts,
    hands_over: bool,
    reload: Callback<()>,
) -> impl IntoView {
    let form = FormState::new("start-", StartImport::PATH, &[], |_| FieldErrors::new());
    let messages = use_messages();
    let submit = move |submit: SubmitEvent| {
        form.send::<StartImport>(&submit, move |()| {
            messages.say("The import has begun.");
            // The button, which has the focus, goes.
            dom::focus("content");
            reload.run(());
            true
        });
    };
    if counts.ready == 0 && counts.looks_same == 0 {
        let words = if counts.problem == 0 {
            "Everything in this file is there already. There is nothing to import."
        } else {
            "No row of this file can be imported as it is. Mend the rows with problems in your file and upload it again, or match the columns differently."
        };
        return view! { <Notice tone=Tone::Warning><p>{words}</p></Notice> }.erase();
    }
    let (one, many) = import.kind.nouns();
    let label = format!("Import {}", count::of(Some(counts.ready), one, many));
    let accept = (counts.looks_same > 0).then(|| {
        let words = format!(
            "Also import {} that look like another organisation",
            count::of(Some(counts.looks_same), "row", "rows")
        );
        view! {
            <label class="check">
                <input type="checkbox" name="accept_lookalikes" value="true" />
                <span>{words}</span>
            </label>
        }
    });
    let invites = (import.kind == ImportKind::Users)
        .then(|| view! { <p class="quiet">{invitation(hands_over)}</p> });
    let left_out = left_out(counts).map(|words| view! { <p>{words}</p> });
    let busy = form.busy();
    view! {
        <form
            class="import-start"
            method="post"
            action=StartImport::PATH
            aria-label="Import"
            on:submit=submit
        >
            <input type="hidden" name="id" value=import.id.to_string() />
            <input type="hidden" name="kind" value=import.kind.as_str() />
            // What is imported is what was looked at, or nothing.
            {shown_columns(&import)}
            {any(left_out)}
            {any(invites)}
            {any(accept)}
            <FormNotice form />
            <button
                class="button primary"
                aria-disabled=move || busy.get().then_some("true")
                data-busy=move || busy.get().then_some("")
            >
                {label}
            </button>
        </form>
    }
    .erase()
}

/// What the columns have on this page, as it is sent.
fn shown_columns(import: &Import) -> Vec<AnyView> {
    (0..import.columns.len())
        .map(|place| {
            let field = import.matching.of(place).unwrap_or_default().to_owned();
            view! { <input type="hidden" name=SENT_AS value=field /> }.erase()
        })
        .collect()
}

/// What came of it.
fn done(page: &ImportPage) -> AnyView {
    let ImportPage { import, counts, hands_over, .. } = page;
    let words = if import.rows > 0 && counts.total() == 0 {
        "This file was imported.".to_owned()
    } else {
        created(import.kind, counts.created)
    };
    let when = import.finished_at.map(|at| {
        view! {
            <p>
                {format!("{}, by ", at.full())}
                <bdi>{import.started_by.clone()}</bdi>
            </p>
        }
    });
    let invites = (import.kind == ImportKind::Users && counts.created > 0)
        .then(|| view! { <p>{invitation(*hands_over)}</p> });
    let file = (counts.created > 0).then(|| {
        let href = paths::import_report(import.id, "created");
        view! {
            <a class="button" rel="external" href=href>
                <Icon name="download" />
                "What was created, with IDs"
            </a>
        }
    });
    view! {
        <div class="import-stack">
            <Notice tone=Tone::Success>
                <h2>{words}</h2>
                {any(when)}
                {any(invites)}
                <div class="actions">
                    {any(file)}
                    <a class="button" href=paths::PARTNERS>"Open Partners"</a>
                    <a class="button" href=paths::IMPORT>"Import another file"</a>
                </div>
            </Notice>
            {any((counts.total() > 0).then(|| counted(*counts, ImportState::Done)))}
        </div>
    }
    .erase()
}
