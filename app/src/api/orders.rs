//! Orders that need an admin.

use crate::domain::{OrderId, StuckOrder};
use crate::error::PublicError;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// The orders of all organisations that need attention, oldest first.
#[server(prefix = "/actions", endpoint = "orders/needing-attention", input = Json)]
pub async fn orders_needing_attention() -> Result<Vec<StuckOrder>, PublicError> {
    let (admin, desk) = super::context::offers_desk()?;
    desk.orders_needing_attention(&admin).await
}

/// *Give up* beside an order that needs attention and is not in Zuora.
#[server(prefix = "/actions", endpoint = "orders/give-up")]
pub async fn give_up_order(order: OrderId) -> Result<(), PublicError> {
    let (admin, desk) = super::context::offers_desk()?;
    desk.give_up_order(&admin, order).await
}

/// *Try again* beside an order that needs attention.
#[server(prefix = "/actions", endpoint = "orders/retry")]
pub async fn retry_order(order: OrderId) -> Result<(), PublicError> {
    let (admin, desk) = super::context::offers_desk()?;
    desk.retry_order(&admin, order).await
}
