//! The second step, through Cognito's software-token challenges (developer
//! guide, "TOTP software token MFA").
//!
//! Cognito lets the person alone set an authenticator app up: with the access
//! token of a sign-in, or, where the pool demands a second factor, with the
//! session of the sign-in that waits for it. Either is noted here and used once.

use super::super::{
    Challenge, IdentityError, NewAuthenticator, Principal, Recovered, SignIn, SignInRefusal,
    Subject,
};
use super::Cognito;
use super::accounts::unreadable;
use super::errors::Failure;
use super::sign_in::{LOCKED, once, unsupported};
use aws_sdk_cognitoidentityprovider as cognito;
use cognito::types::{
    AuthenticationResultType, ChallengeNameType, SoftwareTokenMfaSettingsType,
    VerifySoftwareTokenResponseType,
};
use partners_app::domain::Email;
use partners_app::domain::two_step::app_code;
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// What answers SOFTWARE_TOKEN_MFA.
#[derive(Serialize, Deserialize)]
struct WaitsForCode {
    session: String,
    username: String,
    email: Email,
}

/// Whoever may set an app up.
#[derive(Serialize, Deserialize)]
struct MaySetUp {
    by: By,
    username: String,
    email: Email,
}

/// What Cognito knows them by.
#[derive(Serialize, Deserialize)]
enum By {
    /// A sign-in that is complete, and who it was.
    AccessToken(String, Principal),
    /// A sign-in that waits with MFA_SETUP.
    Session(String),
}

fn write(note: &impl Serialize) -> Result<Challenge, IdentityError> {
    let note = serde_json::to_string(note).map_err(|_| unreadable("AdminInitiateAuth"))?;
    Ok(Challenge(note.into()))
}

fn read<T: DeserializeOwned>(challenge: &Challenge) -> Result<T, SignInRefusal> {
    serde_json::from_str(challenge.0.expose_secret()).map_err(|_| SignInRefusal::ChallengeExpired)
}

impl Cognito {
    /// What a sign-in leads to that needs no further answer.
    pub(super) async fn complete(
        &self,
        result: &AuthenticationResultType,
        email: &Email,
    ) -> Result<SignIn, SignInRefusal> {
        let principal = self.principal(result, email).await?;
        let token = result.access_token().ok_or_else(|| unreadable("AdminInitiateAuth"))?;
        let may_set_up = write(&MaySetUp {
            by: By::AccessToken(token.to_owned(), principal.clone()),
            username: principal.subject.0.clone(),
            email: email.clone(),
        })?;
        Ok(SignIn::Complete { principal, may_set_up })
    }

    /// What a challenge of the second step leads to. `username` is the pool's
    /// own name of the account, as the challenge gives it or as it was typed.
    pub(super) async fn second_step(
        &self,
        challenge: Option<&ChallengeNameType>,
        parameters: Option<&HashMap<String, String>>,
        session: Option<&str>,
        username: &str,
        email: &Email,
    ) -> Result<SignIn, SignInRefusal> {
        let session = || session.map(str::to_owned).ok_or_else(|| unreadable("AdminInitiateAuth"));
        let (username, email) = (username.to_owned(), email.clone());
        match challenge {
            Some(ChallengeNameType::SoftwareTokenMfa) => {
                let user = self.user(&username).await?.ok_or(SignInRefusal::ChallengeExpired)?;
                let challenge = write(&WaitsForCode { session: session()?, username, email })?;
                Ok(SignIn::SecondStepRequired { challenge, subject: user.subject })
            }
            // MFAS_CAN_SETUP is a list in JSON (API reference, MFA_SETUP).
            Some(ChallengeNameType::MfaSetup)
                if parameters
                    .and_then(|parameters| parameters.get("MFAS_CAN_SETUP"))
                    .is_none_or(|ways| ways.contains("SOFTWARE_TOKEN_MFA")) =>
            {
                let by = By::Session(session()?);
                Ok(SignIn::SetUpRequired(write(&MaySetUp { by, username, email })?))
            }
            challenge => Err(unsupported(challenge)),
        }
    }

    pub(super) async fn answer_with_code(
        &self,
        challenge: &Challenge,
        code: &str,
    ) -> Result<Principal, SignInRefusal> {
        let waiting: WaitsForCode = read(challenge)?;
        // Cognito answers anything else with a validation error.
        let code = app_code(code).ok_or(SignInRefusal::WrongCode)?;
        let challenge = ChallengeNameType::SoftwareTokenMfa;
        let answer = self
            .response_to(challenge, &waiting.session, &waiting.username)?
            .challenge_responses("SOFTWARE_TOKEN_MFA_CODE", code)
            .customize()
            .config_override(once())
            .send()
            .await
            .map_err(|error| code_refused(Failure::of("AdminRespondToAuthChallenge", &error)))?;
        match answer.authentication_result() {
            Some(result) => Ok(self.principal(result, &waiting.email).await?),
            None => Err(unsupported(answer.challenge_name())),
        }
    }

    /// Cognito knows no recovery codes, and lets nobody past its challenge: the
    /// app is taken off the account.
    pub(super) async fn let_past(&self, challenge: &Challenge) -> Result<Recovered, SignInRefusal> {
        let waiting: WaitsForCode = read(challenge)?;
        self.prefer_app(&waiting.username, false).await?;
        Ok(Recovered::SignInAgain)
    }

    pub(super) async fn associate(
        &self,
        may_set_up: &Challenge,
    ) -> Result<NewAuthenticator, SignInRefusal> {
        let mut note: MaySetUp = read(may_set_up)?;
        let call = self.client.associate_software_token();
        let call = match &note.by {
            By::AccessToken(token, _) => call.access_token(token),
            By::Session(session) => call.session(session),
        };
        let answer = call
            .customize()
            .config_override(once())
            .send()
            .await
            .map_err(|error| set_up_refused(Failure::of("AssociateSoftwareToken", &error)))?;
        let secret = answer.secret_code().ok_or_else(|| unreadable("AssociateSoftwareToken"))?;
        // "Session … used to complete authentication" is a new one each time.
        if let (By::Session(kept), Some(session)) = (&mut note.by, answer.session()) {
            session.clone_into(kept);
        }
        Ok(NewAuthenticator { secret: secret.into(), challenge: write(&note)? })
    }

    pub(super) async fn verify_app(
        &self,
        challenge: &Challenge,
        code: &str,
    ) -> Result<Principal, SignInRefusal> {
        let note: MaySetUp = read(challenge)?;
        let code = app_code(code).ok_or(SignInRefusal::WrongCode)?;
        let call = self.client.verify_software_token().user_code(code);
        let call = match &note.by {
            By::AccessToken(token, _) => call.access_token(token),
            By::Session(session) => call.session(session),
        };
        let answer = call
            .customize()
            .config_override(once())
            .send()
            .await
            .map_err(|error| set_up_refused(Failure::of("VerifySoftwareToken", &error)))?;
        if answer.status() != Some(&VerifySoftwareTokenResponseType::Success) {
            return Err(SignInRefusal::WrongCode);
        }
        let principal = match note.by {
            By::AccessToken(_, principal) => principal,
            By::Session(session) => {
                let session = answer.session().unwrap_or(&session);
                let finished = self.finish_set_up(session, &note.username, &note.email).await;
                finished.map_err(half_done)?
            }
        };
        // Where the pool leaves it to the person, only now sign-ins ask for it.
        self.prefer_app(&note.username, true).await?;
        Ok(principal)
    }

    /// Answers MFA_SETUP once the app is verified.
    async fn finish_set_up(
        &self,
        session: &str,
        username: &str,
        email: &Email,
    ) -> Result<Principal, SignInRefusal> {
        let answer = self
            .response_to(ChallengeNameType::MfaSetup, session, username)?
            .customize()
            .config_override(once())
            .send()
            .await
            .map_err(|error| code_refused(Failure::of("AdminRespondToAuthChallenge", &error)))?;
        match answer.authentication_result() {
            Some(result) => Ok(self.principal(result, email).await?),
            None => Err(unsupported(answer.challenge_name())),
        }
    }

    pub(super) async fn has_app(&self, subject: &Subject) -> Result<bool, IdentityError> {
        let user = self.user(&subject.0).await?.ok_or(IdentityError::NoSuchAccount)?;
        Ok(user.has_app)
    }

    /// Has sign-ins ask for the account's app, or no longer.
    pub(super) async fn prefer_app(&self, username: &str, on: bool) -> Result<(), IdentityError> {
        let app = SoftwareTokenMfaSettingsType::builder().enabled(on).preferred_mfa(on).build();
        self.client
            .admin_set_user_mfa_preference()
            .user_pool_id(&self.settings.pool_id)
            .username(username)
            .software_token_mfa_settings(app)
            .send()
            .await
            .map_err(|error| Failure::of("AdminSetUserMFAPreference", &error))?;
        Ok(())
    }
}

/// Whatever the way on from an app that was verified is refused for: where the
/// pool demands one, the app holds.
fn half_done(refusal: SignInRefusal) -> SignInRefusal {
    IdentityError::Unavailable(refusal.to_string()).into()
}

/// Why a code did not open the account.
fn code_refused(failure: Failure) -> SignInRefusal {
    if let Some(error) = failure.misconfiguration() {
        return error.into();
    }
    match failure.refusal() {
        // A code that was used already: "Your software token has already been
        // used once."
        "CodeMismatchException" | "ExpiredCodeException" => SignInRefusal::WrongCode,
        "NotAuthorizedException" if failure.says("attempts exceeded") => {
            SignInRefusal::Locked(LOCKED)
        }
        "NotAuthorizedException" if failure.says("disabled") => SignInRefusal::WrongCredentials,
        "NotAuthorizedException"
        | "ResourceNotFoundException"
        | "UserNotFoundException"
        | "SoftwareTokenMFANotFoundException" => SignInRefusal::ChallengeExpired,
        _ => failure.into_error().into(),
    }
}

/// Why an app was not set up.
fn set_up_refused(failure: Failure) -> SignInRefusal {
    match failure.refusal() {
        "CodeMismatchException" | "EnableSoftwareTokenMFAException" | "ExpiredCodeException" => {
            SignInRefusal::WrongCode
        }
        "NotAuthorizedException" | "UserNotFoundException" | "ResourceNotFoundException" => {
            SignInRefusal::ChallengeExpired
        }
        "SoftwareTokenMFANotFoundException" | "InvalidParameterException" => {
            SignInRefusal::Provider(IdentityError::Refused(
                "The user pool allows no authenticator apps. “partners doctor” says what to change."
                    .to_owned(),
            ))
        }
        _ => failure.into_error().into(),
    }
}
