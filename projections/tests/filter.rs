//! The auditors' filter: what each text means, where a wrong one is wrong, and what holds of every text.

use countersign_projections::filter::{
    Filter, FilterError, NameTest, NumberField, NumberTest, Term, TextField, parse,
};
use proptest::prelude::{Just, Strategy, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};

fn filter(text: &str) -> Filter {
    parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn error(text: &str) -> FilterError {
    parse(text).expect_err(text)
}

fn texts(field: TextField, values: &[&str]) -> Filter {
    Filter::Term(Term::Text { field, one_of: values.iter().map(ToString::to_string).collect() })
}

fn account(value: &str) -> Filter {
    texts(TextField::Account, &[value])
}

fn not(part: Filter) -> Filter {
    Filter::Not(Box::new(part))
}

fn index(test: NumberTest) -> Filter {
    Filter::Term(Term::Number { field: NumberField::Index, test })
}

#[test]
fn nothing_asks_for_everything() {
    assert_eq!(filter(""), Filter::everything());
    assert_eq!(filter(" \t "), Filter::everything());
}

#[test]
fn terms_beside_each_other_must_all_hold() {
    let both = Filter::All(vec![account("a"), account("b")]);
    for text in ["account:a account:b", " account:a  and account:b ", "(account:a)AND(account:b)"] {
        assert_eq!(filter(text), both, "{text}");
    }
}

#[test]
fn not_binds_before_and_which_binds_before_or() {
    let expected = Filter::Any(vec![
        Filter::All(vec![not(account("a")), account("b")]),
        Filter::All(vec![account("c"), account("d")]),
    ]);
    assert_eq!(filter("not account:a account:b or account:c and account:d"), expected);
}

#[test]
fn parentheses_bind_first() {
    let choice = Filter::Any(vec![account("a"), account("b")]);
    assert_eq!(filter("not (account:a or account:b)"), not(choice.clone()));
    assert_eq!(filter("account:c (account:a Or account:b)"), Filter::All(vec![account("c"), choice]));
}

#[test]
fn parts_of_one_kind_are_joined_flat() {
    let three = vec![account("a"), account("b"), account("c")];
    assert_eq!(filter("account:a (account:b account:c)"), Filter::All(three.clone()));
    assert_eq!(filter("(account:a or account:b) or account:c"), Filter::Any(three));
}

#[test]
fn a_minus_negates_one_term() {
    let expected = Filter::All(vec![not(account("a")), account("b")]);
    assert_eq!(filter("-account:a account:b"), expected);
    assert_eq!(filter("not -account:a"), not(not(account("a"))));
}

#[test]
fn a_keyword_can_be_a_value() {
    assert_eq!(filter("account:or or account:not"), Filter::Any(vec![account("or"), account("not")]));
}

#[test]
fn a_text_field_takes_any_of_several_values() {
    assert_eq!(filter("outcome:passed,failed"), texts(TextField::Outcome, &["passed", "failed"]));
    assert_eq!(filter(r#"actor:a,"b c""#), texts(TextField::Actor, &["a", "b c"]));
}

#[test]
fn quotes_take_away_every_meaning_but_that_of_quote_and_backslash() {
    assert_eq!(filter(r#"account:"a b,c:(d) >e..*""#), account("a b,c:(d) >e..*"));
    assert_eq!(filter(r#"account:"say \"a\\b\"""#), account(r#"say "a\b""#));
    assert_eq!(filter(r#"account:"""#), account(""));
    assert_eq!(filter(r"account:a\b:c"), account(r"a\b:c"));
}

#[test]
fn numbers_are_listed_compared_or_in_a_range() {
    let tests = [
        ("1,2", NumberTest::OneOf(vec![1, 2])),
        (">=1", NumberTest::AtLeast(1)),
        (">1", NumberTest::Above(1)),
        ("<=1", NumberTest::AtMost(1)),
        ("<\"1\"", NumberTest::Below(1)),
        ("1..2", NumberTest::Between(1, 2)),
    ];
    for (text, test) in tests {
        assert_eq!(filter(&format!("index:{text}")), index(test), "{text}");
    }
}

#[test]
fn a_day_is_a_range_of_two_times() {
    let test = NumberTest::Between(1_767_225_600_000, 1_767_311_999_999);
    let expected = Filter::Term(Term::Number { field: NumberField::At, test });
    assert_eq!(filter("at:2026-01-01..2026-01-01T23:59:59.999Z"), expected);
}

#[test]
fn a_name_of_an_event_is_whole_or_a_beginning() {
    let tests = vec![NameTest::Is("code.sent".to_owned()), NameTest::StartsWith("sign_in.".to_owned())];
    assert_eq!(filter("type:code.sent,sign_in.*"), Filter::Term(Term::Type(tests)));
}

#[test]
fn an_address_alone_is_a_block_of_one() {
    assert_eq!(filter("ip:10.0.0.1,2001:db8::1"), filter("ip:10.0.0.1/32,2001:db8::1/128"));
    assert_eq!(filter("ip:::ffff:10.0.0.1"), filter("ip:10.0.0.1"));
}

/// Each wrong text, and how its error begins.
const WRONG: [(&str, &str); 37] = [
    ("hello", "column 1: expected a term like account:acc_1"),
    ("account:a hello", "column 11: expected a term like"),
    ("account:a or", "column 13: expected a term like"),
    ("account:a and and", "column 15: expected a term like"),
    ("and account:a", "column 1: expected a term like"),
    ("not", "column 4: expected a term like"),
    ("()", "column 2: expected a term like"),
    ("- account:a", "column 2: expected a term like"),
    ("-(account:a)", "column 2: expected a term like"),
    ("(account:a", "column 11: expected a closing parenthesis"),
    ("account:a )", "column 11: expected the end, as no parenthesis is open here"),
    (
        "account:ä acount:b",
        "column 11: expected a field, perhaps account; the fields are index, type, at, acc",
    ),
    ("elephant:1", "column 1: expected a field; the fields are index, type, at, account, sign_in, session, "),
    ("account:a or:b", "column 11: expected a field; the fields are index"),
    ("account:", "column 9: expected a value"),
    ("account: a", "column 9: expected a value"),
    ("account:a, b", "column 11: expected a value"),
    ("index:1..", "column 10: expected a value"),
    ("account:\"a", "column 11: expected a closing quote"),
    (r#"account:"a\n""#, r#"column 12: expected " or \ after a backslash"#),
    (r#"account:"a\"#, r#"column 12: expected " or \ after a backslash"#),
    (r#"account:"a"b"#, "column 12: expected a space after the value"),
    ("account:a>b", "column 10: expected a space after the value"),
    ("account:a(account:b)", "column 10: expected a space after the value"),
    ("index:1..2,3", "column 11: expected a space after the value"),
    ("index:1,x", "column 9: expected a whole number"),
    ("index:-1", "column 7: expected a whole number"),
    ("sequence:>=9223372036854775808", "column 12: expected a whole number"),
    ("index:3..2", "column 10: expected an end that is not before the beginning"),
    ("at:<yesterday", "column 5: expected a UTC time like"),
    ("account:>a", "column 9: expected values: only index, sequence and at have comparisons and ranges"),
    ("ip:10.0.0.1..10.0.0.9", "column 4: expected values: only index, sequence and at have"),
    ("account:acc*", "column 9: expected a whole account: only type takes a *"),
    ("type:a.b,sign_in*", "column 10: expected the name of an event like sign_in.started, or sign_in.*"),
    ("type:*", "column 6: expected the name of an event"),
    ("ip:10.0.0.0/33", "column 4: expected an address like 192.0.2.1, or a block like 10.0.0.0/8"),
    ("account:a\0", "column 10: expected no character U+0000"),
];

#[test]
fn a_wrong_text_is_told_where_it_is_wrong_and_what_was_expected() {
    for (text, message) in WRONG {
        let error = error(text).to_string();
        assert!(error.starts_with(message), "{text}: {error}");
    }
}

#[test]
fn the_canonical_text_has_nothing_that_can_be_left_out() {
    let texts = [
        ("( account:a AND (not account:b) )", "account:a -account:b"),
        ("(account:a account:b) or account:c", "account:a account:b or account:c"),
        ("not(account:a or account:b)and(ip:::1)", "not (account:a or account:b) ip:::1"),
        (r#"account:"a","b c","d..e","""#, r#"account:a,"b c","d..e","""#),
        ("at:>2026-01-01T00:00:00Z index:007", "at:>2026-01-01 index:7"),
        ("ip:10.1.2.3/8 type:\"sign_in.*\"", "ip:10.0.0.0/8 type:sign_in.*"),
    ];
    for (text, canonical) in texts {
        assert_eq!(filter(text).to_string(), canonical);
    }
}

/// Terms of every kind, with every kind of value.
fn term() -> impl Strategy<Value = Filter> {
    let name = prop_oneof![Just("account"), Just("request_id"), Just("factor")];
    let quoted = |text: String| format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""));
    let texts = prop::collection::vec("[a-c \"\\\\,.*:<>()ä-]{0,5}".prop_map(quoted), 1..4);
    let text = (name, texts).prop_map(|(name, texts)| format!("{name}:{}", texts.join(",")));
    let sign = prop_oneof![Just(""), Just(">="), Just(">"), Just("<="), Just("<"), Just("0.."), Just("0,")];
    let number = (sign, 0..i64::MAX).prop_map(|(sign, number)| format!("sequence:{sign}{number}"));
    let moment =
        (0..3_000_000_u32, prop_oneof![Just("Z"), Just(".5Z"), Just(".007Z")]).prop_map(|(day, end)| {
            let (year, month, day) = (day / 300, day / 28 % 12 + 1, day % 28 + 1);
            format!("at:<={year:04}-{month:02}-{day:02}T00:00:00{end}")
        });
    let name = "type:[a-z]{1,3}[.](sent|[*])";
    let v4 = (any::<[u8; 4]>(), 0..=32_u8)
        .prop_map(|(ip, bits)| format!("ip:{}/{bits}", std::net::IpAddr::from(ip)));
    let v6 = (any::<[u8; 16]>(), 0..=128_u8)
        .prop_map(|(ip, bits)| format!("ip:{}/{bits}", std::net::IpAddr::from(ip)));
    prop_oneof![text, number, moment, name, v4, v6].prop_map(|text| filter(&text))
}

/// Filters of every shape, not deeper than a text can be.
fn any_filter() -> impl Strategy<Value = Filter> {
    term().prop_recursive(4, 12, 3, |part| {
        prop_oneof![
            (part.clone(), part.clone()).prop_map(|(one, other)| one.and(other)),
            (part.clone(), part.clone()).prop_map(|(one, other)| one.or(other)),
            part.prop_map(not),
        ]
    })
}

/// Texts of pieces of the grammar, most of them nearly filters.
fn nearly_a_filter() -> impl Strategy<Value = String> {
    let pieces = [
        "account:a",
        "index:>=3",
        "at:2026-01-01",
        "ip:::1/8",
        "type:a.*",
        "(",
        ")",
        " ",
        " or ",
        " and ",
        "not ",
        "-",
        ":",
        ",",
        "..",
        "\"",
        "\\",
        "<",
        "*",
        "ä",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn the_canonical_text_is_read_as_the_same_filter(filter in any_filter()) {
        prop_assert_eq!(parse(&filter.to_string()), Ok(filter));
    }

    #[test]
    fn whatever_is_read_is_read_again_from_its_canonical_text(text in nearly_a_filter()) {
        if let Ok(filter) = parse(&text) {
            prop_assert_eq!(parse(&filter.to_string()), Ok(filter));
        }
    }

    #[test]
    fn an_error_stands_in_the_text_or_right_after_it(text in prop_oneof!["\\PC*", nearly_a_filter(), any::<String>()]) {
        if let Err(error) = parse(&text) {
            prop_assert!((1..=text.chars().count() + 1).contains(&error.column), "{}", error);
        }
    }
}
