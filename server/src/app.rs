//! Putting the pieces together: from a configuration to a running server.

use crate::accounts::Accounts;
use crate::admins::Admins;
use crate::billing::{Billing, Zuora};
use crate::catalog::Catalog;
use crate::clock::Clock;
use crate::config::Config;
use crate::desks::{
    ActivityOffice, AdminOffice, ApiClientsOffice, ImportsOffice, OffersOffice, PartnerOffice,
    People, SelfServiceOffice, ShopOffice, SignInOffice, WebhooksOffice,
};
use crate::identity::{Cognito, CognitoSettings, Embedded, Identity, Passwords};
use crate::imports::Imports;
use crate::mail::Mailer;
use crate::observe::{ObservedBilling, ObservedIdentity};
use crate::orders::Orders;
use crate::projection::Projection;
use crate::reconcile::Reconciler;
use crate::rest::Rest;
use crate::store::Store;
use crate::vault::Vault;
use crate::web::cookies::Cookies;
use crate::web::{self, Web};
use crate::webhooks::{Guard, Webhooks};
use anyhow::Context;
use axum::Router;
use partners_app::api::Desks;
use partners_app::desks::AdminDesk;
use partners_app::domain::ProviderKind;
use secrecy::ExposeSecret;
use std::sync::Arc;
use tokio::sync::watch;

/// An installation, ready to serve.
#[derive(Clone)]
pub struct Installation {
    /// The database.
    pub store: Store,
    /// The identity provider.
    pub identity: Arc<dyn Identity>,
    /// The accounts of the billing system, where one is connected.
    pub accounts: Accounts,
    /// The time.
    pub clock: Clock,
    /// Makes the identity provider match the database.
    pub reconciler: Reconciler,
    /// Sends orders on their way.
    pub orders: Orders,
    /// Keeps what is known of the billing system fresh.
    pub projection: Projection,
    /// Seals what the database keeps of secrets.
    pub vault: Vault,
    /// Imports files.
    pub imports: Imports,
    /// Tells programs elsewhere what happens here.
    pub webhooks: Webhooks,
    passwords: Passwords,
    cookies: Cookies,
    trusted_proxy_hops: usize,
}

/// Those who work for the accounts of one billing system, or of none.
struct Workers {
    reconciler: Reconciler,
    orders: Orders,
    projection: Projection,
    imports: Imports,
}

impl Workers {
    fn new(
        store: &Store,
        clock: &Clock,
        identity: &Arc<dyn Identity>,
        passwords: &Passwords,
        accounts: &Accounts,
    ) -> Self {
        let (store, clock, accounts) = (store.clone(), clock.clone(), accounts.clone());
        let identity = Arc::clone(identity);
        let reconciler =
            Reconciler::new(store.clone(), Arc::clone(&identity), accounts.clone(), clock.clone());
        let projection = Projection::new(store.clone(), clock.clone(), accounts.clone());
        let orders =
            Orders::new(store.clone(), clock.clone(), accounts.clone(), projection.clone());
        let passwords = passwords.clone();
        let imports = Imports::new(store, clock, identity, passwords, reconciler.clone(), accounts);
        Self { reconciler, orders, projection, imports }
    }
}

impl Installation {
    /// Opens the database and connects the identity provider and the billing
    /// system.
    ///
    /// # Errors
    /// Where one of them cannot be had; the message says which and why.
    pub async fn open(config: &Config, clock: Clock) -> anyhow::Result<Self> {
        let store = Store::open(config.database_url.expose_secret())
            .await
            .context("the database cannot be opened; check DATABASE_URL or DATA_DIR")?;
        let vault = Vault::of_installation(config.secret_key.as_ref(), &config.data_dir)?;
        vault.check(&store).await?;
        let passwords = Passwords::new()?;
        let identity: Arc<dyn Identity> = match config.identity {
            ProviderKind::Embedded => {
                let mailer = config
                    .smtp
                    .as_ref()
                    .map(|smtp| {
                        Mailer::new(smtp.url.expose_secret(), &smtp.from, &config.public_url)
                    })
                    .transpose()
                    .context("SMTP_URL or SMTP_FROM cannot be understood")?;
                Arc::new(Embedded::new(
                    store.clone(),
                    clock.clone(),
                    passwords.clone(),
                    mailer,
                    vault.clone(),
                ))
            }
            ProviderKind::Cognito => {
                let cognito = Cognito::connect(cognito_settings(config)?).await?;
                let cognito = match &config.cognito.hosted_url {
                    Some(address) => cognito.with_hosted_page(
                        address,
                        &format!("{}/sign-in/hosted/callback", config.public_url),
                    )?,
                    None => cognito,
                };
                Arc::new(ObservedIdentity::new(Arc::new(cognito)))
            }
        };
        let cookies = Cookies::new(config.is_https);
        let installation =
            Self::of(store, identity, clock, vault, passwords, cookies, config.trusted_proxy_hops)
                .with_webhooks_to(Guard::new(config.webhook_allowed_networks.clone()));
        Ok(match &config.zuora {
            Some(settings) => installation.with_billing(Arc::new(Zuora::new(settings.clone())?)),
            None => installation,
        })
    }

    /// The same with a billing system.
    #[must_use]
    pub fn with_billing(self, billing: Arc<dyn Billing>) -> Self {
        let billing: Arc<dyn Billing> = Arc::new(ObservedBilling::new(billing));
        let accounts = Accounts::new(self.store.clone(), self.clock.clone(), Some(billing));
        let workers =
            Workers::new(&self.store, &self.clock, &self.identity, &self.passwords, &accounts);
        let Workers { reconciler, orders, projection, imports } = workers;
        Self { accounts, reconciler, orders, projection, imports, ..self }
    }

    /// The same with webhooks to what `guard` lets through.
    #[must_use]
    pub fn with_webhooks_to(self, guard: Guard) -> Self {
        let (store, clock, vault) = (self.store.clone(), self.clock.clone(), self.vault.clone());
        Self { webhooks: Webhooks::new(store, clock, vault, guard), ..self }
    }

    /// An installation of these parts.
    #[must_use]
    pub fn of(
        store: Store,
        identity: Arc<dyn Identity>,
        clock: Clock,
        vault: Vault,
        passwords: Passwords,
        cookies: Cookies,
        trusted_proxy_hops: usize,
    ) -> Self {
        let accounts = Accounts::new(store.clone(), clock.clone(), None);
        let workers = Workers::new(&store, &clock, &identity, &passwords, &accounts);
        let Workers { reconciler, orders, projection, imports } = workers;
        let webhooks = Webhooks::new(store.clone(), clock.clone(), vault.clone(), Guard::default());
        Self {
            store,
            identity,
            accounts,
            clock,
            reconciler,
            orders,
            projection,
            vault,
            imports,
            webhooks,
            passwords,
            cookies,
            trusted_proxy_hops,
        }
    }

    fn people(&self) -> People {
        People::new(
            self.store.clone(),
            self.clock.clone(),
            Arc::clone(&self.identity),
            self.passwords.clone(),
            self.reconciler.clone(),
        )
    }

    /// The admins' desk.
    #[must_use]
    pub fn admin_desk(&self) -> AdminOffice {
        AdminOffice::new(
            self.store.clone(),
            self.clock.clone(),
            Arc::clone(&self.identity),
            self.people(),
            self.reconciler.clone(),
            self.accounts.clone(),
        )
    }

    /// The desk for signing in.
    #[must_use]
    pub fn sign_in_desk(&self) -> SignInOffice {
        SignInOffice::new(
            self.store.clone(),
            self.clock.clone(),
            Arc::clone(&self.identity),
            self.cookies,
        )
    }

    /// The admins' own accounts.
    #[must_use]
    pub fn admins(&self) -> Admins {
        Admins::new(self.store.clone(), self.clock.clone(), Arc::clone(&self.identity))
    }

    /// The desk for API clients.
    #[must_use]
    pub fn api_clients_desk(&self) -> ApiClientsOffice {
        ApiClientsOffice::new(self.store.clone(), self.clock.clone())
    }

    /// Does the work in the background until `stop` turns true.
    pub async fn work(self, stop: watch::Receiver<bool>) {
        let catalog = Catalog::new(self.store, self.clock, self.accounts);
        tokio::join!(
            catalog.run(stop.clone()),
            self.reconciler.run(stop.clone()),
            self.orders.run(stop.clone()),
            self.imports.run(stop.clone()),
            self.projection.run(stop.clone()),
            self.webhooks.run(stop),
        );
    }

    /// The router over all of it.
    pub fn router(&self) -> Router {
        let sign_in = self.sign_in_desk();
        let self_service = SelfServiceOffice::new(
            self.store.clone(),
            self.clock.clone(),
            self.accounts.clone(),
            self.projection.clone(),
        );
        let admin: Arc<dyn AdminDesk> = Arc::new(self.admin_desk());
        let shop = ShopOffice::new(
            self.store.clone(),
            self.clock.clone(),
            self.accounts.clone(),
            self.orders.clone(),
        );
        let rest = Rest::new(
            self.store.clone(),
            self.clock.clone(),
            Arc::clone(&admin),
            shop.clone(),
            self_service.clone(),
        );
        let imports = ImportsOffice::new(self.store.clone(), self.imports.clone());
        web::router(Web {
            rest,
            desks: Desks {
                two_step: Arc::new(sign_in.clone()),
                sign_in: Arc::new(sign_in.clone()),
                admin,
                partner: Arc::new(PartnerOffice::new(self.store.clone(), self.people())),
                api_clients: Arc::new(self.api_clients_desk()),
                offers: Arc::new(OffersOffice::new(
                    self.store.clone(),
                    self.clock.clone(),
                    self.accounts.clone(),
                    self.orders.clone(),
                )),
                activity: Arc::new(ActivityOffice::new(self.store.clone())),
                imports: Arc::new(imports.clone()),
                webhooks: Arc::new(WebhooksOffice::new(
                    self.store.clone(),
                    self.clock.clone(),
                    self.webhooks.clone(),
                )),
                shop: Arc::new(shop),
                self_service: Arc::new(self_service.clone()),
            },
            sign_in,
            self_service,
            imports,
            store: self.store.clone(),
            identity: Arc::clone(&self.identity),
            clock: self.clock.clone(),
            cookies: self.cookies,
            is_selling: self.accounts.billing().is_some(),
            assets: web::assets(),
            readiness: web::Readiness::default(),
            trusted_proxy_hops: self.trusted_proxy_hops,
        })
    }
}

/// The user pool of the configuration.
///
/// # Errors
/// Where a part is missing; the message names the variable.
pub fn cognito_settings(config: &Config) -> anyhow::Result<CognitoSettings> {
    let cognito = &config.cognito;
    let must_be_set = |name: &str| {
        format!(
            "{name} must be set with IDENTITY=cognito; `partners cognito init` makes what is missing and prints it"
        )
    };
    Ok(CognitoSettings {
        pool_id: cognito
            .user_pool_id
            .clone()
            .with_context(|| must_be_set("COGNITO_USER_POOL_ID"))?,
        client_id: cognito.client_id.clone().with_context(|| must_be_set("COGNITO_CLIENT_ID"))?,
        client_secret: cognito.client_secret.clone(),
    })
}
