//! The catalog, over several pages.

use crate::stand_in::{self, ARCHIVE_MONTHLY, BUSINESS_ANNUAL, TEAM_MONTHLY, TODAY, currency};
use partners_server::billing::{Billing, BillingPeriod, CatalogPlan, ChargeKind, ChargeModel};

fn find<'a>(plans: &'a [CatalogPlan], id: &str) -> &'a CatalogPlan {
    plans.iter().find(|plan| plan.id.as_str() == id).expect("a plan")
}

#[tokio::test]
async fn plans_come_with_their_prices() {
    let it = stand_in::start().await;
    let plans = it.zuora.catalog().await.expect("a catalog");
    assert_eq!(plans.len(), 15);
    let team = find(&plans, TEAM_MONTHLY);
    assert_eq!(
        (team.product.as_str(), team.name.as_str()),
        ("Cadence Team", "Cadence Team Monthly")
    );
    assert_eq!(
        (team.sku.as_deref(), team.category.as_deref()),
        (Some("CAD-TEAM"), Some("Base Products"))
    );
    assert!(team.is_sold_on(TODAY) && team.takes_quantity());
    assert_eq!(team.currencies(), [currency("EUR"), currency("USD")]);
    let seats = &team.charges[0];
    assert_eq!((seats.kind, &seats.model), (ChargeKind::Recurring, &ChargeModel::PerUnit));
    assert_eq!(seats.period, Some(BillingPeriod::Months(1)));
    assert_eq!((seats.unit.as_deref(), seats.default_quantity), (Some("Seat"), Some(5.into())));
    let amount = seats.amount(currency("EUR"), Some(7.into())).expect("an amount");
    assert_eq!(amount.to_string(), "77.00 EUR");
    let business = find(&plans, BUSINESS_ANNUAL);
    let models: Vec<_> = business.charges.iter().map(|charge| charge.model.clone()).collect();
    assert_eq!(models, [ChargeModel::FlatFee, ChargeModel::PerUnit]);
    assert_eq!(find(&plans, ARCHIVE_MONTHLY).currencies(), [currency("USD")]);
    it.check();
}

#[tokio::test]
async fn a_long_catalog_is_read_whole() {
    let it = stand_in::start().await;
    it.sandbox.write(|state| {
        let pattern = state.products[0].clone();
        for place in 0..90 {
            let mut product = pattern.clone();
            product.id = format!("{place:032x}");
            product.number = format!("PC-X{place}");
            for plan in &mut product.rate_plans {
                plan.id = format!("{}{place:016x}", &plan.id[16..]);
            }
            state.products.push(product);
        }
    });
    let plans = it.zuora.catalog().await.expect("a catalog");
    assert_eq!(plans.len(), 15 + 90 * 2);
    assert_eq!(it.calls("GET", "/v1/catalog/products"), 3);
    let mut ids: Vec<_> = plans.iter().map(|plan| plan.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), plans.len());
}

#[tokio::test]
async fn what_is_no_longer_sold_says_so() {
    let it = stand_in::start().await;
    it.sandbox.write(|state| {
        for plan in state.products.iter_mut().flat_map(|product| &mut product.rate_plans) {
            if plan.id == TEAM_MONTHLY {
                plan.end = "2026-11-24".parse().expect("a day");
            }
        }
    });
    let plans = it.zuora.catalog().await.expect("a catalog");
    assert!(!find(&plans, TEAM_MONTHLY).is_sold_on(TODAY));
}
