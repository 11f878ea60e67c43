//! How many calls to Zuora things take.

use crate::stand_in::{self, StandIn, attempt, seven_seats};
use partners_server::billing::{Billing, EndCustomer, NewOrder};

fn since(it: &StandIn, before: usize) -> Vec<String> {
    let exchanges = it.sandbox.exchanges();
    exchanges[before..].iter().map(|one| format!("{} {}", one.method, one.path)).collect()
}

#[tokio::test]
async fn a_checkout_takes_two_calls() {
    let it = stand_in::start().await;
    it.zuora.catalog().await.expect("a catalog");
    let before = it.sandbox.exchanges().len();
    it.zuora.preview(&seven_seats()).await.expect("a preview");
    let placed = it.zuora.place(&seven_seats(), &attempt()).await.expect("placed");
    assert_eq!(since(&it, before), ["POST /v1/orders/preview", "POST /v1/orders"]);

    let before = it.sandbox.exchanges().len();
    let order = NewOrder { customer: EndCustomer::Existing(placed.customer), ..seven_seats() };
    it.zuora.preview(&order).await.expect("a preview");
    assert_eq!(since(&it, before), ["GET /v1/accounts/PA-1002", "POST /v1/orders/preview"]);
}
