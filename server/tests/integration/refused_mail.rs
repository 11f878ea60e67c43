//! Invitations that the mail server does not take.

use crate::support::{Engine, database};
use partners_app::domain::{Email, OrganisationId, PersonName};
use partners_server::clock::Clock;
use partners_server::identity::{Embedded, Identity, IdentityError, NewAccount, Passwords, Role};
use partners_server::mail::Mailer;
use partners_server::vault::Vault;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;

/// A mail server that answers so when it is told whom a mail is for; says where it
/// is.
async fn mail_server(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(refuse(stream, answer));
        }
    });
    format!("smtp://{address}")
}

async fn refuse(stream: TcpStream, answer: &str) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 mail.example\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let said = if line.starts_with("RCPT TO:") { answer } else { "250 mail.example" };
        write.write_all(format!("{said}\r\n").as_bytes()).await?;
    }
    Ok(())
}

/// What comes of an invitation to somebody for whom mail is answered so.
async fn invited(answer: &'static str) -> IdentityError {
    let database = database(Engine::Sqlite).await;
    let from = "Partners <partners@example.com>";
    let mailer = Mailer::new(&mail_server(answer).await, from, "http://localhost:3000").unwrap();
    let identity = Embedded::new(
        database.store.clone(),
        Clock::default(),
        Passwords::new().unwrap(),
        Some(mailer),
        Vault::of_this_process().unwrap(),
    );
    let new = NewAccount {
        email: Email::parse("nobody@acme.example").unwrap(),
        name: PersonName::parse("Ann Reseller").unwrap(),
        role: Role::Partner(OrganisationId(Uuid::now_v7())),
        handed_over: None,
    };
    identity.provision(&new).await.unwrap_err()
}

#[tokio::test]
async fn an_address_that_never_takes_mail_is_told_of_and_not_tried_for_ever() {
    for answer in ["550 5.1.1 no such user", "553 no such name", "556 no mail here"] {
        let error = invited(answer).await;
        let IdentityError::Refused(reason) = &error else { panic!("{answer}: {error}") };
        assert!(reason.contains(&answer[..3]) && reason.contains("another address"), "{reason}");
    }
    for answer in ["450 later", "530 who are you", "535 not with this password"] {
        let error = invited(answer).await;
        assert!(matches!(error, IdentityError::Unavailable(_)), "{answer}: {error}");
    }
}
