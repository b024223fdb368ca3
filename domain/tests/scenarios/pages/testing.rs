//! The page about testing: what it shows of the tests is what stands in them. The rest of its code is run as doctests.

use super::coverage::rules;
use super::read;

/// The blocks of a page that are marked like this.
fn blocks<'a>(page: &'a str, mark: &str) -> Vec<&'a str> {
    let opening = format!("```{mark}\n");
    page.split(opening.as_str()).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn a_test_that_the_page_shows_stands_among_the_tests() {
    let (page, rules) = (read("../docs/testing.md"), rules());
    let shown = blocks(&page, "rust,ignore");
    assert!(!shown.is_empty(), "the page shows no test");
    for block in shown {
        assert!(rules.contains(block), "no test reads like this:\n{block}");
    }
}

#[test]
fn the_failure_that_the_page_shows_is_one_of_the_kit() {
    let page = read("../docs/testing.md");
    let snapshot = "countersign_domain__kit__tests__failures__\
                    other_events_than_expected_stand_beside_the_ones_that_were.snap";
    let failure = read(&format!("src/kit/tests/snapshots/{snapshot}"));
    let shown = blocks(&page, "text");
    assert!(!shown.is_empty() && shown.iter().all(|block| failure.contains(block)), "{shown:?}");
}

#[test]
fn blocks_are_found_by_their_mark() {
    assert_eq!(
        blocks("a\n```sh\none\n```\n```text\ntwo\n```\n```sh\nthree\n```\n", "sh"),
        ["one\n", "three\n"]
    );
}
