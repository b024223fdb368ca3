//! The kit's own tests: what a failure says, and that each law is broken by a decider made to break it.

mod failures;
mod lamp;
mod laws;
mod matchers;

use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a scenario says when it fails.
fn failure<T>(scenario: impl FnOnce() -> T) -> String {
    let panicked = catch_unwind(AssertUnwindSafe(|| drop(scenario()))).expect_err("the scenario has to fail");
    panicked.downcast_ref::<String>().cloned().unwrap_or_default()
}
