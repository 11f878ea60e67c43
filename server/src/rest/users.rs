//! Partner users.

use super::Rest;
use super::bearer::{Reading, Writing};
use super::error::{ApiError, ErrorBody};
use super::extract::{ApiJson, ApiPath, ApiQuery, no_null, only, typed};
use super::once::Once;
use super::paging::{SERVICE, id, moment, opaque, place, size};
use super::version::{Expected, Version};
use crate::store::users;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use partners_app::desks::Admin;
use partners_app::domain::user::{MAXIMUM_NAME, field};
use partners_app::domain::{
    CreatedUser, Email, OrganisationId, PartnerUserId, PersonName, Timestamp, UserEdit, UserForm,
    UserRole, UserStatus,
};
use partners_app::error::PublicError;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

const USUAL_PAGE: usize = 20;

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
    /// What the user may do for the people of the organisation.
    role: Role,
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

/// What a partner user may do for the people of the organisation.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PartnerUserRole)]
pub(super) enum Role {
    /// Invites colleagues, and disables and enables them.
    Manager,
    /// Sees them.
    Member,
}

impl From<UserRole> for Role {
    fn from(role: UserRole) -> Self {
        match role {
            UserRole::Manager => Self::Manager,
            UserRole::Member => Self::Member,
        }
    }
}

impl From<Role> for UserRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Manager => Self::Manager,
            Role::Member => Self::Member,
        }
    }
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
                role: user.role.into(),
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
    /// Left out, the first user of an organisation is a manager, and the others
    /// are members.
    #[schema(value_type = Role, required = false)]
    role: Option<Role>,
}

/// What changes of a partner user: name and role alone.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdatePartnerUser {
    /// The person’s new name: one line. Left out, the name stays.
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    name: Option<String>,
    /// The new role. Left out, the role stays.
    #[schema(value_type = Role, required = false)]
    role: Option<Role>,
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
    let organisation = id::<OrganisationId>(&one.organisation)?;
    let user = rest.admin.user(admin, id(&one.user)?).await?;
    if user.organisation == organisation { Ok(user) } else { Err(ApiError::not_found()) }
}

/// A user as an answer, with the version for `If-Match`.
fn answer(user: partners_app::domain::PartnerUser) -> Response {
    answer_of_created(CreatedUser { user, temporary_password: None })
}

fn version(user: &partners_app::domain::PartnerUser) -> Version {
    Version::of(&PartnerUser::of(user.clone(), None))
}

/// The same with the password to hand over, which is no part of the version.
fn answer_of_created(created: CreatedUser) -> Response {
    version(&created.user).answer(&PartnerUser::of(created.user, created.temporary_password))
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
        (status = 200, description = "Created", body = PartnerUser,
            headers(("ETag" = String, description = "Its version"))),
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
) -> Result<Response, ApiError> {
    let organisation = id::<OrganisationId>(&organisation)?;
    // Nothing is said of what was sent to an organisation that does not exist.
    rest.admin.organisation(&admin, organisation).await?;
    let name = new.name.unwrap_or_else(|| match Email::parse(&new.email) {
        Ok(email) => email.as_str().chars().take(MAXIMUM_NAME).collect(),
        // The email is what is complained about.
        Err(_) => "-".to_owned(),
    });
    let role = new.role.map(|role| UserRole::from(role).as_str().to_owned());
    let new = UserForm { name, email: new.email, role: role.unwrap_or_default() }
        .parse()
        .map_err(PublicError::Invalid)?;
    let created = rest.admin.create_user(&admin, key, organisation, new).await?;
    Ok(answer_of_created(created))
}

/// A place in the list: when a user was created, and the user's ID. It stays one
/// where the user is deleted.
type Place = (Timestamp, PartnerUserId);
const BEGINNING: Place = (Timestamp::from_millis(0), PartnerUserId(Uuid::nil()));

fn read_place(text: String) -> Option<Place> {
    let (created_at, id) = text.split_once('.')?;
    Some((Timestamp::from_millis(created_at.parse().ok()?), id.parse().ok()?))
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
    let after = place("queryMore", query.query_more, read_place)?.unwrap_or(BEGINNING);
    let organisation = id::<OrganisationId>(&organisation)?;
    rest.admin.organisation(&admin, organisation).await?;
    let (now, one_more) = (rest.clock.now(), i64::try_from(rows).unwrap_or(0).saturating_add(1));
    let read = async {
        let mut reader = rest.store.read().await?;
        let connection = reader.connection();
        users::page_of_organisation(connection, organisation, after, one_more, now).await
    };
    let mut page = read.await.map_err(|error| ApiError::of_store(&error, admin.origin()))?;
    let has_more = page.len() > rows;
    page.truncate(rows);
    let last = page.last().filter(|_| has_more);
    let query_more = last.map(|user| opaque(&format!("{}.{}", user.created_at.millis(), user.id)));
    let items = page.into_iter().map(|user| PartnerUser::of(user, None)).collect();
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
        (status = 200, description = "The user", body = PartnerUser,
            headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "The organisation has no such user", body = ErrorBody),
    ),
    security(("bearerAuth" = [])),
)]
pub(super) async fn get_user(
    State(rest): State<Rest>,
    Reading(admin): Reading,
    ApiPath(one): ApiPath<OneUser>,
) -> Result<Response, ApiError> {
    Ok(answer(find(&rest, &admin, &one).await?))
}

/// Change a partner user’s name and role
///
/// What is left out stays as it is. Any other field is refused. With `If-Match`
/// nothing is changed that has changed since. The last manager of an
/// organisation stays one, also as its only user.
#[utoipa::path(
    patch,
    path = "/api/partner-organisation/{partnerOrganisationId}/user/{partnerUserId}",
    tag = "Partner management",
    operation_id = "updatePartnerUser",
    params(
        ("partnerOrganisationId" = String, Path, description = "The Partner Organisation ID"),
        ("partnerUserId" = String, Path, description = "The user’s ID"),
        ("If-Match" = Option<String>, Header, description = "`ETag` of the user as it was read"),
    ),
    request_body = UpdatePartnerUser,
    responses(
        (status = 200, description = "The user as it is now", body = PartnerUser,
            headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "The organisation has no such user", body = ErrorBody),
        (status = 412, description = "It has changed since", body = ErrorBody),
    ),
    security(("bearerAuth" = [])),
)]
pub(super) async fn update_user(
    State(rest): State<Rest>,
    Writing(admin): Writing,
    ApiPath(one): ApiPath<OneUser>,
    headers: HeaderMap,
    ApiJson(body): ApiJson<Map<String, Value>>,
) -> Result<Response, ApiError> {
    let refused = "Only name and role of a partner user can be changed.";
    only(&body, &["name", "role"], refused)?;
    let no_name = ("name", "Enter the person’s name.");
    let no_role = ("role", "Send manager or member, or leave the role out.");
    no_null(&body, &[no_name, no_role])?;
    let update: UpdatePartnerUser = typed(body.into())?;
    let name = update.name.map(|name| PersonName::parse(&name)).transpose();
    let name = name.map_err(|message| PublicError::field(field::NAME, message))?;
    let user = find(&rest, &admin, &one).await?;
    let expected = Expected::read(&headers).of(&user, &version(&user))?;
    let edit = UserEdit { name, role: update.role.map(UserRole::from) };
    Ok(answer(rest.admin.edit_user(&admin, user.id, edit, expected).await?))
}

/// Delete a partner user
///
/// For good; the email address is free again. What the user did stays in the
/// audit trail.
#[utoipa::path(
    delete,
    path = "/api/partner-organisation/{partnerOrganisationId}/user/{partnerUserId}",
    tag = "Partner management",
    operation_id = "deletePartnerUser",
    params(
        ("partnerOrganisationId" = String, Path, description = "The Partner Organisation ID"),
        ("partnerUserId" = String, Path, description = "The user’s ID"),
        ("If-Match" = Option<String>, Header, description = "`ETag` of the user as it was read"),
    ),
    responses(
        (status = 204, description = "Deleted"),
        (status = 404, description = "The organisation has no such user", body = ErrorBody),
        (status = 412, description = "It has changed since", body = ErrorBody),
        (status = 422, description = "Others would be left without a manager", body = ErrorBody),
    ),
    security(("bearerAuth" = [])),
)]
pub(super) async fn delete_user(
    State(rest): State<Rest>,
    Writing(admin): Writing,
    ApiPath(one): ApiPath<OneUser>,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    let user = find(&rest, &admin, &one).await?;
    let expected = Expected::read(&headers).of(&user, &version(&user))?;
    rest.admin.delete_user(&admin, user.id, expected).await?;
    Ok(StatusCode::NO_CONTENT)
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
        ("If-Match" = Option<String>, Header, description = "`ETag` of the user as it was read"),
    ),
    responses(
        (status = 200, description = "The user as it is now", body = PartnerUser,
            headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "The organisation has no such user", body = ErrorBody),
        (status = 412, description = "It has changed since", body = ErrorBody),
    ),
    security(("bearerAuth" = [])),
)]
pub(super) async fn disable_user(
    State(rest): State<Rest>,
    Writing(admin): Writing,
    ApiPath(one): ApiPath<OneUser>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    set_enabled(&rest, &admin, &one, &headers, false).await
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
        ("If-Match" = Option<String>, Header, description = "`ETag` of the user as it was read"),
    ),
    responses(
        (status = 200, description = "The user as it is now", body = PartnerUser,
            headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "The organisation has no such user", body = ErrorBody),
        (status = 412, description = "It has changed since", body = ErrorBody),
    ),
    security(("bearerAuth" = [])),
)]
pub(super) async fn enable_user(
    State(rest): State<Rest>,
    Writing(admin): Writing,
    ApiPath(one): ApiPath<OneUser>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    set_enabled(&rest, &admin, &one, &headers, true).await
}

async fn set_enabled(
    rest: &Rest,
    admin: &Admin,
    one: &OneUser,
    headers: &HeaderMap,
    enabled: bool,
) -> Result<Response, ApiError> {
    let user = find(rest, admin, one).await?;
    let expected = Expected::read(headers).of(&user, &version(&user))?;
    Ok(answer(rest.admin.set_user_enabled(admin, user.id, enabled, expected).await?))
}

/// Invite a partner user again
///
/// With a new temporary password; the one before does not count any more. Whoever
/// has signed in needs none, and is refused.
#[utoipa::path(
    post,
    path = "/api/partner-organisation/{partnerOrganisationId}/user/{partnerUserId}/resend",
    tag = "Partner management",
    operation_id = "resendPartnerUserInvitation",
    params(
        ("partnerOrganisationId" = String, Path, description = "The Partner Organisation ID"),
        ("partnerUserId" = String, Path, description = "The user’s ID"),
        ("If-Match" = Option<String>, Header, description = "`ETag` of the user as it was read"),
    ),
    responses(
        (status = 200, description = "The user as it is now", body = PartnerUser,
            headers(("ETag" = String, description = "Its version"))),
        (status = 404, description = "The organisation has no such user", body = ErrorBody),
        (status = 412, description = "It has changed since", body = ErrorBody),
        (status = 422, description = "The user has signed in already, or is disabled", body = ErrorBody),
    ),
    security(("bearerAuth" = [])),
)]
pub(super) async fn resend_invitation(
    State(rest): State<Rest>,
    Writing(admin): Writing,
    ApiPath(one): ApiPath<OneUser>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let user = find(&rest, &admin, &one).await?;
    let expected = Expected::read(&headers).of(&user, &version(&user))?;
    let invited = rest.admin.resend_invitation(&admin, user.id, expected).await?;
    Ok(answer_of_created(invited))
}
