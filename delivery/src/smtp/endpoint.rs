//! Where the relay is, and how it is spoken to.

use std::fmt;
use std::io;
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use url::{Host, Url};

use super::options::{Encryption, Options};
use super::verdict::about_us;
use super::wary::Wary;
use crate::{Reason, SendError, TransportUrlError};

/// How long a connection may take to come about, for each address of the host
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

const SMTP_PORT: u16 = 25;
const SUBMISSION_PORT: u16 = 587;
const SUBMISSIONS_PORT: u16 = 465;

pub(super) struct Endpoint {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<Credentials>,
}

enum Security {
    Plain,
    /// Encrypted where the relay offers it.
    IfOffered(TlsParameters),
    StartTls(TlsParameters),
    Tls(TlsParameters),
}

impl Endpoint {
    pub(super) fn parse(url: &Url, options: Options) -> Result<Self, TransportUrlError> {
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(TransportUrlError::Surplus);
        }
        let host = Host::parse(url.host_str().unwrap_or_default()).map_err(|_| TransportUrlError::Host)?;
        let credentials = credentials(url)?;
        let (security, usual_port) = security(url, &host, options)?;
        let in_the_clear = matches!(security, Security::Plain | Security::IfOffered(_));
        if in_the_clear && credentials.is_some() && !is_this_machine(&host) {
            return Err(TransportUrlError::CredentialsInTheClear);
        }
        let port = url.port().unwrap_or(usual_port);
        if port == 0 {
            return Err(TransportUrlError::Host);
        }
        Ok(Self { host: name(&host), port, security, credentials })
    }

    /// A connection that is encrypted and logged in as the URL says.
    pub(super) async fn connect(&self, hello: &ClientId) -> Result<AsyncSmtpConnection, SendError> {
        let mut connection = match &self.security {
            Security::Plain => self.greet(None, hello).await,
            Security::Tls(tls) => self.greet(Some(tls.clone()), hello).await,
            Security::IfOffered(_) | Security::StartTls(_) => {
                let stream = Wary::new(self.reach().await.map_err(|error| unreached(&error))?);
                AsyncSmtpConnection::connect_with_transport(Box::new(stream), hello).await
            }
        }
        .map_err(|error| about_us(&error))?;
        self.get_in(&mut connection, hello).await.map_err(|error| about_us(&error))?;
        Ok(connection)
    }

    async fn greet(
        &self,
        tls: Option<TlsParameters>,
        hello: &ClientId,
    ) -> Result<AsyncSmtpConnection, Error> {
        let address = (self.host.as_str(), self.port);
        AsyncSmtpConnection::connect_tokio1(address, Some(CONNECT_TIMEOUT), hello, tls, None).await
    }

    async fn get_in(&self, connection: &mut AsyncSmtpConnection, hello: &ClientId) -> Result<(), Error> {
        match &self.security {
            Security::StartTls(tls) => connection.starttls(tls.clone(), hello).await?,
            Security::IfOffered(tls) if connection.can_starttls() => {
                connection.starttls(tls.clone(), hello).await?;
            }
            Security::Plain | Security::IfOffered(_) | Security::Tls(_) => {}
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(())
    }

    /// A connection to the first of the host's addresses that takes one.
    async fn reach(&self) -> io::Result<TcpStream> {
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for address in lookup_host((self.host.as_str(), self.port)).await? {
            match timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => last = error,
                Err(_) => last = io::ErrorKind::TimedOut.into(),
            }
        }
        Err(last)
    }
}

fn unreached(error: &io::Error) -> SendError {
    SendError::transient(match error.kind() {
        io::ErrorKind::TimedOut => Reason::TimedOut,
        kind => Reason::Connection { kind: Some(kind) },
    })
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let security = match self.security {
            Security::Plain => "plain",
            Security::IfOffered(_) => "starttls if offered",
            Security::StartTls(_) => "starttls",
            Security::Tls(_) => "tls",
        };
        write!(f, "{}:{} {security}", self.host, self.port)
    }
}

/// Without the brackets that a URL puts round IPv6
fn name(host: &Host<String>) -> String {
    match host {
        Host::Domain(domain) => domain.clone(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    }
}

fn is_this_machine(host: &Host<String>) -> bool {
    match host {
        Host::Domain(domain) => domain == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// How the relay is spoken to, and on which port unless the URL says so. What stays on this machine may be plain.
fn security(url: &Url, host: &Host<String>, options: Options) -> Result<(Security, u16), TransportUrlError> {
    let tls = tls(name(host), options.authority)?;
    if url.scheme() == "smtps" {
        return match options.encryption {
            None | Some(Encryption::Required) => Ok((Security::Tls(tls), SUBMISSIONS_PORT)),
            Some(Encryption::None | Encryption::Offered) => Err(TransportUrlError::Option),
        };
    }
    let usual = if is_this_machine(host) { Encryption::None } else { Encryption::Required };
    Ok(match options.encryption.unwrap_or(usual) {
        Encryption::None => (Security::Plain, SMTP_PORT),
        Encryption::Offered => (Security::IfOffered(tls), SMTP_PORT),
        Encryption::Required => (Security::StartTls(tls), SUBMISSION_PORT),
    })
}

fn tls(host: String, authority: Option<Certificate>) -> Result<TlsParameters, TransportUrlError> {
    let mut parameters = TlsParameters::builder(host);
    if let Some(authority) = authority {
        parameters = parameters.certificate_store(CertificateStore::None).add_root_certificate(authority);
    }
    parameters.build_rustls().map_err(|_| TransportUrlError::Tls)
}

fn credentials(url: &Url) -> Result<Option<Credentials>, TransportUrlError> {
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) | (_, None) => Err(TransportUrlError::Credentials),
        (user, Some(password)) => {
            let user = percent_decoded(user).ok_or(TransportUrlError::Credentials)?;
            let password = percent_decoded(password).ok_or(TransportUrlError::Credentials)?;
            Ok(Some(Credentials::new(user, password)))
        }
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut pieces = text.split('%');
    let mut bytes = pieces.next()?.as_bytes().to_vec();
    for piece in pieces {
        let (escape, rest) = piece.split_at_checked(2)?;
        if !escape.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        bytes.push(u8::from_str_radix(escape, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}
