//! The part about Zuora.

use crate::billing::{ZuoraFields, ZuoraSettings, ZuoraTimeouts, is_loopback};
use anyhow::{Context, bail, ensure};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

/// As it is written.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Raw {
    zuora_base_url: Option<String>,
    zuora_client_id: Option<String>,
    zuora_client_secret: Option<SecretString>,
    zuora_entity_ids: Option<String>,
    zuora_org_ids: Option<String>,
    zuora_field_partner_organisation: Option<String>,
    zuora_field_salesforce_account: Option<String>,
    zuora_field_reference: Option<String>,
}

impl Raw {
    /// The tenant, where one is named.
    pub(super) fn check(self) -> anyhow::Result<Option<ZuoraSettings>> {
        let (base_url, client_id, client_secret) = match (
            self.zuora_base_url,
            self.zuora_client_id,
            self.zuora_client_secret,
        ) {
            (None, None, None) => return Ok(None),
            (Some(url), Some(id), Some(secret)) => (url, id, secret),
            (url, id, secret) => {
                let missing: Vec<&str> = [
                    ("ZUORA_BASE_URL", url.is_none()),
                    ("ZUORA_CLIENT_ID", id.is_none()),
                    ("ZUORA_CLIENT_SECRET", secret.is_none()),
                ]
                .into_iter()
                .filter_map(|(name, is_missing)| is_missing.then_some(name))
                .collect();
                bail!(
                    "{} must be set, too: Zuora is connected with ZUORA_BASE_URL, ZUORA_CLIENT_ID and ZUORA_CLIENT_SECRET",
                    missing.join(" and ")
                )
            }
        };
        ensure!(!client_secret.expose_secret().is_empty(), "ZUORA_CLIENT_SECRET is empty");
        Ok(Some(ZuoraSettings {
            base_url: address(&base_url)?,
            client_id,
            client_secret,
            entity_ids: self.zuora_entity_ids,
            org_ids: self.zuora_org_ids,
            fields: ZuoraFields {
                partner_organisation: field(
                    "ZUORA_FIELD_PARTNER_ORGANISATION",
                    self.zuora_field_partner_organisation,
                )?,
                salesforce_account: field(
                    "ZUORA_FIELD_SALESFORCE_ACCOUNT",
                    self.zuora_field_salesforce_account,
                )?,
                reference: field("ZUORA_FIELD_REFERENCE", self.zuora_field_reference)?,
            },
            timeouts: ZuoraTimeouts::default(),
        }))
    }
}

fn address(text: &str) -> anyhow::Result<Url> {
    let url = Url::parse(text).context(
        "ZUORA_BASE_URL must be a whole address, such as https://rest.test.eu.zuora.com",
    )?;
    ensure!(
        url.scheme() == "https" || url.scheme() == "http" && is_loopback(&url),
        "ZUORA_BASE_URL must begin with https:// unless it is a loopback address: the client’s secret would travel unencrypted"
    );
    ensure!(
        url.username().is_empty() && url.password().is_none(),
        "ZUORA_BASE_URL must not carry a user name or password"
    );
    ensure!(
        matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none(),
        "ZUORA_BASE_URL must end with the host’s name, without /v1"
    );
    Ok(url)
}

/// The name of a custom field, as Zuora's API has it.
fn field(variable: &str, name: Option<String>) -> anyhow::Result<Option<String>> {
    if let Some(name) = &name {
        let stem = name.strip_suffix("__c").unwrap_or_default();
        ensure!(
            !stem.is_empty()
                && stem.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'),
            "{variable} must be a custom field’s API name: letters, digits and _, with __c at the end"
        );
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(url: &str) -> Raw {
        Raw {
            zuora_base_url: Some(url.to_owned()),
            zuora_client_id: Some("client".to_owned()),
            zuora_client_secret: Some("hunter2".into()),
            ..Raw::default()
        }
    }

    #[test]
    fn all_three_are_set_or_none() {
        assert!(Raw::default().check().expect("valid").is_none());
        let known = raw("https://rest.example.com").check().expect("valid").expect("a tenant");
        assert_eq!(known.base_url.as_str(), "https://rest.example.com/");
        let half = Raw { zuora_client_id: None, ..raw("https://rest.example.com") };
        let error = half.check().expect_err("half").to_string();
        assert!(error.starts_with("ZUORA_CLIENT_ID must be set"), "{error}");
    }

    #[test]
    fn the_secret_travels_encrypted_and_does_not_show() {
        for wrong in [
            "http://rest.example.com",
            "rest.example.com",
            "https://a:b@c.example",
            "https://c.example/v1",
        ] {
            assert!(raw(wrong).check().is_err(), "{wrong}");
        }
        let known = raw("http://127.0.0.1:9444").check().expect("valid");
        assert!(!format!("{known:?}").contains("hunter2"));
    }

    #[test]
    fn custom_fields_have_their_api_names() {
        let named = |name: &str| Raw {
            zuora_field_reference: Some(name.to_owned()),
            ..raw("https://rest.example.com")
        };
        assert!(named("PartnerReference__c").check().is_ok());
        for wrong in ["PartnerReference", "__c", "Partner Reference__c", "a\"b__c"] {
            assert!(named(wrong).check().is_err(), "{wrong}");
        }
    }
}
