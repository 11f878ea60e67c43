//! The partner's pages.

mod checkout;
mod colleagues;
mod frame;
mod home;
mod order;
pub mod order_rows;
mod shop;
mod two_step;

use super::not_found::NotFoundPage;
use super::settings::SignInFirst;
use crate::components::Failure;
use crate::components::live::{Erase, any};
use crate::error::PublicError;
use crate::part::page_in_part;
use crate::viewer::{Viewer, use_viewer};
use checkout::CheckoutPage;
use colleagues::ColleaguesPage;
use frame::PartnerFrame;
use home::PartnerHomePage;
use leptos::prelude::*;
use order::OrderPage;
use shop::ShopPage;
use two_step::PartnerTwoStepPage;

page_in_part!(
    /// `/partner`
    PartnerHomeRoute, partner, partner_home_page, preload_partner_home, PartnerHomePage
);
page_in_part!(
    /// `/partner/colleagues`
    ColleaguesRoute, partner, colleagues_page, preload_colleagues, ColleaguesPage
);
page_in_part!(
    /// `/partner/shop`
    ShopRoute, partner, shop_page, preload_shop, ShopPage
);
page_in_part!(
    /// `/partner/shop/{offer}`
    CheckoutRoute, partner, checkout_page, preload_checkout, CheckoutPage
);
page_in_part!(
    /// `/partner/orders/{id}`
    OrderRoute, partner, order_page, preload_order, OrderPage
);

page_in_part!(
    /// `/partner/two-step`
    PartnerTwoStepRoute, partner, partner_two_step_page, preload_partner_two_step, PartnerTwoStepPage
);

/// Everything under `/partner`, for partner users. Admins have their own pages;
/// people who are not signed in are led to do so.
#[component]
pub fn PartnerShell() -> impl IntoView {
    match use_viewer() {
        Viewer::Partner {
            name,
            email,
            organisation,
            organisation_name,
            organisation_logo,
            open,
        } => view! {
            <PartnerFrame
                person=(name, email)
                id=organisation
                name=organisation_name.to_string()
                logo=organisation_logo
                open
            />
        }
        .erase(),
        Viewer::Admin { .. } => view! { <NotFoundPage /> }.erase(),
        Viewer::Nobody => view! { <SignInFirst /> }.erase(),
    }
}

/// An address under `/partner` where there is nothing.
#[component]
pub fn UnknownPartnerPage() -> impl IntoView {
    view! { <super::not_found::NotFound /> }
}

/// What stands in the place of a whole page that could not be read.
#[component]
fn PageFailure(
    /// What the page is called.
    page: &'static str,
    /// What could not be read.
    title: &'static str,
    /// Why.
    error: PublicError,
    /// Reads it again.
    retry: Callback<()>,
) -> impl IntoView {
    let has_heading = matches!(error, PublicError::NotFound | PublicError::Closed { .. });
    view! {
        {any((!has_heading).then(|| view! { <div class="page-head"><h1>{page}</h1></div> }))}
        <Failure title error retry />
    }
    .erase()
}
