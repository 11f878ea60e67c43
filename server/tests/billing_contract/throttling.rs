//! Zuora's limits are kept, and what passes is told from what does not.

use crate::stand_in::{self, account_key, again, attempt, seven_seats};
use partners_server::billing::{Billing, BillingError, Passing};
use std::time::{Duration, Instant};
use zuora_sandbox::faults::{Fault, FaultKind};

#[tokio::test]
async fn a_short_wait_is_waited_by_a_read() {
    let it = stand_in::start().await;
    it.fault(Fault::new(FaultKind::RateLimit).on("GET", "/v1/accounts").next(1));
    let before = Instant::now();
    let found = it.zuora.account(&account_key("PA-1001")).await.expect("an answer");
    assert!(found.is_some());
    assert!(before.elapsed() >= Duration::from_millis(900), "{:?}", before.elapsed());
}

#[tokio::test]
async fn while_zuora_asks_for_patience_nothing_is_sent() {
    let it = stand_in::start().await;
    let limit = Fault { retry_after: 30, ..Fault::new(FaultKind::RateLimit) };
    it.fault(limit.on("GET", "/v1/accounts").next(1));
    let error = it.zuora.account(&account_key("PA-1001")).await.expect_err("throttled");
    let BillingError::TryAgain { cause: Passing::Throttled, after: Some(after), .. } = error else {
        panic!("{error:?}");
    };
    assert_eq!(after, Duration::from_secs(30));
    let sent = it.sandbox.exchanges().len();
    let error = it.zuora.place(&seven_seats(), &attempt()).await.expect_err("throttled");
    assert!(error.retry_after().is_some_and(|after| after > Duration::from_secs(28)), "{error:?}");
    assert_eq!(it.sandbox.exchanges().len(), sent);
}

#[tokio::test]
async fn an_outage_passes() {
    let it = stand_in::start().await;
    it.fault(Fault::new(FaultKind::Unavailable).on("GET", "/v1/accounts").next(1));
    let error = it.zuora.account(&account_key("PA-1001")).await.expect_err("unwell");
    assert!(
        matches!(error, BillingError::TryAgain { cause: Passing::Unavailable, .. }),
        "{error:?}"
    );
    it.zuora.account(&account_key("PA-1001")).await.expect("well again");
}

#[tokio::test]
async fn a_slow_answer_to_a_read_is_not_waited_for_without_end() {
    let it = stand_in::start().await;
    it.fault(Fault::new(FaultKind::Latency).on("GET", "/v1/accounts").lasting(5_000).next(1));
    let zuora = it.impatient();
    let before = Instant::now();
    let error = zuora.account(&account_key("PA-1001")).await.expect_err("late");
    assert!(matches!(error, BillingError::TryAgain { .. }), "{error:?}");
    assert!(before.elapsed() < Duration::from_millis(4_500));
}

#[tokio::test]
async fn an_order_that_was_not_carried_out_is_placed_with_the_next_key() {
    for (kind, cause) in [
        (FaultKind::RateLimit, Passing::Throttled),
        (FaultKind::Unavailable, Passing::Unavailable),
        (FaultKind::LockContention, Passing::Busy),
    ] {
        let it = stand_in::start().await;
        let fault = Fault { retry_after: 0, ..Fault::new(kind) };
        it.fault(fault.on("POST", "/v1/orders").next(1));
        let first = attempt();
        let error = it.zuora.place(&seven_seats(), &first).await.expect_err("not now");
        assert!(
            matches!(error, BillingError::TryAgain { cause: found, .. } if found == cause),
            "{kind:?}: {error:?}"
        );
        assert_eq!(it.subscriptions(), 0, "{kind:?}");
        it.zuora.place(&seven_seats(), &again(&first)).await.expect("placed");
        assert_eq!(it.subscriptions(), 1, "{kind:?}");
        it.check();
    }
}
