//! The pages that come before anybody is signed in. Their forms load a whole
//! page each: everything on it depends on who is signed in.

mod code;
mod door;
mod forgot;
mod form;
mod new_password;
mod password;
mod reset;
mod set_up;

use crate::part::page_in_part;
use code::CodePage;
use door::SignInPage;
use forgot::ForgotPasswordPage;
use new_password::NewPasswordPage;
use reset::ResetPasswordPage;
use set_up::SetUpPage;

page_in_part!(
    /// `/sign-in`
    SignInRoute, sign_in, sign_in_page, preload_sign_in, SignInPage
);
page_in_part!(
    /// `/sign-in/new-password`
    NewPasswordRoute, sign_in, new_password_page, preload_new_password, NewPasswordPage
);
page_in_part!(
    /// `/sign-in/forgot-password`
    ForgotPasswordRoute, sign_in, forgot_password_page, preload_forgot_password, ForgotPasswordPage
);
page_in_part!(
    /// `/sign-in/reset-password`
    ResetPasswordRoute, sign_in, reset_password_page, preload_reset_password, ResetPasswordPage
);
page_in_part!(
    /// `/sign-in/code`
    CodeRoute, sign_in, code_page, preload_code, CodePage
);
page_in_part!(
    /// `/sign-in/set-up`
    SetUpRoute, sign_in, set_up_page, preload_set_up, SetUpPage
);
