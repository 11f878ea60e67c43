//! Answers that say no, in all the ways in which Zuora says it.

use crate::responder::{self, Responder, json};
use crate::stand_in::{account_key, again, attempt, seven_seats};
use partners_server::billing::{Billing, BillingError, NewOrder, Passing, Reason};

fn without_quantity() -> NewOrder {
    let mut order = seven_seats();
    order.plan.quantity = None;
    order
}

/// Answers orders so, and finds none.
async fn ordering(status: u16, body: &'static str) -> Responder {
    responder::start(move |call| match call.line.as_str() {
        "POST /v1/orders" => json(status, body),
        _ => json(
            200,
            r#"{"success":false,"reasons":[{"code":50000040,"message":"Cannot find entity"}]}"#,
        ),
    })
    .await
}

#[tokio::test]
async fn a_good_status_with_a_refusal_is_a_refusal() {
    for (body, message) in [
        (
            r#"{"success":false,"processId":"1","reasons":[{"code":53500020,"message":"Bad day."}]}"#,
            "Bad day.",
        ),
        (r#"{"success":false,"reasons":[{"code":"53500020","message":"Bad day."}]}"#, "Bad day."),
        (r#"{"Success":false,"reasons":[{"code":53500020,"message":"Bad day."}]}"#, "Bad day."),
        (r#"{"reasons":[{"code":53500020,"message":"Bad day."}]}"#, "Bad day."),
    ] {
        let it = ordering(200, body).await;
        let error = it.zuora().place(&without_quantity(), &attempt()).await.expect_err("refused");
        let reason = Reason { code: Some(53_500_020), message: message.to_owned() };
        assert_eq!(error, BillingError::Refused(reason), "{body}");
    }
}

#[tokio::test]
async fn reasons_are_sorted_by_who_can_help() {
    let refusal = |code: u32| {
        let body: &'static str = Box::leak(
            format!(r#"{{"success":false,"reasons":[{{"code":{code},"message":"No."}}]}}"#)
                .into_boxed_str(),
        );
        async move {
            let it = ordering(200, body).await;
            it.zuora().place(&without_quantity(), &attempt()).await.expect_err("refused")
        }
    };
    for code in [53_500_020, 53_500_022, 53_500_023, 53_500_030] {
        assert!(matches!(refusal(code).await, BillingError::Refused(_)), "{code}");
    }
    for code in [53_500_050, 53_500_060, 53_500_061, 53_500_070, 53_500_099] {
        assert!(matches!(refusal(code).await, BillingError::TryAgain { .. }), "{code}");
    }
    for code in [53_500_010, 53_500_021, 53_500_045, 53_500_090, 1] {
        assert!(matches!(refusal(code).await, BillingError::Misconfigured(_)), "{code}");
    }
    assert!(matches!(refusal(50_000_040).await, BillingError::NotFound(_)));
}

#[tokio::test]
async fn statuses_are_sorted_too() {
    const TEMPORARY: &str =
        r#"{"success":false,"reasons":[{"code":53500061,"message":"Try later."}]}"#;
    let place = |status, body| async move {
        let it = ordering(status, body).await;
        it.zuora().place(&without_quantity(), &attempt()).await.expect_err("refused")
    };
    assert!(matches!(place(403, "{}").await, BillingError::Misconfigured(_)));
    assert!(matches!(place(400, "{}").await, BillingError::Misconfigured(_)));
    assert!(matches!(place(404, "").await, BillingError::NotFound(_)));
    assert!(matches!(place(422, "{}").await, BillingError::Misconfigured(_)));
    // Still under way under the same key.
    assert!(matches!(place(409, "{}").await, BillingError::AnswerLost { .. }));
    // Zuora itself says that nothing was done.
    for status in [500, 503] {
        let error = place(status, TEMPORARY).await;
        assert!(
            matches!(error, BillingError::TryAgain { cause: Passing::Unavailable, .. }),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn reads_are_never_lost() {
    for (status, body) in
        [(200, "<html>"), (200, r#"{"success":true}"#), (502, "<html>"), (500, "")]
    {
        let it = responder::start(move |_| (status, "text/html", body.to_owned())).await;
        let error = it.zuora().account(&account_key("A1")).await.expect_err("unclear");
        assert!(matches!(error, BillingError::TryAgain { .. }), "{status} {body}: {error:?}");
    }
}

#[tokio::test]
async fn every_post_has_a_key_and_an_attempt_keeps_its_own() {
    let it = ordering(500, "").await;
    let zuora = it.zuora();
    let first = attempt();
    let second = again(&first);
    for attempt in [&first, &first, &second] {
        zuora.place(&without_quantity(), attempt).await.expect_err("lost");
    }
    let keys: Vec<String> = it
        .calls()
        .iter()
        .filter(|call| call.line == "POST /v1/orders")
        .map(|call| call.headers["idempotency-key"].to_str().expect("text").to_owned())
        .collect();
    assert_eq!(keys, [first.key, first.key, second.key].map(|key| key.to_string()));
    for call in it.calls() {
        assert!(call.body.contains(first.reference.as_str()), "{}", call.body);
    }
}

#[tokio::test]
async fn previews_have_keys_that_are_used_once() {
    let it = responder::start(|call| match call.line.as_str() {
        line if line.starts_with("GET /v1/catalog/products") => {
            json(200, r#"{"products":[],"success":true}"#)
        }
        _ => json(200, r#"{"success":false,"reasons":[{"code":53500061,"message":"Later."}]}"#),
    })
    .await;
    let zuora = it.zuora();
    for _ in 0..2 {
        zuora.preview(&without_quantity()).await.expect_err("later");
    }
    let calls = it.calls();
    let mut keys: Vec<_> =
        calls.iter().filter_map(|call| call.headers.get("idempotency-key")).collect();
    assert!(keys.len() >= 2);
    let count = keys.len();
    keys.sort_by_key(|key| key.as_bytes());
    keys.dedup();
    assert_eq!(keys.len(), count);
}
