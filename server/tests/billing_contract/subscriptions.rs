//! Subscriptions, listed and one by one.

use crate::stand_in::{
    self, HARBOR_POINT, StandIn, TODAY, account_key, for_the_customer, seven_seats,
};
use partners_server::billing::{
    AccountId, Billing, BillingError, EndCustomer, MOST_ACCOUNTS, NewOrder, Subscription,
    SubscriptionsOf,
};

async fn account(it: &StandIn, number: &str) -> AccountId {
    let found = it.zuora.account(&account_key(number)).await.expect("an answer");
    found.expect("an account").id
}

async fn all(it: &StandIn, of: &SubscriptionsOf) -> Vec<Subscription> {
    let mut found = Vec::new();
    let mut page = None;
    loop {
        let portion = it.zuora.subscriptions(of, page.as_ref()).await.expect("a page");
        found.extend(portion.items);
        match portion.next {
            Some(next) => page = Some(next),
            None => return found,
        }
    }
}

#[tokio::test]
async fn a_list_says_what_the_subscription_says() {
    let it = stand_in::start().await;
    let placed = it.place(&seven_seats()).await;
    let partner = account(&it, HARBOR_POINT).await;
    let listed = all(&it, &SubscriptionsOf::InvoiceOwners(vec![partner.clone()])).await;
    assert_eq!(listed.len(), 1);
    let mut read = it.subscription(&placed.subscription).await;
    // The list says neither the order nor products.
    read.latest_order = None;
    for plan in &mut read.plans {
        plan.product = None;
    }
    assert_eq!(listed[0], read);
    assert!(all(&it, &SubscriptionsOf::Owners(vec![partner])).await.is_empty());
    let customer = read.owner.id;
    assert_eq!(all(&it, &SubscriptionsOf::Owners(vec![customer])).await, listed);
    it.check();
}

#[tokio::test]
async fn lists_are_read_page_by_page_and_in_their_latest_versions() {
    let it = stand_in::start().await;
    let first = it.place(&for_the_customer()).await;
    let order = NewOrder {
        customer: EndCustomer::Existing(first.customer.clone()),
        invoice_now: false,
        ..for_the_customer()
    };
    for _ in 0..119 {
        it.place(&order).await;
    }
    let owner = account(&it, first.customer.as_str()).await;
    let of = SubscriptionsOf::Owners(vec![owner]);
    let mut numbers: Vec<_> = all(&it, &of).await.into_iter().map(|one| one.number).collect();
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), 120);
    assert_eq!(it.calls("GET", "/object-query/subscriptions"), 2);
}

#[tokio::test]
async fn the_subscriptions_of_many_customers_are_one_list() {
    let it = stand_in::start().await;
    let mut owners = Vec::new();
    for _ in 0..3 {
        let placed = it.place(&for_the_customer()).await;
        owners.push(account(&it, placed.customer.as_str()).await);
    }
    let two = SubscriptionsOf::Owners(owners[..2].to_vec());
    let found: Vec<_> = all(&it, &two).await.into_iter().map(|one| one.owner.id).collect();
    assert_eq!(found, owners[..2]);
    let many = SubscriptionsOf::Owners(vec![owners[0].clone(); MOST_ACCOUNTS + 1]);
    let error = it.zuora.subscriptions(&many, None).await.expect_err("too many");
    assert!(matches!(error, BillingError::Refused(_)), "{error:?}");
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let it = stand_in::start().await;
    let found = it.zuora.subscription(&"A-S99999999".into()).await.expect("an answer");
    assert_eq!(found, None);
    let nobody = SubscriptionsOf::Owners(vec!["0123456789abcdef0123456789abcdef".into()]);
    assert!(all(&it, &nobody).await.is_empty());
    assert!(all(&it, &SubscriptionsOf::Owners(Vec::new())).await.is_empty());
}

#[tokio::test]
async fn a_subscription_that_runs_has_nothing_pending() {
    let it = stand_in::start().await;
    let placed = it.place(&seven_seats()).await;
    let subscription = it.subscription(&placed.subscription).await;
    assert_eq!(subscription.pending(TODAY), None);
    assert!(!subscription.is_over(TODAY));
    assert!(subscription.plans[0].holds_on(TODAY));
}
