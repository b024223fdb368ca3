//! The account: who a person is, what they can prove, and every attempt to sign in.
//!
//! ```text
//!              register                verify (address claimed)
//! Unregistered ────────► Unverified ───────────────────────────► Active ◄──────────┐
//!                                                                │    │ suspend    │ reinstate
//!                                                                │    └──► Suspended
//!                                                                │ close      │ close
//!                                                                └──► Closed ◄┘
//!
//! A sign-in of an active account:
//!
//! password ──► factor_required ──mailed code──► has a confirmed backup code? ──yes──► signed_in
//!                    │                                    │ no: one is issued            ▲
//!                    │ backup code: redeemed,             ▼                              │
//!                    └─ and a new one issued ──────► save_required ──"I have saved it"───┘
//!
//! From any pending state: cancelled (given up), denied (the account changed), expired (time).
//!
//! What was completed with the purpose `step_up` is good for changing credentials for a few minutes: the password, or
//! the backup code, which stays in force until the new one is said to be saved.
//!
//! A password that is forgotten:
//!
//! reset asked for ──mailed code *and* backup code──► the password is another, all sessions and pending
//!        │                                           sign-ins end, a new backup code waits to be saved
//!        └─ gone: a newer one took its place, the code expired or had five wrong answers, the password changed
//!
//! An account whose backup code is lost, or whose mail, or both:
//!
//! an operator has a code made ──72 hours, notices──► valid for 7 days
//!        └─ cancelled: from the notice, by any session, by an operator; or the account is suspended
//!
//! recovery asked for ──two of: mailed code, backup code, operator code──► save_required ──"I have saved it"──► signed_in
//! ```

mod administration;
mod attempt;
mod backup_code;
mod causes;
mod code;
mod commands;
mod events;
mod failures;
mod notice;
mod operator_code;
mod password;
mod recovery;
mod refusal;
mod registration;
mod reset;
mod sessions;
mod sign_in;
mod state;
mod step_up;
mod take;
mod work;

pub use attempt::{Challenge, Gate, Grant, SignIn, SignInState, Stage};
pub use causes::{
    About, CancelledBy, CodeMessage, DeliveryFailure, DenialCause, IssueCause, NewDevice, Notice,
    PasswordChange, PasswordRejection, RecoveryProof, RevocationCause,
};
pub use commands::{
    AccountCommand, AnswerEmailCode, BackupCodeMatch, CodeCheck, CompletePasswordReset, NewBackupCode,
    NewChallenge, NewSession, PasswordCheck, Register, StartSignIn,
};
pub use events::AccountEvent;
pub use failures::FailureCounts;
pub use operator_code::{Canceller, NewOperatorCode};
pub use recovery::{CompleteRecovery, RecoveryProofs, SecondProof};
pub use refusal::AccountRefusal;
pub use state::{
    Account, BackupCodes, Device, HeldCode, HeldOperatorCode, Holder, Person, Recovery, RedeemedCode,
    Registration, Reset, Sending, SentNotice, Unverified,
};

use crate::decider::Decider;
use crate::time::Timestamp;

impl Decider for Account {
    const TYPE: &'static str = "Account";
    const STATE_VERSION: u32 = 5;
    type Command = AccountCommand;
    type Event = AccountEvent;
    type Refusal = AccountRefusal;

    fn decide(&self, now: Timestamp, command: AccountCommand) -> Result<Vec<AccountEvent>, AccountRefusal> {
        self.answer(now, command)
    }

    fn evolve(&mut self, at: Timestamp, event: &AccountEvent) {
        self.take(at, event);
    }
}
