//! What a failed call means: an outage, throttling, or a refusal.

use super::super::IdentityError;
use aws_sdk_cognitoidentityprovider as cognito;
use cognito::config::http::HttpResponse;
use cognito::error::{ProvideErrorMetadata, SdkError};

/// Operations whose parameters are secret: AWS's validation messages may quote
/// parameters, so that theirs are repeated nowhere.
const SECRET: [&str; 6] = [
    "AssociateSoftwareToken",
    "VerifySoftwareToken",
    "AdminInitiateAuth",
    "AdminRespondToAuthChallenge",
    "AdminSetUserPassword",
    "ConfirmForgotPassword",
];

/// Error codes that ask for patience. `LimitExceededException` is also what
/// Cognito answers to too many reset codes for one person.
const THROTTLING: [&str; 6] = [
    "TooManyRequestsException",
    "LimitExceededException",
    "TooManyFailedAttemptsException",
    "ThrottlingException",
    "Throttling",
    "RequestLimitExceeded",
];

/// Error codes that AWS answers before Cognito looks at the request: the
/// credentials are missing, wrong or outdated.
const CREDENTIALS: [&str; 8] = [
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "IncompleteSignature",
    "ExpiredTokenException",
];

/// A call that failed.
#[derive(Debug)]
pub(super) struct Failure {
    operation: &'static str,
    /// The exception's name; empty where there was no answer to read.
    code: String,
    message: String,
    /// An outage or throttling; `None` for a refusal.
    passing: Option<IdentityError>,
}

impl Failure {
    /// Reads what the SDK says about a failed call of `operation`.
    pub(super) fn of<E: ProvideErrorMetadata>(
        operation: &'static str,
        error: &SdkError<E, HttpResponse>,
    ) -> Self {
        let code = error.code().unwrap_or_default().to_owned();
        let status = error.raw_response().map(|response| response.status().as_u16());
        let passing = passing(error, &code, status);
        tracing::debug!(
            operation,
            code,
            status,
            passing = passing.is_some(),
            "Cognito call failed"
        );
        Self { operation, code, message: error.message().unwrap_or_default().to_owned(), passing }
    }

    /// The exception's name.
    pub(super) fn code(&self) -> &str {
        &self.code
    }

    /// The exception's name, for a refusal only: an outage has none.
    pub(super) fn refusal(&self) -> &str {
        if self.passing.is_some() { "" } else { &self.code }
    }

    /// Whether it is the limit on codes for one person, which only those who
    /// have an account can reach.
    pub(super) fn is_limit_exceeded(&self) -> bool {
        self.code == "LimitExceededException"
    }

    /// Whether it is an outage or throttling.
    pub(super) const fn is_passing(&self) -> bool {
        self.passing.is_some()
    }

    /// Whether the message contains `words`, in any case. The messages are
    /// Cognito's only distinction within `NotAuthorizedException`.
    pub(super) fn says(&self, words: &str) -> bool {
        self.message.to_lowercase().contains(words)
    }

    /// A refusal that is about this installation's settings, not the person.
    pub(super) fn misconfiguration(&self) -> Option<IdentityError> {
        let words = match self.refusal() {
            "NotAuthorizedException" if self.says("secret") => {
                "The app client has a secret. Set COGNITO_CLIENT_SECRET to it."
            }
            "InvalidParameterException" if self.says("flow not enabled") => {
                "The app client does not allow ALLOW_ADMIN_USER_PASSWORD_AUTH. Switch it on."
            }
            _ => return None,
        };
        Some(IdentityError::Refused(format!("{words} “partners doctor” checks all settings.")))
    }

    /// The failure in the port's terms.
    pub(super) fn into_error(self) -> IdentityError {
        if let Some(passing) = self.passing {
            return passing;
        }
        if let Some(error) = self.misconfiguration() {
            return error;
        }
        let operation = self.operation;
        let words = match self.code.as_str() {
            "UserNotFoundException" => return IdentityError::NoSuchAccount,
            "UsernameExistsException" | "AliasExistsException" => return IdentityError::EmailTaken,
            "AccessDeniedException" => format!(
                "AWS denies cognito-idp:{operation}. Allow it to the credentials this server runs \
                 with; “partners doctor” lists all that is needed."
            ),
            code if CREDENTIALS.contains(&code) => format!(
                "AWS does not accept this server’s credentials ({code}). Check them and the \
                 machine’s clock."
            ),
            "ResourceNotFoundException" => "The user pool, its app client or one of its groups \
                does not exist in this region. “partners doctor” says which, “partners cognito \
                init” creates what is missing."
                .to_owned(),
            "CodeDeliveryFailureException" => "Cognito could not send the mail. Check the address \
                and the user pool’s email settings, then try again and resend the invitation."
                .to_owned(),
            code if SECRET.contains(&operation) || self.message.is_empty() => {
                format!("Cognito answers {code} to {operation}.")
            }
            code => format!("Cognito answers {code} to {operation}: {}", self.message),
        };
        IdentityError::Refused(words)
    }
}

fn passing<E: ProvideErrorMetadata>(
    error: &SdkError<E, HttpResponse>,
    code: &str,
    status: Option<u16>,
) -> Option<IdentityError> {
    let unavailable = |words: &str| Some(IdentityError::Unavailable(words.to_owned()));
    match error {
        SdkError::TimeoutError(_) => unavailable("Cognito did not answer in time."),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => {
            unavailable("Cognito did not answer in time.")
        }
        SdkError::DispatchFailure(failure) if failure.is_io() => {
            unavailable("Cognito cannot be reached.")
        }
        SdkError::DispatchFailure(_) => {
            unavailable("Cognito cannot be asked. Check the network and the AWS credentials.")
        }
        _ if THROTTLING.contains(&code) || status == Some(429) => Some(IdentityError::Throttled),
        SdkError::ResponseError(_) => unavailable("Cognito’s answer cannot be read."),
        SdkError::ServiceError(_) if code.is_empty() => {
            unavailable("Cognito’s answer cannot be read.")
        }
        _ if status.is_some_and(|status| status >= 500)
            || matches!(code, "InternalErrorException" | "ServiceUnavailable") =>
        {
            unavailable("Cognito answers that it is unwell.")
        }
        _ => None,
    }
}

impl From<Failure> for IdentityError {
    fn from(failure: Failure) -> Self {
        failure.into_error()
    }
}
