//! Partner organisations.

use super::Rest;
use super::bearer::{Reading, Writing};
use super::error::{ApiError, ErrorBody};
use super::extract::{ApiJson, ApiPath, ApiQuery, no_null, only, typed};
use super::once::Once;
use super::paging::{SERVICE, filter, id, moment, opaque, place, size};
use super::version::{Expected, Version};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use partners_app::desks::Admin;
use partners_app::domain::organisation::field;
use partners_app::domain::{
    Cursor, InvoiceOwner, Organisation, OrganisationEdit, OrganisationForm, OrganisationId,
    OrganisationQuery, SalesforceUse, Sort,
};
use partners_app::error::PublicError;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

const USUAL_PAGE: usize = 20;
/// How often a change is tried anew where others change it meanwhile.
const TRIES: usize = 3;

/// A partner organisation.
#[derive(Serialize, ToSchema)]
pub(super) struct PartnerOrganisation {
    /// The Partner Organisation ID, a UUID.
    id: String,
    /// Its name.
    name: String,
    data: PartnerOrganisationData,
    /// `partner_org`
    record_type: &'static str,
    /// `partners`
    service: &'static str,
    /// When it was created (RFC 3339).
    created: String,
    /// When it last changed (RFC 3339).
    modified: String,
}

/// What is known of a partner organisation.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PartnerOrganisationData {
    /// Its account in Zuora: ID or number, as it was entered.
    zuora_account_id: String,
    /// Whether the organisation is the invoice owner of what it sells; else
    /// the end customer is.
    is_zuora_invoice_owner: bool,
    /// Its account in Salesforce.
    #[serde(skip_serializing_if = "Option::is_none")]
    salesforce_account_id: Option<String>,
    /// The address of its logo.
    #[serde(skip_serializing_if = "Option::is_none")]
    logo: Option<String>,
    /// Whether its users and API clients get in.
    status: OrganisationStatus,
    /// Since when it is suspended (RFC 3339); left out while it is active.
    #[serde(skip_serializing_if = "Option::is_none")]
    suspended_at: Option<String>,
}

/// Whether a partner organisation's users and API clients get in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum OrganisationStatus {
    /// They do.
    Active,
    /// They do not; nothing else of the organisation changes.
    Suspended,
}

impl From<&Organisation> for PartnerOrganisation {
    fn from(organisation: &Organisation) -> Self {
        Self {
            id: organisation.id.to_string(),
            name: organisation.name.to_string(),
            data: PartnerOrganisationData {
                zuora_account_id: organisation.zuora_account.to_string(),
                is_zuora_invoice_owner: organisation.invoice_owner == InvoiceOwner::Partner,
                salesforce_account_id: organisation
                    .salesforce_account
                    .as_ref()
                    .map(ToString::to_string),
                logo: organisation.logo.as_ref().map(ToString::to_string),
                status: match organisation.suspended_at {
                    None => OrganisationStatus::Active,
                    Some(_) => OrganisationStatus::Suspended,
                },
                suspended_at: organisation.suspended_at.map(moment),
            },
            record_type: "partner_org",
            service: SERVICE,
            created: moment(organisation.created_at),
            modified: moment(organisation.updated_at),
        }
    }
}

/// A page of partner organisations.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PartnerOrganisations {
    items: Vec<PartnerOrganisation>,
    /// For the next page; left out on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    query_more: Option<String>,
}

/// Which partner organisations to list.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub(super) struct OrganisationsQuery {
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `queryMore` of the page before.
    #[param(min_length = 1, max_length = 200)]
    query_more: Option<String>,
    /// Text in names, IDs or users’ email addresses.
    #[param(max_length = 200)]
    filter: Option<String>,
}

/// A partner organisation to create.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CreatePartnerOrganisation {
    /// Its name: one line.
    #[serde(default)]
    #[schema(required = true, min_length = 1, max_length = 200)]
    name: String,
    /// Its account in Zuora: ID or account number.
    #[serde(default)]
    #[schema(required = true, min_length = 1, max_length = 50, pattern = "^[^#?/\\s]+$")]
    zuora_account_id: String,
    /// Whether the organisation is the invoice owner of what it sells (*Partner*);
    /// else the end customer is.
    #[schema(required = true, value_type = bool)]
    is_zuora_invoice_owner: Option<bool>,
    /// Its account in Salesforce: 15 or 18 letters and digits. Required where
    /// the installation uses Salesforce.
    #[schema(min_length = 15, max_length = 18, pattern = "^001[A-Za-z0-9]{12}([A-Za-z0-9]{3})?$")]
    salesforce_account_id: Option<String>,
    /// The address of its logo, which begins with `https://`.
    #[schema(format = "uri", max_length = 2048)]
    logo: Option<String>,
}

/// What may be said when one is created.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub(super) struct CreateQuery {
    /// Whether to create it although another has the same name or Zuora account.
    #[param(default = false)]
    accept_duplicates: Option<bool>,
}

/// What changes of a partner organisation: name and logo alone.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdatePartnerOrganisation {
    /// Its new name: one line. Left out, the name stays.
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    name: Option<String>,
    /// The address of its new logo, or `null` for none. Left out, the logo stays.
    #[schema(format = "uri", max_length = 2048)]
    logo: Option<String>,
}

/// What the API calls the form's fields.
fn called(name: &str) -> String {
    match name {
        field::ZUORA_ACCOUNT => "zuoraAccountId",
        field::SALESFORCE_ACCOUNT => "salesforceAccountId",
        field::INVOICE_OWNER => "isZuoraInvoiceOwner",
        other => other,
    }
    .to_owned()
}

fn answer(organisation: &Organisation) -> Response {
    version(organisation).answer(&PartnerOrganisation::from(organisation))
}

/// An organisation's version; that it is suspended is part of what was read,
/// and to the store no new version.
fn version(organisation: &Organisation) -> Version {
    let suspended = organisation.suspended_at.map(|at| format!("-{}", at.millis()));
    Version::named(&format!("{}{}", organisation.version, suspended.unwrap_or_default()))
}

/// List partner organisations
///
/// In the order in which they were created.
#[utoipa::path(
    get,
    path = "/api/partner-organisations",
    tag = "Partner management",
    operation_id = "listPartnerOrganisations",
    params(OrganisationsQuery),
    responses((status = 200, description = "A page of them", body = PartnerOrganisations)),
    security(("bearerAuth" = [])),
)]
pub(super) async fn list_organisations(
    State(rest): State<Rest>,
    Reading(admin): Reading,
    ApiQuery(query): ApiQuery<OrganisationsQuery>,
) -> Result<Json<PartnerOrganisations>, ApiError> {
    let wanted = OrganisationQuery {
        search: partners_app::domain::listing::clean_search(&filter(query.filter)?),
        sort: Sort::Created,
        after: place("queryMore", query.query_more, |text| Cursor::decode(&text, Sort::Created))?,
        size: size("limit", query.limit, USUAL_PAGE)?,
        ..OrganisationQuery::default()
    };
    let page = rest.admin.organisations(&admin, &wanted).await?;
    Ok(Json(PartnerOrganisations {
        items: page.rows.iter().map(|row| (&row.organisation).into()).collect(),
        query_more: page.next.map(|next| opaque(&next.encode())),
    }))
}

/// Create a partner organisation
///
/// Where others have its name or Zuora account, nothing is created unless
/// `acceptDuplicates` says so.
#[utoipa::path(
    post,
    path = "/api/partner-organisation",
    tag = "Partner management",
    operation_id = "createPartnerOrganisation",
    params(CreateQuery),
    request_body = CreatePartnerOrganisation,
    responses(
        (status = 200, description = "Created", body = PartnerOrganisation,
            headers(("ETag" = String, description = "Its version"))),
    ),
    security(("bearerAuth" = [])),
)]
pub(super) async fn create_organisation(
    State(rest): State<Rest>,
    Writing(admin): Writing,
    Once(key): Once,
    ApiQuery(query): ApiQuery<CreateQuery>,
    ApiJson(new): ApiJson<CreatePartnerOrganisation>,
) -> Result<Response, ApiError> {
    let owner = new.is_zuora_invoice_owner.map(|is_partner| {
        if is_partner { InvoiceOwner::Partner } else { InvoiceOwner::EndCustomer }
    });
    let form = OrganisationForm {
        name: new.name,
        logo: new.logo.unwrap_or_default(),
        zuora_account_id: new.zuora_account_id,
        salesforce_account_id: new.salesforce_account_id.unwrap_or_default(),
        invoice_owner: owner.map(InvoiceOwner::as_str).unwrap_or_default().to_owned(),
    };
    let SalesforceUse(uses_salesforce) = rest.admin.uses_salesforce(&admin).await?;
    let new = form.parse(uses_salesforce);
    let new = new.map_err(|errors| ApiError::of(PublicError::Invalid(errors), called))?;
    let accepts = query.accept_duplicates.unwrap_or_default();
    match rest.admin.create_organisation(&admin, key, new, accepts).await {
        Ok(organisation) => Ok(answer(&organisation)),
        Err(PublicError::Duplicates(others)) => {
            let error = ApiError::new(
                StatusCode::CONFLICT,
                "Another partner organisation looks the same. With acceptDuplicates=true it is created all the same.",
            );
            Err(others.into_iter().fold(error, |error, other| {
                let field = if other.same_zuora_account { "zuoraAccountId" } else { "name" };
                let message = format!("{} ({}) has the same.", other.name, other.id);
                error.and(field, message)
            }))
        }
        Err(error) => Err(ApiError::of(error, called)),
    }
}

/// Get a partner organisation
#[utoipa::path(
    get,
    path = "/api/partner-organisation/{partnerOrganisationId}",
    tag = "Partner management",
    operation_id = "getPartnerOrganisation",
    params(("partnerOrganisationId" = String, Path, description = "The Partner Organisation ID")),
    responses(
        (status = 200, description = "The organisation", body = PartnerOrganisation,
            headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "There is none with this ID", body = ErrorBody),
    ),
    security(("bearerAuth" = [])),
)]
pub(super) async fn get_organisation(
    State(rest): State<Rest>,
    Reading(admin): Reading,
    ApiPath(organisation): ApiPath<String>,
) -> Result<Response, ApiError> {
    let organisation = rest.admin.organisation(&admin, id(&organisation)?).await?;
    Ok(answer(&organisation))
}

/// Change a partner organisation’s name and logo
///
/// What is left out stays as it is. Any other field is refused. With `If-Match`
/// nothing is changed that has changed since.
#[utoipa::path(
    patch,
    path = "/api/partner-organisation/{partnerOrganisationId}",
    tag = "Partner management",
    operation_id = "updatePartnerOrganisation",
    params(
        ("partnerOrganisationId" = String, Path, description = "The Partner Organisation ID"),
        ("If-Match" = Option<String>, Header, description = "`ETag` of the organisation as it was read"),
    ),
    request_body = UpdatePartnerOrganisation,
    responses(
        (status = 200, description = "The organisation as it is now", body = PartnerOrganisation,
            headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "There is none with this ID", body = ErrorBody),
        (status = 412, description = "It has changed since", body = ErrorBody),
    ),
    security(("bearerAuth" = [])),
)]
pub(super) async fn update_organisation(
    State(rest): State<Rest>,
    Writing(admin): Writing,
    ApiPath(organisation): ApiPath<String>,
    headers: HeaderMap,
    ApiJson(body): ApiJson<Map<String, Value>>,
) -> Result<Response, ApiError> {
    let wanted = Wanted::read(body)?;
    let id = id::<OrganisationId>(&organisation)?;
    let expected = Expected::read(&headers);
    for _ in 0..TRIES {
        let before = rest.admin.organisation(&admin, id).await?;
        let expected = expected.of(&before, &version(&before))?;
        match wanted.change(&rest, &admin, &before, expected).await {
            Err(PublicError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
            Ok(after) => return Ok(answer(&after)),
        }
    }
    Err(ApiError::new(
        StatusCode::CONFLICT,
        "Others keep changing this partner organisation. Try again in a moment.",
    ))
}

/// Suspend a partner organisation
///
/// Its users and API clients no longer get in, and sessions end at once.
/// Subscriptions and orders on their way go on. One that is suspended stays so.
#[utoipa::path(
    post,
    path = "/api/partner-organisation/{partnerOrganisationId}/suspend",
    tag = "Partner management",
    operation_id = "suspendPartnerOrganisation",
    params(
        ("partnerOrganisationId" = String, Path, description = "The Partner Organisation ID"),
        ("If-Match" = Option<String>, Header, description = "`ETag` of the organisation as it was read"),
    ),
    responses(
        (status = 200, description = "The organisation as it is now", body = PartnerOrganisation,
            headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "There is none with this ID", body = ErrorBody),
        (status = 412, description = "It has changed since", body = ErrorBody),
    ),
    security(("bearerAuth" = [])),
)]
pub(super) async fn suspend_organisation(
    State(rest): State<Rest>,
    Writing(admin): Writing,
    ApiPath(organisation): ApiPath<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    set_suspended(&rest, &admin, &organisation, &headers, true).await
}

/// Reactivate a partner organisation
///
/// Its users and API clients get in again.
#[utoipa::path(
    post,
    path = "/api/partner-organisation/{partnerOrganisationId}/reactivate",
    tag = "Partner management",
    operation_id = "reactivatePartnerOrganisation",
    params(
        ("partnerOrganisationId" = String, Path, description = "The Partner Organisation ID"),
        ("If-Match" = Option<String>, Header, description = "`ETag` of the organisation as it was read"),
    ),
    responses(
        (status = 200, description = "The organisation as it is now", body = PartnerOrganisation,
            headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "There is none with this ID", body = ErrorBody),
        (status = 412, description = "It has changed since", body = ErrorBody),
    ),
    security(("bearerAuth" = [])),
)]
pub(super) async fn reactivate_organisation(
    State(rest): State<Rest>,
    Writing(admin): Writing,
    ApiPath(organisation): ApiPath<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    set_suspended(&rest, &admin, &organisation, &headers, false).await
}

async fn set_suspended(
    rest: &Rest,
    admin: &Admin,
    organisation: &str,
    headers: &HeaderMap,
    suspended: bool,
) -> Result<Response, ApiError> {
    let before = rest.admin.organisation(admin, id(organisation)?).await?;
    let expected = Expected::read(headers).of(&before, &version(&before))?;
    let changed = rest.admin.set_organisation_suspended(admin, before.id, suspended, expected);
    Ok(answer(&changed.await?))
}

/// Delete a partner organisation
///
/// With its users and API clients, for good. It has to be suspended, none of its
/// subscriptions may run or be to run, and no order may be on its way. What was
/// done and ordered stays in the audit trail.
#[utoipa::path(
    delete,
    path = "/api/partner-organisation/{partnerOrganisationId}",
    tag = "Partner management",
    operation_id = "deletePartnerOrganisation",
    params(
        ("partnerOrganisationId" = String, Path, description = "The Partner Organisation ID"),
        ("If-Match" = Option<String>, Header, description = "`ETag` of the organisation as it was read"),
    ),
    responses(
        (status = 204, description = "Deleted"),
        (status = 404, description = "There is none with this ID", body = ErrorBody),
        (status = 412, description = "It has changed since", body = ErrorBody),
        (status = 422, description = "Something keeps it, which the message names", body = ErrorBody),
    ),
    security(("bearerAuth" = [])),
)]
pub(super) async fn delete_organisation(
    State(rest): State<Rest>,
    Writing(admin): Writing,
    ApiPath(organisation): ApiPath<String>,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    let before = rest.admin.organisation(&admin, id(&organisation)?).await?;
    let expected = Expected::read(&headers).of(&before, &version(&before))?;
    rest.admin.delete_organisation(&admin, before.id, expected).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is to be changed.
struct Wanted {
    name: Option<String>,
    /// Inside: the new logo, or none.
    logo: Option<Option<String>>,
}

impl Wanted {
    fn read(body: Map<String, Value>) -> Result<Self, ApiError> {
        let refused = "Only name and logo of a partner organisation can be changed.";
        only(&body, &["name", "logo"], refused)?;
        no_null(&body, &[("name", "Enter the partner organisation’s name.")])?;
        let says_logo = body.contains_key("logo");
        let update: UpdatePartnerOrganisation = typed(body.into())?;
        Ok(Self { name: update.name, logo: says_logo.then_some(update.logo) })
    }

    async fn change(
        &self,
        rest: &Rest,
        admin: &Admin,
        before: &Organisation,
        expected: Option<&Organisation>,
    ) -> Result<Organisation, PublicError> {
        let name = self.name.as_deref().unwrap_or(before.name.as_str());
        let logo = match &self.logo {
            None => before.logo.as_ref().map(|logo| logo.as_str()),
            Some(logo) => logo.as_deref(),
        };
        let edit = OrganisationEdit::parse(name, logo.unwrap_or_default());
        let edit = edit.map_err(PublicError::Invalid)?;
        rest.admin.edit_organisation(admin, before.id, before.version, edit, expected).await
    }
}
