//! Orders: the two owners, what travels with them, and their history.

use crate::stand_in::{
    self, ARCHIVE_MONTHLY, HARBOR_POINT, NORDLICHT, STARTER_MONTHLY, SUPPORT_MONTHLY, StandIn,
    TODAY, account_key, attempt, for_the_customer, new_customer, plan, seven_seats,
};
use partners_app::domain::SalesforceAccountId;
use partners_server::billing::{
    Attribution, Billing, BillingError, EndCustomer, NewOrder, OrderInvoiceOwner, PastActionKind,
    SubscriptionStatus,
};
use serde_json::{Value, json};
use time::macros::date;
use zuora_sandbox::refusal::Refusal;

/// The order as it went over the wire.
fn sent(it: &StandIn) -> Value {
    let exchanges = it.sandbox.exchanges();
    let order = exchanges.iter().rfind(|one| one.method == "POST" && one.path == "/v1/orders");
    order.expect("an order").request.clone()
}

#[tokio::test]
async fn the_partner_is_invoiced_for_a_new_customers_subscription() {
    let it = stand_in::start().await;
    let placed = it.place(&seven_seats()).await;
    let subscription = it.subscription(&placed.subscription).await;
    assert_eq!(subscription.status, SubscriptionStatus::Active);
    assert_eq!(subscription.owner.name.as_deref(), Some("Analytical Engines Ltd"));
    assert_eq!(subscription.owner.number, Some(placed.customer.clone()));
    let payer = subscription.invoice_owner.number.expect("a number");
    assert_eq!(payer.as_str(), HARBOR_POINT);
    assert_ne!(placed.customer, payer);
    assert_eq!(subscription.latest_order, Some(placed.order));
    assert_eq!(subscription.plans[0].quantity_on(TODAY), Some(7.into()));
    assert_eq!(subscription.term_ends_on, Some(date!(2027 - 11 - 24)));
    assert!(subscription.auto_renews);
    it.check();
}

#[tokio::test]
async fn the_end_customer_is_invoiced_for_their_own() {
    let it = stand_in::start().await;
    let placed = it.place(&for_the_customer()).await;
    let subscription = it.subscription(&placed.subscription).await;
    assert_eq!(subscription.owner, subscription.invoice_owner);
    assert_eq!(subscription.owner.number, Some(placed.customer));
    assert_eq!(it.accounts(), 7);
    it.check();
}

#[tokio::test]
async fn both_settings_work_for_a_customer_who_is_there() {
    let it = stand_in::start().await;
    let first = it.place(&for_the_customer()).await;
    let customer = EndCustomer::Existing(first.customer.clone());
    for (order, payer) in
        [(for_the_customer(), first.customer.as_str()), (seven_seats(), HARBOR_POINT)]
    {
        let placed = it.place(&NewOrder { customer: customer.clone(), ..order }).await;
        assert_eq!(placed.customer, first.customer);
        let subscription = it.subscription(&placed.subscription).await;
        assert_eq!(subscription.owner.number, Some(first.customer.clone()));
        assert_eq!(subscription.invoice_owner.number.expect("a number").as_str(), payer);
    }
    it.check();
}

#[tokio::test]
async fn the_partners_account_may_be_named_by_its_id() {
    let it = stand_in::start().await;
    let account = it.zuora.account(&account_key(HARBOR_POINT)).await.expect("an answer");
    let id = account_key(account.expect("an account").id.as_str());
    let order = NewOrder { invoice_owner: OrderInvoiceOwner::Partner(id), ..seven_seats() };
    let placed = it.place(&order).await;
    let payer = it.subscription(&placed.subscription).await.invoice_owner;
    assert_eq!(payer.number.expect("a number").as_str(), HARBOR_POINT);
    assert!(sent(&it).get("existingAccountId").is_some());
}

#[tokio::test]
async fn tenants_older_than_2025_take_the_order() {
    let it = stand_in::start().await;
    it.sandbox.write(|state| state.tenant.invoice_owner_field = false);
    it.place(&seven_seats()).await;
    assert!(!sent(&it).to_string().contains("invoiceOwner"));
}

#[tokio::test]
async fn partner_and_reference_travel_with_order_and_subscription() {
    let it = stand_in::start().await;
    let salesforce = SalesforceAccountId::parse("001Dn00000HbrPtIAJ").expect("an ID");
    let attribution =
        Attribution { salesforce_account: Some(salesforce), ..stand_in::attribution() };
    let attempt = attempt();
    let order = NewOrder { attribution, ..seven_seats() };
    let placed = it.zuora.place(&order, &attempt).await.expect("placed");
    let expected = json!({
        "PartnerOrganisation__c": "00000000-0000-0000-0000-000000000007",
        "PartnerSalesforce__c": "001Dn00000HbrPtIAJ",
        "PartnerReference__c": attempt.reference.as_str(),
    });
    let (of_order, of_subscription) = it.sandbox.read(|state| {
        let order = state.order(placed.order.as_str()).expect("the order");
        let subscription = state.subscription(placed.subscription.as_str()).expect("it");
        (json!(order.custom), json!(subscription.custom))
    });
    assert_eq!((&of_order, &of_subscription), (&expected, &expected));
    let read = it.subscription(&placed.subscription).await;
    assert_eq!(read.organisation.as_deref(), Some("00000000-0000-0000-0000-000000000007"));
}

#[tokio::test]
async fn add_ons_and_plans_without_a_quantity_are_bought() {
    let it = stand_in::start().await;
    let order = NewOrder {
        plan: plan(STARTER_MONTHLY, None),
        add_ons: vec![plan(SUPPORT_MONTHLY, None), plan(stand_in::TEAM_MONTHLY, None)],
        ..seven_seats()
    };
    let placed = it.place(&order).await;
    let plans = it.subscription(&placed.subscription).await.plans;
    let quantities: Vec<_> = plans.iter().map(|plan| plan.quantity_on(TODAY)).collect();
    assert_eq!(quantities, [None, None, Some(5.into())]);
}

#[tokio::test]
async fn a_subscription_may_begin_later_and_never_end() {
    let it = stand_in::start().await;
    let order = NewOrder {
        starts_on: date!(2027 - 01 - 01),
        term: partners_server::billing::Term { months: None, auto_renew: false },
        invoice_now: false,
        ..seven_seats()
    };
    let placed = it.place(&order).await;
    let subscription = it.subscription(&placed.subscription).await;
    assert_eq!(subscription.starts_on, Some(date!(2027 - 01 - 01)));
    assert_eq!((subscription.term_ends_on, subscription.ends_on), (None, None));
    // What has not begun is not a change to come.
    assert_eq!(subscription.pending(TODAY), None);
    it.check();
}

#[tokio::test]
async fn a_refusal_is_in_zuoras_words_and_leaves_nothing() {
    let it = stand_in::start().await;
    let euros_for_dollars =
        NewOrder { customer: new_customer("Difference Engines", "EUR"), ..seven_seats() };
    let not_in_euros = NewOrder {
        customer: new_customer("Difference Engines", "EUR"),
        invoice_owner: OrderInvoiceOwner::Partner(account_key(NORDLICHT)),
        plan: plan(ARCHIVE_MONTHLY, None),
        ..seven_seats()
    };
    let cancelled = NewOrder {
        invoice_owner: OrderInvoiceOwner::Partner(account_key("PA-1006")),
        ..seven_seats()
    };
    for (order, words) in [
        (euros_for_dollars, "currency"),
        (not_in_euros, "has no price in the currency EUR"),
        (cancelled, "not active"),
    ] {
        let attempt = attempt();
        let error = it.zuora.place(&order, &attempt).await.expect_err("refused");
        let BillingError::Refused(reason) = error else { panic!("{error:?}") };
        assert!(reason.message.contains(words), "{reason}");
        assert_eq!(reason.code, Some(Refusal::rule("").code()));
        assert_eq!(it.zuora.find_order(&attempt.reference).await.expect("an answer"), None);
    }
    assert_eq!((it.subscriptions(), it.accounts()), (0, 6));
    it.check();
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let it = stand_in::start().await;
    let nobody = NewOrder {
        invoice_owner: OrderInvoiceOwner::Partner(account_key("PA-9999")),
        ..seven_seats()
    };
    let nothing =
        NewOrder { plan: plan("8ad0a1c08f3b5d11018f3b7c0020ffff", Some(1)), ..seven_seats() };
    for order in [nobody, nothing] {
        let error = it.zuora.place(&order, &attempt()).await.expect_err("missing");
        assert!(matches!(error, BillingError::NotFound(_)), "{error:?}");
    }
}

#[tokio::test]
async fn a_tenant_without_the_features_is_the_operators() {
    let it = stand_in::start().await;
    it.sandbox.write(|state| state.tenant.owner_transfer = false);
    let error = it.zuora.place(&seven_seats(), &attempt()).await.expect_err("no feature");
    assert!(matches!(error, BillingError::Misconfigured(_)), "{error:?}");
    it.place(&for_the_customer()).await;
    it.sandbox.write(|state| state.tenant.orders = false);
    let error = it.zuora.place(&for_the_customer(), &attempt()).await.expect_err("no feature");
    assert!(matches!(error, BillingError::Misconfigured(_)), "{error:?}");
}

#[tokio::test]
async fn a_subscriptions_orders_are_remembered() {
    let it = stand_in::start().await;
    let placed = it.place(&seven_seats()).await;
    let history = it.zuora.history(&placed.subscription).await.expect("an answer");
    assert_eq!(history.len(), 1);
    assert_eq!((&history[0].order, history[0].ordered_on), (&placed.order, Some(TODAY)));
    let action = &history[0].actions[0];
    assert_eq!((&action.kind, action.effective_on), (&PastActionKind::Created, Some(TODAY)));
    it.check();
}
