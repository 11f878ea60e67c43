//! *Settings › Orders*: those that cannot go on without an admin.

mod give_up;

use super::SETTINGS;
use crate::api::orders::{OrdersNeedingAttention, RetryOrder};
use crate::ask::load;
use crate::components::live::{Erase, shown};
use crate::components::messages::use_messages;
use crate::components::{
    Crumb, Empty, Failure, FormNotice, FormState, Moment, PageFrame, SubmitButton,
};
use crate::domain::{FieldErrors, OrderState, StuckOrder};
use crate::flash::use_flash;
use crate::pages::outcome;
use crate::part::page_in_part;
use crate::paths;
use give_up::{GiveUpDialog, GivingUp, give_up_button};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;

const WAY: &[Crumb] = &[SETTINGS];

page_in_part!(
    /// `/settings/orders`
    OrdersRoute, settings, orders_page, preload_orders, OrdersPage
);

/// The page.
#[component]
fn OrdersPage() -> impl IntoView {
    let orders = load(|| OrdersNeedingAttention {});
    let reload = Callback::new(move |()| orders.refetch());
    view! {
        <Title text="Orders" />
        <PageFrame way=WAY here=|| "Orders">
            <div class="page-head">
                <div>
                    <h1>"Orders"</h1>
                    <p class="lead">"Orders that need attention, oldest first."</p>
                </div>
            </div>
            <Transition>
                {shown(move || orders.get().map(|answer| match answer {
                    Ok(orders) if orders.is_empty() => view! {
                        <Empty
                            first=true
                            title="No order needs attention"
                            text="Orders that Zuora cannot carry out without you will be listed here, with the reason and a way to try again. Nothing is lost meanwhile."
                        >
                            <div class="actions"></div>
                        </Empty>
                    }.erase(),
                    Ok(orders) => table(orders, reload),
                    Err(error) => view! {
                        <Failure title="The orders could not be read" error retry=reload />
                    }.erase(),
                }))}
            </Transition>
        </PageFrame>
    }
    .erase()
}

fn table(orders: Vec<StuckOrder>, reload: Callback<()>) -> AnyView {
    let giving_up = GivingUp::new(&orders);
    let rows = orders.into_iter().map(|stuck| row(stuck, giving_up, reload)).collect::<Vec<_>>();
    view! {
        <div class="table-box">
            <table class="table orders-table">
                <caption class="hidden">"Orders that need attention, oldest first"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Order"</th>
                        <th scope="col" class="col-customer">"Customer"</th>
                        <th scope="col">"Reason"</th>
                        <th scope="col" class="col-created">"Ordered"</th>
                        <th scope="col" class="col-again"><span class="hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <GiveUpDialog giving_up reload />
    }
    .erase()
}

fn row(stuck: StuckOrder, giving_up: GivingUp, reload: Callback<()>) -> AnyView {
    let StuckOrder { organisation, organisation_name, order } = stuck;
    let give_up = give_up_button(&order, giving_up);
    let reason = match order.state {
        OrderState::NeedsAttention { reason } => reason,
        _ => String::new(),
    };
    view! {
        <tr class="tall">
            <th scope="row" class="whole-card">
                <p>{order.title.clone()}</p>
                <p class="quiet mono">{order.reference}</p>
            </th>
            <td data-label="Customer">
                <p>{order.customer_name}</p>
                <p class="small quiet">
                    "through "
                    <a href=paths::organisation(organisation)>
                        <bdi>{organisation_name.to_string()}</bdi>
                    </a>
                </p>
            </td>
            <td data-label="Reason">{reason}</td>
            <td data-label="Ordered">
                <Moment at=order.created_at />
                <p class="quiet">{order.ordered_by}</p>
            </td>
            <td data-label="Actions">
                <div class="order-actions">
                    <Again id=order.id.to_string() title=order.title reload />
                    {give_up}
                </div>
            </td>
        </tr>
    }
    .erase()
}

/// *Try again*
#[component]
fn Again(id: String, title: String, reload: Callback<()>) -> impl IntoView {
    let said = use_flash(RetryOrder::PATH).filter(|said| said.field("order") == Some(&id));
    let form = FormState::after("", said, &[], |_| FieldErrors::new());
    let messages = use_messages();
    let submit = move |submit: SubmitEvent| {
        form.send::<RetryOrder>(&submit, move |()| {
            messages.say(outcome::ORDER_RETRIED);
            reload.run(());
            true
        });
    };
    view! {
        <form method="post" action=RetryOrder::PATH aria-label=title on:submit=submit>
            <input type="hidden" name="order" value=id />
            <SubmitButton class="" label="Try again" busy_label="Trying again…" busy=form.busy() />
            <FormNotice form />
        </form>
    }
    .erase()
}
