//! Orders in a table.

use super::place::Place;
use crate::components::live::Erase;
use crate::components::{Moment, OrderStatus};
use crate::domain::Order;
use crate::paths;
use leptos::prelude::*;

/// A table of orders. The partner's users find an order's page behind each;
/// admins look at the table.
pub fn orders_table(place: Place, caption: &'static str, orders: Vec<Order>) -> AnyView {
    let rows = orders.into_iter().map(|order| row(place, order)).collect::<Vec<_>>();
    view! {
        <div class="table-box">
            <table class="table orders-table">
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

fn row(place: Place, order: Order) -> AnyView {
    let title = if place.is_tab {
        view! { <span class="truncate"><bdi>{order.title}</bdi></span> }.erase()
    } else {
        let href = paths::order(order.id);
        view! {
            <div class="row-name"><a class="row-link" dir="auto" href=href>{order.title}</a></div>
        }
        .erase()
    };
    view! {
        <tr>
            <th scope="row" class="whole-card">{title}</th>
            <td data-label="Ordered by"><span class="truncate"><bdi>{order.ordered_by}</bdi></span></td>
            <td data-label="Ordered"><Moment at=order.created_at /></td>
            <td data-label="Status"><OrderStatus state=order.state /></td>
        </tr>
    }
    .erase()
}
