//! One token for all, fetched by one, before it expires and when it is refused.

use crate::stand_in::{self, account_key, settings};
use futures::future::join_all;
use partners_server::billing::{Billing, BillingError, Zuora};
use zuora_sandbox::Settings;
use zuora_sandbox::faults::{Fault, FaultKind};

const TOKEN: (&str, &str) = ("POST", "/oauth/token");

#[tokio::test]
async fn many_requests_share_one_token() {
    let it = stand_in::start().await;
    let key = account_key("PA-1001");
    let found = join_all((0..20).map(|_| it.zuora.account(&key))).await;
    assert!(found.into_iter().all(|account| account.is_ok_and(|account| account.is_some())));
    assert_eq!(it.calls(TOKEN.0, TOKEN.1), 1);
}

#[tokio::test]
async fn a_token_that_ends_in_between_is_fetched_anew_once() {
    let it = stand_in::start().await;
    let key = account_key("PA-1001");
    it.zuora.account(&key).await.expect("an answer");
    it.sandbox.expire_tokens();
    let found = join_all((0..20).map(|_| it.zuora.account(&key))).await;
    assert!(found.iter().all(Result::is_ok), "{found:?}");
    assert_eq!(it.calls(TOKEN.0, TOKEN.1), 2);
}

#[tokio::test]
async fn a_token_is_fetched_anew_before_it_ends() {
    // The stand-in counts whole seconds: the first of the two may be over at once.
    let it = stand_in::start_with(Settings { token_seconds: 2, ..Settings::default() }).await;
    let key = account_key("PA-1001");
    it.zuora.account(&key).await.expect("an answer");
    tokio::time::sleep(std::time::Duration::from_millis(1_850)).await;
    it.zuora.account(&key).await.expect("an answer");
    let refused = it.sandbox.exchanges().iter().filter(|one| one.status == 401).count();
    assert_eq!((it.calls(TOKEN.0, TOKEN.1), refused), (2, 0));
}

#[tokio::test]
async fn an_order_survives_a_token_that_ends() {
    let it = stand_in::start().await;
    it.fault(Fault::new(FaultKind::ExpireToken).on("POST", "/v1/orders").next(1));
    it.place(&stand_in::seven_seats()).await;
    assert_eq!(it.subscriptions(), 1);
}

#[tokio::test]
async fn tokens_that_are_never_taken_end_in_an_error() {
    let it = stand_in::start().await;
    it.fault(Fault::new(FaultKind::ExpireToken).on("GET", "/v1/accounts"));
    let error = it.zuora.account(&account_key("PA-1001")).await.expect_err("refused");
    assert!(matches!(error, BillingError::Misconfigured(_)), "{error:?}");
    assert_eq!(it.calls("GET", "/v1/accounts/PA-1001"), 2);
}

#[tokio::test]
async fn wrong_credentials_are_named_without_the_secret() {
    let client = Some(("me".to_owned(), "mine".to_owned()));
    let it = stand_in::start_with(Settings { client, ..Settings::default() }).await;
    let error = it.zuora.account(&account_key("PA-1001")).await.expect_err("refused");
    let words = error.to_string();
    assert!(words.contains("ZUORA_CLIENT_SECRET"), "{words}");
    assert!(!format!("{error:?}").contains("a-secret"), "{error:?}");
    // Those who come right after do not each ask again.
    it.zuora.account(&account_key("PA-1001")).await.expect_err("refused");
    assert_eq!(it.calls(TOKEN.0, TOKEN.1), 1);
}

#[tokio::test]
async fn a_tenant_out_of_reach_is_no_misconfiguration() {
    let nobody = Zuora::new(settings("http://127.0.0.1:9")).expect("the adapter");
    let error = nobody.account(&account_key("PA-1001")).await.expect_err("nobody");
    assert!(matches!(error, BillingError::TryAgain { .. }), "{error:?}");
    assert!(nobody.state().await.problem.is_some());
}
