//! The rows of a file, each problem in its cell.

use crate::components::live::{Erase, any};
use crate::components::{Icon, Pagination, count};
use crate::domain::import::LINE;
use crate::domain::{FieldError, ImportKind, ImportPage, ImportRow, Matching, RowState};
use crate::paths;
use leptos::prelude::*;

/// The longest text of a cell that is shown, in characters.
const LONGEST: usize = 200;

/// The table, with the ways to narrow it and to go on.
pub fn rows(page: ImportPage) -> AnyView {
    let ImportPage { import, counts, rows, only_problems, previous, next, .. } = page;
    let own = paths::import(import.id);
    let shown = if only_problems { "problems" } else { "all" };
    let at = |place: Option<i64>, name: &str| {
        place.map(|place| format!("{own}?show={shown}&{name}={place}"))
    };
    let (before, after) = (at(previous, "before"), at(next, "after"));
    let pages = (before.is_some() || after.is_some())
        .then(|| view! { <Pagination previous=before next=after /> });
    let narrow = |word: &str, text: String, current: bool| {
        let href = format!("{own}?show={word}");
        view! { <li><a href=href aria-current=current.then_some("true")>{text}</a></li> }
    };
    let problems = format!("Only problems ({})", count::thousands(counts.to_look_at()));
    let all = format!("All rows ({})", count::thousands(counts.total()));
    let heads = import
        .kind
        .fields()
        .iter()
        .map(|field| view! { <th scope="col">{field.label}</th> }.erase())
        .collect::<Vec<_>>();
    let body =
        rows.into_iter().map(|row| line(import.kind, &import.matching, row)).collect::<Vec<_>>();
    let nothing = if only_problems { "No row has a problem." } else { "There are no rows here." };
    let nothing = body.is_empty().then(|| view! { <p class="quiet">{nothing}</p> });
    view! {
        <nav class="tabs import-narrow" aria-label="Rows">
            <ul>
                {narrow("problems", problems, only_problems)}
                {narrow("all", all, !only_problems)}
            </ul>
        </nav>
        <div class="table-box">
            <table class="table import-table">
                <caption class="hidden">"Rows of the file, each problem in its cell"</caption>
                <thead>
                    <tr>
                        <th scope="col" class="col-line">"Line"</th>
                        <th scope="col" class="col-state">"State"</th>
                        {heads}
                    </tr>
                </thead>
                <tbody>{body}</tbody>
            </table>
        </div>
        {any(nothing)}
        {any(pages)}
    }
    .erase()
}

const fn dot(state: RowState) -> &'static str {
    match state {
        RowState::Ready => "invited",
        RowState::LooksSame => "setting-up",
        RowState::Problem => "failed",
        RowState::There => "disabled",
        RowState::Created => "active",
    }
}

fn line(kind: ImportKind, matching: &Matching, row: ImportRow) -> AnyView {
    let cells = kind
        .fields()
        .iter()
        .map(|field| {
            let cell = matching.place(field.name).and_then(|place| row.cells.get(place));
            let text = cell.map(|text| shortened(text)).unwrap_or_default();
            let problem = row.problems.of(field.name).map(|found| problem(row.state, found));
            view! {
                <td data-label=field.label>
                    <p><bdi>{text}</bdi></p>
                    {any(problem)}
                </td>
            }
            .erase()
        })
        .collect::<Vec<_>>();
    let whole = row.problems.of(LINE).map(|found| problem(row.state, found));
    let open = row.organisation.map(|organisation| {
        view! { <p><a href=paths::organisation(organisation)>"Open"</a></p> }
    });
    view! {
        <tr class="tall">
            <th scope="row" class="whole-card"><span class="card-label">"Line "</span>{row.line}</th>
            <td data-label="State">
                <span class="status" data-status=dot(row.state)>{row.state.label()}</span>
                {any(whole)}
                {any(open)}
            </td>
            {cells}
        </tr>
    }
    .erase()
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let beginning: String = text.chars().take(LONGEST).collect();
    format!("{beginning}…")
}

fn problem(state: RowState, found: &FieldError) -> AnyView {
    let (icon, tone) = match state {
        RowState::Problem => ("circle-alert", "danger"),
        RowState::Ready => ("info", "quiet"),
        _ => ("triangle-alert", "warning"),
    };
    let link = found.link.clone().map(|link| view! { " "<a href=link.href>{link.text}</a> });
    view! {
        <p class="cell-problem" data-tone=tone>
            <Icon name=icon />
            <span>{found.message.clone()}{any(link)}</span>
        </p>
    }
    .erase()
}
