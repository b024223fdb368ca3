//! Tests whose size a long run may raise.

/// How many of something a test makes: as many as a variable of the environment says, or as many as the gate makes.
///
/// # Panics
///
/// If the variable is no number.
pub fn asked_for(variable: &str, in_the_gate: u64) -> u64 {
    let asked = std::env::var(variable).ok();
    asked.map_or(in_the_gate, |number| number.parse().expect("expected a number"))
}
