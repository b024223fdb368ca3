//! Nothing that a person typed or was shown, and nothing that says who they are, can be found in the
//! database, in the logs or in what commands print.

mod changes;

use countersign_domain::code::BackupCode;
use countersign_service::entropy;
use countersign_tests::faults::search::needles::Kind;
use countersign_tests::faults::search::{Finder, Finding, Needles, Places};
use countersign_tests::outside::certificates::Certified;
use countersign_tests::outside::relay::{Relay, Speech};
use countersign_tests::process::api::{Journal, Unmet, text};
use countersign_tests::process::installation::Installation;
use countersign_tests::process::person::{Answered, Person};
use countersign_tests::process::server::Server;
use serde_json::{Value, json};

use changes::change_everything;

/// The password that the relay asks for, and as it stands in the settings.
const MAIL_PASSWORD: &str = "rings twice";
const MAIL_PASSWORD_IN_URL: &str = "rings%20twice";

/// A run of everything that there is, with everything logged.
struct Run {
    installation: Installation,
    journal: Journal,
    printed: Vec<(String, Vec<u8>)>,
    account: String,
}

impl Run {
    async fn whole() -> Self {
        let certified = Certified::for_server("DNS:localhost");
        let installation = Installation::new().await.logging("trace");
        let relay = Relay::start(installation.mailbox().folder(), Speech::StartTls(&certified));
        let (port, authority) = (relay.port, certified.authority.display());
        let url =
            format!("smtp://postman:{MAIL_PASSWORD_IN_URL}@localhost:{port}?tls=required&ca={authority}");
        let installation = installation.mailing_to(url);
        let journal = Journal::default();
        let mut server = installation.serve().await;
        let person = installation.person_on_record(&server, &journal);
        let account = live(&person, &mut server).await.expect("everything that a person does is possible");
        let printed = operate(&installation, &account, &person.email).await;
        assert!(server.stop().await.status.success());
        assert!(relay.end().len() > 4, "the messages went by way of the relay");
        Self { installation, journal, printed, account }
    }

    fn needles(&self) -> Needles {
        let mut needles = Needles::of(&self.installation, &self.journal.exchanges());
        needles.add(Kind::Password, MAIL_PASSWORD);
        needles.add(Kind::Password, MAIL_PASSWORD_IN_URL);
        let shown = |wanted: &str| {
            let printed = self.printed.iter().find(|(command, _)| command == wanted);
            String::from_utf8_lossy(&printed.expect("the command was run").1).trim().to_owned()
        };
        needles.add(Kind::Token, &shown("client add"));
        let code: BackupCode = shown("account recover").parse().expect("the code stands there alone");
        needles.add(Kind::BackupCode, code.as_str());
        needles.add(Kind::BackupCode, &code.grouped());
        needles
    }

    /// Where the events are, as the places say it.
    fn events(&self) -> &'static str {
        if self.installation.database().is_postgres() { "the rows of events" } else { "countersign.db" }
    }

    async fn places(&self) -> Places {
        let mut places = Places::of(&self.installation).await;
        for (command, printed) in &self.printed {
            if !["client add", "account recover"].contains(&command.as_str()) {
                places.add_text(command, printed);
            }
        }
        places
    }
}

/// What a person does between their first visit and their last, with every slip that there is.
async fn live(person: &Person, server: &mut Server) -> Result<String, Unmet> {
    stumble(person).await?;
    let token = person.register().await?;
    let code = person.registration_code().await?;
    person.verify(&token, &other_digits(&code)).await.expect_err("it is another code");
    let account = person.verify(&token, &code).await?;
    let device = first_sign_in(person).await?;
    second_sign_in(person, &device, server).await?;
    change_everything(person).await?;
    Ok(account)
}

/// Requests that come to nothing, each with something in it.
async fn stumble(person: &Person) -> Result<(), Unmet> {
    let nobody = person.another();
    let asked = |email: &str, password: &str| json!({ "email": email, "password": password });
    nobody.sign_in().await.expect_err("nobody has this address");
    for (path, body) in [
        ("/v1/accounts", asked(&nobody.email, "quillfeatherquillfeather")),
        ("/v1/accounts", asked(&format!("{}@", nobody.email), &nobody.password)),
        ("/v1/sign-ins", json!({ "email": nobody.email, "password": nobody.password, "code": "583920" })),
    ] {
        let reply = person.api().post(path, "", body).await?;
        assert!(reply.status >= 400, "{path} was answered with {}", reply.status);
    }
    Ok(())
}

/// From a place of their own, on a device with a name; by mail. The device's token.
async fn first_sign_in(person: &Person) -> Result<String, Unmet> {
    let sign_in =
        person.sign_in_with(from_somewhere(person, &json!({ "label": "Wren's quince tablet" }))).await?;
    let code = person.sign_in_code(&sign_in).await?;
    person.try_answer(&sign_in, "email_code", &other_digits(&code)).await?.expecting(422)?;
    let Answered::Gate(unseen) = person.answer_with_mail(&sign_in).await? else {
        panic!("a first sign-in comes to the gate")
    };
    let shown = person.reissue(&sign_in).await?;
    person.try_confirm(&sign_in, &unseen.id).await?.expecting(409)?;
    let granted = person.try_confirm(&sign_in, &shown.id).await?.expecting(200)?;
    person.me(text(&granted, "/session/access_token")).await?.expecting(200)?;
    Ok(text(&granted, "/device/token").to_owned())
}

/// From the known device, by backup code; the tab is closed at the gate, the server killed, and the gate
/// opened again.
async fn second_sign_in(person: &Person, device: &str, server: &mut Server) -> Result<(), Unmet> {
    let wrong = json!({ "email": person.email, "password": "amber lantern drifts away" });
    person.sign_in_with(wrong).await.expect_err("it is another password");
    let known = from_somewhere(person, &json!({ "token": device }));
    let sign_in = person.sign_in_with(known.clone()).await?;
    let code = saved_code(person);
    let mistyped = code.replace(|typed: char| typed.is_ascii_digit(), "Z");
    for slip in [entropy::backup_code().grouped(), mistyped] {
        person.try_answer(&sign_in, "backup_code", &slip).await?;
    }
    let gate = person.answer_with_backup_code(&sign_in, &code).await?;
    assert!(matches!(gate, Answered::Gate(_)), "the code was not the saved one");
    server.kill();
    server.start().await;
    let again = person.sign_in_with(known).await?;
    let Answered::Gate(shown) = person.answer_with_backup_code(&again, &code.to_ascii_lowercase()).await?
    else {
        panic!("the redeemed code opens only the gate")
    };
    let token = person.confirm(&again, &shown.id).await?;
    person.me(&token).await?.expecting(200).map(drop)
}

/// The code that was shown last.
fn saved_code(person: &Person) -> String {
    let exchanges = person.api().journal().exchanges();
    let replies = exchanges.iter().rev().filter_map(|exchange| exchange.reply.as_ref());
    let shown = replies.map(|reply| text(&reply.body, "/code").to_owned());
    shown.into_iter().find(|code| code.parse::<BackupCode>().is_ok()).expect("a code was shown")
}

fn from_somewhere(person: &Person, device: &Value) -> Value {
    let place = entropy::bytes::<1>().map(|byte| byte.max(1));
    json!({
        "email": person.email,
        "password": person.password,
        "device": device,
        "context": {
            "ip": format!("203.0.113.{}", place.map(|byte| byte.to_string()).concat()),
            "user_agent": format!("Quince-Reader/{}", hex::encode(entropy::bytes::<4>())),
        },
    })
}

fn other_digits(code: &str) -> String {
    let number: u32 = code.parse().expect("a code is a number");
    format!("{:06}", (number + 1) % 1_000_000)
}

/// Everything that an operator can do, and what the commands printed.
async fn operate(installation: &Installation, account: &str, email: &str) -> Vec<(String, Vec<u8>)> {
    let commands: [&[&str]; 7] = [
        &["account", "show", account],
        &["account", "show", email],
        &["client", "add", "a client with a key"],
        &["account", "recover", account, "--reason", "showed a passport"],
        &["account", "suspend", email, "--reason", "a look at it"],
        &["account", "reinstate", account],
        &["account", "close", account, "--reason", "asked for"],
    ];
    let mut printed = Vec::new();
    for command in commands {
        let ended = installation.operate(command).await;
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{command:?}: {said}");
        let name = command.get(..2).unwrap_or_default().join(" ");
        printed.push((format!("{name}, on stderr"), ended.stderr));
        printed.push((name, ended.stdout));
    }
    printed
}

#[track_caller]
fn assert_nothing(findings: &[Finding]) {
    let lines: Vec<_> = findings.iter().map(ToString::to_string).collect();
    assert!(findings.is_empty(), "\n{}\n", lines.join("\n"));
}

/// The places where a text is found.
fn places_of(places: &Places, kind: Kind, text: &str) -> Vec<String> {
    let mut needles = Needles::default();
    needles.add(kind, text);
    places.search(&needles).into_iter().map(|finding| finding.place).collect()
}

/// What is known to be there shows that a search which finds nothing did look.
#[track_caller]
fn assert_reached(run: &Run, places: &Places) {
    let of_account = places_of(places, Kind::Personal, &run.account);
    for place in [run.events(), "account show, on stderr"] {
        assert!(of_account.iter().any(|found| found.contains(place)), "{place} is not among {of_account:?}");
    }
    let of_serving = places_of(places, Kind::Personal, "countersign serves for development");
    assert!(of_serving.iter().any(|found| found.ends_with("server-0.log")), "{of_serving:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_run_leaves_no_secret_and_no_person_anywhere() {
    let run = Run::whole().await;
    let (needles, places) = (run.needles(), run.places().await);

    let kinds = [
        Kind::Password,
        Kind::Digits,
        Kind::BackupCode,
        Kind::Email,
        Kind::Personal,
        Kind::Token,
        Kind::Hash,
    ];
    assert!(needles.kinds().into_iter().eq(kinds), "the run had one of each kind");
    assert_reached(&run, &places);
    assert_nothing(&places.search(&needles));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_value_left_unsealed_is_found_in_the_database() {
    let run = Run::whole().await;
    let needles = run.needles();
    let email = needles.all().find(|needle| needle.text.contains('@')).expect("somebody has an address");
    let unsealed = format!(
        "INSERT INTO events \
             (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata) \
         VALUES ('Account', '{}', 1000, 'account.registered', '1', '{{\"email\": \"{}\"}}', '{{}}')",
        run.account, email.text
    );
    run.installation.database().execute(&unsealed).await.expect("whoever owns the database can add an event");

    let findings = run.places().await.search(&needles);

    let found = findings.iter().filter(|finding| finding.says.contains(&email.text));
    assert!(found.map(|finding| &finding.place).any(|place| place.contains(run.events())), "{findings:?}");
}

#[test]
fn every_kind_of_needle_is_found_where_it_is_planted() {
    let backup_code = entropy::backup_code();
    for (kind, text, planted) in [
        (Kind::Password, "amber lantern", "password=amber lantern;".to_owned()),
        (Kind::Password, "amber lantern", format!("x{}", hex::encode("amber lantern"))),
        (Kind::Digits, "583920", r#"{"code":"583920"}"#.to_owned()),
        (Kind::Digits, "583920", "583920".to_owned()),
        (Kind::BackupCode, backup_code.as_str(), backup_code.as_str().to_lowercase()),
        (Kind::Email, "wren@quince.example", "To: WREN@QUINCE.EXAMPLE".to_owned()),
        (Kind::Personal, "203.0.113.77", "peer 203.0.113.77:443".to_owned()),
        (Kind::Token, "st_k1_abc", "bearer st_k1_abc".to_owned()),
        (Kind::Hash, "$argon2", "$argon2id$v=19$".to_owned()),
    ] {
        let mut needles = Needles::default();
        needles.add(kind, text);
        assert_eq!(Finder::of(&needles).find("here", planted.as_bytes()).len(), 1, "{planted}");
    }
}

#[test]
fn a_needle_is_found_in_base64_wherever_it_begins() {
    use base64::Engine as _;
    let mut needles = Needles::default();
    needles.add(Kind::Password, "amber lantern drifts");
    let finder = Finder::of(&needles);
    for before in ["", "a", "ab", "abc", "abcd"] {
        let text = format!("{before}amber lantern drifts and more");
        let encoded = base64::engine::general_purpose::STANDARD.encode(text);
        assert!(!finder.find("here", encoded.as_bytes()).is_empty(), "behind {before:?}");
    }
}

#[test]
fn six_digits_within_a_longer_word_are_chance() {
    let mut needles = Needles::default();
    needles.add(Kind::Digits, "583920");
    let finder = Finder::of(&needles);
    for chance in ["1583920", "5839201", "a583920", "583920-4", "e_583920", "583920Z"] {
        assert_nothing(&finder.find("here", chance.as_bytes()));
    }
}
