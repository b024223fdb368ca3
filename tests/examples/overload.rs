//! The long run of a crowd: `overload [connections] [sign-ins]`. Prints what came of it; exits 1 if anything is not as it
//! must be.
//!
//! Run by `scripts/overload`, which provides the program.

#![expect(clippy::print_stdout, reason = "what the run says is what it is for")]

use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::time::Duration;

use countersign_tests::faults::overload::Crowd;
use countersign_tests::faults::overload::asking::Soon;
use countersign_tests::faults::overload::run::overload;
use countersign_tests::faults::overload::streams::{self, Streams};

/// How soon the service says that it lives.
const SOON: Soon = Soon { most: Duration::from_millis(100), all: Duration::from_secs(1) };

/// A whole crowd; the memory is what `docs/operations.md` states.
const WHOLE: Crowd = Crowd { connections: 10_000, sign_ins: 5_000, answers: SOON, memory: 1_100 };

/// As many connections over HTTP/2; that memory is stated likewise.
const STREAMS: Streams =
    Streams { connections: WHOLE.connections, stay: Duration::from_secs(30), answers: SOON, memory: 2_600 };

#[tokio::main]
async fn main() -> ExitCode {
    let mut numbers = std::env::args().skip(1).map(|number| number.parse().expect("expected a number"));
    let connections = numbers.next().map_or(WHOLE.connections, NonZeroUsize::get);
    let sign_ins = numbers.next().map_or(WHOLE.sign_ins, NonZeroUsize::get);
    let crowd = Crowd { connections, sign_ins, ..WHOLE };
    let report = overload(crowd).await;
    println!("{report}");
    let mut findings = report.findings(&crowd);
    let over_http2 = Streams { connections, ..STREAMS };
    let report = streams::overload(over_http2).await;
    println!("over HTTP/2: {report}");
    findings.extend(report.findings(&over_http2));
    for finding in &findings {
        println!("  {finding}");
    }
    ExitCode::from(u8::from(!findings.is_empty()))
}
