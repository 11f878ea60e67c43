//! The partner's first page.

use super::PageFailure;
use super::order_rows::OrdersTable;
use crate::api::partner::{GetPartnerHome, PartnerHome};
use crate::api::shop::RecentOrders;
use crate::ask::load;
use crate::components::live::{Erase, any, shown};
use crate::components::{Avatar, CopyId, Empty, Failure, Status};
use crate::domain::{OpenPages, Order, PartnerUser};
use crate::error::PublicError;
use crate::paths;
use crate::viewer::{Viewer, use_viewer};
use leptos::prelude::*;
use leptos_meta::Title;

/// The organisation, its latest orders, and everybody in it.
#[component]
pub fn PartnerHomePage() -> impl IntoView {
    let open = match use_viewer() {
        Viewer::Partner { open, .. } => open,
        _ => OpenPages::default(),
    };
    let home = load(|| GetPartnerHome {});
    let orders =
        (open.shop || open.self_service).then(|| load(|| RecentOrders { organisation: None }));
    let retry = Callback::new(move |()| home.refetch());
    let latest = move || match orders {
        None => Some(None),
        Some(orders) => {
            let retry = Callback::new(move |()| orders.refetch());
            orders.get().map(|answer| Some(latest_orders(answer, open, retry)))
        }
    };
    view! {
        <Suspense>
            {shown(move || Some(match (home.get()?, latest()?) {
                (Ok(home), latest) => view! { <Home home latest /> }.erase(),
                (Err(error), _) => view! {
                    <PageFailure page="Start page" title="The page could not be read" error retry />
                }.erase(),
            }))}
        </Suspense>
    }
    .erase()
}

fn latest_orders(
    answer: Result<Vec<Order>, PublicError>,
    open: OpenPages,
    retry: Callback<()>,
) -> AnyView {
    let to_shop =
        any(open.shop.then(|| view! { <a class="button" href=paths::SHOP>"Open the Shop"</a> }));
    let (beside, content) = match answer {
        Ok(orders) if orders.is_empty() => (None, view! {
            <Empty
                nested=true
                title="No orders yet"
                text="What you and your colleagues order will be listed here, with how it stands."
            >
                <div class="actions">{to_shop}</div>
            </Empty>
        }.erase()),
        Ok(orders) => {
            (Some(to_shop), view! { <OrdersTable caption="Latest orders" orders /> }.erase())
        }
        Err(error) => {
            (None, view! { <Failure title="The orders could not be read" error retry /> }.erase())
        }
    };
    view! {
        <section class="section" aria-labelledby="orders-title">
            <div class="page-head"><h2 id="orders-title">"Latest orders"</h2>{beside}</div>
            {content}
        </section>
    }
    .erase()
}

#[component]
fn Home(home: PartnerHome, latest: Option<AnyView>) -> impl IntoView {
    let PartnerHome { organisation, colleagues, manages } = home;
    let name = organisation.name.to_string();
    let you = match use_viewer() {
        Viewer::Partner { email, .. } => email,
        _ => String::new(),
    };
    let count = colleagues.len().to_string();
    let rows = colleagues
        .into_iter()
        .map(|person| colleague(person, &you))
        .map(Erase::erase)
        .collect::<Vec<_>>();
    view! {
        <Title text=name.clone() />
        <div class="partner-hello">
            <Avatar id=organisation.id name=name.clone() logo=organisation.logo size="plate" />
            <div>
                <h1><bdi>{name.clone()}</bdi></h1>
                <p class="labelled">
                    "Partner Organisation ID "
                    <CopyId label="Partner Organisation ID" id=organisation.id.to_string() />
                </p>
            </div>
        </div>
        {latest}
        <section class="section" aria-labelledby="colleagues-title">
            <div class="page-head">
                <h2 id="colleagues-title">"Colleagues"<span class="count-beside">{count}</span></h2>
                {any(manages.then(|| view! {
                    <a class="button" href=paths::COLLEAGUES>"Manage colleagues"</a>
                }))}
            </div>
            <div class="table-box">
                <table class="table">
                    <caption class="hidden">{format!("People of {name} who can sign in")}</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Name"</th>
                            <th scope="col">"Email"</th>
                            <th scope="col" class="col-role">"Role"</th>
                            <th scope="col" class="col-status">"Status"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .erase()
}

fn colleague(person: PartnerUser, you: &str) -> AnyView {
    let is_you = person.email.as_str() == you;
    let status = person.status;
    view! {
        <tr>
            <th scope="row" class="whole-card">
                <span class="truncate">
                    <bdi>{person.name.to_string()}</bdi>
                    {any(is_you.then(|| view! { " "<span class="tag">"You"</span> }))}
                </span>
            </th>
            <td data-label="Email" class="whole-card">
                <span class="truncate">{person.email.to_string()}</span>
            </td>
            <td data-label="Role">{person.role.label()}</td>
            <td data-label="Status"><Status status=Signal::stored(status) /></td>
        </tr>
    }
    .erase()
}
