//! A subscription's page.

mod facts;
mod history;
mod plans;

pub use plans::name as plan_name;

use super::changes::Changes;
use super::customer::BackTo;
use super::place::{Heading, Place, section, use_parameter};
use crate::api::self_service::GetSubscription;
use crate::ask::load;
use crate::components::live::{Erase, any, shown};
use crate::components::progress::use_fetching;
use crate::components::{AsOf, AwayNotice, Failure, ListSkeleton, Notice, Tone};
use crate::domain::billing::SubscriptionNumber;
use crate::domain::{self, Order, OrderState};
use crate::paths;
use leptos::prelude::*;

/// The page.
#[component]
pub fn SubscriptionPage() -> impl IntoView {
    let place = Place::here();
    let number = use_parameter::<String>("number");
    let page = load(move || GetSubscription {
        organisation: place.organisation_now(),
        number: SubscriptionNumber(number.try_get().unwrap_or_default()),
    });
    let retry = Callback::new(move |()| page.refetch());
    view! {
        <Transition
            fallback=|| view! { <ListSkeleton label="Loading the subscription" columns=2 /> }
            set_pending=use_fetching()
        >
            {shown(move || page.get().map(|answer| match answer {
                Ok(page) => loaded(place, page),
                Err(error) => view! {
                    <Failure title="The subscription could not be read" error retry nested=place.is_tab />
                }
                .erase(),
            }))}
        </Transition>
    }
    .erase()
}

fn loaded(place: Place, page: domain::SubscriptionPage) -> AnyView {
    let domain::SubscriptionPage {
        row,
        subscription,
        freshness,
        history,
        order_under_way,
        actions,
        today,
    } = page;
    let number = row.number.clone();
    let plans = plans::table(&subscription, today);
    let changes = actions.map(|actions| {
        view! { <Changes row=row.clone() subscription=subscription.clone() actions today /> }
    });
    let history = history::of(history, freshness.is_away);
    view! {
        <BackTo place page=paths::SUBSCRIPTIONS text="Subscriptions" />
        <Heading place text=number.to_string() />
        <AwayNotice freshness=freshness.clone() />
        {any(order_under_way.map(|order| under_way(place, order)))}
        {facts::of(place, &row, &subscription)}
        <AsOf freshness />
        {section(place, "plans-title", "Plans and add-ons", plans)}
        {any(changes)}
        {section(place, "history-title", "History", history)}
    }
    .erase()
}

/// An order that has not ended, with the way to it.
fn under_way(place: Place, order: Order) -> AnyView {
    let words = match order.state {
        OrderState::NeedsAttention { .. } => "An order for this subscription needs attention:",
        _ => "An order for this subscription is on its way:",
    };
    let title = if place.is_tab {
        view! { <bdi>{order.title}</bdi> }.into_any()
    } else {
        view! { <a href=paths::order(order.id)><bdi>{order.title}</bdi></a> }.into_any()
    };
    view! { <div class="away"><Notice tone=Tone::Information><p>{words}" "{title}</p></Notice></div> }
        .erase()
}
