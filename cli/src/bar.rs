//! Progress bars.

use std::fmt;
use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

/// What a bar shows: how much is done, how fast it goes, how long it will take.
const BAR: &str = "{prefix} {bar:30} {human_pos}/{human_len} events, {rate}, {eta} left";

/// A bar on stderr; none where that is no terminal.
pub(crate) fn bar(name: &'static str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(BAR).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::no_length().with_style(style.with_key("rate", rate)).with_prefix(name)
}

/// Without the decimals that indicatif would give it.
fn rate(state: &ProgressState, text: &mut dyn fmt::Write) {
    let written = write!(text, "{:.0}/s", state.per_sec());
    debug_assert!(written.is_ok(), "a text can be written to");
}

/// Shows how much is done.
pub(crate) fn show(bar: &ProgressBar, taken: u64, of: u64) {
    bar.set_length(of);
    bar.set_position(taken);
}
