//! The rule of six digits: whoever looks for the code in a message finds it, and nothing else.

use super::Rendered;

const CODE_LENGTH: usize = 6;

/// Whether six digits or more stand together in the text.
pub(crate) fn holds_six_digits(text: &str) -> bool {
    runs(text).next().is_some()
}

/// With a code: it is the only run of six digits in each part, and a line of its own in the text part.
/// Without: there is no such run. The subject never has one. Of a link only the service's own address can hold one, which
/// nobody takes for a code.
pub(crate) fn keeps_the_rule(rendered: &Rendered, digits: Option<&str>, link: Option<&str>) -> bool {
    let text = link.map_or_else(|| rendered.text.clone(), |link| rendered.text.replace(link, ""));
    let html = link.map_or_else(|| rendered.html.clone(), |link| rendered.html.replace(link, ""));
    let well_formed = digits.is_none_or(|code| code.len() == CODE_LENGTH);
    let alone = digits.is_none_or(|code| rendered.text.lines().any(|line| line == code));
    well_formed
        && alone
        && !holds_six_digits(rendered.subject)
        && runs(&text).eq(digits)
        && runs(&html).eq(digits)
}

fn runs(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_ascii_digit()).filter(|run| run.len() >= CODE_LENGTH)
}
