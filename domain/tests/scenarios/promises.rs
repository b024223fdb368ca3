//! Stories that keep several promises at once, and the kit beside the test framework of `cqrs-es`.

use countersign_domain::account::{Account, AccountEvent, AccountRefusal};
use countersign_domain::decider::{Decider, Issued, Recorded, Root, stored_name};
use countersign_domain::kit::{Past, Timeline, event};
use countersign_domain::time::Span;
use countersign_domain::word::Locale;
use cqrs_es::test::TestFramework;

use crate::support::{
    account, address_key, bc, ch, close, confirm, confirm_keeping, enrolled, known_device, moment, register,
    request_code, rg, right_code, right_registration_code, sent, start, start_labelled, start_on,
    use_backup_code, verify_email, wrong_code, wrong_passwords,
};

/// Promise 1. Promise 2. Promise 3. Promise 5.
#[test]
fn a_person_without_mail_signs_in_with_a_backup_code_and_saves_the_next() {
    account()
        .when(register())
        .when(sent(ch(0), 1))
        .when(right_registration_code())
        .when(verify_email())
        .when(start(1))
        .when(sent(ch(1), 1))
        .when(right_code(1))
        .when(confirm_keeping(known_device(), bc(1), 1))
        .after(Span::days(30))
        .when(start_labelled(2))
        .when(wrong_code(2))
        .when(use_backup_code(bc(1), 2))
        .then([event("backup_code.redeemed"), event("backup_code.issued")])
        .when(confirm(bc(2), 2))
        .then([event("backup_code.save_confirmed"), event("sign_in.signed_in")]);
}

/// Promise 9.
#[test]
fn a_person_who_closed_the_tab_at_the_gate_gets_in_with_password_and_redeemed_code() {
    account()
        .given(enrolled())
        .when(start(2))
        .when(use_backup_code(bc(1), 2))
        .then([event("backup_code.redeemed"), event("backup_code.issued")])
        .after(Span::hours(20))
        .when(start(3))
        .when(use_backup_code(bc(1), 3))
        .then([event("backup_code.gate_reopened"), event("backup_code.issued")])
        .when(confirm(bc(3), 3))
        .then([event("backup_code.save_confirmed"), event("sign_in.signed_in")])
        .when(start(4))
        .when(use_backup_code(bc(1), 4))
        .then([event("backup_code.rejected")]);
}

/// Promise 7. Promise 12.
#[test]
fn an_attacker_from_a_thousand_addresses_gets_sixty_guesses_and_the_owner_gets_in() {
    account()
        .given(crate::support::enrolled_on_a_device())
        .given(wrong_passwords(60))
        .when(start(2))
        .then_refused_matching(|refusal| matches!(refusal, AccountRefusal::AuthenticatorDisabled { .. }))
        .when(start_on(known_device(), 3))
        .when(right_code(3))
        .then([event("code.accepted"), event("sign_in.signed_in")]);
}

/// Promise 11.
#[test]
fn an_account_can_be_replayed_and_closed_when_what_was_personal_is_erased() {
    let erased = serde_json::json!({ "$erased": true });
    let registered = AccountEvent::Registered {
        registration: rg(1),
        email: serde_json::from_value(erased.clone()).expect("an erased value"),
        email_key: address_key(1),
        password: serde_json::from_value(erased).expect("an erased verifier"),
        locale: Locale::default(),
        expires_at: moment("2026-01-05T08:10:00.000Z"),
    };
    let erased_too = |account: &Account, _| account.holder().map(|holder| holder.email.is_erased());
    account()
        .given([registered, AccountEvent::EmailVerified { registration: rg(1) }])
        .when(close())
        .then([event("account.sessions_revoked"), event("account.closed")])
        .then_state(erased_too, Some(true));
}

/// Everything that the past of an enrolled account recorded.
fn recorded(past: Vec<<Account as Decider>::Command>) -> Vec<Recorded<AccountEvent>> {
    let mut timeline = Timeline::<Account>::default();
    for command in past {
        timeline.decide(command).expect("every law holds").expect("the past is allowed");
    }
    timeline.history().to_vec()
}

#[tokio::test]
async fn a_scenario_runs_in_the_test_framework_of_cqrs_es_as_well() {
    let past =
        recorded(vec![register(), verify_email(), start(1), right_code(1), confirm(bc(1), 1), start(2)]);
    let at = past.last().expect("something happened").at;
    let found = TestFramework::<Root<Account>>::with(())
        .given(past)
        .when_async(Issued { at, command: use_backup_code(bc(1), 2) })
        .await
        .inspect_result()
        .expect("the code is redeemed");
    let names: Vec<String> = found.iter().map(|recorded| stored_name(&recorded.event)).collect();
    assert_eq!(names, ["backup_code.redeemed", "backup_code.issued"]);

    let past = Past::of([register(), verify_email(), start(1), right_code(1), confirm(bc(1), 1), start(2)]);
    account()
        .given(past)
        .when(use_backup_code(bc(1), 2))
        .then(found.into_iter().map(|recorded| recorded.event));
}

#[tokio::test]
async fn a_refusal_is_the_same_in_the_test_framework_of_cqrs_es() {
    let past = recorded(vec![register(), verify_email()]);
    let at = past.last().expect("something happened").at;
    let refused = TestFramework::<Root<Account>>::with(())
        .given(past)
        .when_async(Issued { at, command: request_code(2, 2) })
        .await
        .inspect_result()
        .expect_err("nobody signs in");
    account().given(Past::of([register(), verify_email()])).when(request_code(2, 2)).then_refused(refused);
}
