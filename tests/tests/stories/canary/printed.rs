//! What a developer could print.

use std::fmt::Write as _;

use countersign_domain::password::Password;
use countersign_domain::secret::Personal;
use countersign_domain::word::{Locale, SignInPurpose};
use countersign_service::context::Context;
use countersign_service::flow::{
    Answer, RecoveryCompletion, Register, ResetCompletion, SignInRequest, TypedProofs,
};
use countersign_tests::app::TestApp;

use super::run::{AGENT, EMAIL, IP, LABEL, PASSWORD, Run, WRONG_PASSWORD};

/// What a developer could print: every input and every outcome of the use cases.
pub(super) async fn printed(app: &TestApp, run: &Run) -> String {
    let context = Context {
        ip: Some(Personal::plain(IP.to_owned())),
        user_agent: Some(Personal::plain(AGENT.to_owned())),
        ..Context::default()
    };
    let sign_in = |password: &str| SignInRequest {
        email: EMAIL.parse().unwrap(),
        password: Password::typed(password),
        device_token: run
            .secrets
            .iter()
            .find(|(name, _)| name.starts_with("/device"))
            .map(|(_, token)| token.clone()),
        device_label: Some(LABEL.to_owned()),
        locale: Locale::default(),
        purpose: SignInPurpose::SignIn,
    };
    let register = Register {
        email: EMAIL.parse().unwrap(),
        password: sign_in(PASSWORD).password,
        locale: Locale::default(),
    };
    let code = run.secrets.iter().find(|(name, _)| name.starts_with("backup code")).unwrap().1;
    let answer = Answer::BackupCode { code: code.parse().unwrap() };
    let mailed = Answer::EmailCode { challenge: None, code: run.digits[0].parse().unwrap() };
    let mut text = format!("{context:?} {:?} {register:?} {answer:?} {mailed:?}", sign_in(PASSWORD));
    let service = &app.service;
    write!(text, "{:?}", service.register(context.clone(), register).await).unwrap();
    write!(text, "{:?}", service.sign_in(context.clone(), sign_in(WRONG_PASSWORD)).await).unwrap();
    write!(text, "{:?}", service.sign_in(context.clone(), sign_in(PASSWORD)).await).unwrap();
    text.push_str(&printed_recovery(app, run).await);
    write!(text, "{:?}", app.account(run.person.account).await).unwrap();
    text.push_str(&printed_sessions(app, run).await);
    write!(text, "{:?} {:?}", app.keys, app.hashing).unwrap();
    text
}

/// What completes a recovery, and what an operator is given for one.
async fn printed_recovery(app: &TestApp, run: &Run) -> String {
    let code = run.secrets.iter().find(|(name, _)| name.starts_with("operator code")).unwrap().1;
    let proofs = TypedProofs::OperatorAndMailed(code.parse().unwrap(), run.digits[0].parse().unwrap());
    let token = run.secrets.iter().find(|(name, _)| name.starts_with("/token")).unwrap().1.clone();
    let completion =
        RecoveryCompletion { token, proofs: proofs.clone(), password: Password::typed(PASSWORD) };
    let reason = "showed a passport".parse().unwrap();
    let issued = app.service.issue_operator_code(Context::operator(), run.person.account, reason, None).await;
    let issued = issued.unwrap();
    let backup = run.secrets.iter().find(|(name, _)| name.starts_with("backup code")).unwrap().1;
    let reset = ResetCompletion {
        token: completion.token.clone(),
        code: run.digits[0].parse().unwrap(),
        proof: backup.parse().unwrap(),
        password: Password::typed(PASSWORD),
    };
    let text = format!("{proofs:?} {completion:?} {reset:?} {issued:?}");
    assert!(!text.contains(issued.code.expose()), "{text}");
    text
}

/// The sessions that are left, refreshed by their client, and listed.
async fn printed_sessions(app: &TestApp, run: &Run) -> String {
    let secrets = |part: &'static str| run.secrets.iter().filter(move |(name, _)| name.contains(part));
    let (_, key) = secrets("client key, rotated").next().unwrap();
    let (client, _) = app.service.client_of(key).await.unwrap();
    let context = Context { client: Some(client), ..Context::default() };
    let mut text = String::new();
    for (_, token) in secrets("/session/refresh_token") {
        let refreshed = app.service.refresh(context.clone(), token).await;
        write!(text, "{refreshed:?}").unwrap();
        let Ok(session) = refreshed else { continue };
        let bearer = app.service.authenticate_session(session.access_token.expose()).await.unwrap();
        write!(text, "{bearer:?} {:?}", app.service.sessions(bearer).await).unwrap();
    }
    text
}
