//! One client, who takes person after person through the whole flow, and asks again under the same key until there is
//! an answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use countersign_service::entropy;
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::process::api::{Exchange, Reply, text};
use crate::process::eventually;
use crate::process::installation::Installation;

/// How long a request is asked again: the server is away for seconds.
const ANSWERED_WITHIN: Duration = Duration::from_secs(60);
/// How long a message is waited for: the sweep may have to send it.
const MAIL_WITHIN: Duration = Duration::from_secs(90);
/// How long a reply is waited for.
const REPLIES_WITHIN: Duration = Duration::from_secs(30);

/// Somebody who came all the way.
#[derive(Debug, Clone)]
pub(super) struct Resident {
    /// Their account.
    pub(super) account: String,
    /// Their session.
    pub(super) session: String,
}

/// What one client lived through.
#[derive(Debug, Default)]
pub(super) struct Lived {
    pub(super) residents: Vec<Resident>,
    /// Every answer.
    pub(super) exchanges: Vec<Exchange>,
    /// How often something had to be asked again.
    pub(super) asked_again: usize,
    /// Answers that were those of an earlier attempt.
    pub(super) replayed: usize,
    pub(super) findings: Vec<String>,
}

struct Caller<'a> {
    http: Client,
    base: &'a str,
    installation: &'a Installation,
    lived: Lived,
}

/// Takes person after person through the flow until it is told to stop; the one under way comes to the end.
pub(super) async fn client(installation: Arc<Installation>, base: String, stop: Arc<AtomicBool>) -> Lived {
    let http = Client::builder().no_proxy().timeout(REPLIES_WITHIN).build().expect("a client can be made");
    let mut caller = Caller { http, base: &base, installation: &installation, lived: Lived::default() };
    while !stop.load(Ordering::Relaxed) {
        match caller.one_person().await {
            Ok(resident) => caller.lived.residents.push(resident),
            Err(finding) => {
                caller.lived.findings.push(finding);
                break;
            }
        }
    }
    caller.lived
}

impl Caller<'_> {
    /// Registers, proves the address, signs in, saves the backup code, and looks at the account.
    async fn one_person(&mut self) -> Result<Resident, String> {
        let unique = hex::encode(entropy::bytes::<6>());
        let email = format!("wren.{unique}@quillfeather.example");
        let who = json!({ "email": email, "password": format!("amber {unique} lantern drifts") });
        let registration = self.insist("/v1/accounts", "", who.clone()).await?;
        let code =
            self.installation.mailbox().code_to(&email, MAIL_WITHIN).await.ok_or("no registration mail")?;
        let proof = json!({ "registration_token": text(&registration, "/token"), "code": code });
        let account = self.insist("/v1/accounts/verification", "", proof).await?;
        let sign_in = self.insist("/v1/sign-ins", "", who).await?;
        let challenge = text(&sign_in, "/challenge/id");
        let code =
            self.installation.mailbox().code_about(challenge, MAIL_WITHIN).await.ok_or("no sign-in mail")?;
        let (path, token) = (format!("/v1/sign-ins/{}", text(&sign_in, "/id")), text(&sign_in, "/token"));
        let answer = json!({ "factor": "email_code", "code": code });
        let gate = self.insist(&format!("{path}/answers"), token, answer).await?;
        let saved = json!({ "backup_code_id": text(&gate, "/backup_code/id"), "saved": true });
        let signed_in = self.insist(&format!("{path}/backup-code/confirmation"), token, saved).await?;
        if text(&signed_in, "/state") != "signed_in" {
            return Err(format!("somebody is not signed in: {signed_in}"));
        }
        self.looks(text(&signed_in, "/session/access_token")).await?;
        let at = |body: &Value, pointer: &str| text(body, pointer).to_owned();
        Ok(Resident { account: at(&account, "/id"), session: at(&signed_in, "/session/id") })
    }

    /// Posts, and asks again under the same key until there is an answer.
    async fn insist(&mut self, path: &str, token: &str, body: Value) -> Result<Value, String> {
        let key = format!("a-key-{}", hex::encode(entropy::bytes::<16>()));
        let reply = self.until_answered(Method::POST, path, token, &key, &body).await?;
        if reply.status >= 300 {
            return Err(format!("{path} was answered with {} {}", reply.status, reply.body));
        }
        self.lived.exchanges.push(Exchange {
            path: path.to_owned(),
            request: body,
            reply: Some(reply.clone()),
        });
        Ok(reply.body)
    }

    /// Looks at the account, with what the sign-in gave.
    async fn looks(&mut self, token: &str) -> Result<(), String> {
        let reply = self.until_answered(Method::GET, "/v1/me", token, "", &Value::Null).await?;
        if reply.status == 200 {
            Ok(())
        } else {
            Err(format!("a session is not good: {} {}", reply.status, reply.body))
        }
    }

    async fn until_answered(
        &mut self,
        method: Method,
        path: &str,
        token: &str,
        key: &str,
        body: &Value,
    ) -> Result<Reply, String> {
        let (http, url) = (self.http.clone(), format!("{}{path}", self.base));
        let mut asked = 0;
        let ask = || {
            asked += 1;
            let mut request = http.request(method.clone(), &url);
            if !key.is_empty() {
                request = request.header("Idempotency-Key", key).json(body);
            }
            if !token.is_empty() {
                request = request.bearer_auth(token);
            }
            async move { answer(request).await }
        };
        let answered = eventually(ANSWERED_WITHIN, ask).await;
        self.lived.asked_again += asked - 1;
        let (reply, is_replayed) = answered.ok_or_else(|| format!("{path} was never answered"))?;
        self.lived.replayed += usize::from(is_replayed);
        Ok(reply)
    }
}

/// A reply that is an answer, and whether it is one of before; nothing where one has to ask again.
async fn answer(request: reqwest::RequestBuilder) -> Option<(Reply, bool)> {
    let response = request.send().await.ok()?;
    let status = response.status().as_u16();
    let header = |name: &str| response.headers().get(name)?.to_str().ok().map(str::to_owned);
    let (version, replayed) = (header("countersign-version"), header("idempotency-replayed").is_some());
    let body: Value = serde_json::from_str(&response.text().await.ok()?).ok()?;
    let is_in_progress = status == 409 && text(&body, "/code") == "idempotency_in_progress";
    (status != 503 && !is_in_progress).then_some((Reply { status, version, body }, replayed))
}
