use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use crate::{Content, MAX_LISTED, Mailbox, Message, Reason, SendError, Transport};

use super::{ADDRESS, DIGITS, message, sender, sign_in_code};

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn with_id(id: &str) -> Message {
    Message { id: id.parse().unwrap(), ..sign_in_code() }
}

fn date_file(path: &Path, seconds: u64) {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
}

#[tokio::test]
async fn a_message_is_one_file_named_by_its_id_and_line_tools_find_the_code_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("dir:{}", folder.path().display());
    let transport = Transport::from_url(&url, sender()).unwrap();

    transport.send(&sign_in_code()).await.unwrap();

    assert_eq!(names(folder.path()), ["ch_one.sign-in.eml"]);
    let file = fs::read_to_string(folder.path().join("ch_one.sign-in.eml")).unwrap();
    assert_eq!(file.lines().filter(|line| *line == DIGITS).count(), 1);
    assert!(!file.contains('\r'));
}

#[tokio::test]
async fn the_same_id_again_replaces_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let mailbox = Mailbox::open(folder.path(), sender()).unwrap();
    mailbox.send(&sign_in_code()).await.unwrap();
    let first = fs::read(folder.path().join("ch_one.sign-in.eml")).unwrap();

    mailbox.send(&sign_in_code()).await.unwrap();

    assert_eq!(names(folder.path()), ["ch_one.sign-in.eml"]);
    assert_eq!(fs::read(folder.path().join("ch_one.sign-in.eml")).unwrap(), first);

    mailbox.send(&message(Content::AlreadyRegistered)).await.unwrap();

    assert_eq!(names(folder.path()), ["ch_one.sign-in.eml"]);
    assert_eq!(mailbox.list().unwrap()[0].subject, "You already have an account");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_sees_a_whole_message_at_any_moment() {
    let folder = tempfile::tempdir().unwrap();
    let mailbox = Mailbox::open(folder.path(), sender()).unwrap();
    mailbox.send(&sign_in_code()).await.unwrap();
    let path = folder.path().join("ch_one.sign-in.eml");
    let whole = fs::read(&path).unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let reader = {
        let done = Arc::clone(&done);
        std::thread::spawn(move || {
            while !done.load(Ordering::Relaxed) {
                assert!(fs::read(&path).unwrap() == whole, "a torn message");
            }
        })
    };

    for _ in 0..200 {
        mailbox.send(&sign_in_code()).await.unwrap();
    }

    done.store(true, Ordering::Relaxed);
    reader.join().unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn the_folder_and_its_files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("data").join("mail");

    let mailbox = Mailbox::open(&folder, sender()).unwrap();
    mailbox.send(&sign_in_code()).await.unwrap();

    assert_eq!(mode(&outer.path().join("data")), 0o700);
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join("ch_one.sign-in.eml")), 0o600);
}

#[tokio::test]
async fn a_folder_that_went_away_is_made_again() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("mail");
    let mailbox = Mailbox::open(&folder, sender()).unwrap();
    fs::remove_dir(&folder).unwrap();

    mailbox.send(&sign_in_code()).await.unwrap();

    assert_eq!(names(&folder), ["ch_one.sign-in.eml"]);
}

#[tokio::test]
async fn a_message_that_cannot_be_written_is_to_be_tried_again_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mailbox = Mailbox::open(folder.path(), sender()).unwrap();
    fs::create_dir(folder.path().join("ch_one.sign-in.eml")).unwrap();

    let failed = mailbox.send(&sign_in_code()).await;

    assert!(matches!(failed, Err(SendError::Transient { reason: Reason::Mailbox { .. } })), "{failed:?}");
    assert_eq!(names(folder.path()), ["ch_one.sign-in.eml"]);
}

#[tokio::test]
async fn the_list_gives_what_was_sent() {
    let folder = tempfile::tempdir().unwrap();
    let mailbox = Mailbox::open(folder.path(), sender()).unwrap();
    mailbox.send(&sign_in_code()).await.unwrap();

    let listed = mailbox.list().unwrap();

    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].id.as_str(), "ch_one.sign-in");
    assert_eq!(listed[0].to, ADDRESS);
    assert_eq!(listed[0].subject, "Your sign-in code");
    assert_eq!(listed[0].date, "Tue, 24 Nov 2026 06:35:12 +0000");
    assert!(listed[0].text.lines().any(|line| line == DIGITS));
}

#[tokio::test]
async fn the_list_is_newest_first_and_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let mailbox = Mailbox::open(folder.path(), sender()).unwrap();
    mailbox.send(&with_id("m")).await.unwrap();
    let newest = MAX_LISTED + 4;
    for number in 0..=newest {
        let path = folder.path().join(format!("m{number}.eml"));
        fs::copy(folder.path().join("m.eml"), &path).unwrap();
        date_file(&path, number as u64 + 1);
    }
    fs::remove_file(folder.path().join("m.eml")).unwrap();

    let listed = mailbox.list().unwrap();

    let expected: Vec<String> =
        (0..=newest).rev().take(MAX_LISTED).map(|number| format!("m{number}")).collect();
    assert_eq!(listed.iter().map(|message| message.id.to_string()).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn the_list_leaves_out_what_is_not_a_finished_message_of_ours() {
    let folder = tempfile::tempdir().unwrap();
    let mailbox = Mailbox::open(folder.path(), sender()).unwrap();
    mailbox.send(&with_id("ours")).await.unwrap();
    let ours = folder.path().join("ours.eml");
    for name in [".unfinished.eml", ".abc.tmp", "Stranger.eml", "notes.txt", "noteseml", "a..b.eml"] {
        fs::copy(&ours, folder.path().join(name)).unwrap();
    }
    fs::write(folder.path().join("empty.eml"), "").unwrap();
    fs::write(folder.path().join("binary.eml"), [0xff, 0x00, 0xfe]).unwrap();
    fs::create_dir(folder.path().join("folder.eml")).unwrap();

    let listed = mailbox.list().unwrap();

    assert_eq!(listed.iter().map(|message| message.id.as_str()).collect::<Vec<_>>(), ["ours"]);
}

#[test]
fn a_folder_that_is_none_is_refused_at_the_start() {
    let outer = tempfile::tempdir().unwrap();
    let file = outer.path().join("file");
    fs::write(&file, "").unwrap();

    assert!(Mailbox::open(&file, sender()).is_err());
    assert!(Mailbox::open("", sender()).is_err());
}
