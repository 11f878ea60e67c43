//! Where accounts live and passwords are checked: the `Identity` port, and the
//! providers behind it.

mod authenticator;
mod change;
mod cognito;
mod embedded;
mod passwords;
mod port;

pub use change::{AccountChange, AccountChanges, Deed, ProviderFailure};
pub use cognito::{
    Cognito, CognitoSettings, Finding, Initialised, PoolRequest, aws_from_environment, init_pool,
};
pub use embedded::Embedded;
pub use passwords::{HashingFailed, Passwords};
pub use port::{
    Account, Challenge, ExistingAdmin, FormerAccount, HostedSignIn, Identity, IdentityError,
    InvitationDelivery, NewAccount, NewAuthenticator, Principal, ProvisionedAccount, Recovered,
    Role, SignIn, SignInRefusal, Subject, TemporaryPassword,
};
