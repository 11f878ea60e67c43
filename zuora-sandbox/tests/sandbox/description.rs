//! The check itself: what Zuora would not send or take is found.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use zuora_sandbox::description::{Description, Verdict};
use zuora_sandbox::exchange::Exchange;

fn exchange(method: &str, path: &str, request: Value, response: Value) -> Exchange {
    let identifier = "0193a5b0-7e6c-7c00-8000-000000000001".to_owned();
    Exchange {
        method: method.to_owned(),
        path: path.to_owned(),
        query: String::new(),
        request,
        status: 200,
        content_type: "application/json".to_owned(),
        headers: BTreeMap::from([("zuora-request-id".to_owned(), identifier)]),
        response,
    }
}

fn deviations(exchange: &Exchange) -> Vec<String> {
    let description = Description::from_environment().unwrap_or_else(|why| panic!("{why}"));
    match description.check(exchange) {
        Verdict::Checked(found) => found.iter().map(ToString::to_string).collect(),
        Verdict::NotDescribed => vec!["not described".to_owned()],
    }
}

#[test]
fn a_field_that_is_misspelt_missing_or_of_another_type_is_found() {
    let order = json!({
        "orderDate": "24 November",
        "existingAcountNumber": "A1",
        "subscriptions": [{ "orderActions": [{ "type": "Upgrade" }] }],
    });
    let answer = json!({ "success": "yes", "orderNumer": "O-1" });
    let found = deviations(&exchange("POST", "/v1/orders", order, answer)).join("\n");
    for at in [
        "Request /orderDate:",
        "Request /existingAcountNumber: is not described",
        "Request /subscriptions/*/orderActions/*/type:",
        "Response /success:",
        "Response /orderNumer: is not described",
    ] {
        assert!(found.contains(at), "{at} is not in:\n{found}");
    }
}

#[test]
fn a_query_parameter_that_is_not_described_is_found() {
    let mut list =
        exchange("GET", "/v1/orders", Value::Null, json!({ "success": true, "orders": [] }));
    assert_eq!(deviations(&list), Vec::<String>::new());
    list.query = "pageSize=41&sort=asc".to_owned();
    assert_eq!(deviations(&list).len(), 2);
}

#[test]
fn object_queries_are_known_not_to_be_described() {
    let query = exchange("GET", "/object-query/accounts", Value::Null, json!({ "data": [] }));
    assert_eq!(deviations(&query), ["not described"]);
}
