//! The choice of language.

/// A language that has templates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
}

const BY_TAG: [(&str, Language); 1] = [("en", Language::English)];
const FALLBACK: Language = Language::English;

impl Language {
    /// By the primary part of a language tag (`en-GB` is `en`); one without templates gets English.
    pub(crate) fn for_locale(locale: &str) -> Self {
        let primary = locale.split(['-', '_']).next().unwrap_or_default();
        BY_TAG
            .iter()
            .find(|(tag, _)| tag.eq_ignore_ascii_case(primary))
            .map_or(FALLBACK, |(_, language)| *language)
    }
}
