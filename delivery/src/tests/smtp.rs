use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::compose::compose;
use crate::{MAX_CONNECTIONS, Reason, SEND_DEADLINE, SendError, Smtp};

use super::peer::{Conduct, Heard, Peer};
use super::{header, sender, sign_in_code};

fn relay(url: &str) -> Smtp {
    Smtp::from_url(url, sender()).unwrap()
}

fn transient<T>(reason: Reason) -> Result<T, SendError> {
    Err(SendError::Transient { reason })
}

#[tokio::test]
async fn a_relay_gets_the_whole_message_for_the_one_address() {
    let mut peer = Peer::start(&[]).await;

    relay(&peer.url()).send(&sign_in_code()).await.unwrap();

    let heard = peer.heard();
    assert!(heard.contains(&Heard::Line("MAIL FROM:<no-reply@countersign.example>".to_owned())), "{heard:?}");
    let recipients: Vec<&Heard> =
        heard.iter().filter(|heard| matches!(heard, Heard::Line(line) if line.starts_with("RCPT"))).collect();
    assert_eq!(recipients, [&Heard::Line("RCPT TO:<ann.other@example.org>".to_owned())]);
    let sent = String::from_utf8(compose(&sign_in_code(), &sender()).unwrap().formatted()).unwrap();
    let messages = heard.iter().filter(|heard| matches!(heard, Heard::Message(_))).collect::<Vec<_>>();
    assert_eq!(messages.len(), 1);
    assert!(matches!(messages[0], Heard::Message(message) if message.trim_end() == sent.trim_end()));
}

#[tokio::test]
async fn what_the_relay_puts_off_is_to_be_tried_again() {
    for verb in ["EHLO", "MAIL", "RCPT", "DATA", "BODY"] {
        let peer = Peer::start(&[Conduct::Reply(verb, "451 4.3.0 later")]).await;

        let result = relay(&peer.url()).send(&sign_in_code()).await;

        assert_eq!(result, transient(Reason::Deferred { status: 451 }), "{verb}");
    }
}

#[tokio::test]
async fn what_the_relay_refuses_is_never_tried_again() {
    for verb in ["RCPT", "DATA", "BODY"] {
        let peer = Peer::start(&[Conduct::Reply(verb, "550 5.1.1 nobody here")]).await;

        let result = relay(&peer.url()).send(&sign_in_code()).await;

        let reason = Reason::Refused { status: 550 };
        assert_eq!(result, Err(SendError::Permanent { reason }), "{verb}");
    }
}

#[tokio::test]
async fn a_refusal_is_final_although_the_relay_falls_silent_behind_it() {
    for verb in ["RCPT", "DATA", "BODY"] {
        let peer = Peer::start(&[Conduct::ReplyLast(verb, "550 5.1.1 nobody here")]).await;

        let result = relay(&peer.url()).with_deadline(Duration::from_secs(2)).send(&sign_in_code()).await;

        let reason = Reason::Refused { status: 550 };
        assert_eq!(result, Err(SendError::Permanent { reason }), "{verb}");
    }
}

#[tokio::test]
async fn a_relay_that_refuses_us_has_said_nothing_of_the_message() {
    for verb in ["EHLO", "MAIL"] {
        let peer = Peer::start(&[Conduct::Reply(verb, "554 5.7.1 not from there")]).await;

        let result = relay(&peer.url()).send(&sign_in_code()).await;

        assert_eq!(result, transient(Reason::Refused { status: 554 }), "{verb}");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_anywhere_is_to_be_tried_again_and_behind_the_message_leaves_it_in_doubt() {
    for verb in ["EHLO", "MAIL", "RCPT", "DATA", "BODY"] {
        let peer = Peer::start(&[Conduct::HangUpAt(verb)]).await;

        let result = relay(&peer.url()).send(&sign_in_code()).await;

        let in_doubt = verb == "BODY";
        let broken = match result {
            Err(SendError::Transient { reason: Reason::Connection { .. } }) => !in_doubt,
            Err(SendError::InDoubt { reason: Reason::Connection { .. } }) => in_doubt,
            _ => false,
        };
        assert!(broken, "{verb}: {result:?}");
    }
}

#[tokio::test]
async fn a_relay_that_is_away_or_speaks_nonsense_is_to_be_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let away = format!("smtp://127.0.0.1:{}", listener.local_addr().unwrap().port());
    drop(listener);
    let babbling = Peer::start(&[Conduct::Reply("RCPT", "what?")]).await;

    let refused = relay(&away).send(&sign_in_code()).await;
    let babbled = relay(&babbling.url()).send(&sign_in_code()).await;

    assert_eq!(refused, transient(Reason::Connection { kind: Some(io::ErrorKind::ConnectionRefused) }));
    assert_eq!(babbled, transient(Reason::Connection { kind: None }));
}

#[tokio::test]
async fn a_relay_that_answers_too_late_is_given_up_and_its_connection_is_not_used_again() {
    for verb in ["EHLO", "RCPT", "DATA", "BODY"] {
        let mut peer = Peer::start(&[Conduct::FallSilentAt(verb)]).await;
        let impatient = relay(&peer.url()).with_deadline(Duration::from_secs(1));

        let late = tokio::time::timeout(SEND_DEADLINE, impatient.send(&sign_in_code())).await.unwrap();
        peer.speak_again();
        let patient = impatient.with_deadline(SEND_DEADLINE);
        patient.send(&sign_in_code()).await.unwrap();

        let reason = Reason::TimedOut;
        let expected =
            if verb == "BODY" { SendError::InDoubt { reason } } else { SendError::Transient { reason } };
        assert_eq!(late, Err(expected), "{verb}");
        assert_eq!(peer.connections(), 2, "{verb}");
        assert!(!peer.messages().is_empty(), "{verb}");
    }
}

#[tokio::test]
async fn another_try_is_the_same_message() {
    let mut peer = Peer::start(&[Conduct::Reply("BODY", "451 later"), Conduct::Accept]).await;
    let relay = relay(&peer.url());

    assert_eq!(relay.send(&sign_in_code()).await, transient(Reason::Deferred { status: 451 }));
    relay.send(&sign_in_code()).await.unwrap();

    let messages = peer.messages();
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0], messages[1]);
    let id = header(messages[1].as_bytes(), "Message-ID").unwrap();
    assert_eq!(id, "<ch_one.sign-in@countersign.example>");
}

#[tokio::test]
async fn a_connection_carries_one_message_after_another() {
    let mut peer = Peer::start(&[]).await;
    let relay = relay(&peer.url());

    for _ in 0..3 {
        relay.send(&sign_in_code()).await.unwrap();
    }

    assert_eq!(peer.connections(), 1);
    assert_eq!(peer.messages().len(), 3);
}

#[tokio::test]
async fn a_kept_connection_that_the_relay_closed_costs_nothing_but_a_new_one() {
    let mut peer = Peer::start(&[Conduct::HangUpAfterMessage]).await;
    let relay = relay(&peer.url());

    relay.send(&sign_in_code()).await.unwrap();
    relay.send(&sign_in_code()).await.unwrap();

    assert_eq!(peer.connections(), 2);
    assert_eq!(peer.messages().len(), 2);
}

#[tokio::test]
async fn many_messages_at_once_share_a_bounded_number_of_connections() {
    let mut peer = Peer::start(&[]).await;
    let relay = Arc::new(relay(&peer.url()));
    let mut sends = JoinSet::new();

    for _ in 0..MAX_CONNECTIONS * 4 {
        let relay = Arc::clone(&relay);
        sends.spawn(async move { relay.send(&sign_in_code()).await });
    }
    let results = sends.join_all().await;

    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(peer.messages().len(), MAX_CONNECTIONS * 4);
    assert!(peer.most_open() <= MAX_CONNECTIONS, "{} connections", peer.most_open());
}

#[tokio::test]
async fn we_log_in_as_the_url_says() {
    let mut peer = Peer::start(&[]).await;
    let relay = relay(&format!("smtp://us%C3%A9r:p%40ss%20word@127.0.0.1:{}", peer.port));

    relay.send(&sign_in_code()).await.unwrap();

    let plain = "AUTH PLAIN AHVzw6lyAHBAc3Mgd29yZA==";
    assert!(peer.heard().contains(&Heard::Line(plain.to_owned())));
}

#[tokio::test]
async fn a_refused_login_is_our_fault_so_the_message_is_to_be_tried_again() {
    let peer = Peer::start(&[Conduct::Reply("AUTH", "535 5.7.8 no")]).await;
    let relay = relay(&format!("smtp://user:wrong@127.0.0.1:{}", peer.port));

    let result = relay.send(&sign_in_code()).await;

    assert_eq!(result, transient(Reason::LoginRefused { status: 535 }));
}

#[tokio::test]
async fn a_relay_that_offers_no_encryption_is_spoken_to_in_the_clear_only_where_the_url_says_so() {
    for (options, is_taken) in [("tls=none", true), ("tls=offered", true), ("tls=required", false)] {
        let peer = Peer::start(&[]).await;

        let result = relay(&format!("{}?{options}", peer.url())).send(&sign_in_code()).await;

        assert_eq!(result.is_ok(), is_taken, "{options}: {result:?}");
        assert!(is_taken || result == transient(Reason::Incapable), "{options}: {result:?}");
    }
}

/// `0.0.0.0` reaches this machine, but is no loopback address, so that it stands for a relay elsewhere.
#[cfg(unix)]
#[tokio::test]
async fn a_relay_elsewhere_that_does_not_encrypt_hears_neither_password_nor_message() {
    let mut peer = Peer::start(&[]).await;
    let relay = relay(&format!("smtp://user:password@0.0.0.0:{}", peer.port));

    let result = relay.send(&sign_in_code()).await;

    assert_eq!(result, transient(Reason::Incapable));
    let heard = peer.heard();
    assert!(!heard.is_empty());
    let greeting_only = |heard: &Heard| matches!(heard, Heard::Line(line) if line.starts_with("EHLO"));
    assert!(heard.iter().all(greeting_only), "{heard:?}");
}
