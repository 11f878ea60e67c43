//! *Settings › Activity*, and the tab *Activity* of an organisation: what was
//! done, by whom, when and from where.

use super::SETTINGS;
use crate::api::activity::ListActivity;
use crate::ask::load;
use crate::components::live::{Erase, any, shown};
use crate::components::progress::use_fetching;
use crate::components::{Crumb, Empty, Failure, Icon, ListSkeleton, PageFrame, Pagination};
use crate::domain::activity::parameter;
use crate::domain::{
    ActivityArea, ActivityPage, ActivityQuery, ActivityRow, ActorKind, FieldChange, OrganisationId,
    day,
};
use crate::page_load::of_address;
use crate::part::page_in_part;
use crate::paths;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_params_map, use_query_map};

const WAY: &[Crumb] = &[SETTINGS];

page_in_part!(
    /// `/settings/activity`
    ActivityRoute, settings, activity_page, preload_activity, ActivityPageView
);

page_in_part!(
    /// `/settings/profile/partners/{id}/activity`
    ActivityTabRoute, settings, activity_tab, preload_activity_tab, ActivityTab
);

/// The page.
#[component]
fn ActivityPageView() -> impl IntoView {
    let none = Memo::new(|_| None);
    view! {
        <Title text="Activity" />
        <PageFrame way=WAY here=|| "Activity">
            <div class="page-head">
                <div>
                    <h1>"Activity"</h1>
                    <p class="lead">"Every change and every sign-in, newest first."</p>
                </div>
            </div>
            <Trail tab=none />
        </PageFrame>
    }
    .erase()
}

/// The tab.
#[component]
fn ActivityTab() -> impl IntoView {
    let parameters = use_params_map();
    let tab = of_address(move |_| {
        let id = parameters.with(|parameters| parameters.get("id")?.parse().ok());
        Some(id.unwrap_or_default())
    });
    view! {
        <div class="page-head"><h2>"Activity"</h2></div>
        <Trail tab />
    }
    .erase()
}

/// The address of the trail, of an organisation's part where it names one.
fn path_of(organisation: Option<OrganisationId>) -> String {
    match organisation {
        None => paths::ACTIVITY.to_owned(),
        Some(id) => paths::activity_of(id),
    }
}

/// What is asked for, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Asked {
    /// Whose tab it is.
    tab: Option<OrganisationId>,
    /// What was typed as a Partner Organisation ID, whatever it is.
    organisation: String,
    query: ActivityQuery,
}

impl Asked {
    /// What narrows it, beside whose tab it is.
    fn narrowing(&self) -> String {
        let mut query = self.query.clone();
        if self.tab.is_some() {
            query.organisation = None;
        }
        query.narrowing()
    }
}

/// What narrows the trail, the events, and the way to have them as a file.
#[component]
fn Trail(
    /// Whose tab it is; without one it is everybody's.
    tab: Memo<Option<OrganisationId>>,
) -> impl IntoView {
    let parameters = use_query_map();
    let here = use_location().pathname;
    let asked = of_address(move |before: Option<&Asked>| {
        // On the server the page may be gone when this is asked for once more.
        let tab = tab.try_get().flatten();
        match before {
            // While another page is on its way it stays what it is.
            Some(before) if here.with(|here| *here != path_of(tab)) => before.clone(),
            _ => parameters.with(|parameters| {
                let query = ActivityQuery::from_parameters(|name| parameters.get(name));
                Asked {
                    tab,
                    organisation: parameters.get(paths::OF_ORGANISATION).unwrap_or_default(),
                    query: ActivityQuery { organisation: tab.or(query.organisation), ..query },
                }
            }),
        }
    });
    let page = load(move || ListActivity { query: asked.try_get().unwrap_or_default().query });
    let retry = Callback::new(move |()| page.refetch());
    view! {
        {shown(move || asked.try_with(narrowing))}
        <Transition
            fallback=|| view! { <ListSkeleton label="Loading activity" columns=4 /> }
            set_pending=use_fetching()
        >
            {shown(move || page.get().and_then(|answer| match answer {
                Ok(page) => asked.try_with_untracked(|asked| loaded(asked, page)),
                Err(error) => Some(view! {
                    <Failure title="The activity could not be read" error retry nested=true />
                }
                .erase()),
            }))}
        </Transition>
    }
    .erase()
}

/// The form that narrows the trail. It is sent as any form for an address is,
/// with scripts and without.
fn narrowing(asked: &Asked) -> AnyView {
    let Asked { tab, organisation, query } = asked;
    let path = path_of(*tab);
    let narrowed = asked.narrowing();
    let clear = (!narrowed.is_empty())
        .then(|| view! { <a class="button plain" href=path.clone()>"Clear"</a> });
    let area = choices(
        query.area.map(ActivityArea::as_str),
        &ActivityArea::ALL.map(|area| (area.as_str(), area.label())),
    );
    let actor = choices(
        query.actor.map(ActorKind::as_str),
        &ActorKind::ALL.map(|kind| (kind.as_str(), kind.label())),
    );
    let day = |day: Option<time::Date>| day.map(day::iso).unwrap_or_default();
    let file = |format: &str| paths::activity_export(*tab, format, &narrowed);
    let organisation = tab.is_none().then(|| {
        view! {
            <div class="field">
                <label class="label" for="activity-organisation">"Partner Organisation ID"</label>
                <input class="input mono" id="activity-organisation" name=paths::OF_ORGANISATION value=organisation.clone() autocomplete="off" />
            </div>
        }
    });
    view! {
        <form class="toolbar activity-filter" method="get" action=path role="search" aria-label="Activity">
            <div class="field">
                <label class="label" for="activity-q">"Who, or a request ID"</label>
                <input class="input" id="activity-q" type="search" name=parameter::SEARCH value=query.search.clone() autocomplete="off" />
            </div>
            {any(organisation)}
            <div class="field">
                <label class="label" for="activity-area">"About"</label>
                <span class="select">
                    <select id="activity-area" name=parameter::AREA>{area}</select>
                    <Icon name="chevrons-up-down" />
                </span>
            </div>
            <div class="field">
                <label class="label" for="activity-actor">"Done by"</label>
                <span class="select">
                    <select id="activity-actor" name=parameter::ACTOR>{actor}</select>
                    <Icon name="chevrons-up-down" />
                </span>
            </div>
            <div class="field">
                <label class="label" for="activity-from">"From"</label>
                <input class="input" id="activity-from" type="date" name=parameter::FROM value=day(query.from) />
            </div>
            <div class="field">
                <label class="label" for="activity-until">"Until"</label>
                <input class="input" id="activity-until" type="date" name=parameter::UNTIL value=day(query.until) />
            </div>
            <div class="actions">
                <button class="button">"Filter"</button>
                {any(clear)}
            </div>
            <p class="files">
                "As a file: "
                // The router leaves them alone: they are documents, not pages.
                <a rel="external" href=file("csv")>"CSV"</a>
                " or "
                <a rel="external" href=file("jsonl")>"JSON Lines"</a>
            </p>
        </form>
    }
    .erase()
}

fn choices(chosen: Option<&'static str>, all: &[(&'static str, &'static str)]) -> Vec<AnyView> {
    let any = ("", "Anything");
    std::iter::once(&any)
        .chain(all)
        .map(|(value, label)| {
            let selected = chosen.unwrap_or_default() == *value;
            view! { <option value=*value selected=selected>{*label}</option> }.erase()
        })
        .collect()
}

fn loaded(asked: &Asked, page: ActivityPage) -> AnyView {
    let path = path_of(asked.tab);
    let narrowed = asked.narrowing();
    if page.rows.is_empty() && !narrowed.is_empty() {
        return view! {
            <Empty title="Nothing matches" text="No event is like that.">
                <div class="actions"><a class="button" href=path>"Clear"</a></div>
            </Empty>
        }
        .erase();
    }
    if page.rows.is_empty() {
        return view! {
            <Empty title="Nothing yet" text="What is done here will be listed, with who did it, when and from where.">
                <div class="actions"></div>
            </Empty>
        }
        .erase();
    }
    let at = |name: &str, place: Option<i64>| {
        place.map(|place| {
            let kept = if narrowed.is_empty() { String::new() } else { format!("{narrowed}&") };
            format!("{path}?{kept}{name}={place}")
        })
    };
    let (previous, next) = (at("before", page.previous), at("after", page.next));
    let pages =
        (previous.is_some() || next.is_some()).then(|| view! { <Pagination previous next /> });
    let with_organisation = asked.tab.is_none();
    let rows = page.rows.into_iter().map(|found| row(found, with_organisation)).collect::<Vec<_>>();
    view! {
        <div class="table-box">
            <table class="table activity-table">
                <caption class="hidden">"Activity, newest first"</caption>
                <thead>
                    <tr>
                        <th scope="col" class="col-what">"What"</th>
                        <th scope="col" class="col-who">"Who"</th>
                        <th scope="col">"Changes"</th>
                        <th scope="col" class="col-when">"When (UTC)"</th>
                        <th scope="col" class="col-request">"Request"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        {any(pages)}
    }
    .erase()
}

fn row(found: ActivityRow, with_organisation: bool) -> AnyView {
    let words = found.words();
    let subject = found.subject.map(|subject| view! { <p class="quiet"><bdi>{subject}</bdi></p> });
    let is_gone = found.organisation_is_deleted;
    let organisation = found.organisation.filter(|_| with_organisation).map(|(id, name)| {
        if is_gone {
            // It has no page any more.
            view! {
                <p>
                    <a dir="auto" href=paths::activity_of_one(id)>{name.to_string()}</a>
                    <span class="quiet">", deleted"</span>
                </p>
            }
            .erase()
        } else {
            view! {
                <p><a dir="auto" href=paths::organisation(id)>{name.to_string()}</a></p>
            }
            .erase()
        }
    });
    let kind = found.actor_kind.map(|kind| view! { <p class="quiet small">{kind.label()}</p> });
    view! {
        <tr class="tall">
            <th scope="row" class="whole-card">
                <p>{words}</p>
                {any(subject)}
                {any(organisation)}
            </th>
            <td data-label="Who"><p><bdi>{found.actor_name}</bdi></p>{any(kind)}</td>
            <td data-label="Changes" class="whole-card">{changes(found.changes)}</td>
            <td data-label="When (UTC)">
                <time datetime=found.at.iso() title=found.at.full()>{found.at.minute()}</time>
            </td>
            <td data-label="Request">
                <p class="mono small">{found.reference}</p>
                <p class="quiet small">{found.address}</p>
            </td>
        </tr>
    }
    .erase()
}

/// Before and after, folded away where there is much of it.
fn changes(changes: Vec<FieldChange>) -> AnyView {
    let names = changes.iter().map(|change| change.field.replace('_', " "));
    let summary = names.collect::<Vec<_>>().join(", ");
    let is_short = changes.len() <= 2;
    let list = changes
        .into_iter()
        .map(|FieldChange { field, before, after }| {
            let before = before.map(|before| view! { <del>{before}</del>" " });
            let after = match after {
                Some(after) => view! { <ins>{after}</ins> }.erase(),
                None => view! { <span class="quiet">"nothing"</span> }.erase(),
            };
            view! { <div><dt>{field.replace('_', " ")}</dt><dd>{any(before)}{after}</dd></div> }
                .erase()
        })
        .collect::<Vec<_>>();
    if list.is_empty() {
        return ().into_any();
    }
    let list = view! { <dl class="field-changes">{list}</dl> }.erase();
    if is_short {
        list
    } else {
        view! { <details class="fold">
            <summary><Icon name="chevron-right" />{summary}</summary>
            {list}
        </details> }
        .erase()
    }
}
