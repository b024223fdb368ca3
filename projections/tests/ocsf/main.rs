//! Audit events in the terms of OCSF: what becomes of each, that it is what the schema asks for, and that nothing
//! sealed gets into it.

mod checking;
mod mapping;
mod page;
mod samples;
mod sealed;
