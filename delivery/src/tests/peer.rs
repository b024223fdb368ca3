//! A relay for tests: a real SMTP server on the loopback, as kind or unkind as the test wants it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;

/// How the relay behaves on one connection.
#[derive(Clone, Copy)]
pub(super) enum Conduct {
    Accept,
    /// Gives this reply where this verb comes (`BODY`: after the message)
    Reply(&'static str, &'static str),
    /// Gives this reply where this verb comes, and none to the farewell
    ReplyLast(&'static str, &'static str),
    /// Closes the connection where this verb comes (`BODY`: in the middle of the message)
    HangUpAt(&'static str),
    /// Takes one message and closes the connection
    HangUpAfterMessage,
    /// Says nothing where this verb comes, until [`Peer::speak_again`]
    FallSilentAt(&'static str),
}

pub(super) struct Peer {
    pub(super) port: u16,
    heard: mpsc::UnboundedReceiver<Heard>,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

/// One line of a client, or one whole message.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Line(String),
    Message(String),
}

#[derive(Default)]
struct Shared {
    speak_again: Notify,
    connections: AtomicUsize,
    open: AtomicUsize,
    most_open: AtomicUsize,
}

impl Peer {
    /// The first connection meets the first conduct, and so on; later ones are accepted.
    pub(super) async fn start(conducts: &[Conduct]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, heard) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared::default());
        let task = tokio::spawn(serve(listener, conducts.to_vec(), tell, Arc::clone(&shared)));
        Self { port, heard, shared, task }
    }

    pub(super) fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    pub(super) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    pub(super) fn most_open(&self) -> usize {
        self.shared.most_open.load(Ordering::SeqCst)
    }

    pub(super) fn speak_again(&self) {
        self.shared.speak_again.notify_one();
    }

    /// What was heard until now.
    pub(super) fn heard(&mut self) -> Vec<Heard> {
        std::iter::from_fn(|| self.heard.try_recv().ok()).collect()
    }

    pub(super) fn messages(&mut self) -> Vec<String> {
        let message = |heard| match heard {
            Heard::Message(message) => Some(message),
            Heard::Line(_) => None,
        };
        self.heard().into_iter().filter_map(message).collect()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    listener: TcpListener,
    conducts: Vec<Conduct>,
    tell: mpsc::UnboundedSender<Heard>,
    shared: Arc<Shared>,
) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let number = shared.connections.fetch_add(1, Ordering::SeqCst);
        let conduct = conducts.get(number).copied().unwrap_or(Conduct::Accept);
        let (tell, shared) = (tell.clone(), Arc::clone(&shared));
        tokio::spawn(async move {
            let open = shared.open.fetch_add(1, Ordering::SeqCst) + 1;
            shared.most_open.fetch_max(open, Ordering::SeqCst);
            let _ = converse(BufReader::new(stream), conduct, &tell, &shared.speak_again).await;
            shared.open.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

/// Ends with `None` when the connection does.
async fn converse(
    mut stream: BufReader<TcpStream>,
    conduct: Conduct,
    tell: &mpsc::UnboundedSender<Heard>,
    speak_again: &Notify,
) -> Option<()> {
    say(&mut stream, "220 relay.example ready").await?;
    loop {
        let line = hear(&mut stream).await?;
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        tell.send(Heard::Line(line)).ok()?;
        answer(&mut stream, conduct, &verb, speak_again).await?;
        if verb == "QUIT" {
            return None;
        }
        if verb != "DATA" || matches!(conduct, Conduct::Reply("DATA", _) | Conduct::ReplyLast("DATA", _)) {
            continue;
        }
        if matches!(conduct, Conduct::HangUpAt("BODY")) {
            hear(&mut stream).await?;
            return None;
        }
        let message = hear_message(&mut stream).await?;
        tell.send(Heard::Message(message)).ok()?;
        answer(&mut stream, conduct, "BODY", speak_again).await?;
        if matches!(conduct, Conduct::HangUpAfterMessage) {
            return None;
        }
    }
}

async fn answer(
    stream: &mut BufReader<TcpStream>,
    conduct: Conduct,
    verb: &str,
    speak_again: &Notify,
) -> Option<()> {
    match conduct {
        Conduct::Reply(at, reply) | Conduct::ReplyLast(at, reply) if at == verb => {
            return say(stream, reply).await;
        }
        Conduct::HangUpAt(at) if at == verb => return None,
        Conduct::FallSilentAt(at) if at == verb => speak_again.notified().await,
        Conduct::ReplyLast(..) if verb == "QUIT" => speak_again.notified().await,
        _ => {}
    }
    let reply = match verb {
        "EHLO" => "250-relay.example\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN",
        "AUTH" => "235 welcome",
        "DATA" => "354 go on",
        "QUIT" => "221 goodbye",
        _ => "250 fine",
    };
    say(stream, reply).await
}

async fn say(stream: &mut BufReader<TcpStream>, reply: &str) -> Option<()> {
    stream.write_all(format!("{reply}\r\n").as_bytes()).await.ok()
}

async fn hear(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let read = stream.read_line(&mut line).await.ok()?;
    (read > 0).then(|| line.trim_end().to_owned())
}

async fn hear_message(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut message = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        if line == ".\r\n" {
            return Some(message);
        }
        message.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}
