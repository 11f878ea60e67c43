//! What an order would cost, before it is placed.

use crate::stand_in::{
    self, BUSINESS_ANNUAL, HARBOR_POINT, STARTER_MONTHLY, SUPPORT_MONTHLY, StandIn, account_key,
    attempt, currency, for_the_customer, new_customer, plan, seven_seats,
};
use partners_server::billing::{
    Billing, BillingError, BillingPeriod, EndCustomer, NewOrder, Preview,
};
use time::macros::date;

async fn preview(it: &StandIn, order: &NewOrder) -> Preview {
    it.zuora.preview(order).await.expect("a preview")
}

fn periods(preview: &Preview) -> Vec<(u32, String)> {
    let totals = preview.per_period.iter().map(|one| match one.period {
        BillingPeriod::Months(months) => (months, one.total.to_string()),
        _ => panic!("{one:?}"),
    });
    totals.collect()
}

#[tokio::test]
async fn both_settings_are_previewed_and_nothing_is_made() {
    let it = stand_in::start().await;
    for order in [seven_seats(), for_the_customer()] {
        let seen = preview(&it, &order).await;
        assert_eq!((seen.total.to_string().as_str(), seen.tax.amount), ("84.00 USD", 0.into()));
        assert_eq!(seen.currency, currency("USD"));
        assert_eq!(periods(&seen), [(1, "84.00 USD".to_owned())]);
        let line = &seen.lines[0];
        assert_eq!((line.product.as_str(), line.name.as_str()), ("Cadence Team", "Team seats"));
        assert_eq!((line.quantity, line.unit.as_deref()), (Some(7.into()), Some("Seat")));
        assert_eq!(
            (line.from, line.through),
            (Some(date!(2026 - 11 - 24)), Some(date!(2026 - 12 - 23)))
        );
    }
    assert_eq!((it.subscriptions(), it.accounts()), (0, 6));
    it.check();
}

#[tokio::test]
async fn months_and_years_are_told_apart() {
    let it = stand_in::start().await;
    let order = NewOrder {
        plan: plan(BUSINESS_ANNUAL, Some(10)),
        add_ons: vec![plan(SUPPORT_MONTHLY, None)],
        starts_on: date!(2026 - 12 - 31),
        ..seven_seats()
    };
    let seen = preview(&it, &order).await;
    assert_eq!(seen.total.to_string(), "3039.00 USD");
    assert_eq!(periods(&seen), [(1, "49.00 USD".to_owned()), (12, "2990.00 USD".to_owned())]);
    assert_eq!(seen.effective_on, date!(2026 - 12 - 31));
    it.check();
}

#[tokio::test]
async fn a_customer_who_is_there_is_previewed_in_their_currency() {
    let it = stand_in::start().await;
    let first = it
        .place(&NewOrder { customer: new_customer("Jacquard", "EUR"), ..for_the_customer() })
        .await;
    let order = NewOrder {
        customer: EndCustomer::Existing(first.customer),
        plan: plan(STARTER_MONTHLY, None),
        ..for_the_customer()
    };
    assert_eq!(preview(&it, &order).await.total.to_string(), "27.00 EUR");
    let nobody = NewOrder { customer: EndCustomer::Existing("A-0".into()), ..order };
    let error = it.zuora.preview(&nobody).await.expect_err("nobody");
    assert!(matches!(error, BillingError::NotFound(_)), "{error:?}");
}

#[tokio::test]
async fn what_would_be_refused_is_refused_in_the_preview() {
    let it = stand_in::start().await;
    let order = NewOrder { customer: new_customer("Jacquard", "EUR"), ..seven_seats() };
    let seen = it.zuora.preview(&order).await.expect_err("refused");
    let placed = it.zuora.place(&order, &attempt()).await.expect_err("refused");
    assert_eq!(seen, placed);
    assert!(it.zuora.account(&account_key(HARBOR_POINT)).await.is_ok());
}
