//! The rules of the product: what a valid value is and which fields may change.
//!
//! Plain Rust without I/O. The browser runs it while somebody types, the server
//! runs it again and is the authority.

pub mod activity;
pub mod api_client;
pub mod audience;
pub mod billing;
pub mod billing_account;
mod bulk;
pub mod change;
pub mod checkout;
pub mod conflict;
pub mod country;
pub mod customer;
pub mod day;
pub mod delivery;
pub mod fields;
mod ids;
pub mod import;
pub mod installation;
pub mod jump;
pub mod list_state;
pub mod listing;
pub mod locale;
pub mod money;
pub mod offer;
pub mod offer_form;
pub mod order;
pub mod organisation;
pub mod password;
pub mod self_service;
pub mod shop;
pub mod text;
pub mod timestamp;
pub mod two_step;
pub mod user;
mod web_address;
pub mod webhook;

pub use activity::{
    ActivityArea, ActivityPage, ActivityQuery, ActivityRow, ActorKind, FieldChange,
};
pub use api_client::{
    ApiAccess, ApiClient, ApiClientForm, ApiClientId, ApiClientName, ApiClientState,
    CreatedApiClient, ManagementScope, NewApiClient, OrganisationStanding, OwnOrganisation,
};
pub use audience::{Audience, OpenPages, PageAccess, PartnerPages, PartnerPagesSettings};
pub use billing_account::{AccountCheck, AccountLookup, AccountStatus, AccountSummary};
pub use bulk::{BulkOutcome, BulkResult};
pub use change::{CancelWhen, ChangeRequest, PlanChoice};
pub use checkout::{Checkout, CheckoutCustomer, CheckoutForm, NewEndCustomer};
pub use conflict::{ConflictingEdit, DuplicateOrganisation};
pub use customer::{Customer, CustomerId};
pub use delivery::{
    Delivery, DeliveryFilter, DeliveryPage, DeliveryQuery, DeliveryState, Replay, ReplayForm,
};
pub use fields::{FieldError, FieldErrors, Link};
pub use import::{
    Import, ImportCounts, ImportId, ImportKind, ImportPage, ImportProgress, ImportRow, ImportState,
    Matching, RowState, RowsShown,
};
pub use installation::{Installation, ProviderKind, SalesforceUse, ServiceState};
pub use jump::{Jump, JumpKind};
pub use list_state::ListState;
pub use listing::{Cursor, Direction, OrganisationQuery, Page, PageSize, Sort};
pub use locale::Locale;
pub use money::{Currency, Money};
pub use offer::{Catalog, Offer, OfferContent, OfferId, OfferKind, OfferState, SalesChannel};
pub use offer_form::OfferForm;
pub use order::{Order, OrderId, OrderKind, OrderLine, OrderState, StuckOrder};
pub use organisation::{
    AccountDoubt, InvoiceOwner, LogoUrl, NewOrganisation, Organisation, OrganisationEdit,
    OrganisationForm, OrganisationId, OrganisationName, OrganisationRow, SalesforceAccountId,
    ZuoraAccountId,
};
pub use password::{PasswordPolicy, PasswordRule};
pub use self_service::{
    CustomerPage, CustomerQuery, CustomerRow, Freshness, InvoiceQuery, InvoiceRow, InvoiceStatus,
    ListPage, SubscriptionActions, SubscriptionFilter, SubscriptionPage, SubscriptionQuery,
    SubscriptionRow, SubscriptionState,
};
pub use shop::{CheckoutPage, ShopFront, ShopOffer};
pub use timestamp::Timestamp;
pub use two_step::{
    OwnTwoStep, QrCode, RecoveryCodes, SecondStep, TwoStepChange, TwoStepChanged, TwoStepPolicy,
    TwoStepSetUp,
};
pub use user::{
    CreatedUser, Email, ExpiredInvitation, INVITATION_DAYS, NewUser, PartnerUser, PartnerUserId,
    PersonName, UserEdit, UserForm, UserRole, UserStatus,
};
pub use webhook::{
    Webhook, WebhookContent, WebhookDisabled, WebhookEvent, WebhookEvents, WebhookForm, WebhookId,
    WebhookName, WebhookState, WebhookUrl, WebhookWithSecret,
};
