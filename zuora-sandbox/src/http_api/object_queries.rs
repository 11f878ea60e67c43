//! `/object-query/…`.

use super::parts::{Answer, Query, good};
use crate::object_query::{Ask, Objects};
use crate::refusal::{Category, Refusal};
use crate::sandbox::Sandbox;
use axum::extract::{Path, State};
use http::StatusCode;
use serde_json::{Value, json};

/// The most records of a page.
const MOST: usize = 99;

fn objects(name: &str) -> Result<Objects, Refusal> {
    Objects::of(name).ok_or_else(|| {
        Refusal::new(Category::NotFound, format!("The sandbox does not have the object '{name}'."))
            .with_status(StatusCode::NOT_FOUND)
    })
}

fn ask(query: &Query) -> Result<Ask, Refusal> {
    Ask::read(
        &query.all("filter[]"),
        &query.all("sort[]"),
        &query.all("expand[]"),
        &query.all("fields[]"),
        query.flag("includeNullFields"),
    )
}

pub(super) async fn list(
    State(sandbox): State<Sandbox>,
    Path(name): Path<String>,
    query: Query,
) -> Answer {
    let (objects, ask) = (objects(&name)?, ask(&query)?);
    let size = query.count("pageSize", 10, MOST)?;
    let (records, next) =
        sandbox.read(|state| objects.page(state, &ask, size, query.get("cursor")))?;
    let next = next.map(|cursor| query.link(&[("cursor", cursor)]));
    good(json!({ "data": records, "nextPage": next }))
}

pub(super) async fn one(
    State(sandbox): State<Sandbox>,
    Path((name, key)): Path<(String, String)>,
    query: Query,
) -> Answer {
    let (objects, ask) = (objects(&name)?, ask(&query)?);
    let found: Option<Value> = sandbox.read(|state| objects.one(state, &ask, &key));
    match found {
        Some(record) => good(record),
        None => Err(Refusal::not_found(&key).with_status(StatusCode::NOT_FOUND)),
    }
}
