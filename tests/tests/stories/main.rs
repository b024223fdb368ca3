//! Stories: what people, their clients and strangers live through with the service, told over HTTP.
//!
//! Each test's name is a sentence, and its body is given, when, then. They run on either database.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what the stories share fails by a panic, as the stories do"
)]

mod access_tokens;
mod administration;
mod audit;
mod audit_commands;
mod audit_exports;
mod bad_input;
mod canary;
mod client_keys;
mod clients;
mod demo;
mod ended_sessions;
mod every_operation;
mod example;
mod flow;
mod full_pool;
mod gate;
mod generated_clients;
mod hammered;
mod idempotency;
mod introspection;
mod json_log;
mod kept_codes;
mod keys;
mod known_holes;
mod ledger;
mod ledger_proofs;
mod limits;
mod messages;
mod notices;
mod openapi;
mod openapi_page;
mod operations;
mod out_of_order;
mod password_resets;
mod races;
mod random_histories;
mod read_models;
mod recoveries;
mod recovery_answers;
mod recovery_cancelling;
mod recovery_commands;
mod recovery_elsewhere;
mod refresh;
mod rehash;
mod requests;
mod same_answer;
mod schemathesis;
mod sessions;
mod smtp;
mod step_up;
mod strict;
mod sweep;
mod taken_over;
mod throttling;
mod tokens;
mod two_streams;
