//! Signed tree heads, and `docs/verify/verify.py`: another implementation, held against ours.

use std::fs;
use std::process::Command;

use countersign_projections::ledger::{
    CheckpointError, Hash, KeyError, LeafData, LedgerEvent, Origin, OriginError, Receipt, SigningKey,
    TreeHead, VerifyingKey, inclusion, root,
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The key of the secret bytes 0, 1, … 31 and the head of the tree of the published vectors, signed with it:
/// computed by another implementation, the Python package `cryptography` 48.
const KEY: &str = "countersign.local/ledger+7dae54ae+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
const NOTE: &str = "countersign.local/ledger\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n\n\
    \u{2014} countersign.local/ledger fa5Urs0pDJ4vatU2tikpGF4mKohj2iASDJ1nDy4rGHQmuTKoNAuYh/DFfn1j2HlJuMSB4XdWPTTogPYSUm1y0wuzcwE=\n";
/// The same with another name in it than that of the key.
const ELSEWHERE: &str = "elsewhere.example\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n\n\
    \u{2014} countersign.local/ledger fa5Urp8eRs7MzsCF4+cMD0S68BtOaMnbc8p6sd5GeWlov5CxEAw17P8+hjq13tdqFneP5vnjKufShTZravOiCMYXXAA=\n";
const ROOT: &str = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328";

fn origin(name: &str) -> Origin {
    name.parse().expect("the name of a ledger")
}

fn ours() -> SigningKey {
    let secret: Vec<u8> = (0..32).collect();
    SigningKey::from_secret(&secret.try_into().expect("32 bytes"))
}

fn key() -> VerifyingKey {
    KEY.parse().expect("a ledger's key")
}

fn head() -> TreeHead {
    let root = hex::decode(ROOT).expect("hexadecimal digits").try_into().expect("32 bytes");
    TreeHead { origin: origin("countersign.local/ledger"), size: 8, root: Hash(root) }
}

#[test]
fn a_key_and_a_signed_head_are_what_another_implementation_computes_and_open_again() {
    assert_eq!(ours().verifying_key(head().origin).to_string(), KEY);
    assert_eq!(ours().sign(&head()), NOTE);
    assert_eq!(TreeHead::open(NOTE, &key()), Ok(head()));
}

#[test]
fn a_signed_head_with_any_character_changed_is_refused() {
    for (place, old) in NOTE.char_indices() {
        let (before, after) = (&NOTE[..place], &NOTE[place + old.len_utf8()..]);
        let new = if old == '9' { 'A' } else { '9' };
        for changed in [format!("{before}{new}{after}"), format!("{before}{after}")] {
            assert!(TreeHead::open(&changed, &key()).is_err(), "{changed}");
        }
    }
}

#[test]
fn a_head_that_another_key_signed_is_refused() {
    let other = SigningKey::from_secret(&[9; 32]);
    assert_eq!(TreeHead::open(&other.sign(&head()), &key()), Err(CheckpointError::Unsigned));
    let body = NOTE.split_once("\n\n").unwrap().0;
    assert_eq!(TreeHead::open(&format!("{body}\n\n"), &key()), Err(CheckpointError::Note));
    assert_eq!(TreeHead::open(body, &key()), Err(CheckpointError::Note));
}

#[test]
fn signatures_of_others_are_passed_over() {
    let other = SigningKey::from_secret(&[9; 32]).sign(&head());
    let witness = other.split_once("\n\n").unwrap().1;
    assert_eq!(TreeHead::open(&format!("{NOTE}{witness}"), &key()), Ok(head()));
}

#[test]
fn one_false_signature_of_the_key_spoils_a_head() {
    let forged = ours().sign(&TreeHead { size: 9, ..head() });
    let signature = forged.split_once("\n\n").unwrap().1;
    assert_eq!(TreeHead::open(&format!("{NOTE}{signature}"), &key()), Err(CheckpointError::Forged));
}

#[test]
fn a_head_of_another_ledger_is_refused_though_its_key_is_the_same() {
    let elsewhere = TreeHead { origin: origin("elsewhere.example"), ..head() };
    assert_eq!(TreeHead::open(&ours().sign(&elsewhere), &key()), Err(CheckpointError::Unsigned));
    assert_eq!(TreeHead::open(ELSEWHERE, &key()), Err(CheckpointError::AnotherLedger));
}

#[test]
fn the_text_of_a_key_is_read_back_and_no_other_text_is() {
    assert_eq!(key(), ours().verifying_key(head().origin));
    let zero = "countersign.local/ledger+00000000+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let refused = [
        ("countersign.local/ledger", KeyError::Form),
        ("countersign.local/ledger+7dae54ae", KeyError::Form),
        (&KEY.replace("AQO", "!QO"), KeyError::Form),
        (&KEY.replace("AQO", "BAO"), KeyError::Key),
        (&KEY[..KEY.len() - 4], KeyError::Key),
        (zero, KeyError::Key),
        (&KEY.replace("7dae", "7daf"), KeyError::Id),
        (&KEY.replace("7dae", "7DAE"), KeyError::Id),
        (&KEY.replace("local", "locaI"), KeyError::Id),
    ];
    for (text, why) in refused {
        assert_eq!(text.parse::<VerifyingKey>(), Err(why), "{text}");
    }
}

#[test]
fn the_name_of_a_ledger_is_one_word() {
    for name in ["", "a b", "a+b", "a\nb", "a\tb", "\u{e4}", &"a".repeat(256)] {
        assert_eq!(name.parse::<Origin>(), Err(OriginError), "{name:?}");
    }
}

/// Seven events in two streams, as rows of an export.
fn rows() -> Vec<Value> {
    let places =
        [("acc_1", 1), ("acc_1", 2), ("ss_1", 1), ("acc_1", 3), ("ss_1", 2), ("acc_1", 4), ("acc_1", 5)];
    let row = |(index, (stream, sequence)): (usize, (&str, u64))| {
        json!({
            "index": index, "aggregate_id": stream, "aggregate_type": "Account", "sequence": sequence,
            "event_type": "code.sent", "event_version": "1", "leaf": "not looked at",
            "payload": {"type": "code.sent", "number": index, "name": "Zo\u{eb} \u{1f511} \"\\/", "none": null},
            "metadata": {"command_id": "x", "actor": true},
        })
    };
    places.into_iter().enumerate().map(row).collect()
}

fn event(row: &Value) -> LedgerEvent<'_> {
    LedgerEvent {
        aggregate_type: row["aggregate_type"].as_str().expect("a text"),
        aggregate_id: row["aggregate_id"].as_str().expect("a text"),
        sequence: row["sequence"].as_u64().expect("a number"),
        event_type: row["event_type"].as_str().expect("a text"),
        event_version: row["event_version"].as_str().expect("a text"),
        payload: &row["payload"],
        metadata: &row["metadata"],
    }
}

fn leaves(rows: &[Value]) -> Vec<Hash> {
    rows.iter().map(|row| LeafData::of(&event(row)).expect("leaf data").leaf()).collect()
}

/// The signed head over these rows.
fn head_of(rows: &[Value]) -> String {
    let size = u64::try_from(rows.len()).expect("a small number");
    ours().sign(&TreeHead { size, root: root(&leaves(rows)), ..head() })
}

/// What `verify.py` says and how it exits, with files of these names beside it.
fn verify(arguments: &[&str], files: &[(&str, &str)]) -> (Option<i32>, String) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/verify/verify.py");
    let folder = TempDir::new().expect("a folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a written file");
    }
    let mut python = Command::new("python3");
    python.arg(script).args(arguments).args(["--key", KEY]).current_dir(folder.path());
    let output = python.output().expect("python3 runs");
    (output.status.code(), String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

/// What it says of rows against the head over others, and an older head where there is one.
fn verify_log(rows: &[Value], head: &str, older: Option<&str>) -> (Option<i32>, String) {
    let lines: Vec<_> = rows.iter().map(Value::to_string).collect();
    let lines = lines.join("\n");
    let files = [("events.jsonl", lines.as_str()), ("head", head), ("older", older.unwrap_or_default())];
    let older = if older.is_some() { ["--older", "older"].as_slice() } else { &[] };
    verify(&[&["log", "--head", "head", "events.jsonl"], older].concat(), &files)
}

#[test]
fn the_verifier_accepts_the_log_under_its_heads() {
    let rows = rows();
    for size in [0, 1, 6, 7] {
        let says = verify_log(&rows, &head_of(&rows), Some(&head_of(&rows[..size])));
        assert_eq!(says, (Some(0), "ok: 7 events match the head".to_owned()), "older head of {size}");
        let says = verify_log(&rows, &head_of(&rows[..size]), None);
        assert_eq!(says, (Some(0), format!("ok: {size} events match the head")));
    }
}

#[test]
fn the_verifier_refuses_a_log_in_which_any_field_was_altered() {
    let head = head_of(&rows());
    for field in
        ["event_type", "event_version", "payload", "metadata", "aggregate_type", "aggregate_id", "sequence"]
    {
        let mut rows = rows();
        rows[6][field] = json!("altered");
        let (code, says) = verify_log(&rows, &head, None);
        assert_eq!(code, Some(4), "{field}: {says}");
    }
}

/// The rows with their indexes counted anew.
fn renumbered(mut rows: Vec<Value>) -> Vec<Value> {
    rows.iter_mut().enumerate().for_each(|(index, row)| row["index"] = json!(index));
    rows
}

#[test]
fn the_verifier_names_the_first_event_behind_a_gap() {
    let mut gap = rows();
    gap.remove(3);
    let head = head_of(&rows());
    assert_eq!(verify_log(&gap, &head, None), (Some(4), "broken: event 3: its index is 4".to_owned()));
    let says = "broken: event 4: sequence 4 stands where 3 of acc_1 belongs".to_owned();
    assert_eq!(verify_log(&renumbered(gap), &head, None), (Some(4), says));
}

#[test]
fn the_verifier_refuses_events_in_another_order() {
    let mut swapped = rows();
    swapped.swap(2, 3);
    let (code, says) = verify_log(&renumbered(swapped), &head_of(&rows()), Some(&head_of(&rows()[..2])));
    assert_eq!(code, Some(4));
    assert!(says.ends_with("not the head's: an event from 2 to 6 was altered"), "{says}");
}

#[test]
fn the_verifier_refuses_a_log_that_lost_its_end() {
    let says = "broken: the head covers 7 events, and only 6 are here".to_owned();
    assert_eq!(verify_log(&rows()[..6], &head_of(&rows()), None), (Some(4), says));
}

#[test]
fn a_history_that_was_rewritten_and_signed_anew_is_shown_by_a_head_kept_elsewhere() {
    let (kept, mut rewritten) = (head_of(&rows()[..4]), rows());
    rewritten[1]["payload"]["number"] = json!(17);
    let head = head_of(&rewritten);
    assert_eq!(verify_log(&rewritten, &head, None).0, Some(0));
    let (code, says) = verify_log(&rewritten, &head, Some(&kept));
    assert_eq!(code, Some(4));
    assert!(says.ends_with("not the older head's: an event from 0 to 3 was altered"), "{says}");
}

#[test]
fn the_verifier_refuses_a_head_that_is_not_the_ledgers() {
    let head = head_of(&rows());
    let other = SigningKey::from_secret(&[9; 32]).sign(&TreeHead::open(&head, &key()).unwrap());
    for (head, says) in [
        (other, "broken: the head is not signed by this key"),
        (head.replace("\n7\n", "\n6\n"), "broken: the head's signature does not hold"),
        (ELSEWHERE.to_owned(), "broken: the head is another log's, or malformed"),
    ] {
        assert_eq!(verify_log(&rows(), &head, None), (Some(4), says.to_owned()));
    }
}

/// The receipt of an event, as JSON.
fn receipt(rows: &[Value], index: usize) -> Value {
    let path = inclusion(&leaves(rows), index).expect("a proof");
    let (place, row) = (0..).zip(rows).nth(index).expect("an event");
    let receipt = Receipt::new(place, &event(row), 7, &path, head_of(rows)).expect("a receipt");
    serde_json::to_value(receipt).expect("JSON")
}

/// What it says of a receipt.
fn verify_receipt(receipt: &Value) -> (Option<i32>, String) {
    verify(&["receipt", "receipt"], &[("receipt", &receipt.to_string())])
}

#[test]
fn the_verifier_accepts_the_receipt_of_each_event() {
    let rows = rows();
    for index in 0..rows.len() {
        let says = format!("ok: event {index} is among the 7 events of the head");
        assert_eq!(verify_receipt(&receipt(&rows, index)), (Some(0), says));
    }
}

#[test]
fn the_verifier_refuses_a_receipt_in_which_anything_was_altered() {
    let receipt = receipt(&rows(), 5);
    let other = json!(Hash::of_nothing().to_string());
    for (place, altered, says) in [
        ("/object", json!("other"), "it is not a receipt"),
        ("/event/payload/number", json!(17), "its leaf is not its event's"),
        ("/event/more", json!(1), "its event has other fields than a stored one"),
        ("/leaf", other.clone(), "its leaf is not its event's"),
        ("/size", json!(6), "its size is not its head's"),
        ("/index", json!(7), "its index is not in the tree"),
        ("/index", json!(4), "its inclusion proof does not hold"),
        ("/inclusion/0", other, "its inclusion proof does not hold"),
        ("/inclusion", json!([]), "its inclusion proof does not hold"),
        ("/tree_head", json!(ELSEWHERE), "the head is another log's, or malformed"),
    ] {
        let mut receipt = receipt.clone();
        let (object, field) = place.rsplit_once('/').unwrap();
        match receipt.pointer_mut(object).unwrap() {
            Value::Array(items) => items[0] = altered,
            object => object[field] = altered,
        }
        assert_eq!(verify_receipt(&receipt), (Some(4), format!("broken: {says}")), "{place}");
    }
}
