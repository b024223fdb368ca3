//! From a message to an internet message: headers, text part, HTML part.
//!
//! Nothing in it is random or read from a clock, so the same message gives the same bytes on every attempt.

use std::time::{Duration, SystemTime};

use lettre::Address;
use lettre::address::Envelope;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart};
use url::Host;

use crate::{Message, Reason, SendError, Sender, template};

/// Fixed, and a line that no template has: a random one could hold six digits.
const BOUNDARY: &str = "countersign-alternative-part";
/// The longest address that SMTP carries (RFC 5321 4.5.3.1.3, without the angle brackets)
const MAX_ADDRESS_LENGTH: usize = 254;
/// The end of the year 9999, behind which a `Date` header has no form
const LAST_DATE_MS: u64 = 253_402_300_799_999;

pub(crate) fn compose(message: &Message, sender: &Sender) -> Result<lettre::Message, SendError> {
    let to = recipient(&message.to).ok_or(SendError::permanent(Reason::Address))?;
    let date = date(message.at_ms).ok_or(SendError::permanent(Reason::Content))?;
    let rendered = template::render(&message.locale, sender.name(), &message.content)?;
    let sender_address = sender.mailbox().email.clone();
    let envelope = Envelope::new(Some(sender_address), vec![to.clone()])
        .map_err(|_| SendError::permanent(Reason::Address))?;
    let parts = MultiPart::alternative()
        .boundary(BOUNDARY)
        .singlepart(part(ContentType::TEXT_PLAIN, rendered.text))
        .singlepart(part(ContentType::TEXT_HTML, rendered.html));
    let automatic =
        HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned());
    lettre::Message::builder()
        .envelope(envelope)
        .message_id(Some(format!("<{}@{}>", message.id, sender.domain())))
        .date(date)
        .from(sender.mailbox().clone())
        .to(Mailbox::new(None, to))
        .subject(rendered.subject)
        .raw_header(automatic)
        .multipart(parts)
        .map_err(|_| SendError::permanent(Reason::Content))
}

/// An address and nothing else: no display name, no second address, nothing that could end a header. Its
/// domain becomes ASCII, so that every relay takes it.
fn recipient(to: &str) -> Option<Address> {
    if to.len() > MAX_ADDRESS_LENGTH || to.chars().any(char::is_control) {
        return None;
    }
    let address: Address = to.parse().ok()?;
    if address.domain().is_ascii() {
        return Some(address);
    }
    match Host::parse(address.domain()).ok()? {
        Host::Domain(domain) => Address::new(address.user(), domain).ok(),
        Host::Ipv4(_) | Host::Ipv6(_) => None,
    }
}

fn date(at_ms: i64) -> Option<SystemTime> {
    let at_ms = u64::try_from(at_ms).ok().filter(|ms| *ms <= LAST_DATE_MS)?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(at_ms))
}

/// Plain where it can be, else quoted-printable: never base64, which may hold six digits in a row and hides
/// the code from whoever reads the file with plain tools.
fn part(content_type: ContentType, text: String) -> SinglePart {
    let body = if text.is_ascii() {
        Body::new(text)
    } else {
        Body::new_with_encoding(text, ContentTransferEncoding::QuotedPrintable).unwrap_or_else(Body::new)
    };
    SinglePart::builder().header(content_type).body(body)
}
