//! What an order is about.

use crate::components::live::{Erase, any};
use crate::domain::{InvoiceOwner, Order, OrderKind, OrderLine, day};
use crate::viewer::use_page;
use leptos::prelude::*;

/// What, for whom, from when, and who is invoiced.
#[component]
pub fn Facts(
    /// The order.
    order: Order,
) -> impl IntoView {
    let invoiced = invoiced(&order);
    let starts = if order.kind == OrderKind::Purchase { "Starts" } else { "Takes effect" };
    let when = match order.effective_on {
        Some(day) => day::full(day),
        None if order.kind == OrderKind::Undo => "At once".to_owned(),
        None => "When the current term ends".to_owned(),
    };
    let lines = order.lines.iter().map(line).collect::<Vec<_>>();
    let what = (!lines.is_empty()).then(|| {
        view! { <div><dt>"What"</dt><dd><ul class="order-lines">{lines}</ul></dd></div> }
    });
    let subscription = order.subscription.filter(|_| order.kind != OrderKind::Purchase);
    let subscription = subscription.map(|number| {
        view! { <div><dt>"Subscription"</dt><dd class="mono">{number.0}</dd></div> }
    });
    let external_id = order.external_id.map(|external_id| {
        view! { <div><dt>"External ID"</dt><dd class="mono"><bdi>{external_id}</bdi></dd></div> }
    });
    view! {
        <dl class="facts">
            {any(what)}
            {any(subscription)}
            <div><dt>"For"</dt><dd><bdi>{order.customer_name}</bdi></dd></div>
            <div><dt>{starts}</dt><dd>{when}</dd></div>
            <div><dt>"Invoices"</dt><dd>{invoiced}</dd></div>
            {any(external_id)}
        </dl>
    }
    .erase()
}

fn line(line: &OrderLine) -> AnyView {
    let quantity = line.quantity.map(|units| format!("{} × ", use_page().locale.number(units)));
    view! { <li>{quantity}<bdi>{line.name.clone()}</bdi></li> }.erase()
}

/// Who is invoiced, and why.
fn invoiced(order: &Order) -> String {
    let whom = &order.invoiced_to;
    if order.kind != OrderKind::Purchase {
        return format!("{whom} is invoiced, as for the subscription so far.");
    }
    let owner = match order.invoice_owner {
        InvoiceOwner::Partner => "Partner",
        InvoiceOwner::EndCustomer => "End customer",
    };
    format!("{whom} is invoiced, because your organisation’s Zuora invoice owner is {owner}.")
}
