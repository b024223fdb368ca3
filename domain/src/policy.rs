//! The numbers of the sign-in policy, as data: each with the source that it rests on.

use std::fmt;

use crate::time::Span;

/// A number of the policy and where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number<T> {
    /// What the number is for.
    pub meaning: &'static str,
    /// The number.
    pub value: T,
    /// The standard or the reason that it rests on.
    pub source: &'static str,
}

impl<T: fmt::Display> Number<T> {
    /// The same, to be shown beside the others.
    fn shown(&self) -> Number<String> {
        Number { meaning: self.meaning, value: self.value.to_string(), source: self.source }
    }
}

/// Every number of the policy, as it is shown.
pub fn all() -> Vec<Number<String>> {
    vec![
        CODE_LIFETIME.shown(),
        GUESSES_PER_CHALLENGE.shown(),
        RESEND_WAIT.shown(),
        SIGN_IN_LIFETIME.shown(),
        GATE_LIFETIME.shown(),
        REISSUES_PER_GATE.shown(),
        BACKUP_CODES_PER_STEP_UP.shown(),
        GATE_REOPENS_FOR.shown(),
        FAILURES_BEFORE_WAIT.shown(),
        FIRST_WAIT.shown(),
        LONGEST_WAIT.shown(),
        KNOWN_DEVICES.shown(),
        FAILURES_PER_DEVICE.shown(),
        FAILURES_OF_STRANGERS.shown(),
        FAILURES_ALTOGETHER.shown(),
        STEP_UP_LASTS.shown(),
        OPERATOR_CODE_WAIT.shown(),
        OPERATOR_CODE_LIFETIME.shown(),
        SESSION_LIFETIME.shown(),
        SESSION_LIFETIME_AAL2.shown(),
        SESSION_IDLE_AAL2.shown(),
        ACCESS_TOKEN_LIFETIME.shown(),
        REFRESH_ANSWERED_AGAIN.shown(),
        SIGN_INS_REMEMBERED.shown(),
        SESSIONS_REMEMBERED.shown(),
        NOTICE_LIFETIME.shown(),
        PASSWORD_SHORTEST.shown(),
        PASSWORD_LONGEST.shown(),
        STRANGER_MAIL_PER_HOUR.shown(),
        STRANGER_MAIL_PER_DAY.shown(),
        SIGN_IN_MAIL_PER_HOUR.shown(),
        SIGN_IN_MAIL_WINDOW.shown(),
        CLIENT_KEYS.shown(),
        CLIENT_KEY_OVERLAP.shown(),
    ]
}

/// How long a verification code is valid.
pub const CODE_LIFETIME: Number<Span> = Number {
    meaning: "a verification code is valid for",
    value: Span::minutes(10),
    source: "NIST SP 800-63B-4 3.1.3; ASVS 6.5.5",
};

/// Wrong guesses after which a challenge is dead.
pub const GUESSES_PER_CHALLENGE: Number<u32> =
    Number { meaning: "wrong guesses that end a challenge", value: 5, source: "ASVS 6.6.3" };

/// How long to wait before the same code can be asked for again.
pub const RESEND_WAIT: Number<Span> = Number {
    meaning: "wait before a code is sent again",
    value: Span::seconds(30),
    source: "one message in flight at a time; mail is often slow by that much",
};

/// How long a sign-in lives before the gate.
pub const SIGN_IN_LIFETIME: Number<Span> = Number {
    meaning: "a sign-in lives for",
    value: Span::minutes(15),
    source: "a code's ten minutes and time to fetch it; ASVS 6.6.2",
};

/// How long the gate stays open once it is reached.
pub const GATE_LIFETIME: Number<Span> = Number {
    meaning: "from the gate on, a sign-in lives for another",
    value: Span::minutes(30),
    source: "time to find a pen or a printer",
};

/// How often an unseen backup code can be replaced in one sign-in.
pub const REISSUES_PER_GATE: Number<u32> = Number {
    meaning: "times that one sign-in can replace an unseen backup code",
    value: 5,
    source: "enough for lost replies, few enough to bound the stream",
};

/// Backup codes that can be asked for after one step-up.
pub const BACKUP_CODES_PER_STEP_UP: Number<u32> = Number {
    meaning: "backup codes that can be asked for after one step-up",
    value: 6,
    source: "as many as a gate shows: the first, and five for lost replies",
};

/// How long a redeemed code, with the password, re-opens the gate while its replacement is unconfirmed.
pub const GATE_REOPENS_FOR: Number<Span> = Number {
    meaning: "a redeemed code re-opens the gate for",
    value: Span::hours(24),
    source: "NIST SP 800-63B-4 4.2.1.2: the longest life of a recovery code sent by mail",
};

/// Consecutive failures from which each further attempt has to wait.
pub const FAILURES_BEFORE_WAIT: Number<u32> = Number {
    meaning: "consecutive failures before attempts have to wait",
    value: 5,
    source: "NIST SP 800-63B-4 3.2.2",
};

/// The first wait; each further failure doubles it.
pub const FIRST_WAIT: Number<Span> =
    Number { meaning: "the first wait", value: Span::seconds(30), source: "NIST SP 800-63B-4 3.2.2" };

/// The longest wait.
pub const LONGEST_WAIT: Number<Span> =
    Number { meaning: "the longest wait", value: Span::hours(1), source: "NIST SP 800-63B-4 3.2.2" };

/// Devices that have a budget of failures of their own, the newest first.
pub const KNOWN_DEVICES: Number<usize> = Number {
    meaning: "newest devices that have a budget of failures of their own",
    value: 4,
    source: "NIST SP 800-63B-4 3.2.2: strangers must not lock the owner out",
};

/// Consecutive failures that disable an authenticator for one known device.
pub const FAILURES_PER_DEVICE: Number<u32> = Number {
    meaning: "consecutive failures that disable an authenticator for one known device",
    value: 10,
    source: "NIST SP 800-63B-4 3.2.2: 4 x 10 + 60 = 100",
};

/// Consecutive failures that disable an authenticator for everybody else together.
pub const FAILURES_OF_STRANGERS: Number<u32> = Number {
    meaning: "consecutive failures that disable an authenticator for all other devices together",
    value: 60,
    source: "NIST SP 800-63B-4 3.2.2: 4 x 10 + 60 = 100",
};

/// Consecutive failures that disable an authenticator on every device.
pub const FAILURES_ALTOGETHER: Number<u32> = Number {
    meaning: "consecutive failures that disable an authenticator on every device",
    value: 100,
    source: "NIST SP 800-63B-4 3.2.2",
};

/// How long after it a completed step-up is good for changing a credential.
pub const STEP_UP_LASTS: Number<Span> = Number {
    meaning: "a completed step-up is good for",
    value: Span::minutes(10),
    source: "NIST SP 800-63B-4 4.1.2.1: bind only in a session that was authenticated just now; as long as a code",
};

/// How long after it was made an operator code is not valid yet.
pub const OPERATOR_CODE_WAIT: Number<Span> = Number {
    meaning: "an operator code has to wait for",
    value: Span::hours(72),
    source: "whoever owns the account has three days to read a notice and to say no",
};

/// How long an operator code is valid from then on.
pub const OPERATOR_CODE_LIFETIME: Number<Span> = Number {
    meaning: "an operator code is valid, after its wait, for",
    value: Span::days(7),
    source: "a week to come back; NIST SP 800-63B-4 4.2.1.2 gives a code that is handed over no more than 21 days",
};

/// How long a session of one factor can live.
pub const SESSION_LIFETIME: Number<Span> = Number {
    meaning: "a session of one factor lives for at most",
    value: Span::days(30),
    source: "NIST SP 800-63B-4 2.1.3 (AAL1: at most 30 days, no idle limit)",
};

/// How long a session of two factors can live.
pub const SESSION_LIFETIME_AAL2: Number<Span> = Number {
    meaning: "a session of two factors lives for at most",
    value: Span::hours(24),
    source: "NIST SP 800-63B-4 2.2.3 (AAL2: at most 24 hours)",
};

/// How long a session of two factors lives without being refreshed.
pub const SESSION_IDLE_AAL2: Number<Span> = Number {
    meaning: "a session of two factors that is not refreshed lives for",
    value: Span::hours(1),
    source: "NIST SP 800-63B-4 2.2.3 (AAL2: idle for at most an hour)",
};

/// How long an access token is good for.
pub const ACCESS_TOKEN_LIFETIME: Number<Span> = Number {
    meaning: "an access token is good for",
    value: Span::minutes(10),
    source: "who checks it without asking us learns of an end that late",
};

/// How long a refresh token that was exchanged gets the same new one again.
pub const REFRESH_ANSWERED_AGAIN: Number<Span> = Number {
    meaning: "a refresh token that was exchanged gets the same new token again for",
    value: Span::seconds(10),
    source: "a lost reply is asked for again at once; a thief comes later (RFC 9700 4.14.2)",
};

/// Sign-ins that an account's state remembers, the newest.
pub const SIGN_INS_REMEMBERED: Number<usize> = Number {
    meaning: "newest sign-ins that an account's state remembers",
    value: 32,
    source: "bounds the state; a person has a handful open at once",
};

/// Sessions that an account's state remembers, the newest.
pub const SESSIONS_REMEMBERED: Number<usize> = Number {
    meaning: "newest sessions that an account's state remembers",
    value: 100,
    source: "bounds the state; one that is forgotten has ended",
};

/// How long an unsent message or notice is worth a retry.
pub const NOTICE_LIFETIME: Number<Span> = Number {
    meaning: "a notice is tried for",
    value: Span::hours(24),
    source: "a day-old warning still helps; an older one confuses",
};

/// The fewest characters of a password.
pub const PASSWORD_SHORTEST: Number<usize> = Number {
    meaning: "the fewest characters of a password",
    value: 15,
    source: "NIST SP 800-63B-4 3.1.1.2 (it may be the only factor beside e-mail)",
};

/// The most characters of a password.
pub const PASSWORD_LONGEST: Number<usize> = Number {
    meaning: "the most characters of a password",
    value: 256,
    source: "NIST SP 800-63B-4 3.1.1.2 (at least 64); a bound on the work of a hash",
};

/// Messages that a stranger can cause to one address in an hour.
pub const STRANGER_MAIL_PER_HOUR: Number<u32> = Number {
    meaning: "messages an hour that a stranger can cause to one address",
    value: 5,
    source: "nobody's inbox is a weapon",
};

/// Messages that a stranger can cause to one address in a day.
pub const STRANGER_MAIL_PER_DAY: Number<u32> = Number {
    meaning: "messages a day that a stranger can cause to one address",
    value: 20,
    source: "nobody's inbox is a weapon",
};

/// How long a sign-in code that was mailed counts.
pub const SIGN_IN_MAIL_WINDOW: Number<Span> = Number {
    meaning: "how long a mailed sign-in code counts against its limit",
    value: Span::hours(1),
    source: "the limit is an hour's",
};

/// Sign-in codes to one address in an hour.
pub const SIGN_IN_MAIL_PER_HOUR: Number<u32> = Number {
    meaning: "sign-in codes an hour to one address",
    value: 20,
    source: "they need the password first",
};

/// Keys of a client that can be accepted at once.
pub const CLIENT_KEYS: Number<usize> = Number {
    meaning: "keys of a client that are accepted at once",
    value: 2,
    source: "the new one, and the one before until every instance of the app has the new one",
};

/// How long a client's key is accepted beside the one that replaced it, if nothing else is said.
pub const CLIENT_KEY_OVERLAP: Number<Span> = Number {
    meaning: "a client's replaced key is accepted for another",
    value: Span::hours(24),
    source: "a day is enough to roll an app out everywhere",
};
