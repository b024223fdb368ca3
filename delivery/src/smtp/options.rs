//! What may stand behind the question mark of a relay's URL: `tls`, `ca` and `timeout`, each once.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use lettre::transport::smtp::client::Certificate;
use url::Url;

use super::SEND_DEADLINE;
use crate::TransportUrlError;

/// The most bytes of a file of certificates
const CERTIFICATES_LARGEST: u64 = 1024 * 1024;
/// What a file of certificates has at least one of
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----";

#[derive(Default)]
pub(super) struct Options {
    /// `tls`
    pub(super) encryption: Option<Encryption>,
    /// `ca`: whose signature the relay's certificate must bear, in place of the public authorities'
    pub(super) authority: Option<Certificate>,
    /// `timeout`, in seconds: how long one message may take
    pub(super) deadline: Option<Duration>,
}

/// What of the conversation has to be encrypted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Encryption {
    /// `none`: nothing
    None,
    /// `offered`: all, where the relay says that it can; whoever stands between can take that word away
    Offered,
    /// `required`: all, or no word is spoken
    Required,
}

impl Options {
    pub(super) fn parse(url: &Url) -> Result<Self, TransportUrlError> {
        let mut options = Self::default();
        for (name, value) in url.query_pairs() {
            let is_second = match name.as_ref() {
                "tls" => options.encryption.replace(encryption(&value)?).is_some(),
                "ca" => options.authority.replace(authority(Path::new(value.as_ref()))?).is_some(),
                "timeout" => options.deadline.replace(deadline(&value)?).is_some(),
                _ => return Err(TransportUrlError::Option),
            };
            if is_second {
                return Err(TransportUrlError::Option);
            }
        }
        Ok(options)
    }
}

fn encryption(word: &str) -> Result<Encryption, TransportUrlError> {
    match word {
        "none" => Ok(Encryption::None),
        "offered" => Ok(Encryption::Offered),
        "required" => Ok(Encryption::Required),
        _ => Err(TransportUrlError::Option),
    }
}

fn authority(path: &Path) -> Result<Certificate, TransportUrlError> {
    let unusable = |kind| TransportUrlError::Authority { kind };
    let text = read(path).map_err(|error| unusable(error.kind()))?;
    // What holds none would be an authority that no certificate is signed by.
    if !text.contains(CERTIFICATE) {
        return Err(unusable(io::ErrorKind::InvalidData));
    }
    Certificate::from_pem(text.as_bytes()).map_err(|_| unusable(io::ErrorKind::InvalidData))
}

fn read(path: &Path) -> io::Result<String> {
    if fs::metadata(path)?.len() > CERTIFICATES_LARGEST {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    fs::read_to_string(path)
}

fn deadline(seconds: &str) -> Result<Duration, TransportUrlError> {
    let seconds = seconds.parse().map(Duration::from_secs).map_err(|_| TransportUrlError::Option)?;
    if seconds.is_zero() || seconds > SEND_DEADLINE {
        return Err(TransportUrlError::Option);
    }
    Ok(seconds)
}
