//! The bodies of replies: each is the object itself, with `object` naming its type.

use axum::http::header::LOCATION;
use axum::http::{HeaderName, HeaderValue};
use countersign_domain::id::{AccountId, SignInId};
use countersign_domain::secret::Personal;
use countersign_service::access_token::PublishedKey;
use countersign_service::flow::{Introspected, TokenKind};
use countersign_service::view::{
    AccountView, AttemptReply, BackupCodeReply, ChallengeView, NextAction, RegistrationReply,
    ResetPasswordReply, SessionReply, SessionView, SignInReply,
};
use serde_json::{Map, Value, json};

/// The header that says which version a command brought a stream to.
const VERSION: HeaderName = HeaderName::from_static("countersign-version");

/// `Countersign-Version: acc_…:17`.
pub(crate) fn version(account: AccountId, version: u64) -> (HeaderName, HeaderValue) {
    let value = HeaderValue::from_str(&format!("{account}:{version}"));
    (VERSION, value.unwrap_or_else(|_| HeaderValue::from_static("")))
}

/// `Location`.
pub(crate) fn location(href: &str) -> (HeaderName, HeaderValue) {
    (LOCATION, HeaderValue::from_str(href).unwrap_or_else(|_| HeaderValue::from_static("/")))
}

/// Where a sign-in is.
pub(crate) fn sign_in_href(id: SignInId) -> String {
    format!("/v1/sign-ins/{id}")
}

/// A registration.
pub(crate) fn registration(registration: &RegistrationReply) -> Value {
    json!({
        "object": "registration",
        "id": registration.id,
        "token": registration.token.expose(),
        "expires_at": registration.expires_at,
    })
}

/// A password reset that was asked for.
pub(crate) fn password_reset(reset: &AttemptReply) -> Value {
    json!({
        "object": "password_reset",
        "id": reset.id,
        "token": reset.token.expose(),
        "expires_at": reset.expires_at,
    })
}

/// A recovery that was asked for; its id is a sign-in's once it is completed.
pub(crate) fn recovery(recovery: &AttemptReply) -> Value {
    json!({
        "object": "recovery",
        "id": recovery.id,
        "token": recovery.token.expose(),
        "expires_at": recovery.expires_at,
    })
}

/// A password reset that was completed, and the backup code that it showed.
pub(crate) fn completed_reset(reset: &ResetPasswordReply) -> Value {
    let BackupCodeReply { id, code } = &reset.backup_code;
    json!({
        "object": "password_reset",
        "id": reset.id,
        "state": "completed",
        "backup_code": { "id": id, "code": code.expose() },
    })
}

/// An account, as its person sees it.
pub(crate) fn account(account: &AccountView) -> Value {
    json!({
        "object": "account",
        "id": account.id,
        "email": account.email,
        "locale": account.locale,
        "factors": account.factors,
        "backup_code": {
            "issued_at": account.backup_code.issued_at,
            "confirmed_at": account.backup_code.confirmed_at,
            "used_at": account.backup_code.used_at,
        },
        "recovery": account.recovery.map(|prepared| json!({
            "requested_at": prepared.requested_at,
            "valid_from": prepared.valid_from,
            "expires_at": prepared.expires_at,
        })),
    })
}

/// A sign-in; secrets only in the reply that made them.
pub(crate) fn sign_in(reply: &SignInReply) -> Value {
    let sign_in = &reply.sign_in;
    let next: Vec<Value> = sign_in.next.iter().map(|action| next(sign_in.id, action)).collect();
    let mut body = json!({
        "object": "sign_in",
        "id": sign_in.id,
        "state": sign_in.state,
        "version": sign_in.version,
        "created_at": sign_in.created_at,
        "expires_at": sign_in.expires_at,
        "next": next,
        "challenge": sign_in.challenge.as_ref().map(challenge),
    });
    if let Some(fields) = body.as_object_mut() {
        add_secrets(fields, reply);
    }
    body
}

/// A code that was sent.
pub(crate) fn challenge(challenge: &ChallengeView) -> Value {
    json!({
        "object": "challenge",
        "id": challenge.id,
        "factor": challenge.factor,
        "sent_to": challenge.sent_to,
        "expires_at": challenge.expires_at,
        "resend_after": challenge.resend_after,
    })
}

/// A backup code that was issued anew.
pub(crate) fn backup_code(issued: &BackupCodeReply) -> Value {
    json!({ "object": "backup_code", "id": issued.id, "code": issued.code.expose() })
}

fn add_secrets(fields: &mut Map<String, Value>, reply: &SignInReply) {
    if let Some(token) = &reply.token {
        fields.insert("token".to_owned(), json!(token.expose()));
    }
    if let Some(BackupCodeReply { id, code }) = &reply.backup_code {
        fields.insert("backup_code".to_owned(), json!({ "id": id, "code": code.expose() }));
    }
    if let Some(granted) = &reply.session {
        fields.insert("session".to_owned(), granted_session(granted));
    }
    if let Some(device) = &reply.device {
        fields.insert("device".to_owned(), json!({ "id": device.id, "token": device.token.expose() }));
    }
}

/// A session that was refreshed, with its new tokens.
pub(crate) fn refreshed(session: &SessionReply) -> Value {
    let mut body = granted_session(session);
    if let Some(fields) = body.as_object_mut() {
        fields.insert("object".to_owned(), json!("session"));
    }
    body
}

/// A session, as its person sees it.
pub(crate) fn session(session: &SessionView) -> Value {
    let label = session.device_label.as_ref().and_then(Personal::known);
    json!({
        "object": "session",
        "id": session.id,
        "created_at": session.created_at,
        "last_refreshed_at": session.last_refreshed_at,
        "expires_at": session.expires_at,
        "client": session.client,
        "amr": session.amr,
        "aal": session.aal,
        "device": label.map(|label| json!({ "label": label })),
        "current": session.current,
    })
}

/// What a token stands for, in the words of RFC 7662; of one that is not good, only that.
pub(crate) fn introspection(introspected: Option<&Introspected>) -> Value {
    let Some(token) = introspected else { return json!({ "active": false }) };
    let mut body = json!({
        "active": true,
        "iss": token.issuer,
        "sub": token.account,
        "aud": token.audience,
        "client_id": token.audience,
        "sid": token.session,
        "amr": token.amr,
        "aal": token.aal,
        "auth_time": token.authenticated_at,
        "iat": token.issued_at,
        "exp": token.expires_at,
    });
    if let (TokenKind::Access { id }, Some(fields)) = (token.kind, body.as_object_mut()) {
        fields.insert("jti".to_owned(), json!(id));
        fields.insert("token_type".to_owned(), json!("Bearer"));
    }
    body
}

/// A key that access tokens are checked with, as a JWK (RFC 8037).
pub(crate) fn published_key(key: &PublishedKey) -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": key.kid, "x": key.x })
}

fn granted_session(session: &SessionReply) -> Value {
    json!({
        "id": session.id,
        "access_token": session.access_token.expose(),
        "refresh_token": session.refresh_token.expose(),
        "token_type": "Bearer",
        "expires_in": session.expires_in,
        "amr": session.amr,
        "aal": session.aal,
    })
}

fn next(id: SignInId, action: &NextAction) -> Value {
    let href = sign_in_href(id);
    match action {
        NextAction::Answer(factors) => {
            json!({ "action": "answer", "method": "POST", "href": format!("{href}/answers"), "factors": factors })
        }
        NextAction::RequestChallenge(factors) => {
            let href = format!("{href}/challenges");
            json!({ "action": "request_challenge", "method": "POST", "href": href, "factors": factors })
        }
        NextAction::ConfirmBackupCode => {
            let href = format!("{href}/backup-code/confirmation");
            json!({ "action": "confirm_backup_code", "method": "POST", "href": href })
        }
        NextAction::ReissueBackupCode => {
            let href = format!("{href}/backup-code/reissue");
            json!({ "action": "reissue_backup_code", "method": "POST", "href": href })
        }
        NextAction::Cancel => json!({ "action": "cancel", "method": "DELETE", "href": href }),
    }
}
