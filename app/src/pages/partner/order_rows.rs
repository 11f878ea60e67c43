//! Orders in a table.

use crate::components::live::Erase;
use crate::components::{Moment, OrderStatus};
use crate::domain::Order;
use crate::paths;
use leptos::prelude::*;

/// A table of orders, each with a link to its page; without, where an admin
/// looks.
#[component]
pub fn OrdersTable(
    /// What they are, for screen readers.
    #[prop(into)]
    caption: String,
    /// The orders.
    orders: Vec<Order>,
    /// Whether each leads to its page.
    #[prop(default = true)]
    linked: bool,
) -> impl IntoView {
    let rows = orders.into_iter().map(|order| row(order, linked)).collect::<Vec<_>>();
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

fn row(order: Order, linked: bool) -> AnyView {
    let title = if linked {
        let href = paths::order(order.id);
        view! {
            <div class="row-name"><a class="row-link" dir="auto" href=href>{order.title}</a></div>
        }
        .erase()
    } else {
        view! { <span class="truncate"><bdi>{order.title}</bdi></span> }.erase()
    };
    view! {
        <tr>
            <th scope="row" class="whole-card">{title}</th>
            <td data-label="Ordered by">
                <span class="truncate"><bdi>{order.ordered_by}</bdi></span>
            </td>
            <td data-label="Ordered"><Moment at=order.created_at /></td>
            <td data-label="Status"><OrderStatus state=order.state /></td>
        </tr>
    }
    .erase()
}
