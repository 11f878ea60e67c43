//! Where accounts live and passwords are checked: the `Identity` port, and the
//! providers behind it.

mod port;

pub use port::{
    Account, Challenge, Identity, IdentityError, InvitationDelivery, NewAccount, Principal,
    ProvisionedAccount, Role, SignIn, SignInRefusal, Subject, TemporaryPassword,
};
