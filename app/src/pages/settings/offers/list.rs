//! The table of offers.

use super::super::SETTINGS;
use crate::api::offers::ListOffers;
use crate::ask::load;
use crate::components::live::{Erase, any, shown};
use crate::components::price::plan_price;
use crate::components::{Crumb, Empty, Failure, Icon, PageFrame};
use crate::domain::{Audience, Offer, OfferState, SalesChannel};
use crate::paths;
use leptos::prelude::*;
use leptos_meta::Title;

const WAY: &[Crumb] = &[SETTINGS];

/// The page.
#[component]
pub fn OffersPage() -> impl IntoView {
    let offers = load(|| ListOffers {});
    let retry = Callback::new(move |()| offers.refetch());
    view! {
        <Title text="Offers" />
        <PageFrame way=WAY here=|| "Offers">
            <div class="page-head">
                <div>
                    <h1>"Offers"</h1>
                    <p class="lead">"What partners may sell: rate plans of Zuora’s catalog under your own names."</p>
                </div>
                <a class="button primary" href=paths::CREATE_OFFER><Icon name="plus" />"Create Offer"</a>
            </div>
            <Transition>
                {shown(move || offers.get().map(|answer| match answer {
                    Ok(offers) if offers.is_empty() => empty(),
                    Ok(offers) => table(offers),
                    Err(error) => view! {
                        <Failure title="The offers could not be read" error retry />
                    }.erase(),
                }))}
            </Transition>
        </PageFrame>
    }
    .erase()
}

fn empty() -> AnyView {
    view! {
        <Empty
            first=true
            title="No offers yet"
            text="Partners sell offers. Pick a rate plan of Zuora’s catalog, give it a name and publish it: it stands in the Shop of the partners you choose."
        >
            <div class="actions">
                <a class="button" href=paths::CREATE_OFFER>"Create the first offer"</a>
            </div>
        </Empty>
    }
    .erase()
}

fn table(offers: Vec<Offer>) -> AnyView {
    let rows = offers.into_iter().map(row).collect::<Vec<_>>();
    view! {
        <div class="table-box">
            <table class="table offers-table">
                <caption class="hidden">"Offers, by name"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Offer"</th>
                        <th scope="col" class="col-plan">"Rate plan"</th>
                        <th scope="col" class="col-price">"Price"</th>
                        <th scope="col" class="col-kind">"Sold as"</th>
                        <th scope="col" class="col-channels">"Channels"</th>
                        <th scope="col" class="col-partners">"Eligible partners"</th>
                        <th scope="col" class="col-state">"State"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .erase()
}

fn row(offer: Offer) -> AnyView {
    let content = offer.content;
    let channels: Vec<_> = content.channels.iter().map(|channel| channel.label()).collect();
    let partners = match &content.eligible {
        Audience::All => "All".to_owned(),
        Audience::Chosen(chosen) => format!("{} chosen", chosen.len()),
    };
    let (product, plan, price) = match &offer.plan {
        Some(plan) => (plan.product.clone(), plan.name.clone(), plan_price(plan)),
        None => (String::new(), content.rate_plan.to_string(), "Unknown".to_owned()),
    };
    let lost = offer
        .is_lost
        .then(|| view! { <span class="status small" data-status="failed">"Rate plan lost"</span> });
    let status = if content.state == OfferState::Published { "active" } else { "disabled" };
    let name = content.name.clone();
    view! {
        <tr class="tall">
            <th scope="row" class="whole-card">
                <a class="row-link" href=paths::offer(offer.id) title=name>{content.name}</a>
            </th>
            <td data-label="Rate plan">
                <p>{plan}</p>
                {any((!product.is_empty()).then(|| view! { <p class="quiet">{product}</p> }))}
                {any(lost)}
            </td>
            <td data-label="Price">{price}</td>
            <td data-label="Sold as">{content.kind.label()}</td>
            <td data-label="Channels">{channels.join(", ")}</td>
            <td data-label="Eligible partners">{partners}</td>
            <td data-label="State">
                <span class="status" data-status=status>{content.state.label()}</span>
            </td>
        </tr>
    }
    .erase()
}

/// What the sales channels are called, for the form.
pub fn channels() -> Vec<(String, String)> {
    let word = |channel: SalesChannel| (channel.as_str().to_owned(), channel.label().to_owned());
    SalesChannel::ALL.map(word).to_vec()
}
