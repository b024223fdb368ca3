//! The search for what must be found nowhere: not in the database's files, not in its rows, not in a log, not
//! in what an operator's command prints.
//!
//! - [`needles`]: passwords, codes, addresses, tokens: whatever travelled in a run
//! - [`finder`]: looks for all of them at once, as they are and as they look encoded
//! - [`places`]: where to look

pub mod finder;
pub mod needles;
pub mod places;

pub use finder::{Finder, Finding};
pub use needles::{Needle, Needles};
pub use places::{Place, Places};
