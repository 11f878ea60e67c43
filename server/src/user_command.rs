//! `partners user`: partner users from the command line.

use crate::command_line::{answer, details, proof, table, told, with_installation};
use clap::Subcommand;
use partners_app::desks::{Admin, AdminDesk};
use partners_app::domain::user::field;
use partners_app::domain::{
    CreatedUser, Email, OrganisationId, PartnerUser, PartnerUserId, PersonName, Timestamp,
    UserEdit, UserForm, UserRole, UserStatus,
};
use partners_app::error::PublicError;
use partners_server::config::Config;
use partners_server::desks::AdminOffice;
use serde_json::{Value, json};
use std::str::FromStr;
use tokio::sync::watch;
use uuid::Uuid;

/// The field of a new name, which is given by its place.
const NEW_NAME: &str = "new_name";
/// The email address that confirms a deletion.
const CONFIRM: &str = "confirm";

/// Names a partner user.
#[derive(Clone)]
pub enum Which {
    /// By ID.
    Id(PartnerUserId),
    /// By email address.
    Email(Email),
}

impl FromStr for Which {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self::Id).or_else(|_| Email::parse(text).map(Self::Email)).map_err(|_| {
            "Enter the user’s ID, or an email address such as name@example.com.".to_owned()
        })
    }
}

/// What can be done with partner users.
#[derive(Subcommand)]
pub enum UserCommand {
    /// List the users of a partner organisation, oldest first
    List {
        /// The Partner Organisation ID
        organisation: OrganisationId,
    },
    /// Show a partner user
    Show {
        /// The user's ID or email address
        user: Which,
    },
    /// Create a partner user, who is invited by mail; where none is sent, the
    /// temporary password is shown this once
    Create {
        /// The Partner Organisation ID
        organisation: OrganisationId,
        /// The address to sign in with
        #[arg(long)]
        email: String,
        /// The person's name
        #[arg(long)]
        name: String,
        /// manager or member; where nothing is said, the first user of an
        /// organisation is a manager and the others are members
        #[arg(long, default_value = "")]
        role: String,
    },
    /// Give a partner user another name
    Rename {
        /// The user's ID or email address
        user: Which,
        /// The person's new name
        name: String,
    },
    /// Make a partner user a manager or a member
    Role {
        /// The user's ID or email address
        user: Which,
        /// manager or member
        role: UserRole,
    },
    /// Sign a partner user out, and let them sign in no more
    Disable {
        /// The user's ID or email address
        user: Which,
    },
    /// Let a disabled partner user sign in again
    Enable {
        /// The user's ID or email address
        user: Which,
    },
    /// Invite a partner user again, with a new temporary password
    Resend {
        /// The user's ID or email address
        user: Which,
    },
    /// Make a partner user's password one that nobody knows, and sign them out
    ResetPassword {
        /// The user's ID or email address
        user: Which,
    },
    /// Delete a partner user; the email address is free again
    Delete {
        /// The user's ID or email address
        user: Which,
        /// The user's email address, to confirm that it is the one
        #[arg(long, value_name = "EMAIL")]
        confirm: String,
    },
}

/// Runs a command.
///
/// # Errors
/// Where something was given wrong, or the database fails.
pub async fn run(config: &Config, command: UserCommand, as_json: bool) -> anyhow::Result<()> {
    with_installation(config, async |installation| {
        let (desk, admin) = (installation.admin_desk(), proof());
        if matches!(command, UserCommand::List { .. } | UserCommand::Show { .. }) {
            let done = carry_out(&desk, &admin, command).await;
            done.map_err(|error| told(error, argument))?.print(as_json);
            return Ok(());
        }
        let (stop, stopped) = watch::channel(false);
        // The server may not be running, or not look for a moment: this process
        // makes true at the identity provider what it writes.
        let reconciler = installation.reconciler.clone();
        let reconciler = tokio::spawn(reconciler.run_for_a_command(stopped));
        let done = carry_out(&desk, &admin, command).await;
        stop.send(true).ok();
        reconciler.await?;
        let mut done = done.map_err(|error| told(error, argument))?;
        // It may have been stopped before it saw what was written last.
        let caught_up = installation.reconciler.catch_up().await;
        let looked = done.look_again(&desk, &admin).await;
        // Whatever came after it, what was done is told: a temporary password is
        // shown this once.
        done.print(as_json);
        caught_up?;
        looked.map_err(|error| told(error, argument))
    })
    .await
}

/// What a command did.
enum Done {
    Listed(Vec<PartnerUser>),
    Shown(PartnerUser),
    Created(CreatedUser),
    Invited(CreatedUser),
    Reset(CreatedUser),
    Changed(PartnerUser),
    Disabled(PartnerUser),
    Enabled(PartnerUser),
    Deleted(PartnerUser),
}

async fn carry_out(
    desk: &AdminOffice,
    admin: &Admin,
    command: UserCommand,
) -> Result<Done, PublicError> {
    Ok(match command {
        UserCommand::List { organisation } => Done::Listed(desk.users(admin, organisation).await?),
        UserCommand::Show { user } => Done::Shown(find(desk, admin, &user).await?),
        UserCommand::Create { organisation, email, name, role } => {
            let new = UserForm { name, email, role }.parse().map_err(PublicError::Invalid)?;
            let key = Uuid::now_v7();
            Done::Created(desk.create_user(admin, key, organisation, new).await?)
        }
        UserCommand::Rename { user, name } => {
            let id = find(desk, admin, &user).await?.id;
            let name = PersonName::parse(&name)
                .map_err(|message| PublicError::field(NEW_NAME, message))?;
            let edit = UserEdit { name: Some(name), role: None };
            Done::Changed(desk.edit_user(admin, id, edit, None).await?)
        }
        UserCommand::Role { user, role } => {
            let id = find(desk, admin, &user).await?.id;
            let edit = UserEdit { name: None, role: Some(role) };
            Done::Changed(desk.edit_user(admin, id, edit, None).await?)
        }
        UserCommand::Disable { user } => {
            let id = find(desk, admin, &user).await?.id;
            Done::Disabled(desk.set_user_enabled(admin, id, false, None).await?)
        }
        UserCommand::Enable { user } => {
            let id = find(desk, admin, &user).await?.id;
            Done::Enabled(desk.set_user_enabled(admin, id, true, None).await?)
        }
        UserCommand::Resend { user } => {
            let id = find(desk, admin, &user).await?.id;
            Done::Invited(desk.resend_invitation(admin, id, None).await?)
        }
        UserCommand::ResetPassword { user } => {
            let id = find(desk, admin, &user).await?.id;
            Done::Reset(desk.reset_user_password(admin, id).await?)
        }
        UserCommand::Delete { user, confirm } => {
            let user = find(desk, admin, &user).await?;
            if !confirm.trim().eq_ignore_ascii_case(user.email.as_str()) {
                let message = "Enter the user’s email address to delete the user.";
                return Err(PublicError::field(CONFIRM, message));
            }
            desk.delete_user(admin, user.id, None).await?;
            Done::Deleted(user)
        }
    })
}

async fn find(
    desk: &AdminOffice,
    admin: &Admin,
    which: &Which,
) -> Result<PartnerUser, PublicError> {
    match which {
        Which::Id(id) => desk.user(admin, *id).await,
        Which::Email(email) => desk.user_with_email(admin, email).await,
    }
}

/// The argument that a field comes from.
fn argument(name: &str) -> String {
    match name {
        field::NAME => "--name",
        field::EMAIL => "--email",
        field::ROLE => "--role",
        NEW_NAME => "NAME",
        CONFIRM => "--confirm",
        other => other,
    }
    .to_owned()
}

impl Done {
    /// Takes the user as the reconciler has left it.
    async fn look_again(&mut self, desk: &AdminOffice, admin: &Admin) -> Result<(), PublicError> {
        match self {
            Self::Listed(_) | Self::Shown(_) | Self::Deleted(_) => {}
            Self::Created(CreatedUser { user, .. })
            | Self::Invited(CreatedUser { user, .. })
            | Self::Reset(CreatedUser { user, .. })
            | Self::Changed(user)
            | Self::Disabled(user)
            | Self::Enabled(user) => *user = desk.user(admin, user.id).await?,
        }
        Ok(())
    }

    fn print(&self, as_json: bool) {
        match self {
            Self::Listed(users) => {
                let rows: Vec<_> = users.iter().map(cells).collect();
                let words = table(["ID", "STATUS", "ROLE", "EMAIL", "NAME"], &rows);
                let users: Vec<Value> = users.iter().map(described).collect();
                answer(as_json, words, &users.into());
            }
            Self::Shown(user) | Self::Changed(user) => {
                answer(as_json, words(user), &described(user));
            }
            Self::Created(created) => {
                let told = format!("{} is there.\n{}", created.user.name, words(&created.user));
                told_once(as_json, told, created);
            }
            Self::Invited(invited) => {
                told_once(as_json, format!("{} is invited again.", invited.user.name), invited);
            }
            Self::Reset(reset) => {
                let words = format!("Nobody knows the password of {} any more.", reset.user.name);
                told_once(as_json, words, reset);
            }
            Self::Deleted(user) => {
                answer(as_json, format!("{} is deleted.", user.name), &described(user));
            }
            Self::Disabled(user) => {
                let words = format!("{} is disabled and cannot sign in.", user.name);
                answer(as_json, words, &described(user));
            }
            Self::Enabled(user) => {
                answer(as_json, format!("{} can sign in.", user.name), &described(user));
            }
        }
    }
}

/// An answer with the temporary password in it, where there is one.
fn told_once(
    as_json: bool,
    mut words: String,
    CreatedUser { user, temporary_password }: &CreatedUser,
) {
    let mut value = described(user);
    if let Some(password) = temporary_password {
        words.push_str(&format!("\n  Temporary password, shown this once  {password}"));
        value["temporary_password"] = password.as_str().into();
    }
    answer(as_json, words, &value);
}

/// Why setting up takes longer, or has failed.
fn reason(user: &PartnerUser) -> Option<&str> {
    match &user.status {
        UserStatus::SettingUp { waiting_for } => waiting_for.as_deref(),
        UserStatus::Failed { reason } => Some(reason),
        _ => None,
    }
}

fn cells(user: &PartnerUser) -> [String; 5] {
    [
        user.id.to_string(),
        user.status.label().to_owned(),
        user.role.label().to_owned(),
        user.email.to_string(),
        user.name.to_string(),
    ]
}

fn words(user: &PartnerUser) -> String {
    let status = match reason(user) {
        Some(reason) => format!("{}: {reason}", user.status.label()),
        None => user.status.label().to_owned(),
    };
    let last = user.last_sign_in_at.map_or_else(|| "never".to_owned(), Timestamp::iso);
    details([
        ("ID", user.id.to_string()),
        ("Name", user.name.to_string()),
        ("Email address", user.email.to_string()),
        ("Status", status),
        ("Role", user.role.label().to_owned()),
        ("Partner Organisation ID", user.organisation.to_string()),
        ("Created", user.created_at.iso()),
        ("Last sign-in", last),
    ])
}

fn described(user: &PartnerUser) -> Value {
    json!({
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "organisation": user.organisation,
        "role": user.role,
        "status": user.status.as_str(),
        "reason": reason(user),
        "created": user.created_at.iso(),
        "last_sign_in": user.last_sign_in_at.map(Timestamp::iso),
    })
}
