//! Partner users.

use super::Rest;
use super::bearer::{Reading, Writing};
use super::error::{ApiError, ErrorBody};
use super::extract::{ApiJson, ApiPath, ApiQuery};
use super::once::Once;
use super::paging::{SERVICE, id, moment, opaque, place, size};
use axum::Json;
use axum::extract::State;
use partners_app::desks::Admin;
use partners_app::domain::{
    CreatedUser, Email, OrganisationId, PartnerUserId, UserForm, UserStatus,
};
use partners_app::error::PublicError;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

const USUAL_PAGE: usize = 20;
/// The longest name, in characters.
const LONGEST_NAME: usize = 200;

/// A partner user.
#[derive(Serialize, ToSchema)]
pub(super) struct PartnerUser {
    /// The user's ID, a UUID.
    id: String,
    /// The person's name; the email address where none was given.
    name: String,
    data: PartnerUserData,
    /// The Partner Organisation ID.
    partner_org: String,
    /// `partner_user`
    record_type: &'static str,
    /// `partners`
    service: &'static str,
    /// When the user was created (RFC 3339).
    created: String,
}

/// What is known of a partner user.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PartnerUserData {
    /// The address the user signs in with.
    email: String,
    /// Where the user stands.
    status: UserState,
    /// Why setting up takes longer, or has failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// When the user last signed in (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    last_sign_in: Option<String>,
    /// Where no mail is sent: the password to hand over. It is in this answer
    /// alone, and nowhere else.
    #[serde(skip_serializing_if = "Option::is_none")]
    temporary_password: Option<String>,
}

/// Where a partner user stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum UserState {
    /// Saved; the identity provider does not know it yet.
    SettingUp,
    /// Has not signed in yet.
    Invited,
    /// Has not signed in, and the temporary password works no longer.
    InvitationExpired,
    /// Has signed in.
    Active,
    /// May not sign in.
    Disabled,
    /// The identity provider refused it.
    Failed,
}

impl PartnerUser {
    fn of(user: partners_app::domain::PartnerUser, temporary_password: Option<String>) -> Self {
        let (status, reason) = match user.status {
            UserStatus::SettingUp { waiting_for } => (UserState::SettingUp, waiting_for),
            UserStatus::Invited => (UserState::Invited, None),
            UserStatus::InvitationExpired => (UserState::InvitationExpired, None),
            UserStatus::Active => (UserState::Active, None),
            UserStatus::Disabled => (UserState::Disabled, None),
            UserStatus::Failed { reason } => (UserState::Failed, Some(reason)),
        };
        Self {
            id: user.id.to_string(),
            name: user.name.to_string(),
            data: PartnerUserData {
                email: user.email.to_string(),
                status,
                reason,
                last_sign_in: user.last_sign_in_at.map(moment),
                temporary_password,
            },
            partner_org: user.organisation.to_string(),
            record_type: "partner_user",
            service: SERVICE,
            created: moment(user.created_at),
        }
    }

    fn created(created: CreatedUser) -> Self {
        Self::of(created.user, created.temporary_password)
    }
}

/// A page of partner users.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PartnerUsers {
    items: Vec<PartnerUser>,
    /// For the next page; left out on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    query_more: Option<String>,
}

/// Which users to list.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub(super) struct UsersQuery {
    /// How many at most.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `queryMore` of the page before.
    #[param(min_length = 1, max_length = 200)]
    query_more: Option<String>,
}

/// A partner user to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreatePartnerUser {
    /// The address to sign in with. One address is one partner user, whatever
    /// the organisation.
    #[serde(default)]
    #[schema(required = true, format = "email", min_length = 3, max_length = 254)]
    email: String,
    /// The person's name: one line. Left out, it is the email address.
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    name: Option<String>,
}

/// An organisation's user, as an address names them.
#[derive(Deserialize)]
pub(super) struct OneUser {
    #[serde(rename = "partnerOrganisationId")]
    organisation: String,
    #[serde(rename = "partnerUserId")]
    user: String,
}

/// A user of this organisation; to it there are no others.
async fn find(
    rest: &Rest,
    admin: &Admin,
    one: &OneUser,
) -> Result<partners_app::domain::PartnerUser, ApiError> {
    let user = id::<PartnerUserId>(&one.user)?;
    let users = rest.admin.users(admin, id(&one.organisation)?).await?;
    users.into_iter().find(|found| found.id == user).ok_or_else(ApiError::not_found)
}

/// Create a partner user
///
/// The user is invited by mail; where the installation sends none, the answer
/// has the temporary password to hand over.
#[utoipa::path(
    post,
    path = "/api/partner-organisation/{partnerOrganisationId}",
    tag = "Partner management",
    operation_id = "createPartnerUser",
    params(("partnerOrganisationId" = String, Path, description = "The Partner Organisation ID")),
    request_body = CreatePartnerUser,
    responses(
        (status = 200, description = "Created", body = PartnerUser),
        (status = 404, description = "There is no organisation with this ID", body = ErrorBody),
    ),
    security(("bearerAuth" = [])),
)]
pub(super) async fn create_user(
    State(rest): State<Rest>,
    Writing(admin): Writing,
    Once(key): Once,
    ApiPath(organisation): ApiPath<String>,
    ApiJson(new): ApiJson<CreatePartnerUser>,
) -> Result<Json<PartnerUser>, ApiError> {
    let organisation = id::<OrganisationId>(&organisation)?;
    // Nothing is said of what was sent to an organisation that does not exist.
    rest.admin.organisation(&admin, organisation).await?;
    let name = new.name.unwrap_or_else(|| match Email::parse(&new.email) {
        Ok(email) => email.as_str().chars().take(LONGEST_NAME).collect(),
        // The email is what is complained about.
        Err(_) => "-".to_owned(),
    });
    let new = UserForm { name, email: new.email, role: String::new() }
        .parse()
        .map_err(PublicError::Invalid)?;
    let created = rest.admin.create_user(&admin, key, organisation, new).await?;
    Ok(Json(PartnerUser::created(created)))
}

/// List an organisation’s users
///
/// In the order in which they were created.
#[utoipa::path(
    get,
    path = "/api/partner-organisation/{partnerOrganisationId}/users",
    tag = "Partner management",
    operation_id = "listPartnerUsers",
    params(
        ("partnerOrganisationId" = String, Path, description = "The Partner Organisation ID"),
        UsersQuery,
    ),
    responses(
        (status = 200, description = "A page of them", body = PartnerUsers),
        (status = 404, description = "There is no organisation with this ID", body = ErrorBody),
    ),
    security(("bearerAuth" = [])),
)]
pub(super) async fn list_users(
    State(rest): State<Rest>,
    Reading(admin): Reading,
    ApiPath(organisation): ApiPath<String>,
    ApiQuery(query): ApiQuery<UsersQuery>,
) -> Result<Json<PartnerUsers>, ApiError> {
    let rows = size("limit", query.limit, USUAL_PAGE)?.rows();
    let after = place("queryMore", query.query_more, |text| text.parse::<PartnerUserId>().ok())?;
    let mut users = rest.admin.users(&admin, id(&organisation)?).await?;
    if let Some(after) = after {
        let seen = users.iter().position(|user| user.id == after);
        users.drain(..seen.map_or(users.len(), |place| place.saturating_add(1)));
    }
    let has_more = users.len() > rows;
    users.truncate(rows);
    let last = users.last().filter(|_| has_more);
    let query_more = last.map(|user| opaque(&user.id.to_string()));
    let items = users.into_iter().map(|user| PartnerUser::of(user, None)).collect();
    Ok(Json(PartnerUsers { items, query_more }))
}

/// Get a partner user
#[utoipa::path(
    get,
    path = "/api/partner-organisation/{partnerOrganisationId}/user/{partnerUserId}",
    tag = "Partner management",
    operation_id = "getPartnerUser",
    params(
        ("partnerOrganisationId" = String, Path, description = "The Partner Organisation ID"),
        ("partnerUserId" = String, Path, description = "The user’s ID"),
    ),
    responses(
        (status = 200, description = "The user", body = PartnerUser),
        (status = 404, description = "The organisation has no such user", body = ErrorBody),
    ),
    security(("bearerAuth" = [])),
)]
pub(super) async fn get_user(
    State(rest): State<Rest>,
    Reading(admin): Reading,
    ApiPath(one): ApiPath<OneUser>,
) -> Result<Json<PartnerUser>, ApiError> {
    Ok(Json(PartnerUser::of(find(&rest, &admin, &one).await?, None)))
}

/// Disable a partner user
///
/// The user is signed out at once and cannot sign in.
#[utoipa::path(
    post,
    path = "/api/partner-organisation/{partnerOrganisationId}/user/{partnerUserId}/disable",
    tag = "Partner management",
    operation_id = "disablePartnerUser",
    params(
        ("partnerOrganisationId" = String, Path, description = "The Partner Organisation ID"),
        ("partnerUserId" = String, Path, description = "The user’s ID"),
    ),
    responses(
        (status = 200, description = "The user as it is now", body = PartnerUser),
        (status = 404, description = "The organisation has no such user", body = ErrorBody),
    ),
    security(("bearerAuth" = [])),
)]
pub(super) async fn disable_user(
    State(rest): State<Rest>,
    Writing(admin): Writing,
    ApiPath(one): ApiPath<OneUser>,
) -> Result<Json<PartnerUser>, ApiError> {
    set_enabled(&rest, &admin, &one, false).await
}

/// Enable a partner user
///
/// The user can sign in again, with the password of before.
#[utoipa::path(
    post,
    path = "/api/partner-organisation/{partnerOrganisationId}/user/{partnerUserId}/enable",
    tag = "Partner management",
    operation_id = "enablePartnerUser",
    params(
        ("partnerOrganisationId" = String, Path, description = "The Partner Organisation ID"),
        ("partnerUserId" = String, Path, description = "The user’s ID"),
    ),
    responses(
        (status = 200, description = "The user as it is now", body = PartnerUser),
        (status = 404, description = "The organisation has no such user", body = ErrorBody),
    ),
    security(("bearerAuth" = [])),
)]
pub(super) async fn enable_user(
    State(rest): State<Rest>,
    Writing(admin): Writing,
    ApiPath(one): ApiPath<OneUser>,
) -> Result<Json<PartnerUser>, ApiError> {
    set_enabled(&rest, &admin, &one, true).await
}

async fn set_enabled(
    rest: &Rest,
    admin: &Admin,
    one: &OneUser,
    enabled: bool,
) -> Result<Json<PartnerUser>, ApiError> {
    let user = find(rest, admin, one).await?;
    let user = rest.admin.set_user_enabled(admin, user.id, enabled).await?;
    Ok(Json(PartnerUser::of(user, None)))
}

/// Invite a partner user again
///
/// With a new temporary password; the one before does not count any more.
#[utoipa::path(
    post,
    path = "/api/partner-organisation/{partnerOrganisationId}/user/{partnerUserId}/resend",
    tag = "Partner management",
    operation_id = "resendPartnerUserInvitation",
    params(
        ("partnerOrganisationId" = String, Path, description = "The Partner Organisation ID"),
        ("partnerUserId" = String, Path, description = "The user’s ID"),
    ),
    responses(
        (status = 200, description = "The user as it is now", body = PartnerUser),
        (status = 404, description = "The organisation has no such user", body = ErrorBody),
    ),
    security(("bearerAuth" = [])),
)]
pub(super) async fn resend_invitation(
    State(rest): State<Rest>,
    Writing(admin): Writing,
    ApiPath(one): ApiPath<OneUser>,
) -> Result<Json<PartnerUser>, ApiError> {
    let user = find(&rest, &admin, &one).await?;
    let invited = rest.admin.resend_invitation(&admin, user.id).await?;
    Ok(Json(PartnerUser::created(invited)))
}
