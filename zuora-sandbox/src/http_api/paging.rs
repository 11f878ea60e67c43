//! Pages of v1 lists: `page`, `pageSize`, and the address of the next one.

use super::parts::Query;
use crate::refusal::Refusal;
use serde_json::{Map, Value, json};

/// The most entries of a v1 page.
const MOST: usize = 40;

/// Gives the page that was asked for, under `name`.
pub(super) fn page<T>(
    query: &Query,
    name: &str,
    default: usize,
    entries: impl Iterator<Item = T>,
    mut shape: impl FnMut(T) -> Value,
) -> Result<Value, Refusal> {
    let size = query.count("pageSize", default, MOST)?;
    let number = query.count("page", 1, usize::MAX)?;
    let mut rest = entries.skip((number - 1).saturating_mul(size));
    let shown: Vec<Value> = rest.by_ref().take(size).map(&mut shape).collect();
    let mut body = Map::new();
    body.insert(name.to_owned(), Value::Array(shown));
    body.insert("success".to_owned(), json!(true));
    if rest.next().is_some() {
        let next =
            query.link(&[("page", (number + 1).to_string()), ("pageSize", size.to_string())]);
        body.insert("nextPage".to_owned(), json!(next));
    }
    Ok(Value::Object(body))
}
