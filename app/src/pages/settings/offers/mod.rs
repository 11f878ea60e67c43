//! *Settings › Offers*

mod details;
mod form;
mod links;
mod list;
mod page;
mod rate_plan;

use crate::components::Crumb;
use crate::part::page_in_part;
use crate::paths;
use list::OffersPage;
use page::{CreateOfferPage, OfferPage};

/// The step *Offers* of the breadcrumb.
const OFFERS: Crumb = Crumb { text: "Offers", href: paths::OFFERS };

page_in_part!(
    /// `/settings/offers`
    OffersRoute, settings, offers_page, preload_offers, OffersPage
);
page_in_part!(
    /// `/settings/offers/new`
    CreateOfferRoute, settings, create_offer_page, preload_create_offer, CreateOfferPage
);
page_in_part!(
    /// `/settings/offers/{id}`
    OfferRoute, settings, offer_page, preload_offer, OfferPage
);
