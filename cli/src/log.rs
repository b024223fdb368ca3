//! The log: lines to stderr, written by a thread of its own. Nobody who works waits for whoever reads the log; what they
//! do not take in time is dropped, and counted.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use countersign_api::Traffic;
use tracing_subscriber::EnvFilter;

use crate::settings::LogForm;

/// Lines that may wait to be written.
const LINES_WAIT: usize = 4_096;
/// Bytes that are written at once, unless a line is longer.
const WRITTEN_AT_ONCE: usize = 64 * 1024;
/// How long the lines that wait at the end have to be written.
const ENDS_WITHIN: Duration = Duration::from_secs(1);
/// How often it is tried to have them written, where there is no room to ask for it.
const TRIES_EVERY: Duration = Duration::from_millis(10);

/// The log; what was logged is written when this is dropped.
#[derive(Debug)]
pub(crate) struct Log(SyncSender<Said>);

#[derive(Debug)]
enum Said {
    Line(Vec<u8>),
    /// Everything so far is to be written, and whoever asks to be told.
    End(SyncSender<()>),
}

/// Takes one line for the log.
#[derive(Debug)]
struct Pen {
    lines: SyncSender<Said>,
    traffic: Traffic,
}

impl Log {
    /// Structured logs on stderr; `RUST_LOG` chooses what.
    pub(crate) fn to_stderr(form: LogForm, traffic: &Traffic) -> io::Result<Self> {
        let (lines, said) = sync_channel(LINES_WAIT);
        thread::Builder::new().name("log".to_owned()).spawn(move || write_all(&said))?;
        let filter = EnvFilter::try_from_default_env()
            .unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,sqlx_postgres::options=error"));
        let colours = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let (log, traffic) = (Self(lines.clone()), traffic.clone());
        let pen = move || Pen { lines: lines.clone(), traffic: traffic.clone() };
        let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(pen);
        match form {
            LogForm::Text => subscriber.with_ansi(colours).with_target(false).init(),
            LogForm::Json => subscriber.json().flatten_event(true).with_target(false).init(),
        }
        Ok(log)
    }
}

impl Write for Pen {
    /// A line comes whole.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.lines.try_send(Said::Line(line.to_vec())).is_err() {
            self.traffic.log_line_dropped();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let until = Instant::now() + ENDS_WITHIN;
        let (tell, told) = sync_channel(1);
        let mut end = Said::End(tell);
        while let Err(TrySendError::Full(unsent)) = self.0.try_send(end) {
            if Instant::now() >= until {
                return;
            }
            thread::sleep(TRIES_EVERY);
            end = unsent;
        }
        // Who reads no log cannot keep the service from ending.
        if told.recv_timeout(until.saturating_duration_since(Instant::now())).is_err() {
            tracing::trace!("the end of the log was not written in time");
        }
    }
}

/// The thread's life: writes what was said, as much at once as there is.
fn write_all(said: &Receiver<Said>) {
    let mut text = Vec::new();
    while let Ok(first) = said.recv() {
        let mut ends = Vec::new();
        let mut next = Some(first);
        while let Some(said_now) = next {
            match said_now {
                Said::Line(line) => text.extend(line),
                Said::End(tell) => ends.push(tell),
            }
            next = if text.len() < WRITTEN_AT_ONCE { said.try_recv().ok() } else { None };
        }
        // There is nowhere to say that the log cannot be written.
        drop(io::stderr().lock().write_all(&text));
        text.clear();
        // Who does not wait any more has gone on without.
        for tell in ends {
            tell.try_send(()).unwrap_or_default();
        }
    }
}
