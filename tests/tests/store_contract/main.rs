//! What the event store promises, on whichever database `COUNTERSIGN_TEST_DATABASE` chooses.
//!
//! - [`appending`], [`races`], [`outcomes`]: streams, one winner a version, what a failure left
//! - [`sealing`], [`erasing`], [`refusals`]: what is stored of secrets, and what never is
//! - [`metadata`], [`upcasting`], [`snapshots`]: what stands beside events, past shapes, long streams
//! - [`protection`], [`leftovers`]: what the database itself refuses, and what it writes along
//! - [`sequencing`], [`tree`], [`standing`]: the one order, what is proven of it, read models that replace others
//! - [`keys`], [`modes`], [`quotas`], [`leadership`], [`migrations`]: what stands beside the streams
//!
//! [`given`] sets the stage, [`probe`] is an aggregate that holds whatever a test wants stored, and [`samples`] has
//! one of each event that can leave work.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by a panic")]

mod appending;
mod erasing;
mod given;
mod keys;
mod leadership;
mod leftovers;
mod metadata;
mod migrations;
mod modes;
mod outcomes;
mod probe;
mod protection;
mod quotas;
mod races;
mod refusals;
mod samples;
mod sealing;
mod sequencing;
mod snapshots;
mod standing;
mod tree;
mod upcasting;
