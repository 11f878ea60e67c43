//! What admins do with partner organisations and the installation.

use super::api_clients::revoked;
use super::people::deleted;
use super::{OrPublic, People, Stopped};
use crate::accounts::Accounts;
use crate::clock::Clock;
use crate::creating;
use crate::identity::Identity;
use crate::reconcile::Reconciler;
use crate::store::audit::{self, Actor, Event};
use crate::store::{
    Store, StoreError, Writer, account_checks, api_clients, drafts, former_users, orders,
    organisations, readings, sessions, settings, subscriptions, twice_if_taken, two_step, users,
};
use async_trait::async_trait;
use partners_app::desks::{Admin, AdminDesk, BULK_LIMIT, CreationKey};
use partners_app::domain::listing::clean_search;
use partners_app::domain::organisation::field;
use partners_app::domain::{
    AccountCheck, AccountLookup, AccountSummary, BulkResult, ConflictingEdit, CreatedUser, Email,
    ExpiredInvitation, Installation, Jump, JumpKind, NewOrganisation, NewUser, Organisation,
    OrganisationEdit, OrganisationId, OrganisationQuery, OrganisationRow, Page, PartnerUser,
    PartnerUserId, SalesforceUse, UserEdit, ZuoraAccountId,
};
use partners_app::error::PublicError;
use partners_app::paths;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// The admins' desk.
#[derive(Clone)]
pub struct AdminOffice {
    pub(super) store: Store,
    pub(super) clock: Clock,
    identity: Arc<dyn Identity>,
    people: People,
    reconciler: Reconciler,
    accounts: Accounts,
}

impl AdminOffice {
    /// A desk over these.
    #[must_use]
    pub const fn new(
        store: Store,
        clock: Clock,
        identity: Arc<dyn Identity>,
        people: People,
        reconciler: Reconciler,
        accounts: Accounts,
    ) -> Self {
        Self { store, clock, identity, people, reconciler, accounts }
    }

    /// The user who signs in with this email.
    ///
    /// # Errors
    /// [`PublicError::NotFound`] where there is none.
    pub async fn user_with_email(
        &self,
        admin: &Admin,
        email: &Email,
    ) -> Result<PartnerUser, PublicError> {
        let now = self.clock.now();
        let read =
            async { users::by_email(self.store.read().await?.connection(), email, now).await };
        read.await.or_public(admin.origin())?.ok_or(PublicError::NotFound)
    }

    async fn create(
        &self,
        admin: &Admin,
        key: CreationKey,
        new: &NewOrganisation,
        account: &AccountCheck,
        accept_duplicates: bool,
    ) -> Result<Creation, StoreError> {
        let now = self.clock.now();
        let mut writer = self.store.write().await?;
        if let Some(existing) = organisations::by_creation_key(writer.connection(), key).await? {
            return Ok(Creation::Before(existing));
        }
        if !accept_duplicates {
            let others = organisations::lookalikes(writer.connection(), new).await?;
            if !others.is_empty() {
                // What looks the same may be what this form has just created.
                let existing = organisations::by_creation_key(writer.connection(), key).await?;
                return Ok(existing.map_or_else(
                    || Creation::LooksLike(PublicError::Duplicates(others)),
                    Creation::Before,
                ));
            }
        }
        let by = admin.name();
        let (id, event) =
            creating::organisation(writer.connection(), key, new, account, by, now).await?;
        audit::record(writer.connection(), now, &Actor::from(admin), &event).await?;
        let created = organisations::by_id(writer.connection(), id).await?;
        writer.commit().await?;
        created
            .map(Creation::Now)
            .ok_or_else(|| StoreError::Unreadable(format!("organisation {id} is gone")))
    }
}

impl AdminOffice {
    /// What is known of a new organisation's account.
    ///
    /// # Errors
    /// [`PublicError::Invalid`] where it is none to do business with.
    async fn check_of(&self, account: &ZuoraAccountId) -> Result<AccountCheck, PublicError> {
        let found = self.accounts.find(account).await;
        if let Some(message) = found.refusal() {
            return Err(PublicError::field(field::ZUORA_ACCOUNT, message));
        }
        Ok(match found {
            AccountLookup::Found(account) => AccountCheck::Verified(account),
            _ => AccountCheck::Unverified,
        })
    }

    /// What the database says of an organisation's account.
    async fn known_account(
        &self,
        admin: &Admin,
        organisation: OrganisationId,
    ) -> Result<Option<AccountCheck>, PublicError> {
        if self.accounts.billing().is_none() {
            return Ok(None);
        }
        let read =
            async { account_checks::of(self.store.read().await?.connection(), organisation).await };
        read.await.or_public(admin.origin())
    }
}

/// What was read of the billing system longer ago says nothing about today.
const RECENT: Duration = Duration::from_secs(15 * 60);

impl AdminOffice {
    /// The organisation that nobody else changes until `writer` is done, as it
    /// was `expected`.
    async fn held(
        writer: &mut Writer,
        id: OrganisationId,
        expected: Option<&Organisation>,
    ) -> Result<Organisation, Stopped> {
        drafts::take_turn(writer.connection(), id).await?;
        let current = organisations::by_id(writer.connection(), id).await?;
        let current = current.ok_or(PublicError::NotFound)?;
        if expected.is_some_and(|expected| *expected != current) {
            return Err(PublicError::ChangedSince.into());
        }
        Ok(current)
    }

    /// Why an organisation cannot be deleted, if it cannot; to be asked while
    /// its row is held.
    async fn what_keeps(
        &self,
        writer: &mut Writer,
        organisation: &Organisation,
    ) -> Result<Option<String>, StoreError> {
        let (id, name) = (organisation.id, &organisation.name);
        if organisation.suspended_at.is_none() {
            return Ok(Some(format!("{name} is active. Suspend it first.")));
        }
        let under_way = orders::count_unsettled(writer.connection(), id).await?;
        if under_way > 0 {
            return Ok(Some(format!(
                "{name} has orders that are not settled yet ({under_way}). Wait for them; those that need attention are under Settings › Orders."
            )));
        }
        let today = self.clock.today();
        let running = subscriptions::count_not_ended(writer.connection(), id, today).await?;
        if running > 0 {
            return Ok(Some(format!(
                "{name} has subscriptions that have not ended ({running}). Cancel them first, or move them to another owner in Zuora."
            )));
        }
        if self.accounts.billing().is_none() {
            return Ok(None);
        }
        let reading = readings::of(writer.connection(), id).await?;
        let known_since = self.clock.now().minus(RECENT);
        let is_known = reading.is_some_and(|reading| {
            !reading.is_away && reading.read_at.is_some_and(|at| at >= known_since)
        });
        Ok((!is_known).then(|| {
            format!(
                "Zuora has not answered for a while, so we do not know whether {name} has active subscriptions. Try again once it does."
            )
        }))
    }
}

enum Creation {
    Now(Organisation),
    Before(Organisation),
    LooksLike(PublicError),
}

/// Whether `organisation` is what a form with the fields of `new` creates.
fn is_the_same(organisation: &Organisation, new: &NewOrganisation) -> bool {
    organisation.zuora_account == new.zuora_account
        && organisation.salesforce_account == new.salesforce_account
        && organisation.invoice_owner == new.invoice_owner
        && (organisation.version > 1
            || organisation.name == new.name && organisation.logo == new.logo)
}

#[async_trait]
impl AdminDesk for AdminOffice {
    async fn installation(&self, admin: &Admin) -> Result<Installation, PublicError> {
        let billing = async {
            match self.accounts.billing() {
                Some(billing) => Some(billing.state().await),
                None => None,
            }
        };
        let (database, identity, billing) =
            tokio::join!(self.store.state(), self.identity.state(), billing);
        Ok(Installation {
            database,
            identity,
            billing,
            uses_salesforce: self.uses_salesforce(admin).await?,
        })
    }

    async fn uses_salesforce(&self, admin: &Admin) -> Result<SalesforceUse, PublicError> {
        let read = async { settings::uses_salesforce(self.store.read().await?.connection()).await };
        read.await.or_public(admin.origin())
    }

    async fn set_uses_salesforce(
        &self,
        admin: &Admin,
        on: SalesforceUse,
    ) -> Result<(), PublicError> {
        let write = async {
            let mut writer = self.store.write().await?;
            let before = settings::uses_salesforce(writer.connection()).await?;
            if before == on {
                return Ok(());
            }
            settings::set_uses_salesforce(writer.connection(), on).await?;
            let event = Event {
                action: "installation.changed",
                organisation: None,
                subject: None,
                changes: json!({ "uses_salesforce": [before, on] }),
            };
            audit::record(writer.connection(), self.clock.now(), &Actor::from(admin), &event)
                .await?;
            writer.commit().await
        };
        write.await.or_public(admin.origin())
    }

    async fn organisations(
        &self,
        admin: &Admin,
        query: &OrganisationQuery,
    ) -> Result<Page<OrganisationRow>, PublicError> {
        let read =
            async { organisations::page(self.store.read().await?.connection(), query).await };
        let mut page = read.await.or_public(admin.origin())?;
        if self.accounts.billing().is_none() {
            for row in &mut page.rows {
                row.account_doubt = None;
            }
        }
        Ok(page)
    }

    async fn jumps(&self, admin: &Admin, text: &str) -> Result<Vec<Jump>, PublicError> {
        const FEW: usize = 8;
        let query =
            OrganisationQuery { search: clean_search(text), ..OrganisationQuery::default() };
        if query.search.is_empty() {
            return Ok(Vec::new());
        }
        let read = async {
            let mut reader = self.store.read().await?;
            let organisations = organisations::rows(reader.connection(), &query, FEW).await?;
            let users = users::search(reader.connection(), &query.search_key(), FEW).await?;
            Ok::<_, StoreError>((organisations, users))
        };
        let (organisations, users) = read.await.or_public(admin.origin())?;
        let organisations = organisations.into_iter().map(|row| Jump {
            kind: JumpKind::Organisation,
            name: row.organisation.name.to_string(),
            detail: row.organisation.zuora_account.to_string(),
            href: paths::organisation(row.organisation.id),
        });
        let users = users.into_iter().map(|found| Jump {
            kind: JumpKind::User,
            name: found.name.to_string(),
            detail: found.email.to_string(),
            href: paths::partner_user(found.organisation, found.id),
        });
        Ok(organisations.chain(users).collect())
    }

    async fn organisation(
        &self,
        admin: &Admin,
        id: OrganisationId,
    ) -> Result<Organisation, PublicError> {
        let read = async { organisations::by_id(self.store.read().await?.connection(), id).await };
        read.await.or_public(admin.origin())?.ok_or(PublicError::NotFound)
    }

    async fn create_organisation(
        &self,
        admin: &Admin,
        key: CreationKey,
        new: NewOrganisation,
        accept_duplicates: bool,
    ) -> Result<Organisation, PublicError> {
        let account = self.check_of(&new.zuora_account).await?;
        let create = || self.create(admin, key, &new, &account, accept_duplicates);
        match twice_if_taken(create).await {
            Ok(Creation::Now(organisation)) => {
                tracing::info!(organisation.id = %organisation.id, "a partner organisation was created");
                if account == AccountCheck::Unverified {
                    self.reconciler.wake();
                }
                Ok(organisation)
            }
            Ok(Creation::Before(organisation)) if is_the_same(&organisation, &new) => {
                Ok(organisation)
            }
            Ok(Creation::Before(organisation)) => Err(PublicError::Refused(format!(
                "This form has already created {}. Open Create Partner again to create another partner organisation.",
                organisation.name
            ))),
            Ok(Creation::LooksLike(error)) => Err(error),
            Err(error) => Err(error).or_public(admin.origin()),
        }
    }

    async fn set_organisation_suspended(
        &self,
        admin: &Admin,
        id: OrganisationId,
        suspended: bool,
        expected: Option<&Organisation>,
    ) -> Result<Organisation, PublicError> {
        let now = self.clock.now();
        let write = async {
            let mut writer = self.store.write().await?;
            let before = Self::held(&mut writer, id, expected).await?;
            let since = suspended.then_some(now);
            if !organisations::set_suspended(writer.connection(), id, since).await? {
                return Ok(before);
            }
            if suspended {
                sessions::delete_of_organisation(writer.connection(), id).await?;
            }
            let after = organisations::by_id(writer.connection(), id).await?;
            let after = after.ok_or(PublicError::NotFound)?;
            let event = Event {
                action: if suspended {
                    "organisation.suspended"
                } else {
                    "organisation.reactivated"
                },
                organisation: Some(id),
                subject: Some(id.0),
                changes: json!({ "suspended": [!suspended, suspended] }),
            };
            audit::record(writer.connection(), now, &Actor::from(admin), &event).await?;
            writer.commit().await?;
            Ok::<_, Stopped>(after)
        };
        write.await.or_public(admin.origin())
    }

    async fn delete_organisation(
        &self,
        admin: &Admin,
        id: OrganisationId,
        expected: Option<&Organisation>,
    ) -> Result<(), PublicError> {
        let write = async {
            let mut writer = self.store.write().await?;
            let organisation = Self::held(&mut writer, id, expected).await?;
            if let Some(reason) = self.what_keeps(&mut writer, &organisation).await? {
                return Err(PublicError::Refused(reason).into());
            }
            let now = self.clock.now();
            let mut events = Vec::new();
            for user in users::of_organisation(writer.connection(), id, now).await? {
                if former_users::part_with(writer.connection(), user.id, now).await? {
                    events.push(deleted(&user));
                }
            }
            for (client, name) in api_clients::revoke_all(writer.connection(), id, now).await? {
                events.push(revoked(client, Some(id), &name));
            }
            let two_step = two_step::is_required(writer.connection(), id).await?;
            let left = organisations::delete(writer.connection(), id, now).await?;
            let mut changes = json!({
                "name": [organisation.name, null],
                "logo": [organisation.logo, null],
                "zuora_account_id": [organisation.zuora_account, null],
                "salesforce_account_id": [organisation.salesforce_account, null],
                "invoice_owner": [organisation.invoice_owner, null],
                "two_step_required": [two_step, null],
            });
            // Where it was chosen by itself.
            for (what, times) in [("offers", left.offers), ("partner_pages", left.partner_pages)] {
                if times > 0 {
                    changes[what] = json!([times, 0]);
                }
            }
            events.push(Event {
                action: "organisation.deleted",
                organisation: Some(id),
                subject: Some(id.0),
                changes,
            });
            for event in &events {
                audit::record(writer.connection(), now, &Actor::from(admin), event).await?;
            }
            writer.commit().await?;
            Ok::<_, Stopped>(())
        };
        write.await.or_public(admin.origin())?;
        tracing::info!(organisation.id = %id, "a partner organisation was deleted");
        self.reconciler.wake();
        Ok(())
    }

    async fn set_organisations_suspended(
        &self,
        admin: &Admin,
        ids: &[OrganisationId],
        suspended: bool,
    ) -> Result<Vec<BulkResult>, PublicError> {
        self.switch_several(admin, ids, suspended).await
    }

    async fn chosen_organisations(
        &self,
        admin: &Admin,
        ids: &[OrganisationId],
    ) -> Result<Vec<Organisation>, PublicError> {
        self.several(admin, ids).await
    }

    async fn edit_organisation(
        &self,
        admin: &Admin,
        id: OrganisationId,
        version: i64,
        edit: OrganisationEdit,
        expected: Option<&Organisation>,
    ) -> Result<Organisation, PublicError> {
        let now = self.clock.now();
        let write = async {
            let mut writer = self.store.write().await?;
            let before = Self::held(&mut writer, id, expected).await?;
            let unchanged = before.name == edit.name && before.logo == edit.logo;
            if unchanged {
                return Ok(before);
            }
            if before.version != version
                || !organisations::update(writer.connection(), &before, &edit, admin.name(), now)
                    .await?
            {
                let conflict = Box::new(ConflictingEdit { current: before });
                return Err(PublicError::Conflict(conflict).into());
            }
            let mut changes = serde_json::Map::new();
            if before.name != edit.name {
                changes.insert("name".to_owned(), json!([before.name, edit.name]));
            }
            if before.logo != edit.logo {
                changes.insert("logo".to_owned(), json!([before.logo, edit.logo]));
            }
            let event = Event {
                action: "organisation.changed",
                organisation: Some(id),
                subject: Some(id.0),
                changes: changes.into(),
            };
            let after = organisations::by_id(writer.connection(), id).await?;
            let after = after.ok_or(PublicError::NotFound)?;
            audit::record(writer.connection(), now, &Actor::from(admin), &event).await?;
            writer.commit().await?;
            Ok::<_, Stopped>(after)
        };
        write.await.or_public(admin.origin())
    }

    async fn users(
        &self,
        admin: &Admin,
        organisation: OrganisationId,
    ) -> Result<Vec<PartnerUser>, PublicError> {
        self.people.list(admin.origin(), organisation).await
    }

    async fn user(&self, admin: &Admin, id: PartnerUserId) -> Result<PartnerUser, PublicError> {
        self.people.one(&admin.into(), id).await
    }

    async fn expired_invitations(
        &self,
        admin: &Admin,
    ) -> Result<Vec<ExpiredInvitation>, PublicError> {
        let now = self.clock.now();
        let read = async {
            let mut reader = self.store.read().await?;
            users::expired_invitations(reader.connection(), now, i64::from(BULK_LIMIT)).await
        };
        read.await.or_public(admin.origin())
    }

    async fn reset_user_password(
        &self,
        admin: &Admin,
        user: PartnerUserId,
    ) -> Result<CreatedUser, PublicError> {
        self.people.reset_password(&admin.into(), user).await
    }

    async fn edit_user(
        &self,
        admin: &Admin,
        user: PartnerUserId,
        edit: UserEdit,
        expected: Option<&PartnerUser>,
    ) -> Result<PartnerUser, PublicError> {
        self.people.edit(&admin.into(), user, &edit, expected).await
    }

    async fn delete_user(
        &self,
        admin: &Admin,
        user: PartnerUserId,
        expected: Option<&PartnerUser>,
    ) -> Result<(), PublicError> {
        self.people.delete(&admin.into(), user, expected).await
    }

    async fn create_user(
        &self,
        admin: &Admin,
        key: CreationKey,
        organisation: OrganisationId,
        new: NewUser,
    ) -> Result<CreatedUser, PublicError> {
        self.people.add(&admin.into(), key, organisation, new).await
    }

    async fn resend_invitation(
        &self,
        admin: &Admin,
        user: PartnerUserId,
        expected: Option<&PartnerUser>,
    ) -> Result<CreatedUser, PublicError> {
        self.people.invite_again(&admin.into(), user, expected).await
    }

    async fn set_user_enabled(
        &self,
        admin: &Admin,
        user: PartnerUserId,
        enabled: bool,
        expected: Option<&PartnerUser>,
    ) -> Result<PartnerUser, PublicError> {
        self.people.set_enabled(&admin.into(), user, enabled, expected).await
    }

    async fn retry_user(
        &self,
        admin: &Admin,
        user: PartnerUserId,
    ) -> Result<PartnerUser, PublicError> {
        self.people.retry(&admin.into(), user).await
    }

    async fn find_account(
        &self,
        _admin: &Admin,
        account: &ZuoraAccountId,
    ) -> Result<AccountLookup, PublicError> {
        Ok(self.accounts.find(account).await)
    }

    async fn search_accounts(
        &self,
        _admin: &Admin,
        text: &str,
    ) -> Result<Vec<AccountSummary>, PublicError> {
        Ok(self.accounts.search(text).await)
    }

    async fn checked_account(
        &self,
        admin: &Admin,
        organisation: OrganisationId,
    ) -> Result<Option<AccountCheck>, PublicError> {
        self.known_account(admin, organisation).await
    }

    async fn check_account(
        &self,
        admin: &Admin,
        organisation: OrganisationId,
    ) -> Result<Option<AccountCheck>, PublicError> {
        let asked = self.organisation(admin, organisation).await?;
        let check = match self.accounts.find(&asked.zuora_account).await {
            AccountLookup::Found(account) => AccountCheck::Verified(account),
            AccountLookup::Unknown => AccountCheck::Unknown,
            // What was known before still holds.
            AccountLookup::Unreachable | AccountLookup::NotConnected => {
                return self.known_account(admin, organisation).await;
            }
        };
        let write = async {
            let mut writer = self.store.write().await?;
            let now = self.clock.now();
            account_checks::found(writer.connection(), organisation, &check, now).await?;
            writer.commit().await
        };
        write.await.or_public(admin.origin())?;
        Ok(Some(check))
    }
}
