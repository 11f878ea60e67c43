//! Partners: pages, components and server functions, compiled for the browser
//! (`hydrate`) and for the server (`ssr`), and the rules that both share.

#![recursion_limit = "512"]

pub mod api;
pub mod ask;
pub mod components;
#[cfg(feature = "ssr")]
pub mod desks;
pub mod domain;
pub mod error;
pub mod flash;
pub mod page_load;
pub mod pages;
pub mod part;
pub mod paths;
#[cfg(feature = "ssr")]
pub mod shell;
pub mod viewer;

use components::live::Erase;
use components::progress::{FocusFollows, Underway};
use components::theme_switch::ChosenTheme;
use components::{Messages, Progress, provide_messages};
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::{Lazy, SsrMode, path};
use pages::home::HomePage;
use pages::not_found::NotFoundPage;
use pages::partner::{
    CheckoutRoute, ColleaguesRoute, OrderRoute, PartnerHomeRoute, PartnerShell,
    PartnerTwoStepRoute, ShopRoute, UnknownPartnerPage,
};
use pages::self_service::{
    CustomerRoute, CustomersRoute, InvoicesRoute, OffersTabRoute, SubscriptionRoute,
    SubscriptionsRoute,
};
use pages::settings::activity::{ActivityRoute, ActivityTabRoute};
use pages::settings::api_clients::{ApiClientsRoute, CreateApiClientRoute};
use pages::settings::imports::{ImportRoute, UploadRoute};
use pages::settings::installation::InstallationRoute;
use pages::settings::invitations::InvitationsRoute;
use pages::settings::offers::{CreateOfferRoute, OfferRoute, OffersRoute};
use pages::settings::orders::OrdersRoute;
use pages::settings::partner_pages::PartnerPagesRoute;
use pages::settings::partners::{
    ChosenRoute, CreatePartnerRoute, DeleteOrganisationRoute, OrganisationRoute, PartnersRoute,
    UserRoute, UsersTabRoute,
};
use pages::settings::two_step::AdminTwoStepRoute;
use pages::settings::webhooks::{
    CreateWebhookRoute, EditWebhookRoute, WebhookRoute, WebhooksRoute,
};
use pages::settings::{SettingsShell, ToPartners, UnknownSettingsPage};
use pages::sign_in::{
    CodeRoute, ForgotPasswordRoute, NewPasswordRoute, ResetPasswordRoute, SetUpRoute, SignInRoute,
};

/// The whole application.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let page = SharedValue::new(viewer::use_page).into_inner();
    let said = page.flash.as_ref().and_then(pages::outcome::of);
    provide_context(page);
    provide_messages(said);
    ChosenTheme::provide();
    let underway = Underway::provide();
    view! {
        <Title formatter=|title: String| {
            if title.is_empty() { "Partners".to_owned() } else { format!("{title} · Partners") }
        } />
        <Progress underway />
        <Router set_is_routing=underway.routing()>
            <FocusFollows underway />
            <Routes fallback=NotFoundPage>
                <Route path=path!("/") ssr=SsrMode::Async view=HomePage />
                <Route path=path!("/sign-in") ssr=SsrMode::Async view={Lazy::<SignInRoute>::new()} />
                <Route path=path!("/sign-in/new-password") ssr=SsrMode::Async view={Lazy::<NewPasswordRoute>::new()} />
                <Route path=path!("/sign-in/forgot-password") ssr=SsrMode::Async view={Lazy::<ForgotPasswordRoute>::new()} />
                <Route path=path!("/sign-in/reset-password") ssr=SsrMode::Async view={Lazy::<ResetPasswordRoute>::new()} />
                <Route path=path!("/sign-in/code") ssr=SsrMode::Async view={Lazy::<CodeRoute>::new()} />
                <Route path=path!("/sign-in/set-up") ssr=SsrMode::Async view={Lazy::<SetUpRoute>::new()} />
                <SettingsRoutes />
                <PartnerRoutes />
            </Routes>
        </Router>
        <Messages />
    }
    .erase()
}

/// Everything under `/settings`.
#[component(transparent)]
fn SettingsRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <ParentRoute path=path!("/settings") ssr=SsrMode::Async view=SettingsShell>
            <Route path=path!("") view=ToPartners />
            <Route path=path!("profile") view=ToPartners />
            <Route path=path!("profile/partners") view={Lazy::<PartnersRoute>::new()} />
            <Route path=path!("profile/partners/new") view={Lazy::<CreatePartnerRoute>::new()} />
            <Route path=path!("profile/partners/:id/delete") view={Lazy::<DeleteOrganisationRoute>::new()} />
            <Route path=path!("profile/partners/:id/users/:user") view={Lazy::<UserRoute>::new()} />
            <Route path=path!("profile/partners/chosen") view={Lazy::<ChosenRoute>::new()} />
            <Route path=path!("profile/partners/import") view={Lazy::<UploadRoute>::new()} />
            <Route path=path!("profile/partners/import/:import") view={Lazy::<ImportRoute>::new()} />
            <OrganisationRoutes />
            <Route path=path!("profile/partner-pages") view={Lazy::<PartnerPagesRoute>::new()} />
            <Route path=path!("offers") view={Lazy::<OffersRoute>::new()} />
            <Route path=path!("offers/new") view={Lazy::<CreateOfferRoute>::new()} />
            <Route path=path!("offers/:id") view={Lazy::<OfferRoute>::new()} />
            <Route path=path!("orders") view={Lazy::<OrdersRoute>::new()} />
            <Route path=path!("invitations") view={Lazy::<InvitationsRoute>::new()} />
            <Route path=path!("activity") view={Lazy::<ActivityRoute>::new()} />
            <Route path=path!("api-clients") view={Lazy::<ApiClientsRoute>::new()} />
            <Route path=path!("api-clients/new") view={Lazy::<CreateApiClientRoute>::new()} />
            <Route path=path!("two-step") view={Lazy::<AdminTwoStepRoute>::new()} />
            <Route path=path!("webhooks") view={Lazy::<WebhooksRoute>::new()} />
            <Route path=path!("webhooks/new") view={Lazy::<CreateWebhookRoute>::new()} />
            <Route path=path!("webhooks/:id/edit") view={Lazy::<EditWebhookRoute>::new()} />
            <Route path=path!("webhooks/:id") view={Lazy::<WebhookRoute>::new()} />
            <Route path=path!("installation") view={Lazy::<InstallationRoute>::new()} />
            <Route path=path!("*any") view=UnknownSettingsPage />
        </ParentRoute>
    }
    .into_inner()
}

/// Everything under an organisation's page.
#[component(transparent)]
fn OrganisationRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <ParentRoute path=path!("profile/partners/:id") view={Lazy::<OrganisationRoute>::new()}>
            <Route path=path!("") view={Lazy::<UsersTabRoute>::new()} />
            <Route path=path!("customers") view={Lazy::<CustomersRoute>::new()} />
            <Route path=path!("customers/:customer") view={Lazy::<CustomerRoute>::new()} />
            <Route path=path!("subscriptions") view={Lazy::<SubscriptionsRoute>::new()} />
            <Route path=path!("subscriptions/:number") view={Lazy::<SubscriptionRoute>::new()} />
            <Route path=path!("invoices") view={Lazy::<InvoicesRoute>::new()} />
            <Route path=path!("offers") view={Lazy::<OffersTabRoute>::new()} />
            <Route path=path!("activity") view={Lazy::<ActivityTabRoute>::new()} />
        </ParentRoute>
    }
    .into_inner()
}

/// Everything under `/partner`.
#[component(transparent)]
fn PartnerRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <ParentRoute path=path!("/partner") ssr=SsrMode::Async view=PartnerShell>
            <Route path=path!("") view={Lazy::<PartnerHomeRoute>::new()} />
            <Route path=path!("customers") view={Lazy::<CustomersRoute>::new()} />
            <Route path=path!("customers/:customer") view={Lazy::<CustomerRoute>::new()} />
            <Route path=path!("subscriptions") view={Lazy::<SubscriptionsRoute>::new()} />
            <Route path=path!("subscriptions/:number") view={Lazy::<SubscriptionRoute>::new()} />
            <Route path=path!("invoices") view={Lazy::<InvoicesRoute>::new()} />
            <Route path=path!("colleagues") view={Lazy::<ColleaguesRoute>::new()} />
            <Route path=path!("shop") view={Lazy::<ShopRoute>::new()} />
            <Route path=path!("shop/:offer") view={Lazy::<CheckoutRoute>::new()} />
            <Route path=path!("orders/:id") view={Lazy::<OrderRoute>::new()} />
            <Route path=path!("two-step") view={Lazy::<PartnerTwoStepRoute>::new()} />
            <Route path=path!("*any") view=UnknownPartnerPage />
        </ParentRoute>
    }
    .into_inner()
}
