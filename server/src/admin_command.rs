//! `partners admin`: admins from the command line.

use crate::command_line::{WrongInput, answer, with_installation};
use anyhow::Context;
use clap::{Args, Subcommand};
use partners_app::domain::{Email, FieldErrors, PersonName};
use partners_server::config::Config;
use partners_server::desks::NextSignIn;
use partners_server::identity::{ExistingAdmin, IdentityError};
use partners_server::random;
use partners_server::store::audit::Actor;
use secrecy::SecretString;
use serde_json::json;
use std::io::Read;

/// What can be done with admins.
#[derive(Subcommand)]
pub enum AdminCommand {
    /// Make an admin; one who exists gets a new password
    Create(NewAdmin),
    /// Take the authenticator app and the recovery codes off an account, for
    /// somebody who has lost both
    RemoveTwoStep {
        /// The email address they sign in with
        #[arg(long)]
        email: String,
    },
}

/// A new admin.
#[derive(Args)]
pub struct NewAdmin {
    /// The email address to sign in with
    #[arg(long)]
    email: String,
    /// The person's name
    #[arg(long, default_value = "Administrator")]
    name: String,
    /// Read the password from standard input instead of making one
    #[arg(long)]
    password_stdin: bool,
}

/// Runs a command.
///
/// # Errors
/// Where something was given wrong, or the identity provider refuses.
pub async fn run(config: &Config, command: AdminCommand, as_json: bool) -> anyhow::Result<()> {
    match command {
        AdminCommand::Create(new) => create(config, new, as_json).await,
        AdminCommand::RemoveTwoStep { email } => remove_two_step(config, &email, as_json).await,
    }
}

async fn remove_two_step(config: &Config, email: &str, as_json: bool) -> anyhow::Result<()> {
    let wrong = |message: String| WrongInput::argument("email", "--email", message);
    let email = Email::parse(email).map_err(wrong)?;
    let removed = with_installation(config, async |installation| {
        installation.sign_in_desk().remove_two_step_at_the_command_line(&email).await
    });
    let words = match removed.await? {
        None => return Err(wrong(format!("{email} has no account.")).into()),
        Some(NextSignIn::ByPassword) => {
            "signs in with the password alone, until two-step sign-in is set up again."
        }
        Some(NextSignIn::SetsUpAnew) => {
            "signs in with the password, and then has to set two-step sign-in up again."
        }
    };
    answer(as_json, format!("{email} {words}"), &json!({ "email": email }));
    Ok(())
}

async fn create(config: &Config, new: NewAdmin, as_json: bool) -> anyhow::Result<()> {
    let mut errors = FieldErrors::new();
    let email = errors.take("email", Email::parse(&new.email));
    let name = errors.take("name", PersonName::parse(&new.name));
    let (Some(email), Some(name)) = (email, name) else {
        return Err(WrongInput::of(&errors, |field| format!("--{field}")).into());
    };
    let (password, is_ours) = if new.password_stdin {
        let mut typed = String::new();
        std::io::stdin().read_to_string(&mut typed).context("the password cannot be read")?;
        (typed.trim_end_matches(['\r', '\n']).to_owned(), false)
    } else {
        (format!("{}-A", random::temporary_password()), true)
    };
    let secret = SecretString::from(password.clone());
    let made = with_installation(config, async |installation| {
        let (by, existing) = (Actor::command_line(), ExistingAdmin::GetsPassword);
        installation.admins().make(&by, &email, &name, &secret, existing).await
    });
    made.await.map_err(|error| match error.downcast_ref() {
        Some(IdentityError::EmailTaken) => {
            let message = format!("{email} belongs to somebody who is no admin.");
            WrongInput::argument("email", "--email", message).into()
        }
        Some(IdentityError::Refused(why)) if !is_ours => {
            WrongInput::argument("password", "--password-stdin", why).into()
        }
        _ => error,
    })?;
    let mut words = format!("{email} can sign in as an admin.");
    let mut value = json!({ "email": email, "name": name });
    if is_ours {
        words.push_str(&format!("\nPassword, shown this once: {password}"));
        value["password"] = password.into();
    }
    answer(as_json, words, &value);
    Ok(())
}
