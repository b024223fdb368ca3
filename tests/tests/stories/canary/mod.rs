//! The canary: a run over everything, and then a search for every secret in everything that is kept or told.

mod changes;
mod printed;
mod run;
mod search;
mod verifiers;

use countersign_domain::client::Role;
use countersign_service::context::Context;
use countersign_tests::app::logs;

use printed::printed;
use run::{EMAIL, PASSWORD, production, run};
use search::{digits_found, found, kept, measured, never_told, problems, replies};

#[tokio::test(flavor = "multi_thread")]
async fn after_a_run_over_everything_no_secret_is_found_anywhere() {
    let logs = logs::capture();
    let app = production().await;
    let run = run(&app).await;

    let kept = kept(&app, &logs).await;
    for noise in ["TRACE hyper", "DEBUG sqlx", "countersign_api"] {
        assert!(logs.text().contains(noise), "nothing was logged like {noise}");
    }
    assert!(
        kept.iter().any(|(place, _)| place == "idempotency_replies"),
        "replies that showed codes are kept"
    );
    let measured = measured(&app).await;
    assert!(measured[0].1.contains("countersign_requests_total{"), "something was measured");
    assert_eq!(found(&measured, &run.secrets), [""; 0]);
    assert_eq!(digits_found(&measured, &run.digits), [""; 0]);
    assert_eq!(found(&kept, &run.secrets), [""; 0]);
    assert_eq!(found(&problems(&app), &run.secrets), [""; 0]);
    assert_eq!(found(&replies(&app), &never_told(&run.secrets)), [""; 0]);
    assert_eq!(digits_found(&kept, &run.digits), [""; 0]);
    assert_eq!(digits_found(&replies(&app), &run.digits), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_service_prints_of_itself_holds_no_secret() {
    let app = production().await;
    let run = run(&app).await;
    let printed = vec![("Debug".to_owned(), printed(&app, &run).await)];
    for name in ["SignInReply", "SessionView"] {
        assert!(printed[0].1.contains(name), "{name} was not printed");
    }
    assert_eq!(found(&printed, &run.secrets), [""; 0]);
    assert_eq!(digits_found(&printed, &run.digits), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_search_finds_one_value_that_was_left_unsealed() {
    let logs = logs::capture();
    let app = production().await;
    let run = run(&app).await;
    let name = format!("the app of {EMAIL}").parse().unwrap();
    app.service.add_client(Context::operator(), name, Role::Client, None).await.unwrap();
    let verifier = run.secrets.iter().find(|(name, _)| name.starts_with("verifier")).unwrap();
    let scratch = format!(
        "CREATE TABLE scratch (note text); INSERT INTO scratch VALUES ('{PASSWORD} {} {}')",
        run.digits[0], verifier.1
    );
    app.database().execute(&scratch).await.unwrap();
    tracing::trace!("the code is {}", run.digits[1]);

    let kept = kept(&app, &logs).await;

    let told = found(&kept, &run.secrets);
    assert!(told.iter().any(|told| told.starts_with("address in events")), "{told:?}");
    assert!(told.iter().any(|told| told.starts_with("password in scratch")), "{told:?}");
    assert!(told.iter().any(|told| told.starts_with(&format!("{} in scratch", verifier.0))), "{told:?}");
    let told = digits_found(&kept, &run.digits);
    for place in ["scratch", "the logs"] {
        assert!(told.iter().any(|told| told.ends_with(place)), "{place}: {told:?}");
    }
    let label = ("metrics".to_owned(), format!("countersign_refused_total{{cap=\"{EMAIL}\"}} 1"));
    assert_eq!(found(&[label], &run.secrets).len(), 1);
    let line = ("log".to_owned(), format!("code={} for {}", run.digits[0], hex::encode(PASSWORD)));
    assert_eq!(found(std::slice::from_ref(&line), &run.secrets).len(), 1);
    assert_eq!(digits_found(&[line], &run.digits).len(), 1);
}
