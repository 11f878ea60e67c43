//! One contract for every identity provider: the same cases run on each.
//!
//! Cognito is emulated by moto. Where moto departs from AWS, AWS's documented
//! behaviour is covered by `cognito_adapter`.

#![allow(clippy::expect_used, reason = "a test that cannot go on has failed")]

#[path = "../support/app.rs"]
mod app;
mod cases;
#[path = "../support/change.rs"]
mod change;
mod cognito;
mod embedded;
mod handed_over;
mod harness;
mod mail;
mod moto;
#[path = "../support/mod.rs"]
mod support;

/// Runs every case against the provider that `$start` makes anew for each.
macro_rules! contract {
    ($provider:ident, $start:path) => {
        contract!(
            $provider, $start:
            it_answers_and_says_what_it_is,
            provisioning_twice_makes_one_account,
            provisioning_makes_a_disabled_account_usable,
            an_address_is_never_taken_over,
            nobody_is_found_where_nobody_is,
            the_first_sign_in_sets_a_password,
            a_challenge_works_once,
            an_invented_challenge_is_refused,
            a_wrong_password_and_an_unknown_person_look_the_same,
            absurd_passwords_are_wrong_passwords,
            a_disabled_account_is_refused_until_enabled,
            accounts_that_do_not_exist_are_named_so,
            a_code_resets_the_password_once,
            a_reset_says_nothing_about_who_exists,
            a_code_for_nobody_is_a_wrong_code,
            an_admin_is_made_and_made_again,
            an_admin_is_not_made_of_a_partner,
            an_admin_with_a_weak_password_is_not_made,
            another_invitation_replaces_the_first,
            who_has_a_password_is_not_mailed_another,
            a_removed_account_is_gone,
            an_account_that_was_never_noted_is_found_by_its_address,
            a_name_changes,
            a_reset_ends_the_password,
            a_reset_ends_a_set_up_that_waits,
            an_app_is_set_up_with_its_first_code,
            a_sign_in_needs_a_code_of_the_app,
            a_code_counts_once,
            an_invented_second_step_is_refused,
            an_app_that_is_removed_is_asked_for_no_more,
            somebody_with_a_recovery_code_gets_in,
            who_sets_a_new_password_still_needs_a_code,
        );
    };
    ($provider:ident, $start:path: $($case:ident,)*) => {
        mod $provider {
            $(
                #[tokio::test]
                async fn $case() {
                    let harness = $start().await;
                    crate::cases::$case(&harness).await;
                }
            )*
        }
    };
}

contract!(cognito_on_moto, crate::cognito::start);
contract!(embedded_on_sqlite, crate::embedded::on_sqlite);
contract!(embedded_on_postgres, crate::embedded::on_postgres);
contract!(embedded_handed_over, crate::handed_over::start);
