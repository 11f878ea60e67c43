//! Accounts are looked up and searched.

use crate::stand_in::{self, account_key, currency};
use partners_server::billing::{AccountStatus, Billing};

#[tokio::test]
async fn an_account_is_found_by_number_and_by_id() {
    let it = stand_in::start().await;
    let by_number =
        it.zuora.account(&account_key("PA-1001")).await.expect("an answer").expect("an account");
    assert_eq!(by_number.name, "Nordlicht Systemhaus GmbH");
    assert_eq!(by_number.currency, currency("EUR"));
    assert_eq!(by_number.status, AccountStatus::Active);
    assert_eq!(by_number.crm_id.as_deref(), Some("0015g00000NrdLtAAJ"));
    assert!(by_number.is_partner_account);
    let id = account_key(by_number.id.as_str());
    assert_eq!(it.zuora.account(&id).await.expect("an answer"), Some(by_number));
    it.check();
}

#[tokio::test]
async fn what_differs_between_accounts_is_read() {
    let it = stand_in::start().await;
    for (number, status) in
        [("PA-1005", AccountStatus::Draft), ("PA-1006", AccountStatus::Cancelled)]
    {
        let found = it.zuora.account(&account_key(number)).await.expect("an answer");
        let found = found.expect("an account");
        assert_eq!((found.status, found.crm_id), (status, None));
    }
}

#[tokio::test]
async fn nobody_is_found_where_nobody_is() {
    let it = stand_in::start().await;
    for key in ["PA-9999", "0123456789abcdef0123456789abcdef", "a%2Fb", ".."] {
        assert_eq!(it.zuora.account(&account_key(key)).await.expect("an answer"), None, "{key}");
    }
    it.check();
}

#[tokio::test]
async fn accounts_are_found_by_the_beginning_of_name_or_number() {
    let it = stand_in::start().await;
    for (typed, found) in [
        ("Nord", &["PA-1001"][..]),
        ("harbor p", &["PA-1002"]),
        ("pa-100", &["PA-1004", "PA-1002", "PA-1003", "PA-1001", "PA-1006", "PA-1005"]),
        ("Systemhaus", &[]),
        ("  ", &[]),
    ] {
        let accounts = it.zuora.search_accounts(typed, 10).await.expect("an answer");
        let numbers: Vec<&str> = accounts.iter().map(|one| one.number.as_str()).collect();
        assert_eq!(numbers, found, "{typed}");
    }
    let two = it.zuora.search_accounts("PA-", 2).await.expect("an answer");
    assert_eq!(two.len(), 2);
}

#[tokio::test]
async fn it_answers_and_says_which_it_is() {
    let it = stand_in::start().await;
    let state = it.zuora.state().await;
    assert_eq!((state.name.as_str(), state.problem), ("Stand-in for Zuora", None));
    assert!(state.detail.contains("127.0.0.1:"), "{}", state.detail);
}
