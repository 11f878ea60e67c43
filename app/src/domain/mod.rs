//! The rules of the product: what a valid value is and which fields may change.
//!
//! Plain Rust without I/O. The browser runs it while somebody types, the server
//! runs it again and is the authority.

pub mod billing_account;
pub mod conflict;
pub mod fields;
pub mod installation;
pub mod listing;
pub mod money;
pub mod organisation;
pub mod password;
pub mod text;
pub mod timestamp;
pub mod user;

pub use billing_account::{AccountCheck, AccountLookup, AccountStatus, AccountSummary};
pub use conflict::{ConflictingEdit, DuplicateOrganisation};
pub use fields::{FieldError, FieldErrors, Link};
pub use installation::{Installation, ProviderKind, SalesforceUse, ServiceState};
pub use listing::{Cursor, Direction, OrganisationQuery, Page, Sort};
pub use money::{Currency, Money};
pub use organisation::{
    AccountDoubt, InvoiceOwner, LogoUrl, NewOrganisation, Organisation, OrganisationEdit,
    OrganisationForm, OrganisationId, OrganisationName, OrganisationRow, SalesforceAccountId,
    ZuoraAccountId,
};
pub use password::{PasswordPolicy, PasswordRule};
pub use timestamp::Timestamp;
pub use user::{
    CreatedUser, Email, NewUser, PartnerUser, PartnerUserId, PersonName, UserForm, UserStatus,
};
