//! Taking a fact into the state: one arm an event, each of which calls the function of its topic.

use super::attempt::{Challenge, Grant, SignIn, Stage};
use super::causes::{About, PasswordRejection};
use super::events::AccountEvent;
use super::state::{Account, HeldCode, HeldOperatorCode, Holder, Registration, StatedAddress};
use crate::time::Timestamp;
use crate::word::Authenticator;

impl Account {
    /// Takes a fact into the state; each arm calls the function of its topic.
    #[expect(clippy::too_many_lines, reason = "a table of contents: one arm an event")]
    pub(super) fn take(&mut self, at: Timestamp, event: &AccountEvent) {
        match event.clone() {
            AccountEvent::Registered { registration, email, email_key, password, locale, expires_at } => {
                self.registered(
                    Registration { id: registration, expires_at, challenge: None },
                    Holder { email, email_key, locale },
                    password,
                );
            }
            AccountEvent::EmailVerified { .. } => self.email_verified(),
            AccountEvent::EmailChanged { email, email_key, .. } => self.email_changed(email, email_key),
            AccountEvent::PasswordChanged { cause, password } => self.password_changed(cause, password),
            AccountEvent::Suspended { .. } => self.suspended(),
            AccountEvent::Reinstated {} => self.reinstated(),
            AccountEvent::Closed { .. } => self.closed(),
            AccountEvent::SessionsRevoked { generation, except, .. } => {
                self.sessions_revoked(generation, except);
            }
            AccountEvent::SignInStarted {
                sign_in,
                client,
                device,
                device_label,
                locale,
                expires_at,
                purpose,
            } => {
                let started = SignIn::started(sign_in, client, device, device_label, locale, at, expires_at);
                self.sign_in_started(SignIn { purpose, ..started });
            }
            AccountEvent::PasswordRejected { cause: PasswordRejection::Wrong, device } => {
                self.failed(Authenticator::Password, device);
            }
            AccountEvent::PasswordRejected { cause: PasswordRejection::Suspended, .. } => {}
            AccountEvent::SignedIn {
                sign_in,
                session,
                refresh_token,
                amr,
                aal,
                generation,
                client: _,
                session_expires_at,
                device,
            } => {
                let grant = Grant {
                    session,
                    refresh_token,
                    amr,
                    aal,
                    generation,
                    granted_at: at,
                    expires_at: session_expires_at,
                    backup_codes: 0,
                };
                self.signed_in(sign_in, grant, device);
            }
            AccountEvent::SignInCancelled { sign_in } => self.sign_in_ended(sign_in, Stage::Cancelled),
            AccountEvent::SignInDenied { sign_in, .. } => self.sign_in_ended(sign_in, Stage::Denied),
            AccountEvent::CodeRequested {
                challenge,
                purpose,
                sign_in,
                code_id,
                key,
                send,
                message,
                expires_at,
                operator_code,
                ..
            } => {
                let asked = Challenge::asked(challenge, code_id, key, message, at, expires_at);
                self.code_requested(purpose, sign_in, Challenge { send, ..asked }, operator_code);
            }
            AccountEvent::CodeSent { challenge, send } => self.code_settled(challenge, send, None),
            AccountEvent::CodeDeliveryFailed { challenge, send, reason } => {
                self.code_settled(challenge, send, Some(reason));
            }
            AccountEvent::CodeAccepted { challenge, .. } => self.code_accepted(challenge),
            AccountEvent::CodeRejected { challenge, sign_in } => self.code_rejected(challenge, sign_in),
            AccountEvent::BackupCodeIssued { backup_code, verifier, key, aal, sign_in, cause, .. } => {
                self.backup_code_issued(
                    at,
                    HeldCode { id: backup_code, verifier, key, aal, cause, sign_in, issued_at: at },
                    sign_in,
                    cause,
                );
            }
            AccountEvent::BackupCodeRedeemed { backup_code, sign_in } => {
                self.backup_code_redeemed(at, backup_code, sign_in);
            }
            AccountEvent::BackupCodeRejected { sign_in } => self.backup_code_rejected(sign_in),
            AccountEvent::SaveConfirmed { backup_code, .. } => self.save_confirmed(at, backup_code),
            AccountEvent::GateReopened { sign_in, took_over, .. } => self.gate_reopened(sign_in, took_over),
            AccountEvent::OperatorCodeIssued {
                operator_code,
                verifier,
                key,
                valid_from,
                expires_at,
                email,
                email_key,
                ..
            } => {
                let (id, issued_at) = (operator_code, at);
                let stated = email.zip(email_key);
                let stated = stated.map(|(email, email_key)| StatedAddress { email, email_key });
                self.operator_code_issued(HeldOperatorCode {
                    id,
                    verifier,
                    key,
                    issued_at,
                    valid_from,
                    expires_at,
                    stated,
                });
            }
            AccountEvent::OperatorCodeAccepted { .. } | AccountEvent::RecoveryCancelled { .. } => {
                self.operator_code_ended();
            }
            AccountEvent::OperatorCodeRejected { sign_in, .. } => self.recovery_guessed(sign_in),
            AccountEvent::RecoveryCompleted { sign_in, client, proofs, expires_at } => {
                self.recovery_completed(at, sign_in, client, &proofs, expires_at);
            }
            AccountEvent::AuthenticatorThrottled { authenticator, device, until, .. } => {
                self.throttled(authenticator, device, until);
            }
            AccountEvent::AuthenticatorDisabled { authenticator, device, .. } => {
                self.disabled(authenticator, device);
            }
            AccountEvent::NoticeSent { notice, backup_code, about } => {
                let about = backup_code.map(About::BackupCode).or(about.map(About::Event));
                self.notice_sent(notice, about);
            }
        }
    }
}
