//! The pages that come before anybody is signed in. Their forms load a whole
//! page each: everything on it depends on who is signed in.

mod door;
mod forgot;
mod new_password;
mod password;
mod reset;

pub use door::SignInPage;
pub use forgot::ForgotPasswordPage;
pub use new_password::NewPasswordPage;
pub use reset::ResetPasswordPage;
