//! An order: reviewed, placed, and what came of it.

mod facts;
mod follow;
mod outcome;
mod preview;
mod review;

use super::PageFailure;
use crate::api::shop::{GetOrder, PreviewOrder};
use crate::ask::{Load, load};
use crate::components::live::{Erase, live, shown};
use crate::domain::billing::Preview;
use crate::domain::{Order, OrderState};
use crate::page_load::of_address;
use follow::follow;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use outcome::{NeedsAttention, Placed, Placing, Refused};
use review::Review;

/// The page.
#[component]
pub fn OrderPage() -> impl IntoView {
    let parameters = use_params_map();
    // What is no ID at all is asked for as one that no order has.
    let id = of_address(move |_| {
        let id = parameters.with(|parameters| parameters.get("id")?.parse().ok());
        id.unwrap_or_default()
    });
    // On the server the page may be gone when these are asked for once more.
    let order = load(move || GetOrder { organisation: None, id: id.try_get().unwrap_or_default() });
    // Asked for together with the order, so that both are there at once.
    let preview = load(move || PreviewOrder { id: id.try_get().unwrap_or_default() });
    let retry = Callback::new(move |()| order.refetch());
    view! {
        <Suspense fallback=|| view! { <OrderSkeleton /> }>
            {shown(move || order.get().map(|answer| match answer {
                Ok(order) => view! { <OrderView order preview /> }.erase(),
                Err(error) => view! {
                    <PageFailure page="Order" title="The order could not be read" error retry />
                }.erase(),
            }))}
        </Suspense>
    }
    .erase()
}

#[component]
fn OrderView(order: Order, preview: Load<Option<Preview>>) -> impl IntoView {
    let title = order.title.clone();
    let order = RwSignal::new(order);
    follow(order);
    view! {
        <Title text=title.clone() />
        <div class="order">
            <div class="page-head">
                <h1 id="order-title" tabindex="-1"><bdi>{title}</bdi></h1>
            </div>
            {live(move || {
                let shown = order.get();
                match shown.state.clone() {
                    OrderState::Draft => view! { <Review draft=shown order preview /> }.erase(),
                    OrderState::Placing { delay } => view! { <Placing shown delay /> }.erase(),
                    OrderState::Placed { order, subscription } => view! {
                        <Placed shown number=order subscription />
                    }.erase(),
                    OrderState::Refused { reason } => view! { <Refused shown reason /> }.erase(),
                    OrderState::NeedsAttention { .. } => view! { <NeedsAttention shown /> }.erase(),
                }
            })}
        </div>
    }
    .erase()
}

#[component]
fn OrderSkeleton() -> impl IntoView {
    view! {
        <div class="order skeleton" aria-busy="true">
            <div class="page-head"><h1>"Order"</h1></div>
            <div class="card">
                <span class="bar short"></span>
                <span class="bar"></span>
                <span class="bar"></span>
            </div>
        </div>
    }
    .erase()
}
