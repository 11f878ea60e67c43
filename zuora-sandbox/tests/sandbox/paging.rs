//! Pages, cursors, filters and sorts.

use crate::support::{STARTER_MONTHLY, TEAM_MONTHLY, Zuora, new_subscription};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

async fn walk(zuora: &Zuora, start: &str, list: &str, name: &str) -> (Vec<String>, usize) {
    let mut path = start.to_owned();
    let (mut found, mut pages) = (Vec::new(), 0);
    loop {
        let page = zuora.get(&path).await;
        pages += 1;
        let entries = page[list].as_array().unwrap_or_else(|| panic!("{path}: {page}"));
        found.extend(entries.iter().map(|entry| entry[name].as_str().unwrap().to_owned()));
        match page["nextPage"].as_str() {
            Some(next) => next.strip_prefix(&zuora.base).unwrap().clone_into(&mut path),
            None => return (found, pages),
        }
    }
}

#[tokio::test]
async fn every_entry_is_on_one_page() {
    let zuora = Zuora::start().await;
    for turn in 0..25 {
        let plan = if turn % 2 == 0 { STARTER_MONTHLY } else { TEAM_MONTHLY };
        zuora.good("/v1/orders", &new_subscription("PA-1002", plan, json!({}))).await;
    }
    for (start, list, name, pages) in [
        (
            "/v1/subscriptions/accounts/PA-1002?pageSize=10",
            "subscriptions",
            "subscriptionNumber",
            3,
        ),
        ("/v1/orders/subscriptionOwner/PA-1002", "orders", "orderNumber", 2),
        ("/v1/transactions/invoices/accounts/PA-1002?pageSize=25", "invoices", "invoiceNumber", 1),
        ("/object-query/subscriptions?pageSize=7", "data", "name", 4),
        ("/object-query/subscriptions?pageSize=7&sort[]=name.DESC", "data", "name", 4),
        ("/object-query/invoices?filter[]=balance.GT:0", "data", "invoiceNumber", 3),
    ] {
        let (found, turned) = walk(&zuora, start, list, name).await;
        let distinct: BTreeSet<&String> = found.iter().collect();
        assert_eq!((found.len(), distinct.len(), turned), (25, 25, pages), "{start}");
        if start.contains("DESC") {
            assert!(found.is_sorted_by(|one, other| one > other), "{found:?}");
        }
    }
    let dear = zuora
        .get("/object-query/invoices?filter[]=amount.GE:60&pageSize=99&sort[]=invoicedate.DESC&sort[]=invoicenumber.ASC")
        .await;
    assert_eq!(dear["data"].as_array().unwrap().len(), 12);
    zuora.check();
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_a_bad_request() {
    let zuora = Zuora::start().await;
    for path in [
        "/object-query/accounts?pageSize=100",
        "/object-query/accounts?filter[]=colour.EQ:red",
        "/object-query/accounts?filter[]=name",
        "/object-query/accounts?sort[]=name",
        "/object-query/accounts?cursor=zz",
        "/v1/catalog/products?pageSize=41",
        "/v1/catalog/products?page=0",
    ] {
        let answer = Zuora::send(zuora.request(Method::GET, path)).await;
        assert_eq!(answer.status, 400, "{path}");
        assert!(answer.body["reasons"][0]["message"].is_string(), "{path}");
        assert_eq!(answer.body["requestId"].as_str().map(str::len), Some(36));
    }
    let unknown = Zuora::send(zuora.request(Method::GET, "/object-query/ramps")).await;
    assert_eq!(unknown.status, 404);
}

#[tokio::test]
async fn nulls_are_left_out_unless_asked_for() {
    let zuora = Zuora::start().await;
    let lean = zuora.get("/object-query/accounts/PA-1003").await;
    assert!(lean.get("crmId").is_none());
    let full = zuora.get("/object-query/accounts/PA-1003?includeNullFields=true").await;
    assert_eq!(full.get("crmId"), Some(&Value::Null));
    let narrow = zuora.get("/object-query/accounts?filter[]=crmid.SW:001&fields[]=name").await;
    assert_eq!(narrow["data"].as_array().unwrap().len(), 3);
    assert_eq!(narrow["data"][0].as_object().unwrap().len(), 2);
}
