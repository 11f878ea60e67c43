//! The configuration: defaults, then a file, then the environment.

mod zuora;

use crate::billing::ZuoraSettings;
use anyhow::{Context, bail};
use ipnet::IpNet;
use partners_app::domain::ProviderKind;
use secrecy::SecretString;
use serde::Deserialize;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// The file that is read when `PARTNERS_CONFIG` names no other.
const DEFAULT_FILE: &str = "partners.toml";

#[derive(Deserialize)]
#[serde(default)]
struct Raw {
    host: IpAddr,
    port: u16,
    data_dir: PathBuf,
    database_url: Option<String>,
    secret_key: Option<SecretString>,
    public_url: Option<String>,
    identity: ProviderKind,
    partners_admin_email: Option<String>,
    partners_admin_password: Option<SecretString>,
    smtp_url: Option<SecretString>,
    smtp_from: Option<String>,
    cognito_user_pool_id: Option<String>,
    cognito_client_id: Option<String>,
    cognito_client_secret: Option<SecretString>,
    cognito_hosted_url: Option<String>,
    #[serde(flatten)]
    zuora: zuora::Raw,
    webhook_allowed_networks: Option<String>,
    trusted_proxy_hops: usize,
    log_format: LogFormat,
    metrics_listen: Option<SocketAddr>,
    shutdown_seconds: u64,
}

impl Default for Raw {
    fn default() -> Self {
        Self {
            host: Ipv4Addr::LOCALHOST.into(),
            port: 3000,
            data_dir: PathBuf::from("data"),
            database_url: None,
            secret_key: None,
            public_url: None,
            identity: ProviderKind::Embedded,
            partners_admin_email: None,
            partners_admin_password: None,
            smtp_url: None,
            smtp_from: None,
            cognito_user_pool_id: None,
            cognito_client_id: None,
            cognito_client_secret: None,
            cognito_hosted_url: None,
            zuora: zuora::Raw::default(),
            webhook_allowed_networks: None,
            trusted_proxy_hops: 0,
            log_format: LogFormat::Text,
            metrics_listen: None,
            shutdown_seconds: 30,
        }
    }
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Where mail goes.
#[derive(Clone, Debug)]
pub struct SmtpSettings {
    /// `smtp://` or `smtps://`, with user and password.
    pub url: SecretString,
    /// The sender.
    pub from: String,
}

/// The user pool; region, credentials and endpoint come from AWS's own variables.
#[derive(Clone, Debug, Default)]
pub struct CognitoConfig {
    /// `COGNITO_USER_POOL_ID`
    pub user_pool_id: Option<String>,
    /// `COGNITO_CLIENT_ID`
    pub client_id: Option<String>,
    /// `COGNITO_CLIENT_SECRET`
    pub client_secret: Option<SecretString>,
    /// `COGNITO_HOSTED_URL`
    pub hosted_url: Option<String>,
}

/// The first admin, from the environment.
#[derive(Clone, Debug)]
pub struct FirstAdmin {
    /// `PARTNERS_ADMIN_EMAIL`
    pub email: Option<String>,
    /// `PARTNERS_ADMIN_PASSWORD`
    pub password: Option<SecretString>,
}

/// The configuration, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Address to listen on.
    pub host: IpAddr,
    /// Port to listen on; 0 for any.
    pub port: u16,
    /// The database.
    pub database_url: SecretString,
    /// The folder of what is not in the database.
    pub data_dir: PathBuf,
    /// What seals secrets in the database, 32 bytes in base64; else a file in
    /// `data_dir` has it.
    pub secret_key: Option<SecretString>,
    /// Where browsers find the installation, without a slash at the end.
    pub public_url: String,
    /// Browsers reach it by `https`.
    pub is_https: bool,
    /// The identity provider.
    pub identity: ProviderKind,
    /// The first admin.
    pub first_admin: FirstAdmin,
    /// The mail server, if there is one.
    pub smtp: Option<SmtpSettings>,
    /// The user pool.
    pub cognito: CognitoConfig,
    /// The Zuora tenant, where billing is connected.
    pub zuora: Option<ZuoraSettings>,
    /// The networks that webhooks may be sent to beside the public internet.
    pub webhook_allowed_networks: Vec<IpNet>,
    /// How many proxies in front add to `X-Forwarded-For`.
    pub trusted_proxy_hops: usize,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// Where Prometheus asks for metrics, if it may.
    pub metrics_listen: Option<SocketAddr>,
    /// How long what is under way may take to finish after a signal to stop.
    pub shutdown: Duration,
}

impl Config {
    /// Reads file and environment.
    ///
    /// # Errors
    /// Where a value cannot be understood or two do not fit together; the
    /// message names the variable.
    pub fn load() -> anyhow::Result<Self> {
        let named = std::env::var("PARTNERS_CONFIG").ok();
        let file =
            config::File::new(named.as_deref().unwrap_or(DEFAULT_FILE), config::FileFormat::Toml)
                .required(named.is_some());
        let raw: Raw = config::Config::builder()
            .add_source(file)
            .add_source(config::Environment::default().ignore_empty(true))
            .build()
            .context("the configuration cannot be read")?
            .try_deserialize()
            .context("the configuration cannot be understood")?;
        Self::check(raw)
    }

    fn check(raw: Raw) -> anyhow::Result<Self> {
        let database_url = raw
            .database_url
            .unwrap_or_else(|| format!("sqlite://{}", raw.data_dir.join("partners.db").display()));
        let public_url = raw
            .public_url
            .unwrap_or_else(|| format!("http://localhost:{}", raw.port))
            .trim_end_matches('/')
            .to_owned();
        let parsed = url::Url::parse(&public_url).context("PUBLIC_URL must be a whole address")?;
        let is_https = parsed.scheme() == "https";
        let is_loopback = match parsed.host() {
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        let stays_here = is_loopback && raw.host.is_loopback();
        if !is_https && !stays_here {
            bail!(
                "PUBLIC_URL must begin with https:// unless both it and HOST are loopback addresses: sessions would travel unencrypted"
            );
        }
        let smtp = match (raw.smtp_url, raw.smtp_from) {
            (None, _) => None,
            (Some(url), Some(from)) => Some(SmtpSettings { url, from }),
            (Some(_), None) => {
                bail!("SMTP_FROM must be set where SMTP_URL is: mails need a sender")
            }
        };
        Ok(Self {
            host: raw.host,
            port: raw.port,
            database_url: database_url.into(),
            data_dir: raw.data_dir,
            secret_key: raw.secret_key,
            public_url,
            is_https,
            identity: raw.identity,
            first_admin: FirstAdmin {
                email: raw.partners_admin_email,
                password: raw.partners_admin_password,
            },
            smtp,
            cognito: CognitoConfig {
                user_pool_id: raw.cognito_user_pool_id,
                client_id: raw.cognito_client_id,
                client_secret: raw.cognito_client_secret,
                hosted_url: raw.cognito_hosted_url,
            },
            zuora: raw.zuora.check()?,
            webhook_allowed_networks: networks(
                raw.webhook_allowed_networks.as_deref().unwrap_or_default(),
            )?,
            trusted_proxy_hops: raw.trusted_proxy_hops,
            log_format: raw.log_format,
            metrics_listen: raw.metrics_listen,
            shutdown: Duration::from_secs(raw.shutdown_seconds),
        })
    }
}

/// Reads networks with commas between: `10.1.0.0/16, ::1/128`.
fn networks(text: &str) -> anyhow::Result<Vec<IpNet>> {
    text.split(',')
        .map(str::trim)
        .filter(|network| !network.is_empty())
        .map(|network| {
            network.parse().with_context(|| {
                format!(
                    "WEBHOOK_ALLOWED_NETWORKS must hold networks such as 10.1.0.0/16, not {network}"
                )
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    #[test]
    fn a_fresh_checkout_needs_no_configuration() {
        let config = Config::check(Raw::default()).expect("valid");
        assert_eq!(config.database_url.expose_secret(), "sqlite://data/partners.db");
        assert_eq!(config.public_url, "http://localhost:3000");
    }

    #[test]
    fn the_environment_says_what_is_connected() {
        let variables = [
            ("PORT", "3100"),
            ("ZUORA_BASE_URL", "https://rest.example.com"),
            ("ZUORA_CLIENT_ID", "client"),
            ("ZUORA_CLIENT_SECRET", "0123456"),
            ("ZUORA_FIELD_REFERENCE", "PartnerReference__c"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let environment = config::Environment::default().source(Some(variables.into()));
        let raw = config::Config::builder().add_source(environment).build().expect("readable");
        let config = Config::check(raw.try_deserialize().expect("understood")).expect("valid");
        let zuora = config.zuora.expect("a tenant");
        assert_eq!((config.port, zuora.client_id.as_str()), (3100, "client"));
        assert_eq!(zuora.client_secret.expose_secret(), "0123456");
        assert_eq!(zuora.fields.reference.as_deref(), Some("PartnerReference__c"));
    }

    #[test]
    fn plain_http_stays_on_loopback() {
        let open = Raw { host: "0.0.0.0".parse().expect("address"), ..Raw::default() };
        assert!(Config::check(open).is_err());
        let named =
            Raw { public_url: Some("http://partners.example".to_owned()), ..Raw::default() };
        assert!(Config::check(named).is_err());
        let https = Raw {
            host: "0.0.0.0".parse().expect("address"),
            public_url: Some("https://partners.example/".to_owned()),
            ..Raw::default()
        };
        assert_eq!(Config::check(https).expect("valid").public_url, "https://partners.example");
    }

    #[test]
    fn networks_for_webhooks_are_told_apart() {
        let allowed = |text: &str| {
            let raw = Raw { webhook_allowed_networks: Some(text.to_owned()), ..Raw::default() };
            Config::check(raw).map(|config| config.webhook_allowed_networks)
        };
        assert_eq!(allowed(" 127.0.0.0/8, ::1/128,").expect("valid").len(), 2);
        assert_eq!(allowed("").expect("valid"), []);
        let error = allowed("10.0.0.1").expect_err("refused");
        assert!(error.to_string().contains("WEBHOOK_ALLOWED_NETWORKS"), "{error}");
    }

    #[test]
    fn secrets_do_not_show() {
        let raw = Raw { partners_admin_password: Some("hunter2hunter2".into()), ..Raw::default() };
        assert!(!format!("{:?}", Config::check(raw).expect("valid")).contains("hunter2"));
    }
}
