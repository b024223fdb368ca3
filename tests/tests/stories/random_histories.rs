//! Replay over histories that nobody thought of: whatever people, operators and the clock do in whatever order, an
//! account as of an index is what the write side held when the event at that index was its newest.

use countersign_domain::account::Account;
use countersign_domain::decider::Decider;
use countersign_domain::time::Span;
use countersign_service::context::Context;
use countersign_service::error::ServiceError;
use countersign_service::flow::Administration;
use countersign_stores::sequencer::Sequenced;
use countersign_tests::app::{BackupCode, Person, Reply, SignIn, TestApp};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy};
use proptest::prop_oneof;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

/// Histories of one run.
const HISTORIES: u32 = 24;
/// The most steps of a history.
const STEPS_MOST: usize = 24;
/// Longer than the first wait of a throttled authenticator.
const A_WHILE: Span = Span::seconds(45);
/// The classes of sealed values, by which a sealed string begins and an open value is named.
const CLASSES: [&str; 2] = ["s1p", "s1v"];

/// What may happen next; most of it is refused most of the time.
#[derive(Debug, Clone, Copy)]
enum Step {
    SignIn,
    WrongPassword,
    MailedCode,
    WrongCode,
    AnotherCode,
    BackupCode,
    RedeemedCode,
    Reissue,
    Confirm,
    Cancel,
    Suspend,
    Reinstate,
    Wait,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => Just(Step::SignIn),
        2 => Just(Step::WrongPassword),
        4 => Just(Step::MailedCode),
        2 => Just(Step::WrongCode),
        1 => Just(Step::AnotherCode),
        3 => Just(Step::BackupCode),
        1 => Just(Step::RedeemedCode),
        1 => Just(Step::Reissue),
        4 => Just(Step::Confirm),
        1 => Just(Step::Cancel),
        1 => Just(Step::Suspend),
        1 => Just(Step::Reinstate),
        1 => Just(Step::Wait),
    ];
    vec(step, 1..=STEPS_MOST)
}

/// A person's history as it is made, with the account's state behind every step.
struct History {
    app: TestApp,
    person: Person,
    sign_in: Option<SignIn>,
    codes: Vec<BackupCode>,
    /// The version of the stream, and the account as the write side holds it.
    held: Vec<(u64, Value)>,
}

impl History {
    async fn begin() -> Self {
        let app = TestApp::start().await;
        let person = app.person().await;
        Self { app, person, sign_in: None, codes: Vec::new(), held: Vec::new() }
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::SignIn => self.start_sign_in().await,
            Step::WrongPassword => {
                let mut typed = self.person.credentials();
                typed["password"] = Value::from("not the password at all");
                self.app.sign_in_with(typed).await.refused(422, "credentials_rejected");
            }
            Step::Suspend => self.administer(Administration::Suspend("asked".parse().unwrap())).await,
            Step::Reinstate => self.administer(Administration::Reinstate).await,
            Step::Wait => self.app.advance(A_WHILE),
            within => {
                if let Some(sign_in) = self.sign_in.clone() {
                    let reply = self.take_within(&sign_in, within).await;
                    self.keep_code(reply);
                }
            }
        }
        let account = self.app.account(self.person.account).await;
        self.held.push((account.version, serde_json::to_value(&account.state).unwrap()));
    }

    async fn start_sign_in(&mut self) {
        let reply = self.app.sign_in_with(self.person.credentials()).await;
        if reply.status == 201 {
            self.sign_in = Some(SignIn::of(&reply));
        }
    }

    async fn take_within(&self, sign_in: &SignIn, step: Step) -> Option<Reply> {
        let (app, newest) = (&self.app, self.codes.last());
        Some(match step {
            Step::MailedCode => app.answer_by_mail(sign_in).await,
            Step::WrongCode => app.answer_code(sign_in, "000000").await,
            Step::AnotherCode => app.ask_for_code(sign_in).await,
            Step::BackupCode => app.answer_backup_code(sign_in, &newest?.code).await,
            Step::RedeemedCode => app.answer_backup_code(sign_in, &self.codes.first()?.code).await,
            Step::Reissue => app.reissue(sign_in).await,
            Step::Confirm => app.confirm(sign_in, &newest?.id).await,
            _ => app.cancel(sign_in).await,
        })
    }

    fn keep_code(&mut self, reply: Option<Reply>) {
        self.codes.extend(
            reply.filter(|reply| reply.has("/backup_code/code")).map(|reply| BackupCode::shown(&reply)),
        );
    }

    /// What an operator asks for may hold already, or be refused: either is a history.
    async fn administer(&self, what: Administration) {
        let asked = self.app.service.administer(Context::operator(), self.person.account, what).await;
        assert!(matches!(asked, Ok(_) | Err(ServiceError::Refused { .. })), "{asked:?}");
    }

    /// Where the replayed account differs from what was held, as a sentence for each index.
    async fn differences(&self) -> Vec<String> {
        let store = self.app.service.store();
        while let Sequenced::Indexes(_) = store.sequence().await.unwrap() {}
        let account = self.person.account.to_string();
        let placed = store.placed(Account::TYPE, &account).await.unwrap();
        let mut differences = Vec::new();
        for (version, held) in &self.held {
            let index = placed[usize::try_from(*version).unwrap() - 1].row.index;
            let path = format!("/v1/audit/accounts/{account}/state?as_of={index}");
            let told = self.app.get(&path, "").await.expect(200);
            if !is_sealed_form_of(&told.body["state"], held) {
                differences.push(format!("as of {index}: {} where {held} was held", told.body["state"]));
            }
        }
        differences
    }
}

/// Whether two values are the same, but for what is sealed in one and open, and of the same class, in the other.
fn is_sealed_form_of(told: &Value, held: &Value) -> bool {
    match (told, held) {
        (Value::String(sealed), Value::Object(open)) => CLASSES.iter().any(|class| {
            sealed.starts_with(&format!("{class}."))
                && open.len() == 1
                && open.contains_key(&format!("${class}"))
        }),
        (Value::Object(told), Value::Object(held)) => {
            told.len() == held.len()
                && told
                    .iter()
                    .all(|(name, value)| held.get(name).is_some_and(|held| is_sealed_form_of(value, held)))
        }
        (Value::Array(told), Value::Array(held)) => {
            told.len() == held.len()
                && told.iter().zip(held).all(|(told, held)| is_sealed_form_of(told, held))
        }
        _ => told == held,
    }
}

#[test]
fn an_account_as_of_any_index_is_what_the_write_side_held_whatever_happened() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = Config { cases: HISTORIES, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&steps(), |steps| {
        let differences = runtime.block_on(async {
            let mut history = History::begin().await;
            for step in steps {
                history.take(step).await;
            }
            history.differences().await
        });
        assert_eq!(differences, Vec::<String>::new());
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}
