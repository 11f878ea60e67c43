//! Lists of Zuora's first API version: `page`, `pageSize` and a link to the
//! next page.

use super::super::BillingError;
use super::http::{Http, Request};
use super::object_query::parameter;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The most entries of a page ("Pagination", developer.zuora.com).
pub(super) const MOST: &str = "40";
/// No list this installation reads whole is longer; a server that never ends
/// one is not followed for ever.
const MOST_PAGES: usize = 500;

/// The entries of a page, under `name`, and the number of the next one.
pub(super) async fn one<T: DeserializeOwned>(
    http: &Http,
    request: Request,
    name: &str,
) -> Result<(Vec<T>, Option<String>), BillingError> {
    let path = format!("the list “{name}”");
    let unreadable = |error| {
        BillingError::unavailable(format!("Zuora’s answer with {path} cannot be read ({error})."))
    };
    let mut body: BTreeMap<String, Box<RawValue>> = http.json(request).await?;
    let entries = match body.remove(name) {
        Some(entries) => serde_json::from_str(entries.get()).map_err(unreadable)?,
        None => Vec::new(),
    };
    let link = body.remove("nextPage").map(|link| serde_json::from_str(link.get()));
    let link: Option<String> = link.transpose().map_err(unreadable)?.flatten();
    Ok((entries, link.and_then(|link| parameter(&link, "page"))))
}

/// The entries of all pages.
pub(super) async fn all<T: DeserializeOwned>(
    http: &Http,
    request: Request,
    name: &str,
) -> Result<Vec<T>, BillingError> {
    let request = request.with("pageSize", MOST);
    let (mut entries, mut next) = one(http, request.clone(), name).await?;
    for _ in 1..MOST_PAGES {
        let Some(page) = next else { return Ok(entries) };
        let (more, after) = one(http, request.clone().with("page", &page), name).await?;
        entries.extend(more);
        next = after;
    }
    Err(BillingError::unavailable(format!("Zuora’s list “{name}” does not end.")))
}
