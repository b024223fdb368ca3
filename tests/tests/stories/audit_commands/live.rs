//! Events as they come, in the forms that programs read, and counts.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Stdio};

use countersign_tests::process::installation::Installation;
use serde_json::Value;

use super::{Lived, caught_up, failed, lines, printed, quiet};

/// A tail that is open, and ends with the test.
struct Tail {
    child: Child,
    lines: Option<Lines<BufReader<ChildStdout>>>,
}

impl Tail {
    fn open(installation: &Installation, arguments: &[&str]) -> Self {
        let mut command = installation.command();
        command.args(["audit", "tail"]).args(arguments).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let lines = child.stdout.take().map(|stdout| BufReader::new(stdout).lines());
        Self { child, lines }
    }

    /// The next events.
    async fn next(&mut self, events: usize) -> Vec<Value> {
        let mut lines = self.lines.take().unwrap();
        let read = move || {
            let next: Vec<_> = lines.by_ref().take(events).map(|line| line.unwrap()).collect();
            (next, lines)
        };
        let (next, lines) = tokio::task::spawn_blocking(read).await.unwrap();
        self.lines = Some(lines);
        next.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tail_prints_what_is_there_behind_an_index_and_then_what_comes() {
    let (installation, _) = quiet().await;
    let filter = "type:backup_code.redeemed";
    let before = lines(&printed(&installation, &["audit", "events", filter, "--oldest"]).await);

    let mut tail = Tail::open(&installation, &[filter, "--after", "0"]);
    assert_eq!(tail.next(before.len()).await, before);

    let mut server = installation.serve().await;
    let lived = Lived::with(&installation.person(&server)).await;
    let came = tail.next(1).await;
    assert_eq!((&came[0]["account"], &came[0]["sign_in"]), (&lived.account.into(), &lived.sign_in.into()));
    assert!(server.stop().await.status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn events_come_in_every_form_that_an_export_has() {
    let (installation, lived) = quiet().await;
    let asked = ["audit", "events", "--account", &lived.account, "-o"];
    let form = async |form: &str| installation.operate(&[&asked[..], &[form]].concat()).await.stdout;

    let events = lines(&String::from_utf8(form("jsonl").await).unwrap()).len();
    let csv = String::from_utf8(form("csv").await).unwrap();
    let ocsf = lines(&String::from_utf8(form("ocsf").await).unwrap());
    let parquet = form("parquet").await;

    assert_eq!(csv.lines().count(), events + 1);
    assert!((1..events).contains(&ocsf.len()));
    assert!(ocsf.iter().all(|event| event["user"]["uid"] == lived.account), "{ocsf:?}");
    assert!(parquet.starts_with(b"PAR1") && parquet.ends_with(b"PAR1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn stats_count_what_came_of_trying() {
    let (installation, _) = quiet().await;
    caught_up(&installation.store().await).await;

    let told = printed(&installation, &["audit", "stats", "--by", "outcome", "-o", "json"]).await;
    let table = printed(&installation, &["audit", "stats", "--bucket", "day"]).await;

    let told: Value = serde_json::from_str(&told).unwrap();
    let rows = told["data"].as_array().unwrap();
    let signed_in = rows.iter().find(|row| row["outcome"] == "signed_in").unwrap();
    assert_eq!((&signed_in["count"], &signed_in["bucket"]), (&4.into(), &Value::Null), "two people, twice");
    assert!(table.contains("T00:00:00.000Z") && table.contains("backup_code"), "{table}");
    failed(&installation, &["audit", "stats", "--by", "weather"], 2).await;
}
