//! Mail: invitations and codes, through the SMTP server of the installation.

use lettre::address::AddressError;
use lettre::message::{Mailbox, header::ContentType};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use partners_app::domain::{Email, PersonName};
use std::time::Duration;

/// Sends the mails of the embedded identity provider.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    sign_in_url: String,
    reset_url: String,
}

/// Why somebody gets a temporary password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// They can sign in from now on.
    Invitation,
    /// An admin had their password reset.
    Reset,
}

/// Why a mail was not sent. Says nothing about its content.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// It may be taken another time; says what happened.
    #[error("the mail could not be sent: {0}")]
    NotNow(String),
    /// It is never taken for this address; says why.
    #[error("the mail cannot be sent to this address: {0}")]
    Never(String),
}

/// The answers by which a mail server refuses an address or a mail for good
/// (RFC 5321, section 4.2.3; RFC 7504). The others that begin with 5 are about
/// how it is spoken to, and who does: an admin of the installation mends that.
const NEVER: [u16; 6] = [501, 550, 551, 553, 554, 556];

impl MailError {
    fn of(error: &lettre::transport::smtp::Error) -> Self {
        match error.status().map(u16::from) {
            Some(code) if NEVER.contains(&code) => Self::Never(error.to_string()),
            _ => Self::NotNow(error.to_string()),
        }
    }
}

impl Mailer {
    /// A mailer for the server at `smtp_url` (`smtp://`, `smtps://`, with user
    /// and password where it wants them; `?tls=required` for STARTTLS), which
    /// sends as `from` and links to the pages under `public_url`.
    ///
    /// # Errors
    /// Where one of them cannot be read.
    pub fn new(smtp_url: &str, from: &str, public_url: &str) -> anyhow::Result<Self> {
        Ok(Self {
            transport: AsyncSmtpTransport::<Tokio1Executor>::from_url(smtp_url)?
                .timeout(Some(Duration::from_secs(10)))
                .build(),
            from: from.parse()?,
            sign_in_url: format!("{public_url}{}", partners_app::paths::SIGN_IN),
            reset_url: format!("{public_url}{}", partners_app::paths::RESET_PASSWORD),
        })
    }

    /// Mails a temporary password.
    ///
    /// # Errors
    /// Where the SMTP server does not take the mail.
    pub async fn temporary_password(
        &self,
        name: &PersonName,
        email: &Email,
        occasion: Occasion,
        password: &str,
        days: u64,
    ) -> Result<(), MailError> {
        let (subject, beginning) = match occasion {
            Occasion::Invitation => {
                ("Your access to the partner pages", "you can now sign in to the partner pages at")
            }
            Occasion::Reset => (
                "Your password was reset",
                "an administrator had your password reset: the one you had works no longer. Sign in to the partner pages at",
            ),
        };
        let body = format!(
            "Hello {name},\n\n\
             {beginning} {}\n\n\
             Email address: {email}\n\
             Temporary password: {password}\n\n\
             The temporary password works for {days} days. You choose your own when you first sign in with it.\n",
            self.sign_in_url
        );
        self.send(name.as_str(), email, subject, body).await
    }

    /// Mails a code to set a new password with.
    ///
    /// # Errors
    /// Where the SMTP server does not take the mail.
    pub async fn send_code(
        &self,
        name: &PersonName,
        email: &Email,
        code: &str,
        minutes: u64,
    ) -> Result<(), MailError> {
        let body = format!(
            "Hello {name},\n\n\
             your code to set a new password is {code}\n\n\
             Enter it at {} within {minutes} minutes.\n\
             If you did not ask for it, you need not do anything: your password stays as it is.\n",
            self.reset_url
        );
        self.send(name.as_str(), email, "Your code to set a new password", body).await
    }

    async fn send(
        &self,
        name: &str,
        email: &Email,
        subject: &str,
        body: String,
    ) -> Result<(), MailError> {
        let address = email
            .as_str()
            .parse()
            .map_err(|error: AddressError| MailError::Never(error.to_string()))?;
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(Some(name.to_owned()), address))
            .subject(subject)
            .header(ContentType::TEXT_PLAIN)
            .body(body)
            .map_err(|error| MailError::NotNow(error.to_string()))?;
        self.transport.send(message).await.map(drop).map_err(|error| MailError::of(&error))
    }

    /// Asks the SMTP server for a sign of life.
    ///
    /// # Errors
    /// Where it gives none.
    pub async fn ping(&self) -> Result<(), MailError> {
        match self.transport.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err(MailError::NotNow("the SMTP server does not answer".to_owned())),
            Err(error) => Err(MailError::NotNow(error.to_string())),
        }
    }
}
