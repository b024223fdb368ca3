//! The words of a message: subject, text part and HTML part, in the person's language.

mod english;
mod language;
mod six_digits;

use crate::{Content, Reason, SendError};

use language::Language;
pub(crate) use six_digits::holds_six_digits;

/// The words of one message.
pub(crate) struct Rendered {
    pub(crate) subject: &'static str,
    pub(crate) text: String,
    pub(crate) html: String,
}

/// The words for this content, from the service that people know as `service`.
pub(crate) fn render(locale: &str, service: &str, content: &Content) -> Result<Rendered, SendError> {
    let rendered = match Language::for_locale(locale) {
        Language::English => english::render(service, content),
    }
    .map_err(|_| SendError::permanent(Reason::Content))?;
    if six_digits::keeps_the_rule(&rendered, content.digits(), content.link()) {
        Ok(rendered)
    } else {
        Err(SendError::permanent(Reason::Content))
    }
}
