//! `partners doctor`: each fault of a tenant is found and named.

use crate::stand_in::{self, StandIn, TODAY};
use partners_server::finding::Finding;
use std::collections::BTreeSet;
use tokio::process::Command;
use zuora_sandbox::Settings;

/// A tenant with all that is needed.
async fn good() -> StandIn {
    let it = stand_in::start().await;
    it.sandbox.write(|state| {
        for object in ["Order", "Subscription"] {
            let names = ["PartnerOrganisation__c", "PartnerSalesforce__c", "PartnerReference__c"];
            let names: BTreeSet<String> = names.into_iter().map(str::to_owned).collect();
            state.tenant.custom_fields.insert(object.to_owned(), names);
        }
    });
    it
}

async fn wrong(it: &StandIn) -> Vec<Finding> {
    let findings = it.zuora.doctor(TODAY).await;
    findings.into_iter().filter(|finding| !finding.ok).collect()
}

#[tokio::test]
async fn a_good_tenant_has_nothing_to_mend() {
    let it = good().await;
    let findings = it.zuora.doctor(TODAY).await;
    assert!(findings.iter().all(|finding| finding.ok && finding.change.is_none()), "{findings:#?}");
    assert_eq!(findings.len(), 5 + 6);
    assert_eq!((it.subscriptions(), it.accounts()), (0, 6));
    it.check();
}

#[tokio::test]
async fn features_that_are_off_are_named() {
    let it = good().await;
    it.sandbox.write(|state| state.tenant.owner_transfer = false);
    let found = wrong(&it).await;
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].change.as_ref().is_some_and(|change| change.contains("Owner Transfer")));
    it.sandbox.write(|state| state.tenant.orders = false);
    let found = wrong(&it).await;
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].change.as_ref().is_some_and(|change| change.contains("Enable Orders")));
}

#[tokio::test]
async fn fields_that_are_missing_are_named() {
    let it = good().await;
    it.sandbox.write(|state| {
        for names in state.tenant.custom_fields.values_mut() {
            names.remove("PartnerReference__c");
        }
    });
    let found = wrong(&it).await;
    assert_eq!(found.len(), 2, "{found:#?}");
    for finding in found {
        assert!(finding.check.contains("PartnerReference__c"), "{finding:?}");
    }
}

#[tokio::test]
async fn an_empty_catalog_is_named() {
    let it = good().await;
    it.sandbox.write(|state| state.products.clear());
    let found = wrong(&it).await;
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].check.contains("catalog"), "{found:#?}");
}

#[tokio::test]
async fn a_tenant_without_accounts_says_what_could_not_be_tried() {
    let it = good().await;
    it.sandbox.write(|state| state.accounts.clear());
    let found = wrong(&it).await;
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].change.as_ref().is_some_and(|change| change.contains("reseller")));
}

#[tokio::test]
async fn wrong_credentials_end_the_search() {
    let client = Some(("me".to_owned(), "mine".to_owned()));
    let it = stand_in::start_with(Settings { client, ..Settings::default() }).await;
    let found = it.zuora.doctor(TODAY).await;
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(!found[0].ok && !format!("{found:?}").contains("a-secret"));
}

#[tokio::test]
async fn the_command_checks_the_tenant_that_is_configured() {
    let it = good().await;
    it.sandbox.write(|state| state.tenant.owner_transfer = false);
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new(env!("CARGO_BIN_EXE_partners"))
        .arg("doctor")
        .env_clear()
        .current_dir(folder.path())
        .env("DATA_DIR", folder.path())
        .env("ZUORA_BASE_URL", &it.base)
        .env("ZUORA_CLIENT_ID", "me")
        .env("ZUORA_CLIENT_SECRET", "a-secret")
        .env("ZUORA_FIELD_REFERENCE", "PartnerReference__c")
        .output()
        .await
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success());
    for line in [
        "ok    Zuora accepts the credentials",
        "ok    Orders can be previewed",
        "ok    Orders have the custom field PartnerReference__c",
        "MEND  Subscription owner and invoice owner may differ",
    ] {
        assert!(said.contains(line), "{line} is not in:\n{said}");
    }
    assert!(!said.contains("a-secret"));
}
