//! `partners org`: partner organisations from the command line.

use crate::command_line::{answer, details, proof, table, told, with_installation};
use clap::{Args, Subcommand};
use partners_app::desks::{Admin, AdminDesk};
use partners_app::domain::listing::clean_search;
use partners_app::domain::organisation::field;
use partners_app::domain::{
    InvoiceOwner, Organisation, OrganisationEdit, OrganisationForm, OrganisationId,
    OrganisationQuery, OrganisationRow, PageSize, SalesforceUse, Sort, Timestamp,
};
use partners_app::error::PublicError;
use partners_server::config::Config;
use partners_server::desks::AdminOffice;
use serde_json::{Value, json};
use uuid::Uuid;

/// The name that confirms a deletion.
const CONFIRM: &str = "confirm";

/// What can be done with partner organisations.
#[derive(Subcommand)]
pub enum OrganisationCommand {
    /// List partner organisations, in the order in which they were created
    List {
        /// Only those with this text in their names, IDs or users' email addresses
        #[arg(long, value_name = "TEXT", default_value = "")]
        search: String,
        /// Only those with this invoice owner: partner or end_customer
        #[arg(long, value_name = "OWNER")]
        invoice_owner: Option<InvoiceOwner>,
    },
    /// Show a partner organisation
    Show {
        /// Its Partner Organisation ID
        id: OrganisationId,
    },
    /// Create a partner organisation
    Create(New),
    /// Give a partner organisation another name
    Rename {
        /// Its Partner Organisation ID
        id: OrganisationId,
        /// Its new name
        name: String,
    },
    /// Suspend a partner organisation: its users are signed out and cannot sign in
    Suspend {
        /// Its Partner Organisation ID
        id: OrganisationId,
    },
    /// Let the users of a suspended partner organisation sign in again
    Reactivate {
        /// Its Partner Organisation ID
        id: OrganisationId,
    },
    /// Delete a suspended partner organisation, with its users and API clients
    Delete {
        /// Its Partner Organisation ID
        id: OrganisationId,
        /// Its name, to confirm that it is the one
        #[arg(long, value_name = "NAME")]
        confirm: String,
    },
}

/// A new partner organisation.
#[derive(Args)]
pub struct New {
    /// Its name
    name: String,
    /// Its account in Zuora: ID or account number
    #[arg(long, value_name = "ID")]
    zuora_account: String,
    /// Who receives the invoices of what it sells: partner or end_customer
    #[arg(long, value_name = "OWNER")]
    invoice_owner: String,
    /// Its account in Salesforce
    #[arg(long, value_name = "ID", default_value = "")]
    salesforce_account: String,
    /// The address of its logo, which begins with https://
    #[arg(long, value_name = "URL", default_value = "")]
    logo: String,
    /// Create it although another has the same name or Zuora account
    #[arg(long)]
    accept_duplicates: bool,
}

/// Runs a command.
///
/// # Errors
/// Where something was given wrong, or the database fails.
pub async fn run(
    config: &Config,
    command: OrganisationCommand,
    as_json: bool,
) -> anyhow::Result<()> {
    with_installation(config, async |installation| {
        let (desk, admin) = (installation.admin_desk(), proof());
        let deleted = match &command {
            OrganisationCommand::Delete { id, .. } => Some(*id),
            _ => None,
        };
        // Where no server runs, nobody else reads what Zuora has of it, nor takes
        // its users' accounts away.
        if let Some(organisation) = deleted {
            installation.projection.read_now(organisation).await?;
        }
        let done = carry_out(&desk, &admin, command, as_json).await;
        if deleted.is_some() {
            installation.reconciler.catch_up().await?;
        }
        done.map_err(|error| told(error, argument))
    })
    .await
}

async fn carry_out(
    desk: &AdminOffice,
    admin: &Admin,
    command: OrganisationCommand,
    as_json: bool,
) -> Result<(), PublicError> {
    match command {
        OrganisationCommand::List { search, invoice_owner } => {
            let query = OrganisationQuery {
                search: clean_search(&search),
                invoice_owner,
                sort: Sort::Created,
                size: PageSize::new(PageSize::MOST).unwrap_or_default(),
                ..OrganisationQuery::default()
            };
            list(&all(desk, admin, query).await?, as_json);
        }
        OrganisationCommand::Show { id } => {
            let organisation = desk.organisation(admin, id).await?;
            answer(as_json, words(&organisation), &described(&organisation));
        }
        OrganisationCommand::Create(new) => {
            let created = create(desk, admin, new).await?;
            let told = format!("{} is there.\n{}", created.name, words(&created));
            answer(as_json, told, &described(&created));
        }
        OrganisationCommand::Rename { id, name } => {
            let before = desk.organisation(admin, id).await?;
            let logo = before.logo.as_ref().map(|logo| logo.as_str()).unwrap_or_default();
            let edit = OrganisationEdit::parse(&name, logo).map_err(PublicError::Invalid)?;
            let after = desk.edit_organisation(admin, id, before.version, edit, None).await?;
            let words = format!("{} is called {} now.", before.name, after.name);
            answer(as_json, words, &described(&after));
        }
        OrganisationCommand::Suspend { id } => {
            let organisation = desk.set_organisation_suspended(admin, id, true, None).await?;
            let words = format!("{} is suspended: its users cannot sign in.", organisation.name);
            answer(as_json, words, &described(&organisation));
        }
        OrganisationCommand::Reactivate { id } => {
            let organisation = desk.set_organisation_suspended(admin, id, false, None).await?;
            let words = format!("{} is active: its users can sign in.", organisation.name);
            answer(as_json, words, &described(&organisation));
        }
        OrganisationCommand::Delete { id, confirm } => {
            let organisation = desk.organisation(admin, id).await?;
            if confirm != organisation.name.as_str() {
                let message =
                    format!("Its name is {}: enter that to delete it.", organisation.name);
                return Err(PublicError::field(CONFIRM, message));
            }
            desk.delete_organisation(admin, id, None).await?;
            let words = format!("{} is deleted.", organisation.name);
            answer(as_json, words, &described(&organisation));
        }
    }
    Ok(())
}

/// Every organisation that the query asks for, page by page.
async fn all(
    desk: &AdminOffice,
    admin: &Admin,
    mut query: OrganisationQuery,
) -> Result<Vec<OrganisationRow>, PublicError> {
    let mut rows = Vec::new();
    loop {
        let page = desk.organisations(admin, &query).await?;
        rows.extend(page.rows);
        if page.next.is_none() {
            return Ok(rows);
        }
        query.after = page.next;
    }
}

async fn create(desk: &AdminOffice, admin: &Admin, new: New) -> Result<Organisation, PublicError> {
    let form = OrganisationForm {
        name: new.name,
        logo: new.logo,
        zuora_account_id: new.zuora_account,
        salesforce_account_id: new.salesforce_account,
        invoice_owner: new.invoice_owner,
    };
    let SalesforceUse(uses_salesforce) = desk.uses_salesforce(admin).await?;
    let parsed = form.parse(uses_salesforce).map_err(PublicError::Invalid)?;
    desk.create_organisation(admin, Uuid::now_v7(), parsed, new.accept_duplicates).await
}

/// The argument that a field comes from.
fn argument(name: &str) -> String {
    match name {
        field::NAME => "NAME",
        field::LOGO => "--logo",
        field::ZUORA_ACCOUNT => "--zuora-account",
        field::SALESFORCE_ACCOUNT => "--salesforce-account",
        field::INVOICE_OWNER => "--invoice-owner",
        CONFIRM => "--confirm",
        other => other,
    }
    .to_owned()
}

fn list(rows: &[OrganisationRow], as_json: bool) {
    let described: Vec<Value> = rows
        .iter()
        .map(|row| {
            let mut organisation = described(&row.organisation);
            organisation["users"] = row.users.into();
            organisation
        })
        .collect();
    let cells: Vec<_> = rows
        .iter()
        .map(|OrganisationRow { organisation, users, .. }| {
            [
                organisation.id.to_string(),
                state(organisation).to_owned(),
                organisation.invoice_owner.label().to_owned(),
                organisation.zuora_account.to_string(),
                users.to_string(),
                organisation.name.to_string(),
            ]
        })
        .collect();
    let heads = ["ID", "STATE", "INVOICE OWNER", "ZUORA ACCOUNT", "USERS", "NAME"];
    answer(as_json, table(heads, &cells), &described.into());
}

const fn state(organisation: &Organisation) -> &'static str {
    if organisation.suspended_at.is_some() { "suspended" } else { "active" }
}

fn words(organisation: &Organisation) -> String {
    let or_none = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
    details([
        ("Partner Organisation ID", organisation.id.to_string()),
        ("Name", organisation.name.to_string()),
        ("State", state(organisation).to_owned()),
        ("Zuora account ID", organisation.zuora_account.to_string()),
        ("Invoice owner", organisation.invoice_owner.label().to_owned()),
        (
            "Salesforce account ID",
            or_none(organisation.salesforce_account.as_ref().map(ToString::to_string)),
        ),
        ("Logo", or_none(organisation.logo.as_ref().map(ToString::to_string))),
        ("Created", organisation.created_at.iso()),
        ("Last changed", organisation.updated_at.iso()),
        ("Changed by", organisation.updated_by.clone()),
    ])
}

fn described(organisation: &Organisation) -> Value {
    json!({
        "id": organisation.id,
        "name": organisation.name,
        "logo": organisation.logo,
        "zuora_account_id": organisation.zuora_account,
        "salesforce_account_id": organisation.salesforce_account,
        "invoice_owner": organisation.invoice_owner,
        "suspended": organisation.suspended_at.map(Timestamp::iso),
        "created": organisation.created_at.iso(),
        "modified": organisation.updated_at.iso(),
        "modified_by": organisation.updated_by,
    })
}
