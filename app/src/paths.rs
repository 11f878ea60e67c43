//! Every address of the application, in one place.

use crate::domain::billing::{InvoiceId, SubscriptionNumber};
use crate::domain::{
    CustomerId, ImportId, ImportKind, OfferId, OrderId, OrganisationId, OrganisationQuery,
    PartnerUserId, WebhookId,
};

/// Sign-in, for admins and partner users alike.
pub const SIGN_IN: &str = "/sign-in";
/// Where a new password replaces the temporary one.
pub const NEW_PASSWORD: &str = "/sign-in/new-password";
/// Where a code is asked for.
pub const FORGOT_PASSWORD: &str = "/sign-in/forgot-password";
/// Where the code and a new password are entered.
pub const RESET_PASSWORD: &str = "/sign-in/reset-password";
/// Leads to the identity provider's own sign-in page.
pub const HOSTED_SIGN_IN: &str = "/sign-in/hosted";
/// Where a code of the authenticator app is asked for.
pub const SIGN_IN_CODE: &str = "/sign-in/code";
/// Where an authenticator app is set up.
pub const SET_UP_TWO_STEP: &str = "/sign-in/set-up";
/// An admin's own *Two-step sign-in*.
pub const ADMIN_TWO_STEP: &str = "/settings/two-step";
/// A partner user's own *Two-step sign-in*.
pub const PARTNER_TWO_STEP: &str = "/partner/two-step";
/// *Settings › Profile › Partners*
pub const PARTNERS: &str = "/settings/profile/partners";
/// The partners table as CSV.
pub const PARTNERS_EXPORT: &str = "/settings/profile/partners/export";
/// *Import*: where files are uploaded.
pub const IMPORT: &str = "/settings/profile/partners/import";
/// What is to be done with the organisations chosen in the table.
pub const CHOSEN_PARTNERS: &str = "/settings/profile/partners/chosen";
/// *Create Partner*
pub const CREATE_PARTNER: &str = "/settings/profile/partners/new";
/// *Settings › Profile › Partner pages*
pub const PARTNER_PAGES: &str = "/settings/profile/partner-pages";
/// *Settings › Offers*
pub const OFFERS: &str = "/settings/offers";
/// *Create Offer*
pub const CREATE_OFFER: &str = "/settings/offers/new";
/// *Settings › Orders*: those that need attention.
pub const ORDERS: &str = "/settings/orders";
/// *Settings › Invitations*: those that have expired.
pub const INVITATIONS: &str = "/settings/invitations";
/// *Settings › Activity*
pub const ACTIVITY: &str = "/settings/activity";
/// *Settings › API clients*
pub const API_CLIENTS: &str = "/settings/api-clients";
/// *Create API client*
pub const CREATE_API_CLIENT: &str = "/settings/api-clients/new";
/// *Settings › Webhooks*
pub const WEBHOOKS: &str = "/settings/webhooks";
/// *Create webhook*
pub const CREATE_WEBHOOK: &str = "/settings/webhooks/new";
/// What the API can do, for people.
pub const API_DOCS: &str = "/api/docs";
/// *Settings › Installation*
pub const INSTALLATION: &str = "/settings/installation";
/// The partner's first page.
pub const PARTNER_HOME: &str = "/partner";
/// *Colleagues*, for managers.
pub const COLLEAGUES: &str = "/partner/colleagues";
/// The Shop.
pub const SHOP: &str = "/partner/shop";
/// *Customers*
pub const CUSTOMERS: &str = "/partner/customers";
/// *Subscriptions*
pub const SUBSCRIPTIONS: &str = "/partner/subscriptions";
/// *Invoices*
pub const INVOICES: &str = "/partner/invoices";

/// The parameter of an organisation's page that opens *Edit*.
pub const OPENS_EDIT: &str = "edit";
/// Opens *Create user*.
pub const OPENS_CREATE_USER: &str = "create-user";
/// Opens the question whether to suspend the organisation.
pub const OPENS_SUSPEND: &str = "suspend";
/// Opens the question whether to disable a user, whose ID is its value.
pub const OPENS_DISABLE: &str = "disable";
/// Opens the question whether to remove a user's two-step sign-in, whose ID is
/// its value.
pub const OPENS_REMOVE_TWO_STEP: &str = "remove-two-step";
/// The parameter of *Two-step sign-in* that opens the form for a change.
pub const OPENS_CHANGE: &str = "change";
/// The parameter of *API clients* that opens the question whether to revoke one,
/// whose ID is its value.
pub const OPENS_REVOKE: &str = "revoke";
/// The parameter of *Settings › Orders* that opens the question whether to give one
/// up, whose ID is its value.
pub const OPENS_GIVE_UP: &str = "give-up";

/// The parameter of a webhook's page that opens the question whether to rotate
/// its secret.
pub const OPENS_ROTATE: &str = "rotate-secret";
/// The same for deleting it.
pub const OPENS_DELETE_WEBHOOK: &str = "delete-webhook";

/// A webhook's page.
#[must_use]
pub fn webhook(id: WebhookId) -> String {
    format!("{WEBHOOKS}/{id}")
}

/// Where a webhook is edited.
#[must_use]
pub fn edit_webhook(id: WebhookId) -> String {
    format!("{WEBHOOKS}/{id}/edit")
}

/// An organisation's page.
#[must_use]
pub fn organisation(id: OrganisationId) -> String {
    format!("{PARTNERS}/{id}")
}

/// Where an organisation is deleted.
#[must_use]
pub fn delete_organisation(id: OrganisationId) -> String {
    format!("{}/delete", organisation(id))
}

/// A partner user's page, for admins.
#[must_use]
pub fn partner_user(organisation_id: OrganisationId, user: PartnerUserId) -> String {
    format!("{}/users/{user}", organisation(organisation_id))
}

/// An import's page.
#[must_use]
pub fn import(id: ImportId) -> String {
    format!("{IMPORT}/{id}")
}

/// A file with the columns that an import reads.
#[must_use]
pub fn import_template(kind: ImportKind) -> String {
    format!("{IMPORT}/template/{}", kind.as_str())
}

/// What became of an import's rows, as CSV: `all`, `problems` or `created`.
#[must_use]
pub fn import_report(id: ImportId, part: &str) -> String {
    format!("{IMPORT}/{id}/report/{part}")
}

/// The parameter of [`CHOSEN_PARTNERS`] that names an organisation; it may come
/// several times.
pub const CHOSEN: &str = "of";
/// The parameter that names all organisations of a page, with commas between.
pub const CHOSEN_ALL: &str = "all";
/// The parameter that says what is to be done: `suspend` or `reactivate`.
pub const CHOSEN_ACT: &str = "act";

/// The parameter of an export that names the organisation it is narrowed to.
pub const OF_ORGANISATION: &str = "organisation";

/// What concerns one organisation of *Activity*.
#[must_use]
pub fn activity_of(id: OrganisationId) -> String {
    format!("{}/activity", organisation(id))
}

/// *Settings › Activity*, with what concerns this organisation alone: there is
/// no other page for one that was deleted.
#[must_use]
pub fn activity_of_one(id: OrganisationId) -> String {
    format!("{ACTIVITY}?{OF_ORGANISATION}={id}")
}

/// *Activity* as a file (`csv` or `jsonl`), narrowed as this query string and
/// this organisation say.
#[must_use]
pub fn activity_export(
    organisation: Option<OrganisationId>,
    format: &str,
    narrowing: &str,
) -> String {
    let only = organisation.map(|id| format!("{OF_ORGANISATION}={id}"));
    let parts = [only.as_deref().unwrap_or_default(), narrowing];
    let query = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("&");
    let separator = if query.is_empty() { "" } else { "?" };
    format!("{ACTIVITY}/export/{format}{separator}{query}")
}

/// An offer, for admins.
#[must_use]
pub fn offer(id: OfferId) -> String {
    format!("{OFFERS}/{id}")
}

/// The checkout of an offer.
#[must_use]
pub fn checkout(offer: OfferId) -> String {
    format!("{SHOP}/{offer}")
}

/// The parameter of the Shop and of a checkout that names an end customer.
pub const FOR_CUSTOMER: &str = "customer";
/// The parameter of a checkout that names the draft to be changed.
pub const OF_DRAFT: &str = "draft";

/// The checkout of an offer for an end customer, where that is known.
#[must_use]
pub fn checkout_for(offer: OfferId, customer: Option<CustomerId>) -> String {
    let page = checkout(offer);
    customer.map_or_else(|| page.clone(), |customer| format!("{page}?{FOR_CUSTOMER}={customer}"))
}

/// The Shop, where an offer is chosen for an end customer.
#[must_use]
pub fn shop_for(customer: CustomerId) -> String {
    format!("{SHOP}?{FOR_CUSTOMER}={customer}")
}

/// The checkout of an offer with what was typed for a draft.
#[must_use]
pub fn checkout_again(offer: OfferId, draft: OrderId) -> String {
    format!("{}?{OF_DRAFT}={draft}", checkout(offer))
}

/// An order's page.
#[must_use]
pub fn order(id: OrderId) -> String {
    format!("/partner/orders/{id}")
}

/// An end customer's page; within its organisation's, for an admin.
#[must_use]
pub fn customer(organisation: Option<OrganisationId>, id: CustomerId) -> String {
    format!("{}/{id}", within(organisation, CUSTOMERS))
}

/// A subscription's page; within its organisation's, for an admin.
#[must_use]
pub fn subscription(organisation: Option<OrganisationId>, number: &SubscriptionNumber) -> String {
    let number: String = url::form_urlencoded::byte_serialize(number.0.as_bytes()).collect();
    format!("{}/{number}", within(organisation, SUBSCRIPTIONS))
}

/// An invoice's document; within its organisation's pages, for an admin.
#[must_use]
pub fn invoice_pdf(organisation: Option<OrganisationId>, id: &InvoiceId) -> String {
    let id: String = url::form_urlencoded::byte_serialize(id.0.as_bytes()).collect();
    format!("{}/{id}/pdf", within(organisation, INVOICES))
}

/// A partner page, as a tab of the organisation's page for an admin:
/// `/partner/customers` becomes `/settings/profile/partners/{id}/customers`.
#[must_use]
pub fn within(organisation: Option<OrganisationId>, page: &str) -> String {
    match organisation {
        None => page.to_owned(),
        Some(id) => {
            let tab = page.strip_prefix(PARTNER_HOME).unwrap_or(page);
            let tab = if page == SHOP { "/offers" } else { tab };
            format!("{}{tab}", self::organisation(id))
        }
    }
}

/// The address of a page with the form closed that its parameters opened.
#[must_use]
pub fn without_open_form(address: &str) -> String {
    let Some((path, query)) = address.split_once('?') else { return address.to_owned() };
    let opens = |name: &str| {
        [
            OPENS_CHANGE,
            OPENS_CREATE_USER,
            OPENS_DELETE_WEBHOOK,
            OPENS_DISABLE,
            OPENS_EDIT,
            OPENS_GIVE_UP,
            OPENS_REMOVE_TWO_STEP,
            OPENS_ROTATE,
            OPENS_REVOKE,
            OPENS_SUSPEND,
        ]
        .contains(&name)
    };
    let rest = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(
            url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| !opens(name)),
        )
        .finish();
    if rest.is_empty() { path.to_owned() } else { format!("{path}?{rest}") }
}

/// The partners table in the state of `query`.
#[must_use]
pub fn partners(query: &OrganisationQuery) -> String {
    let query = query.to_query_string();
    if query.is_empty() { PARTNERS.to_owned() } else { format!("{PARTNERS}?{query}") }
}

/// The same as CSV, from its first row on.
#[must_use]
pub fn partners_export(query: &OrganisationQuery) -> String {
    let query = query.clone().first_page().to_query_string();
    if query.is_empty() { PARTNERS_EXPORT.to_owned() } else { format!("{PARTNERS_EXPORT}?{query}") }
}

/// What `aria-current` says of the link to a section on the page at `path`.
#[must_use]
pub fn current(path: &str, section: &str) -> Option<&'static str> {
    match path.strip_prefix(section)? {
        "" => Some("page"),
        rest => rest.starts_with('/').then_some("true"),
    }
}

/// The sign-in page that leads back to `next`.
#[must_use]
pub fn sign_in_then(next: &str) -> String {
    let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    format!("{SIGN_IN}?next={next}")
}

/// Whether `path` is an address of this application to send a person to after
/// signing in: absolute, on this host, and not the sign-in page again.
#[must_use]
pub fn is_own(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && !path.contains(char::is_control)
        && !path.starts_with(SIGN_IN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_that_is_done_is_closed() {
        for (open, closed) in [
            ("/settings/profile/partners/1?edit=1", "/settings/profile/partners/1"),
            ("/settings/profile/partners/1?create-user=1", "/settings/profile/partners/1"),
            (
                "/settings/profile/partners?q=a%26b&sort=name",
                "/settings/profile/partners?q=a%26b&sort=name",
            ),
            ("/partner", "/partner"),
        ] {
            assert_eq!(without_open_form(open), closed);
        }
    }

    #[test]
    fn a_section_knows_its_pages() {
        assert_eq!(current("/partner/shop", SHOP), Some("page"));
        assert_eq!(current("/partner/shop/1", SHOP), Some("true"));
        assert_eq!(current("/partner/shopping", SHOP), None);
        assert_eq!(current("/partner", SHOP), None);
    }

    #[test]
    fn nobody_is_sent_to_another_host() {
        assert!(is_own("/settings/profile/partners?q=a"));
        for foreign in [
            "",
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "settings",
        ] {
            assert!(!is_own(foreign), "{foreign}");
        }
    }
}
