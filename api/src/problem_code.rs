//! The stable codes of problems: what each means, and what to do about it.

use axum::http::StatusCode;

/// The stable code of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProblemCode {
    InvalidRequest,
    Unauthenticated,
    StepUpRequired,
    NotFound,
    MethodNotAllowed,
    NotAcceptable,
    RequestTimeout,
    PayloadTooLarge,
    UriTooLong,
    HeadersTooLarge,
    UnsupportedMediaType,
    CredentialsRejected,
    CodeRejected,
    CodeMistyped,
    PasswordTooWeak,
    NotSaved,
    RefreshTokenRejected,
    WrongState,
    IdempotencyInProgress,
    IdempotencyKeyReused,
    BackupCodeSuperseded,
    ReissuesExhausted,
    AuthenticatorDisabled,
    ChallengeExpired,
    ChallengeExhausted,
    SignInExpired,
    RegistrationExpired,
    ResendTooSoon,
    Throttled,
    RateLimited,
    Overloaded,
    Unavailable,
    InternalError,
}

/// What a code stands for.
struct Entry {
    name: &'static str,
    status: StatusCode,
    title: &'static str,
    detail: &'static str,
}

const fn entry(name: &'static str, status: StatusCode, title: &'static str, detail: &'static str) -> Entry {
    Entry { name, status, title, detail }
}

impl ProblemCode {
    /// Every code, in the order of its status.
    pub(crate) const ALL: [Self; 33] = [
        Self::InvalidRequest,
        Self::Unauthenticated,
        Self::StepUpRequired,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::NotAcceptable,
        Self::RequestTimeout,
        Self::WrongState,
        Self::IdempotencyInProgress,
        Self::BackupCodeSuperseded,
        Self::ReissuesExhausted,
        Self::AuthenticatorDisabled,
        Self::ChallengeExpired,
        Self::ChallengeExhausted,
        Self::SignInExpired,
        Self::RegistrationExpired,
        Self::PayloadTooLarge,
        Self::UriTooLong,
        Self::UnsupportedMediaType,
        Self::CredentialsRejected,
        Self::CodeRejected,
        Self::CodeMistyped,
        Self::PasswordTooWeak,
        Self::NotSaved,
        Self::IdempotencyKeyReused,
        Self::RefreshTokenRejected,
        Self::ResendTooSoon,
        Self::Throttled,
        Self::RateLimited,
        Self::HeadersTooLarge,
        Self::InternalError,
        Self::Overloaded,
        Self::Unavailable,
    ];

    /// The code as it stands in a document and in its address.
    pub(crate) fn name(self) -> &'static str {
        self.entry().name
    }

    /// The status that it is answered with.
    pub(crate) fn status(self) -> StatusCode {
        self.entry().status
    }

    /// What it means, in a few words.
    pub(crate) fn title(self) -> &'static str {
        self.entry().title
    }

    /// What to do about it.
    pub(crate) fn detail(self) -> &'static str {
        self.entry().detail
    }

    /// The document of a problem that no request is known for; the id is made for it.
    pub(crate) fn bare_document(self, id: &str) -> String {
        let Entry { name, status, title, detail } = self.entry();
        serde_json::json!({
            "type": format!("/docs/problems/{name}"),
            "title": title,
            "status": status.as_u16(),
            "code": name,
            "detail": detail,
            "request_id": id,
        })
        .to_string()
    }

    #[expect(clippy::too_many_lines, reason = "a table: one arm a code")]
    fn entry(self) -> Entry {
        match self {
            Self::InvalidRequest => entry(
                "invalid_request",
                StatusCode::BAD_REQUEST,
                "The request is malformed",
                "Correct what `errors` points at, and send it again.",
            ),
            Self::Unauthenticated => entry(
                "unauthenticated",
                StatusCode::UNAUTHORIZED,
                "The caller's credential is missing or not good here",
                "Send the key or token that belongs to this resource as `Authorization: Bearer …`.",
            ),
            Self::StepUpRequired => entry(
                "step_up_required",
                StatusCode::FORBIDDEN,
                "The person has to prove once more who they are",
                "Start a sign-in with `purpose: \"step_up\"`, complete it, and send this again within ten minutes with \
                 the access token that it grants.",
            ),
            Self::NotFound => entry(
                "not_found",
                StatusCode::NOT_FOUND,
                "There is nothing here",
                "Check the address and the ids in it. What is another's, what was forgotten some time after its end, \
                 and what is not there yet are answered alike.",
            ),
            Self::MethodNotAllowed => entry(
                "method_not_allowed",
                StatusCode::METHOD_NOT_ALLOWED,
                "The resource does not know this method",
                "Use a method that the `Allow` header names.",
            ),
            Self::NotAcceptable => entry(
                "not_acceptable",
                StatusCode::NOT_ACCEPTABLE,
                "The reply would be in a form that the client does not take",
                "Send no `Accept`, or one with the media type that the operation answers with: `application/json` for \
                 most, `text/event-stream` for the tail of events, `application/zip` for an export. Nothing was done.",
            ),
            Self::RequestTimeout => entry(
                "request_timeout",
                StatusCode::REQUEST_TIMEOUT,
                "The request did not come to its end in time",
                "Send it again, in one go, on a new connection. Nothing was done.",
            ),
            Self::WrongState => entry(
                "wrong_state",
                StatusCode::CONFLICT,
                "The request does not fit the present state",
                "Look at the resource again. Of a sign-in, `state` says where it stands, and its `next` what is allowed; \
                 elsewhere it was done before, or the account is not active.",
            ),
            Self::IdempotencyInProgress => entry(
                "idempotency_in_progress",
                StatusCode::CONFLICT,
                "The same request is worked on right now",
                "Send it again, with the same key, after as long as `Retry-After` says: it will be answered.",
            ),
            Self::IdempotencyKeyReused => entry(
                "idempotency_key_reused",
                StatusCode::UNPROCESSABLE_ENTITY,
                "The idempotency key belongs to a request with another body",
                "Use a new key for each new request, and the same one only to send the very same request again.",
            ),
            Self::BackupCodeSuperseded => entry(
                "backup_code_superseded",
                StatusCode::CONFLICT,
                "A newer backup code took this one's place",
                "Ask for a new code with `reissue_backup_code`, show it, and confirm that one.",
            ),
            Self::ReissuesExhausted => entry(
                "reissues_exhausted",
                StatusCode::CONFLICT,
                "The backup code was replaced as often as one sign-in allows",
                "Confirm the last code, or start a new sign-in.",
            ),
            Self::AuthenticatorDisabled => entry(
                "authenticator_disabled",
                StatusCode::CONFLICT,
                "This way to prove oneself is disabled after too many failures",
                "Use another factor, or a device that signed in before.",
            ),
            Self::ChallengeExpired => {
                entry("challenge_expired", StatusCode::GONE, "The code has expired", "Ask for a new code.")
            }
            Self::ChallengeExhausted => entry(
                "challenge_exhausted",
                StatusCode::GONE,
                "The code had too many wrong guesses",
                "Ask for a new code.",
            ),
            Self::SignInExpired => {
                entry("sign_in_expired", StatusCode::GONE, "The sign-in has expired", "Start a new sign-in.")
            }
            Self::RegistrationExpired => entry(
                "registration_expired",
                StatusCode::GONE,
                "The registration has expired",
                "Register again.",
            ),
            Self::PayloadTooLarge => entry(
                "payload_too_large",
                StatusCode::PAYLOAD_TOO_LARGE,
                "The request is too large",
                "Send at most 16 KiB.",
            ),
            Self::UriTooLong => entry(
                "uri_too_long",
                StatusCode::URI_TOO_LONG,
                "The address is too long",
                "Send at most 8 KiB of path and query.",
            ),
            Self::HeadersTooLarge => entry(
                "headers_too_large",
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "The request has too many headers, or too large ones",
                "Send at most 64 headers, and at most 16 KiB of them.",
            ),
            Self::UnsupportedMediaType => entry(
                "unsupported_media_type",
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "The request is of a media type that is not taken here",
                "Send `Content-Type: application/json`; introspection takes a form as well.",
            ),
            Self::CredentialsRejected => entry(
                "credentials_rejected",
                StatusCode::UNPROCESSABLE_ENTITY,
                "E-mail address and password open nothing",
                "Let the person check both. The answer is the same whatever the reason.",
            ),
            Self::CodeRejected => entry(
                "code_rejected",
                StatusCode::UNPROCESSABLE_ENTITY,
                "The code is wrong, or not good any more",
                "Let the person check the code and type it again. Where a reset or a recovery is completed the answer is the \
                 same whatever the reason: let them ask for a new code.",
            ),
            Self::CodeMistyped => entry(
                "code_mistyped",
                StatusCode::UNPROCESSABLE_ENTITY,
                "The code was mistyped",
                "A character is missing or wrong; no attempt was counted. Let the person check it.",
            ),
            Self::PasswordTooWeak => entry(
                "password_too_weak",
                StatusCode::UNPROCESSABLE_ENTITY,
                "The password is too easy to guess",
                "Show the person `reason` and `guidance`, and let them choose another one.",
            ),
            Self::NotSaved => entry(
                "not_saved",
                StatusCode::UNPROCESSABLE_ENTITY,
                "The backup code was not confirmed as saved",
                "Send `saved: true` once the person says: I have saved this code for future use.",
            ),
            Self::RefreshTokenRejected => entry(
                "refresh_token_rejected",
                StatusCode::UNPROCESSABLE_ENTITY,
                "The refresh token is not good, or not any more",
                "Let the person sign in again. The answer is the same whatever the reason.",
            ),
            Self::ResendTooSoon => entry(
                "resend_too_soon",
                StatusCode::TOO_MANY_REQUESTS,
                "The code was sent a moment ago",
                "Wait as long as `Retry-After` says; the code may be on its way.",
            ),
            Self::Throttled => entry(
                "throttled",
                StatusCode::TOO_MANY_REQUESTS,
                "Too many failures in a row",
                "Wait as long as `Retry-After` says.",
            ),
            Self::RateLimited => entry(
                "rate_limited",
                StatusCode::TOO_MANY_REQUESTS,
                "Too many requests from one address",
                "Wait as long as `Retry-After` says. A client that signs people in from a server of its own states each person's address as `context.ip`; then that one counts.",
            ),
            Self::InternalError => entry(
                "internal_error",
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something went wrong inside",
                "Try again; if it stays, tell the operator the `request_id`.",
            ),
            Self::Overloaded => entry(
                "overloaded",
                StatusCode::SERVICE_UNAVAILABLE,
                "There is more work than the service can do",
                "Come back after as long as `Retry-After` says. Nothing was done.",
            ),
            Self::Unavailable => entry(
                "unavailable",
                StatusCode::SERVICE_UNAVAILABLE,
                "Something that the service needs is away",
                "Come back after as long as `Retry-After` says.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ProblemCode;

    #[test]
    fn every_variant_is_among_all() {
        let source = include_str!("problem_code.rs");
        let (_, rest) = source.split_once("enum ProblemCode {\n").unwrap();
        let (variants, _) = rest.split_once('}').unwrap();
        let mut named: Vec<_> = variants.lines().map(|line| line.trim().trim_end_matches(',')).collect();
        let mut listed: Vec<_> = ProblemCode::ALL.iter().map(|code| format!("{code:?}")).collect();
        named.sort_unstable();
        listed.sort_unstable();
        assert_eq!(listed, named);
    }

    #[test]
    fn codes_stand_in_the_order_of_their_status_and_each_has_a_name_of_its_own() {
        assert!(ProblemCode::ALL.is_sorted_by_key(|code| code.status().as_u16()));
        let mut names = ProblemCode::ALL.map(ProblemCode::name).to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ProblemCode::ALL.len());
    }
}
