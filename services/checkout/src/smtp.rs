//! Receipts by e-mail.
//!
//! 1. A letter's `Message-ID` and date are functions of its document: what is delivered a second time,
//!    after an answer that got lost, shows as the same letter.
//! 2. Only the server's no to this letter is final. What is wrong with the server, the way there, or
//!    what this shop shows of itself may be put in order, and the letter waits.
//! 3. Without TLS only this machine is spoken to.
//! 4. A visit that names no address gets no letter, and that is no error.

use std::{
    net::IpAddr,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox, MultiPart,
        header::{Header, HeaderName, HeaderValue},
    },
    transport::smtp::{
        PoolConfig,
        authentication::Credentials,
        client::{Certificate, Tls, TlsParameters},
    },
};

use crate::{
    files,
    mail::{Letter, Mail, MailError},
    secret::{SecretError, SecretFile},
};

/// How the way to the server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpTls {
    /// From the first byte (submissions, port 465; RFC 8314).
    Implicit,
    /// After `STARTTLS`, without which nothing is sent (submission, port 587).
    StartTls,
    /// Not at all; only to this machine.
    None,
}

/// A mail server, and who this shop is to it.
#[derive(Clone, Debug)]
pub struct SmtpServer {
    /// Its host's name, which its certificate must have.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way there is protected.
    pub tls: SmtpTls,
    /// A file with the authorities (PEM) of a server whose certificate no public one has signed.
    pub authority: Option<PathBuf>,
    /// Who this shop is: a user, and the file with the password.
    pub user: Option<(String, SecretFile)>,
    /// Whom letters are from: `Corner Shop <receipts@example.org>`.
    pub from: String,
    /// How long the server may take for one step; shorter than an attempt may take.
    pub patience: Duration,
    /// Connections that are kept; as many letters go at once.
    pub connections: u32,
}

/// Why a mail server can't be used as it is set.
#[derive(Debug, thiserror::Error)]
pub enum SmtpError {
    /// Letters would be read on the way.
    #[error(
        "the mail server {0} is not this machine: without TLS it is not spoken to; set implicit or \
         starttls"
    )]
    Unprotected(String),
    /// Nobody to write from.
    #[error("{from:?} is no address to write from, such as Shop <receipts@example.org>: {why}")]
    From {
        /// What was set.
        from: String,
        /// What is wrong with it.
        why: String,
    },
    /// The password can't be read.
    #[error(transparent)]
    Password(#[from] SecretError),
    /// The authorities can't be used.
    #[error("the mail server's authority {}: {why}", file.display())]
    Authority {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The TLS client can't be made, as when the host is no name.
    #[error("TLS to {host}: {why}")]
    Tls {
        /// The host.
        host: String,
        /// Why.
        why: String,
    },
}

/// Letters by way of a mail server.
pub struct SmtpMail {
    from: Mailbox,
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

impl SmtpMail {
    /// Reads the secrets; the server is spoken to when there is a letter.
    ///
    /// # Errors
    ///
    /// When a setting makes no sense or a file can't be read.
    pub fn new(server: &SmtpServer) -> Result<Self, SmtpError> {
        let from = server.from.parse().map_err(|why| SmtpError::From {
            from: server.from.clone(),
            why: format!("{why}"),
        })?;
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&server.host)
            .port(server.port)
            .tls(protection(server)?)
            .timeout(Some(server.patience))
            .pool_config(PoolConfig::new().max_size(server.connections));
        if let Some((user, password)) = &server.user {
            transport = transport.credentials(Credentials::new(user.clone(), password.read()?));
        }
        Ok(Self {
            from,
            transport: transport.build(),
        })
    }

    fn message(&self, letter: &Letter) -> Result<Message, MailError> {
        // Neither a bad address nor a bad header gets better by waiting.
        let refused = |why: String| MailError::Refused(why);
        let to: Address = letter
            .address
            .parse()
            .map_err(|why| refused(format!("the address is none: {why}")))?;
        let date = Duration::from_micros(u64::try_from(letter.written_us).unwrap_or_default());
        let mut message = Message::builder().message_id(Some(self.message_id(letter, &letter.id)));
        if let Some(receipt) = &letter.follows {
            // So mail programs show a correction below its receipt.
            let receipt = self.message_id(letter, receipt);
            message = message.in_reply_to(receipt.clone()).references(receipt);
        }
        message
            .date(SystemTime::UNIX_EPOCH + date)
            .from(self.from.clone())
            .to(to.into())
            .subject(&letter.subject)
            .header(AutoSubmitted)
            .multipart(MultiPart::alternative_plain_html(
                letter.text.clone(),
                letter.html.clone(),
            ))
            .map_err(|why| refused(why.to_string()))
    }

    /// Of characters that any `Message-ID` may hold (RFC 5322, 3.6.4), and different for each document.
    fn message_id(&self, letter: &Letter, document: &str) -> String {
        let part = |text: &str| files::name(text).replace('.', "%2e");
        let (document, store) = (part(document), part(&letter.store));
        format!("<{document}.{store}@{}>", self.from.email.domain())
    }
}

/// Who answers by machine leaves such letters alone (RFC 3834, section 5).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[async_trait]
impl Mail for SmtpMail {
    async fn send(&self, letter: &Letter) -> Result<String, MailError> {
        if letter.address.is_empty() {
            return Ok("no address to write to".to_owned());
        }
        let message = self.message(letter)?;
        match self.transport.send(message).await {
            Ok(answer) => Ok(answer.message().collect::<Vec<_>>().join(" ")),
            Err(error) => Err(judged(&error)),
        }
    }
}

fn judged(error: &lettre::transport::smtp::Error) -> MailError {
    let why = match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    if error.is_permanent()
        && !error
            .status()
            .is_some_and(|code| OURS.contains(&code.into()))
    {
        return MailError::Refused(why);
    }
    MailError::Retryable(why)
}

/// Refusals of who asks, not of the letter: authentication (RFC 4954, section 6), and a host that takes
/// no mail now (RFC 7504).
const OURS: [u16; 6] = [521, 530, 534, 535, 538, 556];

fn protection(server: &SmtpServer) -> Result<Tls, SmtpError> {
    if server.tls == SmtpTls::None {
        if !loopback(&server.host) {
            return Err(SmtpError::Unprotected(server.host.clone()));
        }
        tracing::warn!(
            host = server.host,
            "letters go to the mail server without TLS: only for one on this machine"
        );
        return Ok(Tls::None);
    }
    let mut tls = TlsParameters::builder(server.host.clone());
    if let Some(file) = &server.authority {
        let failed = |why: String| SmtpError::Authority {
            file: file.clone(),
            why,
        };
        let pem = std::fs::read(file).map_err(|error| failed(error.to_string()))?;
        let authority = Certificate::from_pem(&pem).map_err(|error| failed(error.to_string()))?;
        tls = tls.add_root_certificate(authority);
    }
    let tls = tls.build().map_err(|why| SmtpError::Tls {
        host: server.host.clone(),
        why: why.to_string(),
    })?;
    Ok(match server.tls {
        SmtpTls::Implicit => Tls::Wrapper(tls),
        _ => Tls::Required(tls),
    })
}

/// Whether a host is this machine and no other.
pub(crate) fn loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server() -> SmtpServer {
        SmtpServer {
            host: "127.0.0.1".to_owned(),
            port: 25,
            tls: SmtpTls::None,
            authority: None,
            user: None,
            from: "Corner Shop <receipts@example.org>".to_owned(),
            patience: Duration::from_secs(1),
            connections: 1,
        }
    }

    fn letter(address: &str) -> Letter {
        Letter {
            id: "r/1".to_owned(),
            store: "corner".to_owned(),
            address: address.to_owned(),
            subject: "Corner Shop: Receipt".to_owned(),
            ..Letter::default()
        }
    }

    #[tokio::test]
    async fn a_letter_sent_again_is_the_same_letter_and_no_address_is_one_line() {
        let mail = SmtpMail::new(&server()).unwrap();
        let head = |letter: &Letter| {
            let text = String::from_utf8(mail.message(letter).unwrap().formatted()).unwrap();
            let (head, _) = text.split_once("Content-Type").unwrap();
            head.to_owned()
        };
        let first = head(&letter("anna@example.com"));
        assert_eq!(first, head(&letter("anna@example.com")));
        assert!(
            first.contains("Message-ID: <r%2f1.corner@example.org>"),
            "{first}"
        );
        for address in ["anna", "anna@example.com\r\nBcc: x@y.z", "a@b, c@d", "@"] {
            let error = mail.message(&letter(address)).unwrap_err();
            assert!(matches!(error, MailError::Refused(_)), "{address}: {error}");
        }
        assert!(mail.send(&letter("")).await.is_ok());
    }

    // The pool of connections is kept by a task.
    #[tokio::test]
    async fn without_tls_only_this_machine_is_spoken_to() {
        let mut elsewhere = server();
        elsewhere.host = "mail.example.org".to_owned();
        let error = SmtpMail::new(&elsewhere).err().unwrap();
        assert!(matches!(error, SmtpError::Unprotected(_)), "{error}");
        elsewhere.tls = SmtpTls::StartTls;
        assert!(SmtpMail::new(&elsewhere).is_ok());
        for (host, own) in [
            ("localhost", true),
            ("[::1]", true),
            ("127.9.9.9", true),
            ("10.0.0.1", false),
        ] {
            assert_eq!(loopback(host), own, "{host}");
        }
    }
}
