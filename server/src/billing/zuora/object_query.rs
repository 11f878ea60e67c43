//! Object queries: lists with filters ("Object Query", developer.zuora.com).

use super::super::{AccountId, BillingError, MOST_ACCOUNTS, PageToken, Portion, Reason};
use super::http::{Http, Request};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

/// The most records of a page.
pub(super) const MOST: usize = 99;

/// A page as Zuora sends it.
#[derive(Deserialize)]
struct Page<T> {
    data: Vec<T>,
    #[serde(default, rename = "nextPage")]
    next: Option<String>,
}

/// A query for a page of these objects.
pub(super) fn query(http: &Http, objects: &str, size: usize) -> Request {
    http.get(&["object-query", objects]).with("pageSize", &size.to_string())
}

/// A filter for the records of these accounts; `None` for no account.
///
/// # Errors
/// [`BillingError::Refused`] for more accounts than an address holds.
pub(super) fn of_accounts(
    field: &str,
    accounts: &[AccountId],
) -> Result<Option<String>, BillingError> {
    let ids: Vec<&str> = accounts.iter().map(AccountId::as_str).collect();
    one_of(field, &ids, MOST_ACCOUNTS)
}

/// A filter for the records in which a field is one of at most `most` IDs;
/// `None` for no ID.
///
/// # Errors
/// [`BillingError::Refused`] for more.
pub(super) fn one_of(
    field: &str,
    ids: &[&str],
    most: usize,
) -> Result<Option<String>, BillingError> {
    if ids.len() > most {
        let message = format!("A list cannot be of more than {most} at once.");
        return Err(BillingError::Refused(Reason { code: None, message }));
    }
    Ok(match ids {
        [] => None,
        [id] => Some(format!("{field}.EQ:{id}")),
        ids => Some(format!("{field}.IN:[{}]", ids.join(","))),
    })
}

/// Asks for the page that begins at a token.
pub(super) async fn page<T: DeserializeOwned>(
    http: &Http,
    query: Request,
    page: Option<&PageToken>,
) -> Result<Portion<T>, BillingError> {
    let query = match page {
        Some(token) => query.with("cursor", token.as_str()),
        None => query,
    };
    let page: Page<T> = http.json(query).await?;
    let next = page.next.as_deref().and_then(|link| parameter(link, "cursor"));
    Ok(Portion { items: page.data, next: next.map(PageToken) })
}

/// A parameter of the link to the next page. The link itself is not followed:
/// its host need not be the one this installation trusts.
pub(super) fn parameter(link: &str, name: &str) -> Option<String> {
    let base = Url::parse("https://zuora.invalid").ok()?;
    let url = base.join(link).ok()?;
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
