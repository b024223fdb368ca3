//! The auditor: finds what happened by filter and page, replays a sign-in, sees an account as it was, and
//! is seen reading.

use countersign_api::Access;
use countersign_domain::account::Account;
use countersign_domain::client::Role;
use countersign_domain::decider::Decider;
use countersign_domain::time::Timestamp;
use countersign_service::context::Context;
use countersign_tests::app::{BackupCode, Person, Reply, Setup, TestApp};
use serde_json::Value;

/// A person who signed in with a backup code.
pub(crate) async fn lived(app: &TestApp) -> (Person, String) {
    let (person, code) = app.enrolled().await;
    let sign_in = redeemed(app, &person, &code).await;
    app.caught_up().await;
    (person, sign_in)
}

async fn redeemed(app: &TestApp, person: &Person, code: &BackupCode) -> String {
    let (sign_in, shown) = app.at_gate_by_backup_code(person, &code.code).await;
    app.confirm(&sign_in, &shown.id).await.expect_state("signed_in");
    sign_in.id
}

/// The page of a query, percent-encoded where it has to be.
async fn ask(app: &TestApp, query: &[(&str, &str)]) -> Reply {
    app.send(app.request(reqwest::Method::GET, "/v1/audit/events").query(query)).await
}

fn data(reply: &Reply) -> Vec<Value> {
    reply.body["data"].as_array().unwrap().clone()
}

/// Whether a filter should find an event.
type Holds<'a> = Box<dyn Fn(&Value) -> bool + 'a>;

#[tokio::test(flavor = "multi_thread")]
async fn did_anyone_use_this_persons_backup_code_is_answered_by_one_filter() {
    let app = TestApp::start().await;
    let (person, sign_in) = lived(&app).await;
    let (_other, _) = lived(&app).await;
    let account = person.account.to_string();

    let found =
        ask(&app, &[("q", &format!("account:{account} type:backup_code.redeemed"))]).await.expect(200);

    assert_eq!(data(&found).len(), 1);
    let event = &data(&found)[0];
    assert_eq!((&event["account"], &event["sign_in"]), (&Value::from(account), &Value::from(sign_in)));
    assert_eq!((&event["outcome"], &event["factor"]), (&"accepted".into(), &"backup_code".into()));
    assert_eq!(event["stream"]["type"], "Account");
    assert_eq!(event["ip"], "127.0.0.1");
    assert!(event["metadata"]["ip"].as_str().unwrap().starts_with("s1p."));
    assert_eq!(event["leaf"].as_str().unwrap().len(), 64);
    let same = app.get(&format!("/v1/audit/events/{}", event["index"]), "").await.expect(200);
    let mut expected = event.clone();
    expected["inclusion"] = Value::Null;
    assert_eq!(same.body, expected, "no head is over it");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_hold_every_event_once_in_either_order() {
    let app = TestApp::start().await;
    lived(&app).await;
    let size = app.service.store().ledger_size().await.unwrap();
    for order in ["newest", "oldest"] {
        let mut seen = Vec::new();
        let mut after = None::<String>;
        loop {
            let mut query = vec![("order", order.to_owned()), ("limit", "7".to_owned())];
            query.extend(after.clone().map(|after| ("after", after)));
            let query: Vec<_> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let page = ask(&app, &query).await.expect(200);
            assert!(data(&page).len() <= 7);
            seen.extend(data(&page).iter().map(|event| event["index"].as_u64().unwrap()));
            let Some(next) = page.body["next"].as_str() else { break };
            after = Some(next.to_owned());
        }
        if order == "newest" {
            seen.reverse();
        }
        assert_eq!(seen, (0..size).collect::<Vec<_>>(), "{order}");
    }
}

/// What each filter finds must be what it finds by looking at every event.
#[tokio::test(flavor = "multi_thread")]
async fn every_form_of_the_grammar_finds_what_looking_at_every_event_finds() {
    let app = TestApp::start().await;
    let (person, _) = lived(&app).await;
    let account = person.account.to_string();
    let all = data(&ask(&app, &[("limit", "500")]).await.expect(200));
    let is = |event: &Value, field: &str, value: &str| event[field] == value;
    let index = |event: &Value| event["index"].as_u64().unwrap();
    let cases: Vec<(String, Holds<'_>)> = vec![
        ("type:sign_in.started".into(), Box::new(|event| is(event, "type", "sign_in.started"))),
        ("type:code.*".into(), Box::new(|event| event["type"].as_str().unwrap().starts_with("code."))),
        ("-outcome:accepted".into(), Box::new(|event| !is(event, "outcome", "accepted"))),
        (
            "not (outcome:accepted or factor:password)".into(),
            Box::new(|event| !(is(event, "outcome", "accepted") || is(event, "factor", "password"))),
        ),
        (
            "outcome:accepted,sent".into(),
            Box::new(|event| is(event, "outcome", "accepted") || is(event, "outcome", "sent")),
        ),
        ("index:>=5".into(), Box::new(|event| index(event) >= 5)),
        ("index:3..6".into(), Box::new(|event| (3..=6).contains(&index(event)))),
        (
            format!("account:{account} -type:code.*"),
            Box::new(|event| {
                is(event, "account", &account) && !event["type"].as_str().unwrap().starts_with("code.")
            }),
        ),
        ("ip:127.0.0.0/8".into(), Box::new(|event| is(event, "ip", "127.0.0.1"))),
        ("-ip:127.0.0.1".into(), Box::new(|event| !is(event, "ip", "127.0.0.1"))),
        (
            "ip:192.0.2.0/24 or type:email.*".into(),
            Box::new(|event| event["type"].as_str().unwrap().starts_with("email.")),
        ),
    ];
    for (query, holds) in cases {
        let found = data(&ask(&app, &[("q", &query), ("limit", "500")]).await.expect(200));
        let expected: Vec<_> = all.iter().filter(|event| holds(event)).cloned().collect();
        assert!(!expected.is_empty(), "{query} finds something");
        assert_eq!(found, expected, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_filter_is_told_where_it_is_wrong_and_loses_nothing() {
    let app = TestApp::start().await;
    let refused = ask(&app, &[("q", "type:x acount:y"), ("limit", "0"), ("colour", "red")]).await;
    let refused = refused.refused(400, "invalid_request");
    let errors: Vec<_> =
        refused.body["errors"].as_array().unwrap().iter().map(|error| error["pointer"].clone()).collect();
    assert_eq!(errors, ["/q", "/limit", "/colour"]);
    assert!(
        refused.body["errors"][0]["detail"].as_str().unwrap().starts_with("column 8"),
        "{}",
        refused.body
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_is_replayed_step_by_step_with_where_it_stood_before_and_after() {
    let app = TestApp::start().await;
    let (_, sign_in) = lived(&app).await;

    let replay = app.get(&format!("/v1/audit/sign-ins/{sign_in}/replay"), "").await.expect(200);

    let steps = replay.body["steps"].as_array().unwrap();
    let mut names: Vec<_> = steps.iter().map(|step| step["event"]["type"].as_str().unwrap()).collect();
    // Nobody waits for the message, so that it can leave at any time.
    let sent = names.iter().position(|name| *name == "code.sent").unwrap();
    names.remove(sent);
    assert_eq!(
        names,
        [
            "sign_in.started",
            "code.requested",
            "backup_code.redeemed",
            "backup_code.issued",
            "backup_code.save_confirmed",
            "sign_in.signed_in",
        ]
    );
    assert!(steps[0]["before"].is_null());
    for (step, next) in steps.iter().zip(&steps[1..]) {
        assert_eq!(step["after"], next["before"]);
    }
    assert!(steps[0]["after"]["stage"]["factor_required"].is_object());
    assert!(steps[steps.len() - 2]["before"]["stage"]["save_required"].is_object());
}

/// The promise: as of any index, the account is what it was when the event at the index was committed.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_as_of_any_index_is_what_its_events_up_to_it_amount_to() {
    let app = TestApp::start().await;
    let (person, _) = lived(&app).await;
    let account = person.account.to_string();
    let placed = app.service.store().placed(Account::TYPE, &account).await.unwrap();
    let mut expected = Account::default();
    for event in &placed {
        let recorded: countersign_domain::decider::Recorded<_> =
            serde_json::from_value(event.stored.payload.clone()).unwrap();
        expected.evolve(recorded.at, &recorded.event);
        let index = event.row.index;
        let path = format!("/v1/audit/accounts/{account}/state?as_of={index}");

        let told = app.get(&path, "").await.expect(200);

        assert_eq!(told.body["index"], index);
        assert_eq!(told.body["state"], serde_json::to_value(&expected).unwrap(), "as of {index}");
    }
    let now = app.get(&format!("/v1/audit/accounts/{account}/state"), "").await.expect(200);
    assert_eq!(now.body["state"], serde_json::to_value(&expected).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_summary_counts_what_came_of_trying() {
    let app = TestApp::start().await;
    lived(&app).await;
    let signed_in = data(&ask(&app, &[("q", "outcome:signed_in")]).await).len();
    assert_eq!(signed_in, 2);
    for bucket in ["hour", "day", "all"] {
        let path = format!("/v1/audit/summary?by=outcome,factor&bucket={bucket}");
        let told = app.get(&path, "").await.expect(200);
        let counted = |name: &str| {
            let rows = data(&told).into_iter().filter(|row| row["outcome"] == name);
            rows.map(|row| row["count"].as_u64().unwrap()).sum::<u64>()
        };
        assert_eq!(counted("signed_in"), 2, "{}", told.text);
        assert_eq!(data(&told)[0]["bucket"].is_null(), bucket == "all");
        let redeemed = data(&told).into_iter().find(|row| row["factor"] == "backup_code").unwrap();
        assert_eq!((&redeemed["outcome"], &redeemed["count"]), (&"accepted".into(), &1.into()));
        let facet = told.body["facets"]["outcome"].as_array().unwrap().clone();
        assert!(facet.contains(&serde_json::json!({ "value": "signed_in", "count": 2 })), "{}", told.text);
        assert!(facet.is_sorted_by_key(|value| std::cmp::Reverse(value["count"].as_u64())));
    }
    let now = Timestamp::from_millis(app.now().as_millis() + 1_000);
    let (before, after) = (format!("to={now}"), format!("from={now}"));
    let counted = async |window: &str| {
        let told =
            app.get(&format!("/v1/audit/summary?bucket=all&by=outcome&{window}"), "").await.expect(200);
        data(&told).iter().map(|row| row["count"].as_u64().unwrap()).sum::<u64>()
    };
    let (whole, before, after) = (counted("").await, counted(&before).await, counted(&after).await);
    assert_eq!((before, after), (0, whole), "windows are whole hours, and neighbours share none");
    app.get("/v1/audit/summary?by=outcome,ip", "").await.refused(400, "invalid_request");
    app.get("/v1/audit/summary?bucket=week", "").await.refused(400, "invalid_request");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_comes_as_lines_to_who_accepts_them_and_links_to_the_next() {
    let app = TestApp::start().await;
    lived(&app).await;
    let whole = data(&ask(&app, &[("order", "oldest"), ("limit", "500")]).await);

    let (mut lines, mut path) = (Vec::new(), "/v1/audit/events?order=oldest&limit=4".to_owned());
    loop {
        let request = app.request(reqwest::Method::GET, &path).header("accept", "application/x-ndjson");
        let page = app.send(request).await.expect(200);
        assert_eq!(page.header("content-type"), Some("application/x-ndjson"));
        lines.extend(page.text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()));
        let Some(link) = page.header("link") else { break };
        let next = link.strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\""));
        next.unwrap().clone_into(&mut path);
    }
    assert_eq!(lines, whole);

    let request = app.request(reqwest::Method::GET, "/v1/audit/events?q=type:sign_in.signed_in");
    let table = app.send(request.header("accept", "text/csv")).await.expect(200);
    assert_eq!(table.header("content-type"), Some("text/csv"));
    assert_eq!(table.text.lines().count(), 1 + 2, "{}", table.text);
}

/// An installation with keys: the app's, an auditor's and an operator's.
async fn with_keys() -> (TestApp, [String; 3]) {
    let app = TestApp::with(Setup { access: Access::ClientKeys, ..Setup::default() }).await;
    let mut keys = Vec::new();
    for role in [Role::Client, Role::Auditor, Role::Operator] {
        let name = "somebody".parse().unwrap();
        let (_, key) = app.service.add_client(Context::operator(), name, role, None).await.unwrap();
        keys.push(key.expose().to_owned());
    }
    (app, keys.try_into().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_needs_an_auditors_key_and_an_auditor_signs_nobody_in() {
    let (app, [client, auditor, operator]) = with_keys().await;
    for path in ["/v1/audit/events", "/v1/audit/events/0", "/v1/audit/summary"] {
        app.get(path, "").await.refused(401, "unauthenticated");
        app.get(path, &client).await.refused(401, "unauthenticated");
    }
    app.get("/v1/audit/events", &auditor).await.expect(200);
    app.get("/v1/audit/events", &operator).await.expect(200);
    let body = serde_json::json!({ "email": "a@example.org", "password": "violet harbour sings quietly" });
    app.post("/v1/accounts", &auditor, body).await.refused(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_read_is_an_event_of_who_reads_and_what_is_personal_stays_sealed_for_an_auditor() {
    let (app, [client, auditor, operator]) = with_keys().await;
    let body = serde_json::json!({ "email": "a@example.org", "password": "violet harbour sings quietly" });
    app.post("/v1/accounts", &client, body).await.expect(202);
    app.caught_up().await;

    let sealed =
        app.get("/v1/audit/events?q=type:account.registered%20ip:127.0.0.1", &auditor).await.expect(200);
    let opened = app.get("/v1/audit/events?q=type:account.registered", &operator).await.expect(200);

    assert_eq!(
        (data(&sealed)[0]["ip"].clone(), data(&opened)[0]["ip"].clone()),
        (Value::Null, "127.0.0.1".into())
    );
    app.caught_up().await;
    let reads = data(&app.get("/v1/audit/events?q=type:audit.read", &operator).await);
    assert_eq!(reads.len(), 2);
    for read in &reads {
        assert_eq!(read["stream"]["id"], read["client"]);
        assert!(read["payload"]["asked"].as_str().unwrap().starts_with("s1p."));
    }
    let opened = reads.iter().filter(|read| read["payload"]["opened"] == true).count();
    assert_eq!(opened, 1, "the operator's");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_cannot_find_an_address_by_halving() {
    let (app, [_, auditor, operator]) = with_keys().await;
    for query in ["ip:10.0.0.0/8", "-ip:10.0.0.1", "ip:10.0.0.1,10.0.0.2", "ip:10.0.0.1%20or%20ip:10.0.0.2"] {
        let path = format!("/v1/audit/events?q={query}");
        app.get(&path, &auditor).await.refused(400, "invalid_request");
        app.get(&path, &operator).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_waits_for_what_a_command_committed() {
    let app = TestApp::start().await;
    let person = app.person().await;
    let started = app.sign_in_with(person.credentials()).await.expect(201);
    let version = format!("{}:{}", person.account, started.body["version"]);
    let loops = [
        tokio::spawn({
            let service = app.service.clone();
            async move { service.sequence_for_ever().await }
        }),
        tokio::spawn({
            let service = app.service.clone();
            async move { service.project_for_ever().await }
        }),
    ];

    let found = ask(&app, &[("q", "type:sign_in.started"), ("wait_for", &version)]).await.expect(200);

    assert_eq!(data(&found).len(), 1);
    ask(&app, &[("wait_for", "17")]).await.refused(400, "invalid_request");
    loops.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_waits_in_vain_is_told_to_come_back() {
    let app = TestApp::start().await;
    let person = app.person().await;
    let version = format!("{}:99", person.account);

    let late = ask(&app, &[("wait_for", &version)]).await.refused(503, "overloaded");

    assert!(late.retry_after() >= 1);
}

/// The next event of a tail, read from its bytes.
async fn next_of(tail: &mut reqwest::Response) -> (u64, Value) {
    let mut text = String::new();
    while !text.contains("\n\n") || text.starts_with(':') {
        text = text
            .split_once("\n\n")
            .filter(|(part, _)| part.starts_with(':'))
            .map_or(text.clone(), |(_, rest)| rest.to_owned());
        text.push_str(std::str::from_utf8(&tail.chunk().await.unwrap().unwrap()).unwrap());
    }
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
    (field("id:").parse().unwrap(), serde_json::from_str(&field("data:")).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tail_tells_events_as_they_come_and_goes_on_where_it_was_cut_off() {
    let app = TestApp::start().await;
    let person = app.person().await;
    app.caught_up().await;
    let path = "/v1/audit/events/stream?q=type:sign_in.started";
    let mut tail = app.request(reqwest::Method::GET, path).send().await.unwrap();
    assert_eq!(tail.headers()["content-type"], "text/event-stream");
    app.start_sign_in(&person).await;
    app.caught_up().await;
    let (first, event) = next_of(&mut tail).await;
    assert_eq!(
        (event["type"].as_str().unwrap(), event["index"].as_u64().unwrap()),
        ("sign_in.started", first)
    );
    drop(tail);

    app.start_sign_in(&person).await;
    app.caught_up().await;
    let again = app.request(reqwest::Method::GET, path).header("last-event-id", first.to_string());
    let (second, event) = next_of(&mut again.send().await.unwrap()).await;

    assert!(second > first);
    assert_eq!(event["index"], second);
    let wrong = app.request(reqwest::Method::GET, path).header("last-event-id", "x");
    app.send(wrong).await.refused(400, "invalid_request");
}
