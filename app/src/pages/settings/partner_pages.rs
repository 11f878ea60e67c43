//! *Settings › Profile › Partner pages*

use super::chosen_partners::ChosenPartners;
use super::{PROFILE, SETTINGS};
use crate::api::partner_pages::{GetPartnerPages, SavePartnerPages};
use crate::ask::load;
use crate::components::live::{Erase, shown};
use crate::components::messages::use_messages;
use crate::components::{
    Crumb, ErrorSummary, Failure, FormNotice, FormState, PageFrame, RadioGroup, SubmitButton,
    TextField, Typed,
};
use crate::domain::audience::{PartnerPagesForm, field};
use crate::domain::{Audience, FieldErrors, PageAccess, PartnerPagesSettings};
use crate::pages::outcome;
use crate::part::page_in_part;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_meta::Title;

const WAY: &[Crumb] = &[SETTINGS, PROFILE];

const ACCESS: &[(&str, &str)] =
    &[("off", "Off"), ("all", "All partners"), ("chosen", "Chosen partners")];

page_in_part!(
    /// `/settings/profile/partner-pages`
    PartnerPagesRoute, settings, partner_pages_page, preload_partner_pages, PartnerPagesPage
);

/// The page.
#[component]
fn PartnerPagesPage() -> impl IntoView {
    let settings = load(|| GetPartnerPages {});
    let retry = Callback::new(move |()| settings.refetch());
    view! {
        <Title text="Partner pages" />
        <PageFrame way=WAY here=|| "Partner pages">
            <div class="narrow">
                <div class="page-head">
                    <div>
                        <h1>"Partner pages"</h1>
                        <p class="lead">"Which pages the users of partner organisations reach beside their first one."</p>
                    </div>
                </div>
                <Suspense>
                    {shown(move || settings.get().map(|answer| match answer {
                        Ok(settings) => view! { <Settings settings /> }.erase(),
                        Err(error) => view! {
                            <Failure title="The settings could not be read" error retry />
                        }.erase(),
                    }))}
                </Suspense>
            </div>
        </PageFrame>
    }
    .erase()
}

fn chosen(access: &PageAccess) -> String {
    match access {
        PageAccess::For(Audience::Chosen(chosen)) => {
            chosen.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        }
        PageAccess::Off | PageAccess::For(Audience::All) => String::new(),
    }
}

fn check(typed: &Typed) -> FieldErrors {
    let text = |name| typed.get(name).to_owned();
    let form = PartnerPagesForm {
        shop: text(field::SHOP),
        shop_partners: vec![text(field::SHOP_PARTNERS)],
        self_service: text(field::SELF_SERVICE),
        self_service_partners: vec![text(field::SELF_SERVICE_PARTNERS)],
        contact: text(field::CONTACT),
    };
    form.parse().err().unwrap_or_default()
}

#[component]
fn Settings(settings: PartnerPagesSettings) -> impl IntoView {
    let (shop_partners, self_service_partners) =
        (chosen(&settings.shop), chosen(&settings.self_service));
    let texts = [
        (field::SHOP, settings.shop.as_str()),
        (field::SHOP_PARTNERS, shop_partners.as_str()),
        (field::SELF_SERVICE, settings.self_service.as_str()),
        (field::SELF_SERVICE_PARTNERS, self_service_partners.as_str()),
        (field::CONTACT, settings.contact.as_str()),
    ];
    let form = FormState::new("", SavePartnerPages::PATH, &texts, check);
    let messages = use_messages();
    let submit = move |submit: SubmitEvent| {
        form.send::<SavePartnerPages>(&submit, move |()| {
            messages.say(outcome::SAVED);
            true
        });
    };
    view! {
        <form
            class="form"
            method="post"
            action=SavePartnerPages::PATH
            novalidate=true
            aria-label="Partner pages"
            on:submit=submit
        >
            <ErrorSummary form />
            <RadioGroup form name=field::SHOP label="Shop" choices=ACCESS />
            <ChosenPartners form of=field::SHOP name=field::SHOP_PARTNERS sent_as="shop_partners[]" />
            <RadioGroup form name=field::SELF_SERVICE label="Self-Service" choices=ACCESS />
            <ChosenPartners
                form
                of=field::SELF_SERVICE
                name=field::SELF_SERVICE_PARTNERS
                sent_as="self_service_partners[]"
            />
            <TextField
                form
                name=field::CONTACT
                label="Whom to ask"
                help="Where a page is not open, partner users read: Ask …"
                optional=true
            />
            <FormNotice form />
            <div class="form-foot">
                <SubmitButton label="Save" busy_label="Saving…" busy=form.busy() />
            </div>
        </form>
    }
    .erase()
}
