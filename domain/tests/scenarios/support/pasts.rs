//! The pasts that most scenarios start from, each told by commands, so that none of them can be a past that the
//! rules do not allow.

use countersign_domain::account::Account;
use countersign_domain::id::{BackupCodeId, DeviceId};
use countersign_domain::kit::Past;
use countersign_domain::time::Span;

use super::{
    bc, close, confirm, confirm_keeping, known_device, register, right_code, right_code_keeping, start,
    suspend, use_backup_code, verify_email, wrong_backup_code, wrong_code, wrong_password, wrong_password_on,
};

/// Somebody asked for an account a minute ago.
pub(crate) fn registered() -> Past<Account> {
    Past::of([register()]).after(Span::minutes(1))
}

/// The address was verified; nobody has signed in yet.
pub(crate) fn verified() -> Past<Account> {
    registered().command(verify_email()).after(Span::minutes(1))
}

/// The first sign-in, number 1, was completed an hour ago and backup code 1 is confirmed as saved.
pub(crate) fn enrolled() -> Past<Account> {
    verified().and(at_first_gate(1)).command(confirm(bc(1), 1)).after(Span::hours(1))
}

/// Like [`enrolled`], on device 1, which is known since.
pub(crate) fn enrolled_on_a_device() -> Past<Account> {
    let confirmed = confirm_keeping(known_device(), bc(1), 1);
    verified().and(at_first_gate(1)).command(confirmed).after(Span::hours(1))
}

/// Sign-in *n* of an account without a confirmed code typed the mailed code, and stands at the gate.
pub(crate) fn at_first_gate(number: u32) -> Past<Account> {
    Past::of([start(number), right_code(number)]).after(Span::seconds(20))
}

/// Sign-in *n* redeemed a backup code a moment ago, and stands at the gate with backup code *n*.
pub(crate) fn at_gate_after(code: BackupCodeId, number: u32) -> Past<Account> {
    Past::of([start(number), use_backup_code(code, number)]).after(Span::seconds(20))
}

/// Sign-in *n* with the mailed code was completed on a device that is known since.
pub(crate) fn signed_in_on(device: DeviceId, number: u32) -> Past<Account> {
    Past::of([start(number), right_code_keeping(device, number)]).after(Span::minutes(1))
}

/// An operator suspended an enrolled account.
pub(crate) fn suspended() -> Past<Account> {
    enrolled().command(suspend()).after(Span::minutes(1))
}

/// An operator closed an enrolled account.
pub(crate) fn closed() -> Past<Account> {
    enrolled().command(close()).after(Span::minutes(1))
}

/// So many wrong passwords in a row from unknown devices, each after the longest wait.
pub(crate) fn wrong_passwords(times: u32) -> Past<Account> {
    Past::nothing().times(times, |_| Past::of([wrong_password()]).after(Span::hours(1)))
}

/// So many wrong passwords in a row from a known device, each after the longest wait.
pub(crate) fn wrong_passwords_on(device: DeviceId, times: u32) -> Past<Account> {
    Past::nothing().times(times, |_| Past::of([wrong_password_on(device)]).after(Span::hours(1)))
}

/// So many wrong codes in a row, each in a sign-in of its own: `first`, `first + 1` and so on.
pub(crate) fn wrong_codes(first: u32, times: u32) -> Past<Account> {
    each_in_its_own(first, times, wrong_code)
}

/// So many wrong backup codes in a row, each in a sign-in of its own: `first`, `first + 1` and so on.
pub(crate) fn wrong_backup_codes(first: u32, times: u32) -> Past<Account> {
    each_in_its_own(first, times, wrong_backup_code)
}

fn each_in_its_own(
    first: u32,
    times: u32,
    attempt: fn(u32) -> countersign_domain::account::AccountCommand,
) -> Past<Account> {
    let one = |number| Past::of([start(number), attempt(number)]).after(Span::hours(1));
    Past::nothing().times(times, |n| one(first + n - 1))
}
