//! The partner's pages.

use super::not_found::NotFoundPage;
use super::settings::SignInFirst;
use crate::api::partner::{GetPartnerHome, PartnerHome};
use crate::ask::load;
use crate::components::live::{Erase, any, shown};
use crate::components::{Avatar, CopyId, Failure, PersonMenu, Status};
use crate::domain::{LogoUrl, OrganisationId, PartnerUser};
use crate::part::page_in_part;
use crate::paths;
use crate::viewer::{Viewer, use_viewer};
use leptos::prelude::*;
use leptos_meta::{Body, Title};
use leptos_router::components::Outlet;

/// Everything under `/partner`, for partner users. Admins have their own pages;
/// people who are not signed in are led to do so.
#[component]
pub fn PartnerShell() -> impl IntoView {
    match use_viewer() {
        Viewer::Partner {
            name, email, organisation, organisation_name, organisation_logo, ..
        } => view! {
            <PartnerFrame
                person=(name, email)
                id=organisation
                name=organisation_name.to_string()
                logo=organisation_logo
            />
        }
        .erase(),
        Viewer::Admin { .. } => view! { <NotFoundPage /> }.erase(),
        Viewer::Nobody => view! { <SignInFirst /> }.erase(),
    }
}

#[component]
fn PartnerFrame(
    person: (String, String),
    id: OrganisationId,
    name: String,
    logo: Option<LogoUrl>,
) -> impl IntoView {
    let (person, email) = person;
    view! {
        <Body {..} class="partner" />
        <a class="skip" href="#content" rel="external">"Skip to content"</a>
        <header class="header">
            <div class="header-inner">
                <a class="brand" href=paths::PARTNER_HOME>
                    <Avatar id name=name.clone() logo />
                    <bdi>{name}</bdi>
                </a>
                <PersonMenu name=person email />
            </div>
        </header>
        <main class="content" id="content" tabindex="-1"><Outlet /></main>
    }
    .erase()
}

page_in_part!(
    /// `/partner`. It is small, and follows the sign-in page.
    PartnerHomeRoute, sign_in, partner_home_page, preload_partner_home, PartnerHomePage
);

/// The partner's first page: the organisation, and everybody in it.
#[component]
fn PartnerHomePage() -> impl IntoView {
    let home = load(|| GetPartnerHome {});
    let retry = Callback::new(move |()| home.refetch());
    view! {
        <Suspense>
            {shown(move || home.get().map(|answer| match answer {
                Ok(home) => view! { <Home home /> }.erase(),
                Err(error) => view! {
                    <Failure title="The page could not be shown" error retry />
                }.erase(),
            }))}
        </Suspense>
    }
    .erase()
}

/// An address under `/partner` where there is nothing.
#[component]
pub fn UnknownPartnerPage() -> impl IntoView {
    view! { <super::not_found::NotFound /> }
}

#[component]
fn Home(home: PartnerHome) -> impl IntoView {
    let PartnerHome { organisation, colleagues } = home;
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
        <section class="section" aria-labelledby="colleagues-title">
            <div class="page-head">
                <h2 id="colleagues-title">"Colleagues"<span class="count-beside">{count}</span></h2>
            </div>
            <div class="table-box">
                <table class="table">
                    <caption class="hidden">{format!("People of {name} who can sign in")}</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Name"</th>
                            <th scope="col">"Email"</th>
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
            <td data-label="Status"><Status status=Signal::stored(status) /></td>
        </tr>
    }
    .erase()
}
