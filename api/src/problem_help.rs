//! What the page of a problem says beside its title and what to do: where it comes from, and whether it helps to ask again.

use crate::problem_code::ProblemCode;

/// What there is to say about a problem.
pub(crate) struct Help {
    /// What it comes from.
    pub(crate) causes: &'static str,
    /// Whether the same request can be answered otherwise.
    pub(crate) again: Again,
}

/// Whether the same request can be answered otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    /// It is answered alike for ever.
    Never,
    /// Once something else was done.
    Otherwise,
    /// Once time has passed.
    Later,
}

impl Again {
    /// In words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Never => "Sending the same request again does not help: it is answered the same way.",
            Self::Otherwise => {
                "Sending the same request again helps only after what is said above was done; under an \
                 Idempotency-Key this answer is kept, so use a new key for it."
            }
            Self::Later => {
                "Sending the same request again helps, with the same Idempotency-Key, after as long as Retry-After \
                 says, or a few seconds where there is none."
            }
        }
    }
}

/// What there is to say about a problem.
#[expect(clippy::too_many_lines, reason = "a table: one arm a code")]
pub(crate) fn help(code: ProblemCode) -> Help {
    let (causes, again) = match code {
        ProblemCode::InvalidRequest => (
            "A body that is no JSON object; a field that is missing, not known, given twice, or not of its form; a \
             field of the query, a header or a filter that cannot be read.",
            Again::Never,
        ),
        ProblemCode::Unauthenticated => (
            "No Authorization header, or more than one; a key that was revoked, has expired, or has another role; a \
             token that has expired, was forged, is another resource's, or whose session is over.",
            Again::Otherwise,
        ),
        ProblemCode::StepUpRequired => (
            "A credential is to be changed by a session that did not come from a step-up, or whose step-up is \
             older than ten minutes; or by another session than the one that asked for the code.",
            Again::Otherwise,
        ),
        ProblemCode::NotFound => (
            "A wrong path; an id of nothing, of somebody else's, or of what was forgotten; a recovery that nobody \
             prepared; a proof, a tile or a receipt of what no signed head is over yet.",
            Again::Otherwise,
        ),
        ProblemCode::MethodNotAllowed => ("The path is right, the method is not.", Again::Never),
        ProblemCode::NotAcceptable => {
            ("An Accept header that excludes what would be answered.", Again::Never)
        }
        ProblemCode::RequestTimeout => {
            ("Head or body were not there in time: a slow line, or a client that waits.", Again::Later)
        }
        ProblemCode::WrongState => (
            "What is asked was done before, is not its turn yet, or came too late: the sign-in is somewhere else, \
             the account is verified already, suspended or closed.",
            Again::Otherwise,
        ),
        ProblemCode::IdempotencyInProgress => (
            "An earlier request with this key has not been answered yet, or its server died a moment ago.",
            Again::Later,
        ),
        ProblemCode::BackupCodeSuperseded => {
            ("The confirmed id is not that of the newest code: another was shown since.", Again::Never)
        }
        ProblemCode::ReissuesExhausted => {
            ("One sign-in shows five more codes in the place of one that was not seen.", Again::Never)
        }
        ProblemCode::AuthenticatorDisabled => (
            "A hundred failures, or a stranger's share of them. For the password, a reset or a recovery binds it \
             anew.",
            Again::Otherwise,
        ),
        ProblemCode::ChallengeExpired => ("A mailed code is good for ten minutes.", Again::Never),
        ProblemCode::ChallengeExhausted => ("A mailed code takes five wrong guesses.", Again::Never),
        ProblemCode::SignInExpired => {
            ("A sign-in lives for 15 minutes, and for 30 more from the gate on.", Again::Never)
        }
        ProblemCode::RegistrationExpired => {
            ("The registration's time is over, or a later one took its place.", Again::Never)
        }
        ProblemCode::PayloadTooLarge => ("A body beyond the bound.", Again::Never),
        ProblemCode::UriTooLong => {
            ("A path or a query beyond the bound: mostly a long filter.", Again::Never)
        }
        ProblemCode::UnsupportedMediaType => {
            ("The Content-Type header is missing, or names another media type.", Again::Never)
        }
        ProblemCode::CredentialsRejected => (
            "An unknown address, a wrong password, an account that is not verified, suspended or closed, or a \
             password that waits or is disabled after failures: which of these is told to nobody.",
            Again::Otherwise,
        ),
        ProblemCode::CodeRejected => (
            "Another code than the one that was mailed or shown; one that was used; and, of a reset or a recovery, \
             also one that ended, or an address without an account.",
            Again::Otherwise,
        ),
        ProblemCode::CodeMistyped => (
            "What was typed cannot be a code: too short, too long, or its check character differs.",
            Again::Otherwise,
        ),
        ProblemCode::PasswordTooWeak => (
            "Too short, too long, well known, or made of the address. No rule asks for certain characters.",
            Again::Never,
        ),
        ProblemCode::NotSaved => ("`saved` was not true.", Again::Never),
        ProblemCode::IdempotencyKeyReused => {
            ("The key came before with another body: byte for byte it has to be the same.", Again::Never)
        }
        ProblemCode::RefreshTokenRejected => (
            "It was exchanged before (the session is then over), is another client's, or its session is over.",
            Again::Never,
        ),
        ProblemCode::ResendTooSoon => ("A code is sent again after half a minute.", Again::Later),
        ProblemCode::Throttled => {
            ("Five failures in a row, or more: the wait doubles with each, up to an hour.", Again::Later)
        }
        ProblemCode::RateLimited => {
            ("More requests came from one address in a minute than one address may send.", Again::Later)
        }
        ProblemCode::HeadersTooLarge => ("Mostly cookies that are not meant for this service.", Again::Never),
        ProblemCode::InternalError => ("A defect of the service.", Again::Later),
        ProblemCode::Overloaded => (
            "All places are taken: connections, requests under way, or passwords that wait to be hashed.",
            Again::Later,
        ),
        ProblemCode::Unavailable => (
            "The database is away, a read model has not caught up, or the answer took too long.",
            Again::Later,
        ),
    };
    Help { causes, again }
}
