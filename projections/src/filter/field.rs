//! The fields that a filter can ask about: a closed set, parted by the kind of their values.

/// What a term asks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// A number or a moment, which has an order.
    Number(NumberField),
    /// The stored name of the event.
    Type,
    /// A text, which is equal or not.
    Text(TextField),
    /// The address that the event was caused from.
    Ip,
}

/// A field whose values have an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NumberField {
    /// The event's place in the ledger.
    Index,
    /// When the event was recorded, in milliseconds since 1970.
    At,
    /// The event's place in its stream.
    Sequence,
}

/// A field whose values are equal or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TextField {
    /// The account that the event concerns.
    Account,
    /// The sign-in that it belongs to.
    SignIn,
    /// The session that it belongs to.
    Session,
    /// The client that was used.
    Client,
    /// The stream that holds it.
    Stream,
    /// Who caused it.
    Actor,
    /// The request that caused it.
    RequestId,
    /// How an attempt ended.
    Outcome,
    /// The factor that was tried.
    Factor,
}

/// A longer way from a known name is not taken for a slip.
const SLIPS_MOST: usize = 2;

impl Field {
    /// Every field, in the order in which people are told of them.
    pub const ALL: [Self; 14] = [
        Self::Number(NumberField::Index),
        Self::Type,
        Self::Number(NumberField::At),
        Self::Text(TextField::Account),
        Self::Text(TextField::SignIn),
        Self::Text(TextField::Session),
        Self::Text(TextField::Client),
        Self::Text(TextField::Stream),
        Self::Text(TextField::Actor),
        Self::Text(TextField::RequestId),
        Self::Text(TextField::Outcome),
        Self::Text(TextField::Factor),
        Self::Ip,
        Self::Number(NumberField::Sequence),
    ];

    /// The name by which a filter calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Number(field) => field.name(),
            Self::Type => "type",
            Self::Text(field) => field.name(),
            Self::Ip => "ip",
        }
    }

    /// The field of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }

    /// The field that was probably meant by a name that is none.
    pub(super) fn nearest(name: &str) -> Option<Self> {
        let near = |field: &Self| {
            let steps = distance(field.name(), name);
            // Where every letter would have to change, nothing was nearly written.
            (steps <= SLIPS_MOST && steps < field.name().len()).then_some(steps)
        };
        Self::ALL.into_iter().filter(|field| near(field).is_some()).min_by_key(near)
    }
}

impl NumberField {
    /// The name by which a filter calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Index => "index",
            Self::At => "at",
            Self::Sequence => "sequence",
        }
    }
}

impl TextField {
    /// The name by which a filter calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::SignIn => "sign_in",
            Self::Session => "session",
            Self::Client => "client",
            Self::Stream => "stream",
            Self::Actor => "actor",
            Self::RequestId => "request_id",
            Self::Outcome => "outcome",
            Self::Factor => "factor",
        }
    }
}

/// How many characters must be added, left out or changed to make one text of another (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (above, mine) in one.chars().enumerate() {
        let mut left = above + 1;
        let mut next = vec![left];
        for ((diagonal, up), theirs) in row.iter().zip(row.iter().skip(1)).zip(other.chars()) {
            left = (diagonal + usize::from(mine != theirs)).min(up + 1).min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_by_its_name() {
        for field in Field::ALL {
            assert_eq!(Field::named(field.name()), Some(field));
        }
        assert_eq!(Field::named("Account"), None);
    }

    #[test]
    fn a_slip_of_two_characters_is_understood_and_one_of_three_is_not() {
        let meant = ["acount", "acuont", "signin", "id", "Session", "acnt", "acc"].map(Field::nearest);
        let names = meant.map(|field| field.map(Field::name));
        let account = Some("account");
        assert_eq!(names, [account, account, Some("sign_in"), Some("ip"), Some("session"), None, None]);
    }

    #[test]
    fn a_name_that_shares_no_letter_with_a_field_suggests_none() {
        assert_eq!(["", "x", "zz"].map(Field::nearest), [None; 3]);
    }
}
