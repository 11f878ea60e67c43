//! What pages and server functions may ask of the server, and the proofs they
//! need for it.
//!
//! A *proof* says who is asking. Only the session layer makes one (a lint
//! refuses [`Admin::vouch`] and [`PartnerSession::vouch`] elsewhere), and each
//! use case takes the one it needs: an admin's page cannot call a partner's
//! desk, nor the other way round, and nothing can be asked by nobody.

mod api_clients;
mod imports;
mod selling;
mod two_step;
mod webhooks;

pub use api_clients::ApiClientsDesk;
pub use imports::{ImportsDesk, RowsAsked};
pub use selling::{OffersDesk, SelfServiceDesk, ShopDesk};
pub use two_step::{Person, TwoStepDesk};
pub use webhooks::WebhooksDesk;

use crate::domain::{
    AccountCheck, AccountLookup, AccountSummary, ActivityPage, ActivityQuery, ApiClientId,
    BulkResult, CreatedUser, ExpiredInvitation, Installation, Jump, NewOrganisation, NewUser,
    Order, Organisation, OrganisationEdit, OrganisationId, OrganisationQuery, OrganisationRow,
    Page, PartnerUser, PartnerUserId, PasswordPolicy, SalesChannel, SalesforceUse, UserEdit,
    UserRole, ZuoraAccountId,
};
use crate::error::PublicError;
use crate::paths;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use uuid::Uuid;

/// Where a request came from: for the audit trail and for limits.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Origin {
    /// The request's reference, which is in every log line about it.
    pub reference: String,
    /// The address it came from.
    pub address: IpAddr,
}

/// How somebody acts: with a browser, or as a program with its own credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// A person, signed in.
    Browser,
    /// An API client.
    Api,
}

/// How somebody acts for the admins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdminMeans {
    /// A person, signed in.
    Browser,
    /// An API client.
    Api,
    /// Whoever works at the command line, and so holds the database's keys.
    CommandLine,
}

/// Proof that an admin is asking, or an API client that may do what admins do.
#[derive(Clone, Debug)]
pub struct Admin {
    subject: String,
    name: String,
    email: String,
    origin: Origin,
    means: AdminMeans,
}

impl Admin {
    /// Vouches for an admin. For the session layer alone.
    #[must_use]
    pub const fn vouch(subject: String, name: String, email: String, origin: Origin) -> Self {
        Self { subject, name, email, origin, means: AdminMeans::Browser }
    }

    /// Vouches for an API client that acts for the admins. For the API's token
    /// layer alone.
    #[must_use]
    pub fn vouch_for_client(client: ApiClientId, name: String, origin: Origin) -> Self {
        let subject = client.to_string();
        Self { subject, name, email: String::new(), origin, means: AdminMeans::Api }
    }

    /// Vouches for whoever works at the command line. For the command line
    /// alone.
    #[must_use]
    pub fn vouch_for_command_line(origin: Origin) -> Self {
        Self {
            subject: "command line".to_owned(),
            name: "Command line".to_owned(),
            email: String::new(),
            origin,
            means: AdminMeans::CommandLine,
        }
    }

    /// Whether a person asks or a program.
    #[must_use]
    pub const fn means(&self) -> AdminMeans {
        self.means
    }

    /// The account's ID at the identity provider; an API client's own ID.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The admin's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The admin's email address; a program has none.
    #[must_use]
    pub fn email(&self) -> &str {
        &self.email
    }

    /// Where the request came from.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }
}

/// Proof that a partner user is asking, for the organisation it holds and for
/// no other.
#[derive(Clone, Debug)]
pub struct PartnerSession {
    user: PartnerUserId,
    role: UserRole,
    organisation: OrganisationId,
    name: String,
    email: String,
    origin: Origin,
    means: Means,
}

impl PartnerSession {
    /// Vouches for a partner user. For the session layer alone.
    #[must_use]
    pub const fn vouch(
        user: PartnerUserId,
        role: UserRole,
        organisation: OrganisationId,
        name: String,
        email: String,
        origin: Origin,
    ) -> Self {
        Self { user, role, organisation, name, email, origin, means: Means::Browser }
    }

    /// Vouches for an API client of a partner organisation. For the API's token
    /// layer alone.
    #[must_use]
    pub fn vouch_for_client(
        client: ApiClientId,
        organisation: OrganisationId,
        name: String,
        origin: Origin,
    ) -> Self {
        let user = PartnerUserId(client.0);
        let role = UserRole::Member;
        Self { user, role, organisation, name, email: String::new(), origin, means: Means::Api }
    }

    /// Whether a person asks or a program.
    #[must_use]
    pub const fn means(&self) -> Means {
        self.means
    }

    /// Where what this session orders is sold.
    #[must_use]
    pub const fn channel(&self) -> SalesChannel {
        match self.means {
            Means::Browser => SalesChannel::Shop,
            Means::Api => SalesChannel::Api,
        }
    }

    /// The partner user; where an API client acts, the client's own ID, which
    /// no user has.
    #[must_use]
    pub const fn user(&self) -> PartnerUserId {
        self.user
    }

    /// The proof that this is a manager, where it is one.
    #[must_use]
    pub fn as_manager(&self) -> Option<Manager> {
        (self.role == UserRole::Manager).then(|| Manager(self.clone()))
    }

    /// The one organisation this session may see.
    #[must_use]
    pub const fn organisation(&self) -> OrganisationId {
        self.organisation
    }

    /// The person's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The person's email address; an API client has none.
    #[must_use]
    pub fn email(&self) -> &str {
        &self.email
    }

    /// Where the request came from.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }
}

/// Proof that a manager is asking: a partner user who looks after the people of
/// their organisation.
#[derive(Clone, Debug)]
pub struct Manager(PartnerSession);

impl Manager {
    /// The manager as a partner user.
    #[must_use]
    pub const fn session(&self) -> &PartnerSession {
        &self.0
    }
}

/// Proof that somebody may see what is one partner organisation's, and nothing
/// of any other: one of its users, or an admin who looks at it.
#[derive(Clone, Debug)]
pub enum Sight {
    /// A user of the organisation.
    Partner(PartnerSession),
    /// An admin, looking at this organisation as its users see it.
    Admin(Admin, OrganisationId),
}

impl Sight {
    /// The organisation that is seen.
    #[must_use]
    pub const fn organisation(&self) -> OrganisationId {
        match self {
            Self::Partner(partner) => partner.organisation(),
            Self::Admin(_, organisation) => *organisation,
        }
    }

    /// An order, with what it has for whoever looks.
    #[must_use]
    pub fn of_order(&self, order: Order) -> Order {
        match self {
            Self::Partner(_) => order.for_partner(),
            Self::Admin(..) => order,
        }
    }

    /// Where what is seen is sold.
    #[must_use]
    pub const fn channel(&self) -> SalesChannel {
        match self {
            Self::Partner(partner) => partner.channel(),
            Self::Admin(..) => SalesChannel::Shop,
        }
    }

    /// Where the request came from.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        match self {
            Self::Partner(partner) => partner.origin(),
            Self::Admin(admin, _) => admin.origin(),
        }
    }
}

/// Whoever sent a request, signed in or not.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The proof, where somebody is signed in.
    pub session: SessionProof,
    /// The random token of the session's cookie.
    pub session_token: Option<String>,
    /// The random token of a sign-in that waits for its next step.
    pub challenge_token: Option<String>,
    /// The browser's own description of itself.
    pub user_agent: String,
    /// Where the request came from.
    pub origin: Origin,
}

/// The proof that a request carries.
#[derive(Clone, Debug)]
pub enum SessionProof {
    /// An admin's.
    Admin(Admin),
    /// A partner user's.
    Partner(PartnerSession),
    /// None.
    Nobody,
}

/// What comes after a step of signing in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// An admin is signed in.
    Settings,
    /// A partner user is signed in.
    PartnerPages,
    /// The temporary password was right; a new one must be set.
    NewPassword,
    /// The password was right; a code of the authenticator app must be given.
    Code,
    /// An authenticator app must be set up.
    SetUp,
    /// The password was changed; sign in with it.
    SignIn,
}

/// The answer to a step of signing in or out.
#[derive(Clone, Debug)]
pub struct SignInStep {
    /// Values for `Set-Cookie` headers.
    pub cookies: Vec<String>,
    /// What comes next.
    pub next: NextStep,
    /// The address that was asked for before signing in; may be empty, or
    /// anything.
    pub wanted: String,
}

impl SignInStep {
    /// The address of the page that comes next.
    #[must_use]
    pub fn target(&self) -> &str {
        let home = match self.next {
            NextStep::Settings => paths::PARTNERS,
            NextStep::PartnerPages => paths::PARTNER_HOME,
            NextStep::NewPassword => paths::NEW_PASSWORD,
            NextStep::Code => paths::SIGN_IN_CODE,
            NextStep::SetUp => paths::SET_UP_TWO_STEP,
            NextStep::SignIn => paths::SIGN_IN,
        };
        let is_signed_in = matches!(self.next, NextStep::Settings | NextStep::PartnerPages);
        if is_signed_in && paths::is_own(&self.wanted) { &self.wanted } else { home }
    }
}

/// So many may be acted upon at once.
pub const BULK_LIMIT: u16 = 100;

/// Key under which a form creates something once, however often it is sent.
pub type CreationKey = Uuid;

/// What anybody may ask for: to sign in and out.
#[async_trait]
pub trait SignInDesk: Send + Sync {
    /// Signs in with email and password, on the way to `wanted`.
    async fn sign_in(
        &self,
        visitor: &Visitor,
        email: &str,
        password: &str,
        wanted: &str,
    ) -> Result<SignInStep, PublicError>;
    /// Sets the first own password after signing in with a temporary one.
    async fn set_first_password(
        &self,
        visitor: &Visitor,
        password: &str,
    ) -> Result<SignInStep, PublicError>;
    /// The email of the sign-in that waits for a new password.
    async fn waiting_email(&self, visitor: &Visitor) -> Result<Option<String>, PublicError>;
    /// Sends a code to set a new password with; says nothing about whether the
    /// address has an account.
    async fn request_reset(&self, visitor: &Visitor, email: &str) -> Result<(), PublicError>;
    /// Sets a new password with the code.
    async fn reset_password(
        &self,
        visitor: &Visitor,
        email: &str,
        code: &str,
        password: &str,
    ) -> Result<SignInStep, PublicError>;
    /// Ends the session.
    async fn sign_out(&self, visitor: &Visitor) -> Result<SignInStep, PublicError>;
    /// The rules for new passwords.
    async fn password_policy(&self) -> Result<PasswordPolicy, PublicError>;
}

/// What an admin may ask for.
#[async_trait]
pub trait AdminDesk: Send + Sync {
    /// What the installation is made of and whether it answers.
    async fn installation(&self, admin: &Admin) -> Result<Installation, PublicError>;
    /// Whether organisations need a Salesforce account ID.
    async fn uses_salesforce(&self, admin: &Admin) -> Result<SalesforceUse, PublicError>;
    /// Turns the switch *This installation uses Salesforce*.
    async fn set_uses_salesforce(
        &self,
        admin: &Admin,
        on: SalesforceUse,
    ) -> Result<(), PublicError>;
    /// A page of the partners table.
    async fn organisations(
        &self,
        admin: &Admin,
        query: &OrganisationQuery,
    ) -> Result<Page<OrganisationRow>, PublicError>;
    /// The organisations and users that match a text, a few of each.
    async fn jumps(&self, admin: &Admin, text: &str) -> Result<Vec<Jump>, PublicError>;
    /// One organisation.
    async fn organisation(
        &self,
        admin: &Admin,
        id: OrganisationId,
    ) -> Result<Organisation, PublicError>;
    /// Creates an organisation, once for each `key`.
    ///
    /// # Errors
    /// [`PublicError::Duplicates`] where others have its name or Zuora account
    /// and `accept_duplicates` is false.
    async fn create_organisation(
        &self,
        admin: &Admin,
        key: CreationKey,
        new: NewOrganisation,
        accept_duplicates: bool,
    ) -> Result<Organisation, PublicError>;
    /// Changes name and logo of the organisation as it was at `version`, and, in
    /// all it says, as it was `expected`.
    ///
    /// # Errors
    /// [`PublicError::Conflict`] where it has changed since, and
    /// [`PublicError::ChangedSince`] where it is not as it was expected.
    async fn edit_organisation(
        &self,
        admin: &Admin,
        id: OrganisationId,
        version: i64,
        edit: OrganisationEdit,
        expected: Option<&Organisation>,
    ) -> Result<Organisation, PublicError>;
    /// Suspends an organisation, which ends the sessions of all its users, or
    /// reactivates it.
    ///
    /// # Errors
    /// [`PublicError::ChangedSince`] where it is not as it was `expected`.
    async fn set_organisation_suspended(
        &self,
        admin: &Admin,
        id: OrganisationId,
        suspended: bool,
        expected: Option<&Organisation>,
    ) -> Result<Organisation, PublicError>;
    /// Deletes an organisation, with its users and API clients. What was done
    /// and ordered stays in the audit trail.
    ///
    /// # Errors
    /// [`PublicError::Refused`] unless it is suspended, no subscription of it
    /// runs or is to run, and no order is under way;
    /// [`PublicError::ChangedSince`] where it is not as it was `expected`.
    async fn delete_organisation(
        &self,
        admin: &Admin,
        id: OrganisationId,
        expected: Option<&Organisation>,
    ) -> Result<(), PublicError>;
    /// Suspends or reactivates several organisations at once; says of each what
    /// became of it, in the order of `ids`.
    async fn set_organisations_suspended(
        &self,
        admin: &Admin,
        ids: &[OrganisationId],
        suspended: bool,
    ) -> Result<Vec<BulkResult>, PublicError>;
    /// The organisations with these IDs, by name; those that do not exist are
    /// not among them.
    async fn chosen_organisations(
        &self,
        admin: &Admin,
        ids: &[OrganisationId],
    ) -> Result<Vec<Organisation>, PublicError>;
    /// The users of an organisation, oldest first.
    async fn users(
        &self,
        admin: &Admin,
        organisation: OrganisationId,
    ) -> Result<Vec<PartnerUser>, PublicError>;
    /// One partner user.
    async fn user(&self, admin: &Admin, id: PartnerUserId) -> Result<PartnerUser, PublicError>;
    /// Creates a partner user, once for each `key`.
    async fn create_user(
        &self,
        admin: &Admin,
        key: CreationKey,
        organisation: OrganisationId,
        new: NewUser,
    ) -> Result<CreatedUser, PublicError>;
    /// Invites a user again who has not signed in yet, with a new temporary
    /// password.
    ///
    /// # Errors
    /// [`PublicError::Refused`] where the user has signed in, or is disabled;
    /// [`PublicError::ChangedSince`] where the user is not as `expected`.
    async fn resend_invitation(
        &self,
        admin: &Admin,
        user: PartnerUserId,
        expected: Option<&PartnerUser>,
    ) -> Result<CreatedUser, PublicError>;
    /// Whose invitation has expired, the longest ago first: at most
    /// [`BULK_LIMIT`].
    async fn expired_invitations(
        &self,
        admin: &Admin,
    ) -> Result<Vec<ExpiredInvitation>, PublicError>;
    /// Makes a user's password one that nobody knows, and ends their sessions.
    async fn reset_user_password(
        &self,
        admin: &Admin,
        user: PartnerUserId,
    ) -> Result<CreatedUser, PublicError>;
    /// Changes a user's name and role, both or neither.
    ///
    /// # Errors
    /// [`PublicError::Refused`] where the organisation would be left without a
    /// manager; [`PublicError::ChangedSince`] where the user is not as `expected`.
    async fn edit_user(
        &self,
        admin: &Admin,
        user: PartnerUserId,
        edit: UserEdit,
        expected: Option<&PartnerUser>,
    ) -> Result<PartnerUser, PublicError>;
    /// Deletes a user; the email is free again.
    ///
    /// # Errors
    /// [`PublicError::Refused`] where others would be left without a manager;
    /// [`PublicError::ChangedSince`] where the user is not as `expected`.
    async fn delete_user(
        &self,
        admin: &Admin,
        user: PartnerUserId,
        expected: Option<&PartnerUser>,
    ) -> Result<(), PublicError>;
    /// Lets a user sign in, or not.
    ///
    /// # Errors
    /// [`PublicError::ChangedSince`] where the user is not as `expected`.
    async fn set_user_enabled(
        &self,
        admin: &Admin,
        user: PartnerUserId,
        enabled: bool,
        expected: Option<&PartnerUser>,
    ) -> Result<PartnerUser, PublicError>;
    /// Tries again to set up a user that failed.
    async fn retry_user(
        &self,
        admin: &Admin,
        user: PartnerUserId,
    ) -> Result<PartnerUser, PublicError>;
    /// The account of the billing system with this ID or number.
    async fn find_account(
        &self,
        admin: &Admin,
        account: &ZuoraAccountId,
    ) -> Result<AccountLookup, PublicError>;
    /// A few accounts whose name or number begins with this text; none where
    /// the billing system does not answer.
    async fn search_accounts(
        &self,
        admin: &Admin,
        text: &str,
    ) -> Result<Vec<AccountSummary>, PublicError>;
    /// What is known of an organisation's account; nothing while no billing
    /// system is connected.
    async fn checked_account(
        &self,
        admin: &Admin,
        organisation: OrganisationId,
    ) -> Result<Option<AccountCheck>, PublicError>;
    /// Looks an organisation's account up once more.
    async fn check_account(
        &self,
        admin: &Admin,
        organisation: OrganisationId,
    ) -> Result<Option<AccountCheck>, PublicError>;
}

/// What was done, for admins.
#[async_trait]
pub trait ActivityDesk: Send + Sync {
    /// A page of the audit trail, the newest first.
    async fn activity(
        &self,
        admin: &Admin,
        query: &ActivityQuery,
    ) -> Result<ActivityPage, PublicError>;
}

/// What a partner user may ask for, always about their own organisation.
#[async_trait]
pub trait PartnerDesk: Send + Sync {
    /// The organisation.
    async fn organisation(&self, partner: &PartnerSession) -> Result<Organisation, PublicError>;
    /// The organisation's users.
    async fn colleagues(&self, partner: &PartnerSession) -> Result<Vec<PartnerUser>, PublicError>;
    /// Invites a colleague, once for each `key`.
    async fn invite_colleague(
        &self,
        manager: &Manager,
        key: CreationKey,
        new: NewUser,
    ) -> Result<CreatedUser, PublicError>;
    /// Invites a colleague again, with a new temporary password.
    async fn invite_colleague_again(
        &self,
        manager: &Manager,
        colleague: PartnerUserId,
    ) -> Result<CreatedUser, PublicError>;
    /// Lets a colleague sign in, or not.
    ///
    /// # Errors
    /// [`PublicError::Refused`] for the last manager.
    async fn set_colleague_enabled(
        &self,
        manager: &Manager,
        colleague: PartnerUserId,
        enabled: bool,
    ) -> Result<PartnerUser, PublicError>;
    /// Makes a colleague a manager or a member.
    ///
    /// # Errors
    /// [`PublicError::Refused`] for the last manager.
    async fn set_colleague_role(
        &self,
        manager: &Manager,
        colleague: PartnerUserId,
        role: UserRole,
    ) -> Result<PartnerUser, PublicError>;
}
