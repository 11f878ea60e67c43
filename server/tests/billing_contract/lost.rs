//! Orders whose answers are lost: found again, never doubled.

use crate::responder::{self, json};
use crate::stand_in::{self, StandIn, again, attempt, for_the_customer, seven_seats};
use futures::future::join_all;
use partners_server::billing::{Billing, BillingError};
use std::time::{Duration, Instant};
use zuora_sandbox::faults::{Fault, FaultKind};

fn lose_the_answer(it: &StandIn) {
    it.fault(Fault::new(FaultKind::LoseAnswer).on("POST", "/v1/orders").next(1));
}

#[tokio::test]
async fn a_lost_answer_is_found_by_our_reference() {
    let it = stand_in::start().await;
    lose_the_answer(&it);
    let attempt = attempt();
    let error = it.zuora.place(&seven_seats(), &attempt).await.expect_err("lost");
    assert!(matches!(error, BillingError::AnswerLost { .. }), "{error:?}");
    let found = it.another().find_order(&attempt.reference).await.expect("an answer");
    let found = found.expect("the order");
    assert_eq!(found.order.as_str(), attempt.reference.as_str());
    let subscription = it.subscription(&found.subscription).await;
    assert_eq!(subscription.owner.number, Some(found.customer));
    assert_eq!(it.subscriptions(), 1);
    it.check();
}

#[tokio::test]
async fn the_same_attempt_again_gives_the_lost_answer() {
    let it = stand_in::start().await;
    lose_the_answer(&it);
    let attempt = attempt();
    it.zuora.place(&seven_seats(), &attempt).await.expect_err("lost");
    let placed = it.zuora.place(&seven_seats(), &attempt).await.expect("the kept answer");
    assert_eq!(placed.order.as_str(), attempt.reference.as_str());
    assert_eq!(it.subscriptions(), 1);
}

#[tokio::test]
async fn no_key_and_no_time_doubles_an_order() {
    for order in [seven_seats(), for_the_customer()] {
        let it = stand_in::start().await;
        lose_the_answer(&it);
        let first = attempt();
        it.zuora.place(&order, &first).await.expect_err("lost");
        let accounts = it.accounts();
        let placed = it.zuora.place(&order, &again(&first)).await.expect("found");
        // Zuora keeps keys for a day; the reference is for ever.
        it.days_pass(3);
        let later = it.another().place(&order, &first).await.expect("found");
        assert_eq!(later, placed);
        assert_eq!((it.subscriptions(), it.accounts()), (1, accounts));
    }
}

#[tokio::test]
async fn an_order_that_is_slow_is_carried_out_all_the_same() {
    let it = stand_in::start().await;
    it.fault(Fault::new(FaultKind::Latency).on("POST", "/v1/orders").lasting(3_000).next(1));
    let (attempt, zuora) = (attempt(), it.impatient());
    let error = zuora.place(&seven_seats(), &attempt).await.expect_err("late");
    assert!(matches!(error, BillingError::AnswerLost { .. }), "{error:?}");
    // While it is under way the key is taken.
    let error = zuora.place(&seven_seats(), &attempt).await.expect_err("under way");
    assert!(matches!(error, BillingError::AnswerLost { .. }), "{error:?}");
    let deadline = Instant::now() + Duration::from_secs(20);
    while it.zuora.find_order(&attempt.reference).await.expect("an answer").is_none() {
        assert!(Instant::now() < deadline, "it is never carried out");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(it.subscriptions(), 1);
}

#[tokio::test]
async fn a_request_that_never_arrived_can_be_sent_again() {
    let it = stand_in::start().await;
    it.fault(Fault::new(FaultKind::LoseRequest).on("POST", "/v1/orders").next(1));
    let attempt = attempt();
    let error = it.zuora.place(&seven_seats(), &attempt).await.expect_err("lost");
    assert!(matches!(error, BillingError::AnswerLost { .. }), "{error:?}");
    assert_eq!(it.zuora.find_order(&attempt.reference).await.expect("an answer"), None);
    it.zuora.place(&seven_seats(), &attempt).await.expect("placed");
    assert_eq!(it.subscriptions(), 1);
}

#[tokio::test]
async fn many_lost_answers_make_as_many_orders_as_were_wanted() {
    let it = stand_in::start().await;
    let lose = Fault { seed: 5, ..Fault::new(FaultKind::LoseAnswer) };
    it.fault(lose.on("POST", "/v1/orders").with_probability(0.3));
    let orders = join_all((0..30).map(|_| async {
        let mut attempt = attempt();
        loop {
            match it.zuora.place(&seven_seats(), &attempt).await {
                Ok(placed) => return placed,
                Err(BillingError::AnswerLost { .. }) => {}
                Err(error) if error.is_temporary() => attempt = again(&attempt),
                Err(error) => panic!("{error}"),
            }
        }
    }))
    .await;
    let mut numbers: Vec<_> = orders.iter().map(|placed| placed.subscription.as_str()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!((numbers.len(), it.subscriptions()), (30, 30));
}

#[tokio::test]
async fn what_cannot_be_believed_is_a_lost_answer() {
    for (status, kind, body) in [
        (200, "text/html", "<html>"),
        (200, "application/json", r#"{"success":true}"#),
        (200, "application/json", r#"{"success":true,"orderNumber":"O-1"}"#),
        (502, "text/html", "<html>Bad gateway</html>"),
        (503, "text/plain", "unwell"),
        (504, "text/html", ""),
    ] {
        let it = responder::start(move |call| match call.line.as_str() {
            "POST /v1/orders" => (status, kind, body.to_owned()),
            _ => json(404, "{}"),
        })
        .await;
        let mut order = seven_seats();
        order.plan.quantity = None;
        let error = it.zuora().place(&order, &attempt()).await.expect_err("unclear");
        assert!(matches!(error, BillingError::AnswerLost { .. }), "{status} {body}: {error:?}");
    }
}

#[tokio::test]
async fn what_broke_breaks_again_for_its_key_and_for_no_other() {
    for order in [seven_seats(), for_the_customer()] {
        let it = stand_in::start().await;
        it.fault(Fault::new(FaultKind::Failure).on("POST", "/v1/orders").next(1));
        let (first, accounts) = (attempt(), it.accounts());
        for _ in 0..2 {
            let error = it.zuora.place(&order, &first).await.expect_err("broken");
            assert!(matches!(error, BillingError::Broken { .. }), "{error:?}");
        }
        assert_eq!(it.zuora.find_order(&first.reference).await.expect("an answer"), None);
        assert_eq!((it.subscriptions(), it.accounts()), (0, accounts));
        it.zuora.place(&order, &again(&first)).await.expect("placed");
        assert_eq!(it.subscriptions(), 1);
        it.check();
    }
}
