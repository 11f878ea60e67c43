//! A mail server that keeps what it is sent.

use crate::browser::eventually;
use partners_server::mail::Mailer;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A mail server of one test.
#[derive(Clone)]
pub struct Post {
    url: String,
    mails: Arc<Mutex<Vec<String>>>,
    refuses: Arc<AtomicBool>,
}

impl Post {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let post = Self { url, mails: Arc::default(), refuses: Arc::default() };
        let taken = post.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(take(stream, taken.clone()));
            }
        });
        post
    }

    pub fn mailer(&self) -> Mailer {
        let from = "Partners <partners@example.com>";
        Mailer::new(&self.url, from, "https://partners.example").unwrap()
    }

    /// From now on it takes no mail.
    pub fn close(&self) {
        self.refuses.store(true, Ordering::Relaxed);
    }

    /// How many mails have come.
    pub fn count(&self) -> usize {
        self.mails.lock().unwrap().len()
    }

    /// The temporary password in the last of at least so many mails.
    pub async fn temporary_password(&self, count: usize) -> String {
        eventually("the mail", async || (self.count() >= count).then_some(())).await;
        let mails = self.mails.lock().unwrap();
        let mail = mails.last().unwrap();
        let rest = mail.split_once("Temporary password:").unwrap_or_else(|| panic!("{mail}")).1;
        rest.split_whitespace().next().unwrap().to_owned()
    }
}

/// As much of SMTP (RFC 5321) as it takes to be given mails.
async fn take(stream: TcpStream, post: Post) -> std::io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 post\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let answer: &[u8] = match line.split_whitespace().next() {
            Some("MAIL") if post.refuses.load(Ordering::Relaxed) => b"451 not now\r\n",
            Some("DATA") => {
                writer.write_all(b"354 go on\r\n").await?;
                let mut mail = String::new();
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    mail.push_str(&line);
                    mail.push('\n');
                }
                post.mails.lock().unwrap().push(mail.replace("=\n", ""));
                b"250 kept\r\n"
            }
            Some("QUIT") => b"221 bye\r\n",
            _ => b"250 well\r\n",
        };
        writer.write_all(answer).await?;
    }
    Ok(())
}
