//! Cognito, emulated by moto, each test with a pool of its own.

use crate::harness::{Departure, Harness};
use crate::moto;
use async_trait::async_trait;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_cognitoidentityprovider as cognito;
use cognito::config::Credentials;
use partners_app::domain::{Email, OrganisationId};
use partners_server::identity::{
    Cognito, CognitoSettings, Identity, PoolRequest, Subject, init_pool,
};
use secrecy::SecretString;
use serde_json::json;
use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard};
use uuid::Uuid;

/// moto answers 500 now and then when asked in parallel.
static TURN: Mutex<()> = Mutex::const_new(());

pub struct Moto {
    provider: Cognito,
    client: cognito::Client,
    pool_id: String,
    client_id: String,
    _turn: MutexGuard<'static, ()>,
}

async fn aws() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "tests"))
        .endpoint_url(moto::endpoint())
        .load()
        .await
}

pub async fn start() -> Moto {
    let turn = TURN.lock().await;
    let aws = aws().await;
    let name = format!("contract-{}", Uuid::now_v7());
    let request = PoolRequest { pool_id: None, client_id: None, name };
    let made = init_pool(&request, &aws).await.expect("a pool");
    let settings = CognitoSettings {
        pool_id: made.pool_id.clone(),
        client_id: made.client_id.clone(),
        client_secret: None,
    };
    Moto {
        provider: Cognito::new(settings, &aws).expect("the provider"),
        client: cognito::Client::new(&aws),
        pool_id: made.pool_id,
        client_id: made.client_id,
        _turn: turn,
    }
}

#[async_trait]
impl Harness for Moto {
    fn provider(&self) -> &dyn Identity {
        &self.provider
    }

    async fn organisation(&self) -> OrganisationId {
        OrganisationId(Uuid::now_v7())
    }

    async fn hand_over(&self, _email: &Email) -> Option<String> {
        None
    }

    /// moto keeps no mail, so that the password it would have mailed is set to
    /// a known one.
    async fn temporary_password(&self, _email: &Email, subject: &Subject) -> SecretString {
        let password = format!("Temporary-{}", Uuid::now_v7().simple());
        self.client
            .admin_set_user_password()
            .user_pool_id(&self.pool_id)
            .username(&subject.0)
            .password(&password)
            .permanent(false)
            .send()
            .await
            .expect("a known temporary password");
        password.into()
    }

    /// moto tells the code in a header of the answer, which the SDK drops: it
    /// is asked for once more.
    async fn reset_code(&self, email: &Email) -> String {
        let answer = reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("a client")
            .post(moto::endpoint())
            .header("x-amz-target", "AWSCognitoIdentityProviderService.ForgotPassword")
            .header("content-type", "application/x-amz-json-1.1")
            .body(json!({ "ClientId": self.client_id, "Username": email.as_str() }).to_string())
            .send()
            .await
            .expect("an answer");
        let header = answer.headers().get("x-moto-forgot-password-confirmation-code");
        header.expect("a code").to_str().expect("text").to_owned()
    }

    fn wrong_code(&self) -> &'static str {
        // moto takes any code without this prefix.
        "moto-confirmation-code:000000"
    }

    /// moto takes the code of the moment alone: one that is about to end is waited
    /// out.
    fn code(&self, secret: &SecretString, _steps: i64) -> String {
        let left = 30_000 - self.clock().now().millis().rem_euclid(30_000);
        if left < 3_000 {
            std::thread::sleep(Duration::from_millis(left.unsigned_abs()));
        }
        crate::app::code(secret, self.clock().now(), 0)
    }

    fn departs_in(&self, departure: Departure) -> bool {
        matches!(
            departure,
            Departure::SecondInvitation
                | Departure::CodeForNobody
                | Departure::CodeTwice
                | Departure::Reset
                | Departure::RevokedToken
        )
    }
}

#[tokio::test]
async fn setting_up_twice_creates_nothing_twice() {
    let _turn = TURN.lock().await;
    let aws = aws().await;
    let name = format!("twice-{}", Uuid::now_v7());
    let request = PoolRequest { pool_id: None, client_id: None, name };
    let first = init_pool(&request, &aws).await.expect("a pool");
    assert!(first.created.len() >= 4, "{first:?}");
    let second = init_pool(&request, &aws).await.expect("the same pool");
    assert_eq!((&second.pool_id, &second.client_id), (&first.pool_id, &first.client_id));
    assert_eq!(second.created, Vec::<String>::new());
}

#[tokio::test]
async fn an_existing_pool_is_completed_and_then_in_order() {
    let turn = TURN.lock().await;
    let aws = aws().await;
    let client = cognito::Client::new(&aws);
    let bare = client.create_user_pool().pool_name("bare").send().await.expect("a pool");
    let bare = bare.user_pool().and_then(|pool| pool.id()).expect("its ID").to_owned();
    let request =
        PoolRequest { pool_id: Some(bare.clone()), client_id: None, name: "partners".to_owned() };
    let made = init_pool(&request, &aws).await.expect("completed");
    assert_eq!(made.pool_id, bare);
    assert!(made.created.iter().any(|line| line.contains("custom:partner_org")), "{made:?}");
    let settings =
        CognitoSettings { pool_id: bare, client_id: made.client_id, client_secret: None };
    let findings = Cognito::new(settings, &aws).expect("the provider").doctor().await;
    let wrong: Vec<_> = findings.iter().filter(|finding| !finding.ok).collect();
    // What cannot be changed in a pool that exists.
    assert!(wrong.iter().any(|finding| finding.check.contains("sign in with their email")));
    assert!(wrong.iter().any(|finding| finding.check.contains("sign up by themselves")));
    drop(turn);

    let findings = start().await.provider.doctor().await;
    let wrong: Vec<_> = findings.iter().filter(|finding| !finding.ok).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(findings.len() > 20, "{findings:#?}");
}
