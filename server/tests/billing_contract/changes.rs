//! Changes: previewed with the money they move, made, seen as pending, undone.

use crate::stand_in::{
    self, BUSINESS_ANNUAL, STARTER_MONTHLY, SUPPORT_MONTHLY, StandIn, TEAM_MONTHLY, TODAY, attempt,
    change, for_the_customer, plan, seven_seats,
};
use partners_server::billing::{
    Billing, BillingError, Change, ChangeOrder, Effective, PastActionKind, Pending, PlacedOrder,
    PlanId, Subscription, SubscriptionStatus,
};
use time::Date;
use time::macros::date;
use zuora_sandbox::faults::{Fault, FaultKind};

const TERM_END: Date = date!(2027 - 11 - 24);

struct Sold {
    it: StandIn,
    placed: PlacedOrder,
    before: Subscription,
}

/// Seven seats, invoiced to the partner.
async fn sold() -> Sold {
    let it = stand_in::start().await;
    let placed = it.place(&seven_seats()).await;
    let before = it.subscription(&placed.subscription).await;
    Sold { it, placed, before }
}

impl Sold {
    fn base(&self) -> PlanId {
        self.before.plans[0].id.clone()
    }

    fn order(&self, wanted: Change, effective: Effective) -> ChangeOrder {
        change(&self.placed.subscription, wanted, effective)
    }

    async fn make(&self, order: &ChangeOrder) -> Subscription {
        let placed = self.it.zuora.change(order, &attempt()).await.expect("changed");
        assert_eq!(placed.subscription, self.placed.subscription);
        assert_eq!(placed.customer, self.placed.customer);
        self.it.subscription(&placed.subscription).await
    }
}

#[tokio::test]
async fn more_seats_are_previewed_and_had_at_once() {
    let sold = sold().await;
    let on = date!(2026 - 12 - 09);
    let order =
        sold.order(Change::Quantity { plan: sold.base(), quantity: 10.into() }, Effective::On(on));
    let seen = sold.it.zuora.preview_change(&order).await.expect("a preview");
    assert_eq!(seen.effective_on, on);
    // Fifteen of thirty days, three seats at twelve dollars.
    assert_eq!(seen.total.to_string(), "18.00 USD", "{:#?}", seen.lines);
    assert_eq!(seen.per_period[0].total.to_string(), "120.00 USD");
    let after = sold.make(&order).await;
    assert_eq!(after.plans[0].quantity_on(TODAY), Some(7.into()));
    assert_eq!(after.plans[0].quantity_on(on), Some(10.into()));
    assert_eq!(after.pending(TODAY), Some(Pending::Change(on)));
    assert_eq!(after.pending(on), None);
    sold.it.check();
}

#[tokio::test]
async fn an_upgrade_takes_effect_at_once() {
    let sold = sold().await;
    let order = sold.order(
        Change::SwitchPlan { from: sold.base(), to: plan(BUSINESS_ANNUAL, Some(7)) },
        Effective::On(TODAY),
    );
    let seen = sold.it.zuora.preview_change(&order).await.expect("a preview");
    // A year of the platform and seven seats, less the month that was paid.
    assert_eq!(seen.total.to_string(), "2306.00 USD", "{:#?}", seen.lines);
    let after = sold.make(&order).await;
    let running: Vec<_> = after.plans.iter().filter(|plan| plan.holds_on(TODAY)).collect();
    assert_eq!(running.len(), 1);
    assert_eq!(running[0].rate_plan.as_str(), BUSINESS_ANNUAL);
    assert_eq!(running[0].quantity_on(TODAY), Some(7.into()));
    assert_eq!(after.pending(TODAY), None);
    sold.it.check();
}

#[tokio::test]
async fn a_downgrade_waits_for_the_terms_end_and_can_be_undone() {
    let sold = sold().await;
    let order = sold.order(
        Change::SwitchPlan { from: sold.base(), to: plan(STARTER_MONTHLY, None) },
        Effective::TermEnd,
    );
    let seen = sold.it.zuora.preview_change(&order).await.expect("a preview");
    assert_eq!((seen.effective_on, seen.total.amount), (TERM_END, 0.into()));
    assert_eq!(seen.per_period[0].total.to_string(), "29.00 USD");
    let after = sold.make(&order).await;
    assert_eq!(after.pending(TODAY), Some(Pending::Change(TERM_END)), "{after:#?}");
    assert!(
        after
            .plans
            .iter()
            .any(|plan| plan.rate_plan.as_str() == TEAM_MONTHLY && plan.holds_on(TODAY))
    );
    let latest = after.latest_order.expect("an order");
    sold.it.zuora.undo(&latest).await.expect("undone");
    let again = sold.it.subscription(&sold.placed.subscription).await;
    assert_eq!(again.pending(TODAY), None);
    // Undone is undone.
    sold.it.zuora.undo(&latest).await.expect("undone");
    sold.it.check();
}

#[tokio::test]
async fn add_ons_come_and_go() {
    let sold = sold().await;
    let add = sold.order(Change::AddPlan(plan(SUPPORT_MONTHLY, None)), Effective::On(TODAY));
    let seen = sold.it.zuora.preview_change(&add).await.expect("a preview");
    assert_eq!(seen.total.to_string(), "49.00 USD");
    assert_eq!(seen.per_period[0].total.to_string(), "49.00 USD");
    let after = sold.make(&add).await;
    let support = after.plans.iter().find(|plan| plan.rate_plan.as_str() == SUPPORT_MONTHLY);
    let support = support.expect("the add-on").id.clone();
    let remove = sold.order(Change::RemovePlan(support), Effective::TermEnd);
    let after = sold.make(&remove).await;
    let support = after.plans.iter().find(|plan| plan.rate_plan.as_str() == SUPPORT_MONTHLY);
    assert!(support.is_some_and(|plan| plan.is_removed && plan.holds_on(TODAY)));
    let history = sold.it.zuora.history(&sold.placed.subscription).await.expect("orders");
    let kinds: Vec<_> = history.iter().map(|order| order.actions[0].kind.clone()).collect();
    assert_eq!(
        kinds,
        [PastActionKind::PlanRemoved, PastActionKind::PlanAdded, PastActionKind::Created]
    );
    sold.it.check();
}

#[tokio::test]
async fn a_cancellation_at_the_terms_end_is_pending_and_can_be_undone() {
    let sold = sold().await;
    let cancel = sold.order(Change::Cancel, Effective::TermEnd);
    let seen = sold.it.zuora.preview_change(&cancel).await.expect("a preview");
    assert_eq!((seen.effective_on, seen.total.amount), (TERM_END, 0.into()));
    assert!(seen.per_period.is_empty());
    let after = sold.make(&cancel).await;
    assert_eq!(after.status, SubscriptionStatus::Cancelled);
    assert_eq!(after.pending(TODAY), Some(Pending::Cancellation(TERM_END)));
    assert!(!after.is_over(TODAY) && after.is_over(TERM_END));
    sold.it.zuora.undo(&after.latest_order.expect("an order")).await.expect("undone");
    let again = sold.it.subscription(&sold.placed.subscription).await;
    assert_eq!((again.status, again.pending(TODAY)), (SubscriptionStatus::Active, None));
    assert!(again.auto_renews);
    sold.it.check();
}

#[tokio::test]
async fn a_cancellation_now_gives_money_back() {
    let sold = sold().await;
    let cancel = sold.order(Change::Cancel, Effective::On(date!(2026 - 12 - 09)));
    let seen = sold.it.zuora.preview_change(&cancel).await.expect("a preview");
    assert_eq!(seen.total.to_string(), "-42.00 USD", "{:#?}", seen.lines);
    let after = sold.make(&cancel).await;
    assert!(after.is_over(date!(2026 - 12 - 09)));
    let more = sold.order(Change::AddPlan(plan(SUPPORT_MONTHLY, None)), Effective::On(TODAY));
    let error = sold.it.zuora.change(&more, &attempt()).await.expect_err("over");
    assert!(matches!(error, BillingError::Refused(_)), "{error:?}");
}

#[tokio::test]
async fn a_change_whose_answer_was_lost_is_made_once() {
    let sold = sold().await;
    sold.it.fault(Fault::new(FaultKind::LoseAnswer).on("POST", "/v1/orders").next(1));
    let order = sold
        .order(Change::Quantity { plan: sold.base(), quantity: 8.into() }, Effective::On(TODAY));
    let attempt = attempt();
    let error = sold.it.zuora.change(&order, &attempt).await.expect_err("lost");
    assert!(matches!(error, BillingError::AnswerLost { .. }), "{error:?}");
    let found = sold.it.zuora.find_order(&attempt.reference).await.expect("an answer");
    let again = sold.it.zuora.change(&order, &attempt).await.expect("found");
    assert_eq!(found, Some(again));
    let history = sold.it.zuora.history(&sold.placed.subscription).await.expect("orders");
    assert_eq!(history.len(), 2);
}

#[tokio::test]
async fn what_cannot_be_changed_is_refused() {
    let sold = sold().await;
    for (wanted, on) in [
        (Change::Quantity { plan: "nothing".into(), quantity: 1.into() }, TODAY),
        (Change::RemovePlan("nothing".into()), TODAY),
    ] {
        let order = sold.order(wanted, Effective::On(on));
        let error = sold.it.zuora.preview_change(&order).await.expect_err("no such plan");
        assert!(matches!(error, BillingError::NotFound(_)), "{error:?}");
    }
    let late = sold
        .order(Change::AddPlan(plan(SUPPORT_MONTHLY, None)), Effective::On(date!(2030 - 01 - 01)));
    let error = sold.it.zuora.change(&late, &attempt()).await.expect_err("too late");
    assert!(matches!(error, BillingError::Refused(_)), "{error:?}");
    let nothing = change(&"A-S99999999".into(), Change::Cancel, Effective::TermEnd);
    let error = sold.it.zuora.change(&nothing, &attempt()).await.expect_err("nothing there");
    assert!(matches!(error, BillingError::NotFound(_)), "{error:?}");
}

#[tokio::test]
async fn an_end_customers_own_subscription_changes_under_their_account() {
    let it = stand_in::start().await;
    let placed = it.place(&for_the_customer()).await;
    let order = change(&placed.subscription, Change::Cancel, Effective::TermEnd);
    it.zuora.change(&order, &attempt()).await.expect("changed");
    let exchanges = it.sandbox.exchanges();
    let sent = exchanges.iter().rfind(|one| one.path == "/v1/orders").expect("an order");
    assert_eq!(sent.request["existingAccountNumber"], placed.customer.as_str());
    it.check();
}
