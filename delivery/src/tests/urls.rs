use crate::{Transport, TransportUrlError};

use super::sender;

fn endpoint(url: &str) -> String {
    format!("{:?}", Transport::from_url(url, sender()).unwrap())
}

fn refusal(url: &str) -> Option<TransportUrlError> {
    Transport::from_url(url, sender()).err()
}

#[test]
fn only_a_relay_on_this_machine_is_spoken_to_in_the_clear() {
    for url in ["smtp://localhost", "smtp://127.0.0.1", "smtp://127.8.9.10:25", "smtp://[::1]/"] {
        assert!(endpoint(url).contains(":25 plain"), "{url}");
    }
    let elsewhere = [
        "smtp://mail.example.org",
        "smtp://localhost.example.org",
        "smtp://notlocalhost",
        "smtp://10.0.0.1",
        "smtp://[2001:db8::1]",
        "smtp://user:password@mail.example.org:587",
    ];
    for url in elsewhere {
        assert!(endpoint(url).contains(":587 starttls"), "{url}");
    }
    for url in ["smtps://mail.example.org", "smtps://localhost", "smtps://127.0.0.1:465"] {
        assert!(endpoint(url).contains(":465 tls"), "{url}");
    }
}

#[test]
fn a_port_in_the_url_wins() {
    assert!(endpoint("smtp://localhost:1025").contains("localhost:1025 plain"));
    assert!(endpoint("smtp://mail.example.org:2525").contains("mail.example.org:2525 starttls"));
    assert!(endpoint("smtps://mail.example.org:8465").contains("mail.example.org:8465 tls"));
}

#[test]
fn the_url_says_what_has_to_be_encrypted() {
    assert!(endpoint("smtp://mail.example.org?tls=none").contains(":25 plain"));
    assert!(endpoint("smtp://mail.example.org?tls=offered").contains(":25 starttls if offered"));
    assert!(endpoint("smtp://localhost?tls=required").contains(":587 starttls"));
    assert!(endpoint("smtps://mail.example.org?tls=required&timeout=5").contains(":465 tls"));
}

#[test]
fn a_password_leaves_this_machine_encrypted_or_not_at_all() {
    for options in ["tls=none", "tls=offered"] {
        let elsewhere = format!("smtp://user:password@mail.example.org?{options}");
        assert_eq!(refusal(&elsewhere), Some(TransportUrlError::CredentialsInTheClear), "{options}");
        assert_eq!(refusal(&format!("smtp://user:password@localhost?{options}")), None, "{options}");
    }
}

#[test]
fn an_authority_is_a_file_with_certificates() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "no certificate").unwrap();

    let missing = refusal("smtps://mail.example.org?ca=/nowhere/ca.pem");
    let empty = refusal(&format!("smtps://mail.example.org?ca={}", file.path().display()));

    assert_eq!(missing, Some(TransportUrlError::Authority { kind: std::io::ErrorKind::NotFound }));
    assert_eq!(empty, Some(TransportUrlError::Authority { kind: std::io::ErrorKind::InvalidData }));
}

#[test]
fn a_folder_is_made_where_the_url_says() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("a mailbox");

    let transport = Transport::from_url(&format!("dir:{}", folder.display()), sender()).unwrap();

    assert!(folder.is_dir());
    assert_eq!(transport.mailbox().unwrap().directory(), folder);
}

#[test]
fn a_url_that_means_nothing_is_refused_with_the_reason() {
    for url in ["", "mailbox", "http://mail.example.org", "smtp:mail.example.org", "SMTP://localhost", "dir"]
    {
        assert_eq!(refusal(url), Some(TransportUrlError::Scheme), "{url}");
    }
    for url in [
        "smtp://",
        "smtp://:25",
        "smtp://a b",
        "smtp://localhost:99999",
        "smtp://localhost:0",
        "smtps://[::1",
    ] {
        assert_eq!(refusal(url), Some(TransportUrlError::Host), "{url}");
    }
    for url in ["smtp://localhost/inbox", "smtp://localhost#x"] {
        assert_eq!(refusal(url), Some(TransportUrlError::Surplus), "{url}");
    }
    for options in [
        "tls=maybe",
        "tls=none&tls=none",
        "tls",
        "verify=no",
        "timeout=0",
        "timeout=26",
        "timeout=soon",
        "timeout=5&timeout=5",
    ] {
        assert_eq!(
            refusal(&format!("smtp://localhost?{options}")),
            Some(TransportUrlError::Option),
            "{options}"
        );
    }
    for options in ["tls=none", "tls=offered"] {
        assert_eq!(
            refusal(&format!("smtps://localhost?{options}")),
            Some(TransportUrlError::Option),
            "{options}"
        );
    }
    for url in
        ["smtp://user@h", "smtp://:p@h", "smtp://u:%@h", "smtp://u:%+1@h", "smtp://u:%FF@h", "smtp://u:%é@h"]
    {
        assert_eq!(refusal(url), Some(TransportUrlError::Credentials), "{url}");
    }
    assert!(matches!(refusal("dir:"), Some(TransportUrlError::Directory { .. })));
    assert!(matches!(refusal("dir:/dev/null/mail"), Some(TransportUrlError::Directory { .. })));
}
