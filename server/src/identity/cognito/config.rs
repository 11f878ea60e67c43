//! Which user pool, and how it is reached.

use super::super::IdentityError;
use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_cognitoidentityprovider as cognito;
use aws_types::service_config::ServiceConfigKey;
use secrecy::SecretString;
use std::time::Duration;

/// One attempt of one call, connecting included.
const ATTEMPT: Duration = Duration::from_secs(5);
/// One call with all its attempts: what somebody waits for at most.
const OPERATION: Duration = Duration::from_secs(12);
/// Establishing a connection.
const CONNECT: Duration = Duration::from_secs(3);
/// Attempts of one call that is throttled or not answered.
const ATTEMPTS: u32 = 3;

/// The user pool this installation uses.
#[derive(Clone, Debug)]
pub struct CognitoSettings {
    /// `COGNITO_USER_POOL_ID`, such as `eu-central-1_AbCdEfGhI`.
    pub pool_id: String,
    /// `COGNITO_CLIENT_ID`: the app client.
    pub client_id: String,
    /// `COGNITO_CLIENT_SECRET`, where the app client has one.
    pub client_secret: Option<SecretString>,
}

/// Reads AWS's own settings: region, credentials and endpoint, from the
/// environment, the profile files or the machine's role, in the SDK's order.
/// Where none names a region, the one in the pool's ID is used.
pub async fn aws_from_environment(pool_id: Option<&str>) -> SdkConfig {
    let region = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
        .or_else(ProfileFileRegionProvider::new())
        .or_else(pool_id.and_then(region_of_pool))
        .or_default_provider();
    aws_config::defaults(BehaviorVersion::latest())
        .region(region)
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(CONNECT)
                .operation_attempt_timeout(ATTEMPT)
                .operation_timeout(OPERATION)
                .build(),
        )
        .load()
        .await
}

/// A pool's ID is its region, an underscore, and a name.
fn region_of_pool(pool_id: &str) -> Option<Region> {
    let (region, _) = pool_id.split_once('_')?;
    region.contains('-').then(|| Region::new(region.to_owned()))
}

/// The region to ask.
///
/// # Errors
/// [`IdentityError::Refused`] where none is known.
pub(super) fn region(aws: &SdkConfig, pool_id: Option<&str>) -> Result<String, IdentityError> {
    let region = aws.region().cloned().or_else(|| pool_id.and_then(region_of_pool));
    let region = region.map(|region| region.to_string());
    region
        .ok_or_else(|| IdentityError::Refused("No AWS region is known. Set AWS_REGION.".to_owned()))
}

/// Where a pool is found.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The AWS region.
    pub(super) region: String,
    /// An endpoint other than AWS's, such as an emulator's.
    pub(super) endpoint: Option<String>,
    /// The `iss` of the pool's tokens.
    pub(super) issuer: String,
    /// Where the keys are that the pool signs with.
    pub(super) jwks: String,
}

impl Place {
    /// # Errors
    /// [`IdentityError::Refused`] where no region is known.
    pub(super) fn of(pool_id: &str, aws: &SdkConfig) -> Result<Self, IdentityError> {
        let region = region(aws, Some(pool_id))?;
        let endpoint = endpoint(aws);
        let issuer = format!("https://cognito-idp.{region}.amazonaws.com/{pool_id}");
        let base = endpoint.as_ref().map_or_else(
            || issuer.clone(),
            |endpoint| format!("{}/{pool_id}", endpoint.trim_end_matches('/')),
        );
        Ok(Self { region, endpoint, issuer, jwks: format!("{base}/.well-known/jwks.json") })
    }
}

/// The endpoint by the SDK's own order: one set in code, the service's
/// (`AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER`), the general one.
fn endpoint(aws: &SdkConfig) -> Option<String> {
    let general = || aws.endpoint_url().map(str::to_owned);
    if aws.get_origin("endpoint_url").is_client_config() {
        return general();
    }
    let key = ServiceConfigKey::builder()
        .service_id("Cognito Identity Provider")
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .ok();
    key.zip(aws.service_config())
        .and_then(|(key, service)| service.load_config(key))
        .or_else(general)
}

/// The client for all calls; cloning it is cheap, building it is not.
pub(super) fn client(aws: &SdkConfig, region: &str) -> cognito::Client {
    let config = cognito::config::Builder::from(aws).region(Region::new(region.to_owned())).build();
    cognito::Client::from_conf(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aws(region: Option<&'static str>, endpoint: Option<&str>) -> SdkConfig {
        let mut builder = SdkConfig::builder();
        builder.set_region(region.map(Region::new));
        builder.set_endpoint_url(endpoint.map(str::to_owned));
        builder.build()
    }

    #[test]
    fn the_keys_come_from_aws_unless_an_endpoint_is_set() {
        let place = Place::of("eu-west-1_Abc", &aws(Some("eu-west-1"), None)).expect("a region");
        assert_eq!(place.issuer, "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Abc");
        assert_eq!(place.jwks, format!("{}/.well-known/jwks.json", place.issuer));

        let place = Place::of("eu-west-1_Abc", &aws(None, Some("http://127.0.0.1:5000/")))
            .expect("the pool's region");
        assert_eq!(place.issuer, "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Abc");
        assert_eq!(place.jwks, "http://127.0.0.1:5000/eu-west-1_Abc/.well-known/jwks.json");
    }

    #[test]
    fn without_a_region_it_says_what_to_set() {
        let error = Place::of("local_Abc", &aws(None, None)).expect_err("no region");
        assert!(error.to_string().contains("AWS_REGION"), "{error}");
    }
}
