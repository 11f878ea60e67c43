//! Orders in a table.

use crate::components::live::Erase;
use crate::components::{Moment, OrderStatus};
use crate::domain::Order;
use crate::paths;
use leptos::prelude::*;

/// A table of orders, each with a link to its page.
#[component]
pub fn OrdersTable(
    /// What they are, for screen readers.
    #[prop(into)]
    caption: String,
    /// The orders.
    orders: Vec<Order>,
) -> impl IntoView {
    let rows = orders.into_iter().map(row).map(Erase::erase).collect::<Vec<_>>();
    view! {
        <div class="table-box">
            <table class="table">
                <caption class="hidden">{caption}</caption>
                <thead>
                    <tr>
                        <th scope="col">"Order"</th>
                        <th scope="col" class="col-person">"Ordered by"</th>
                        <th scope="col" class="col-day">"Ordered"</th>
                        <th scope="col" class="col-status">"Status"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .erase()
}

fn row(order: Order) -> AnyView {
    view! {
        <tr>
            <th scope="row" class="whole-card">
                <div class="row-name">
                    <a class="row-link" dir="auto" href=paths::order(order.id)>{order.title}</a>
                </div>
            </th>
            <td data-label="Ordered by">
                <span class="truncate"><bdi>{order.ordered_by}</bdi></span>
            </td>
            <td data-label="Ordered"><Moment at=order.created_at /></td>
            <td data-label="Status"><OrderStatus state=order.state /></td>
        </tr>
    }
    .erase()
}
