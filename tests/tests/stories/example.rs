//! The example clients, in shell, Python and TypeScript: each signs in by mail code and by backup code.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use axum::Router;
use axum::extract::{Path as UrlPath, State};
use axum::routing::get;
use countersign_api::Access;
use countersign_domain::client::Role;
use countersign_service::Service;
use countersign_service::context::Context;
use countersign_tests::app::{Person, Setup, TestApp, mail};
use countersign_tests::client_tools;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::process::Command;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples");
const EXAMPLES: [&str; 3] = ["sign-in.sh", "sign_in.py", "sign-in.ts"];

/// What a run of an example came to.
#[derive(Debug)]
struct Ran {
    status: i32,
    session: Value,
    told: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn each_example_signs_in_by_mail_code_and_then_by_the_backup_code_that_it_saved() {
    let app = TestApp::start().await;
    let command = ("CODE_COMMAND", code_command(&app).await);
    for example in EXAMPLES {
        let person = app.person().await;
        let saved = folder(&app).join(format!("backup-code-of-{example}"));
        let file = ("BACKUP_CODE_FILE", saved.to_str().unwrap().to_owned());

        let by_mail = run(example, &app, &person, &[file.clone(), command.clone()], "").await;
        let code = fs::read_to_string(&saved).unwrap();
        let by_code = run(example, &app, &person, &[file, ("BACKUP_CODE", code.trim().to_owned())], "").await;

        assert_eq!((by_mail.status, &by_mail.session["amr"]), (0, &json!(["pwd", "email"])), "{by_mail:?}");
        assert_eq!((by_code.status, &by_code.session["aal"]), (0, &json!("aal2")), "{by_code:?}");
        assert_ne!(fs::read_to_string(&saved).unwrap(), code, "the new code is saved");
        let mode = fs::metadata(&saved).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{example}: the code is for its owner alone");
        app.get("/v1/me", by_code.session["access_token"].as_str().unwrap()).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_example_shows_a_new_code_and_goes_on_only_when_it_is_told_that_it_is_saved() {
    let app = TestApp::start().await;
    let command = ("CODE_COMMAND", code_command(&app).await);
    for example in EXAMPLES {
        let person = app.person().await;

        let silent = run(example, &app, &person, std::slice::from_ref(&command), "").await;
        let confirmed = run(example, &app, &person, std::slice::from_ref(&command), "\n").await;

        assert_ne!(silent.status, 0, "{silent:?}");
        assert_eq!(app.count(person.account, "sign_in.signed_in").await, 1);
        assert_eq!(confirmed.status, 0, "{confirmed:?}");
        for ran in [silent, confirmed] {
            assert!(ran.told.contains("Your new backup code: "), "{}", ran.told);
        }
    }
}

#[test]
fn each_example_is_about_thirty_lines_of_code() {
    for example in EXAMPLES {
        let text = fs::read_to_string(format!("{FOLDER}/{example}")).unwrap();
        let (begins, comment) = if example.ends_with("ts") { ("#!", "//") } else { ("#!", "#") };
        let text = text.split("\"\"\"").enumerate().filter(|(part, _)| *part != 1).map(|(_, part)| part);
        let text = text.collect::<String>();
        let lines = text.lines().map(str::trim).filter(|line| line.chars().any(char::is_alphanumeric));
        let code = lines.filter(|line| !line.starts_with(begins) && !line.starts_with(comment));
        let code = code.count();
        assert!((25..=36).contains(&code), "{example} has {code} lines of code");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_example_fails_with_the_problems_code() {
    let app = TestApp::start().await;
    for example in EXAMPLES {
        let (person, _) = app.enrolled().await;
        let wrong = Person { password: "not the password at all".to_owned(), ..person.clone() };
        let mistyped = [("BACKUP_CODE", "0000".to_owned())];

        let refused = run(example, &app, &wrong, &[], "").await;
        let slip = run(example, &app, &person, &mistyped, "").await;
        let guess = run(example, &app, &person, &[], "000000\n").await;

        let expected = [(refused, "credentials_rejected"), (slip, "code_mistyped"), (guess, "code_rejected")];
        for (ran, code) in expected {
            assert_eq!(ran.status, 1, "{ran:?}");
            assert!(ran.told.lines().any(|line| line.ends_with(code)), "{}", ran.told);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_example_signs_in_with_a_clients_key() {
    let app = TestApp::with(Setup { access: Access::ClientKeys, ..Setup::default() }).await;
    let (_, key) = app
        .service
        .add_client(Context::operator(), "an app".parse().unwrap(), Role::Client, None)
        .await
        .unwrap();
    let nobody = Person {
        email: app.new_address(),
        password: "not the password at all".to_owned(),
        account: "acc_01890000-0000-7000-8000-000000000000".parse().unwrap(),
    };
    for example in EXAMPLES {
        let without = run(example, &app, &nobody, &[], "").await;
        let with = run(example, &app, &nobody, &[("CLIENT_KEY", key.expose().to_owned())], "").await;

        assert!(without.told.contains("unauthenticated"), "{without:?}");
        assert!(with.told.contains("credentials_rejected"), "{with:?}");
    }
}

async fn run(example: &str, app: &TestApp, person: &Person, settings: &[(&str, String)], typed: &str) -> Ran {
    let typed_file = folder(app).join("typed");
    fs::write(&typed_file, typed).expect("a file can be written");
    let output = command(example)
        .await
        .env("BASE", &app.base)
        .env("EMAIL", &person.email)
        .env("PASSWORD", &person.password)
        .envs(settings.iter().map(|(name, value)| (name, value)))
        .stdin(File::open(&typed_file).expect("it was written"))
        .kill_on_drop(true)
        .output()
        .await
        .expect("the example can be run");
    Ran {
        status: output.status.code().unwrap_or(-1),
        session: serde_json::from_slice(&output.stdout).unwrap_or_default(),
        told: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// An example as a command: shell runs itself, the others have an interpreter.
async fn command(example: &str) -> Command {
    let path = format!("{FOLDER}/{example}");
    let interpreter = match example.rsplit('.').next() {
        Some("py") => PathBuf::from("python3"),
        Some("ts") => client_tools::node().await,
        _ => return Command::new(path),
    };
    let mut command = Command::new(interpreter);
    command.arg(path);
    command
}

/// A command that prints the code of a challenge: it asks somebody who waits until the mail is there.
async fn code_command(app: &TestApp) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let reader = format!("http://{}", listener.local_addr().expect("it has an address"));
    let read = async |State(service): State<Service>, UrlPath(challenge): UrlPath<String>| {
        mail::digits_of(&service, &challenge).await
    };
    let router = Router::new().route("/{challenge}", get(read)).with_state(app.service.clone());
    tokio::spawn(async move { axum::serve(listener, router).await.expect("serving never ends") });
    let command = folder(app).join("mailed-code");
    fs::write(&command, format!("#!/bin/sh\nexec curl -sS \"{reader}/$1\"\n"))
        .expect("a file can be written");
    fs::set_permissions(&command, fs::Permissions::from_mode(0o700)).expect("it can be made a program");
    command.to_str().expect("its path is text").to_owned()
}

fn folder(app: &TestApp) -> PathBuf {
    app.mailbox_folder().parent().map(Path::to_owned).expect("the mailbox is in a folder")
}
