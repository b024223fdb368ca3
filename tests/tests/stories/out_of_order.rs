//! Every step in every state: what does not fit is refused as the rules say, and never grants a session.

use countersign_domain::time::Span;
use countersign_service::context::Context;
use countersign_service::flow::Administration;
use countersign_tests::app::{BackupCode, Person, Reply, SignIn, TestApp};

/// A person with a saved code, and where a sign-in of theirs was brought.
struct Stand {
    app: TestApp,
    person: Person,
    code: BackupCode,
}

/// A sign-in in a state, with everything that could move it from there.
struct Placed {
    sign_in: SignIn,
    digits: String,
    shown: String,
}

/// What can be done to a sign-in.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    Look,
    AskForCode,
    AnswerByMail,
    AnswerByBackupCode,
    Reissue,
    Confirm,
    Cancel,
}

const STEPS: [Step; 7] = [
    Step::Look,
    Step::AskForCode,
    Step::AnswerByMail,
    Step::AnswerByBackupCode,
    Step::Reissue,
    Step::Confirm,
    Step::Cancel,
];

/// What each of [`STEPS`] comes to: a status, and the code of a problem or the state after it.
type Row = [(u16, &'static str); 7];

const WRONG: (u16, &str) = (409, "wrong_state");
const GONE: (u16, &str) = (410, "sign_in_expired");

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_awaits_a_factor_takes_a_proof_and_nothing_else() {
    let row: Row = [
        (200, "factor_required"),
        (429, "resend_too_soon"),
        (200, "signed_in"),
        (200, "save_required"),
        WRONG,
        WRONG,
        (204, "cancelled"),
    ];
    walk(Stand::factor_required, row).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_at_the_gate_takes_the_confirmation_or_another_code_and_nothing_else() {
    let row: Row = [
        (200, "save_required"),
        WRONG,
        WRONG,
        WRONG,
        (200, "save_required"),
        (200, "signed_in"),
        (204, "cancelled"),
    ];
    walk(Stand::save_required, row).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_was_granted_takes_nothing_more() {
    let row: Row = [(200, "signed_in"), WRONG, WRONG, WRONG, WRONG, WRONG, WRONG];
    walk(Stand::signed_in, row).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_was_given_up_takes_nothing_more() {
    let row: Row = [(200, "cancelled"), WRONG, WRONG, WRONG, WRONG, WRONG, (204, "cancelled")];
    walk(Stand::cancelled, row).await;
    walk(Stand::cancelled_at_gate, row).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_was_denied_takes_nothing_more() {
    let row: Row = [(200, "denied"), WRONG, WRONG, WRONG, WRONG, WRONG, (204, "denied")];
    walk(Stand::denied, row).await;
    walk(Stand::denied_at_gate, row).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_expired_takes_nothing_more() {
    let row: Row = [(200, "expired"), GONE, GONE, GONE, GONE, GONE, (204, "expired")];
    walk(Stand::expired, row).await;
    walk(Stand::expired_at_gate, row).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn restarting_the_flow_at_any_point_skips_nothing() {
    let app = TestApp::start().await;
    let person = app.person().await;
    let (first, shown) = app.at_gate_by_mail(&person).await;
    let second = app.start_sign_in(&person).await;

    app.confirm(&second, &shown.id).await.refused(409, "wrong_state");
    app.reissue(&second).await.refused(409, "wrong_state");
    let again = app.answer_by_mail(&second).await.expect_state("save_required");

    assert!(!again.has("/session"));
    app.confirm(&first, &shown.id).await.refused(409, "backup_code_superseded");
    app.confirm(&second, &BackupCode::shown(&again).id).await.expect_state("signed_in");
}

/// Brings a sign-in to a state for every step, takes the step, and compares.
async fn walk(place: impl AsyncFn(&mut Stand) -> Placed, expected: Row) {
    let mut stand = Stand::new().await;
    for (step, (status, word)) in STEPS.into_iter().zip(expected) {
        let placed = place(&mut stand).await;
        let sessions = stand.app.count(stand.person.account, "sign_in.signed_in").await;
        let reply = stand.take(step, &placed).await;
        let came_to = match reply.status {
            status if status >= 400 => reply.clone().refused(status, word).at("/code").to_owned(),
            _ => stand.app.look(&placed.sign_in).await.at("/state").to_owned(),
        };
        assert_eq!((reply.status, came_to.as_str()), (status, word), "{step:?}: {}", reply.text);
        let granted = stand.app.count(stand.person.account, "sign_in.signed_in").await - sessions;
        let is_grant = status == 200 && word == "signed_in" && step != Step::Look;
        assert_eq!((granted == 1, reply.has("/session")), (is_grant, is_grant), "{step:?}: {}", reply.text);
    }
}

impl Stand {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let (person, code) = app.enrolled().await;
        Self { app, person, code }
    }

    async fn take(&mut self, step: Step, placed: &Placed) -> Reply {
        let (app, sign_in) = (&self.app, &placed.sign_in);
        let reply = match step {
            Step::Look => app.look(sign_in).await,
            Step::AskForCode => app.ask_for_code(sign_in).await,
            Step::AnswerByMail => app.answer_code(sign_in, &placed.digits).await,
            Step::AnswerByBackupCode => app.answer_backup_code(sign_in, &self.code.code).await,
            Step::Reissue => app.reissue(sign_in).await,
            Step::Confirm => app.confirm(sign_in, &placed.shown).await,
            Step::Cancel => app.cancel(sign_in).await,
        };
        if step == Step::Reissue && reply.status == 200 {
            self.code = BackupCode::shown(&reply);
        }
        reply
    }

    async fn factor_required(&mut self) -> Placed {
        let sign_in = self.app.start_sign_in(&self.person).await;
        let digits = self.app.digits_of(&sign_in.challenge).await;
        Placed { sign_in, digits, shown: self.code.id.clone() }
    }

    /// The gate is reached by the backup code, which is another one from then on.
    async fn save_required(&mut self) -> Placed {
        let placed = self.factor_required().await;
        let reply = self.app.answer_backup_code(&placed.sign_in, &self.code.code).await;
        self.code = BackupCode::shown(&reply.expect_state("save_required"));
        Placed { shown: self.code.id.clone(), ..placed }
    }

    async fn signed_in(&mut self) -> Placed {
        let placed = self.save_required().await;
        self.app.confirm(&placed.sign_in, &placed.shown).await.expect_state("signed_in");
        placed
    }

    async fn cancelled(&mut self) -> Placed {
        let placed = self.factor_required().await;
        self.app.cancel(&placed.sign_in).await.expect(204);
        placed
    }

    async fn cancelled_at_gate(&mut self) -> Placed {
        let placed = self.save_required().await;
        self.app.cancel(&placed.sign_in).await.expect(204);
        placed
    }

    async fn denied(&mut self) -> Placed {
        let placed = self.factor_required().await;
        self.suspend_and_reinstate().await;
        placed
    }

    async fn denied_at_gate(&mut self) -> Placed {
        let placed = self.save_required().await;
        self.suspend_and_reinstate().await;
        placed
    }

    async fn expired(&mut self) -> Placed {
        let placed = self.factor_required().await;
        self.app.advance(Span::minutes(15));
        placed
    }

    async fn expired_at_gate(&mut self) -> Placed {
        let placed = self.save_required().await;
        self.app.advance(Span::minutes(30));
        placed
    }

    async fn suspend_and_reinstate(&self) {
        let reason = "as the law demands".parse().expect("it is one line");
        for what in [Administration::Suspend(reason), Administration::Reinstate] {
            let done = self.app.service.administer(Context::operator(), self.person.account, what).await;
            done.expect("an account can be suspended and reinstated");
        }
    }
}
