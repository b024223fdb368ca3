use std::sync::Arc;

use countersign_domain::time::Span;
use countersign_stores::Keyring;
use serde_json::{Value, json};

use super::*;

const OLD: &str = "old:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const NEW: &str = "new:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

fn keys(keyring: &str) -> Keys {
    Keys::new(Arc::new(Keyring::parse(keyring).unwrap()))
}

fn issuer() -> Issuer {
    Issuer::new("https://id.example/")
}

fn now() -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000)
}

fn claims() -> Claims {
    let of = TokenSession {
        account: entropy::id(now()),
        session: entropy::id(now()),
        client: Some(entropy::id(now())),
        amr: &[Amr::Pwd, Amr::Email],
        aal: Aal::Aal1,
        granted_at: now(),
        expires_at: now() + Span::days(30),
    };
    Claims::new(&issuer(), &of, now())
}

fn read(keys: &Keys, token: &str) -> Result<Claims, InvalidToken> {
    keys.read_access_token(&issuer(), token, now())
}

/// A token of these parts, signed by the old key whatever they say.
fn signed(header: &str, claims: &Value) -> String {
    let parts = [header.as_bytes(), claims.to_string().as_bytes()].map(|part| URL_SAFE_NO_PAD.encode(part));
    let signed = parts.join(".");
    let key = keys(OLD).access_token_key(&"old".parse().unwrap()).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()).to_bytes()))
}

const HEADER: &str = r#"{"alg":"EdDSA","kid":"old","typ":"at+jwt"}"#;

#[test]
fn a_token_is_read_as_it_was_made_also_after_a_rotation() {
    let claims = claims();
    let token = keys(OLD).sign_access_token(&claims).unwrap();
    assert_eq!(read(&keys(OLD), &token), Ok(claims.clone()));
    assert_eq!(read(&keys(&format!("{NEW},{OLD}")), &token), Ok(claims));
    assert_eq!(read(&keys(NEW), &token), Err(InvalidToken));
}

#[test]
fn a_token_with_any_bit_flipped_is_refused() {
    let token = keys(OLD).sign_access_token(&claims()).unwrap();
    for place in 0..token.len() {
        for bit in 0..7 {
            let flip = |(at, byte)| char::from(if at == place { byte ^ (1 << bit) } else { byte });
            let flipped: String = token.bytes().enumerate().map(flip).collect();
            assert_eq!(read(&keys(OLD), &flipped), Err(InvalidToken), "bit {bit} at {place}");
        }
    }
}

#[test]
fn a_header_that_we_would_not_have_written_is_refused_whoever_signed_it() {
    let body = serde_json::to_value(claims()).unwrap();
    assert!(read(&keys(OLD), &signed(HEADER, &body)).is_ok());
    for header in [
        r#"{"alg":"none","kid":"old","typ":"at+jwt"}"#,
        r#"{"alg":"None","kid":"old","typ":"at+jwt"}"#,
        r#"{"alg":"HS256","kid":"old","typ":"at+jwt"}"#,
        r#"{"alg":"Ed25519","kid":"old","typ":"at+jwt"}"#,
        r#"{"alg":"EdDSA","kid":"old","typ":"JWT"}"#,
        r#"{"alg":"EdDSA","kid":"old","typ":"AT+JWT"}"#,
        r#"{"alg":"EdDSA","kid":"old"}"#,
        r#"{"alg":"EdDSA","typ":"at+jwt"}"#,
        r#"{"alg":"EdDSA","kid":"new","typ":"at+jwt"}"#,
        r#"{"alg":"EdDSA","kid":"../old","typ":"at+jwt"}"#,
        r#"{"alg":"EdDSA","kid":"old","typ":"at+jwt","crit":["exp"]}"#,
        r#"{"alg":"EdDSA","kid":"old","typ":"at+jwt","jwk":{}}"#,
        r#"{"alg":"none","alg":"EdDSA","kid":"old","typ":"at+jwt"}"#,
        "{}",
        "",
    ] {
        assert_eq!(read(&keys(OLD), &signed(header, &body)), Err(InvalidToken), "{header}");
    }
}

#[test]
fn a_token_without_a_signature_or_signed_with_what_is_public_is_refused() {
    let token = keys(OLD).sign_access_token(&claims()).unwrap();
    let (unsigned, signature) = token.rsplit_once('.').unwrap();
    let public = keys(OLD).published_keys().unwrap().swap_remove(0).x;
    let by_public = crate::mac::mac(&[0; 32], &[unsigned.as_bytes(), public.as_bytes()]);
    let by_public = URL_SAFE_NO_PAD.encode(by_public);
    for wrong in [
        unsigned.to_owned(),
        format!("{unsigned}."),
        format!("{unsigned}.{by_public}"),
        format!("{unsigned}.{}", URL_SAFE_NO_PAD.encode([0; 64])),
        format!("{token}="),
        format!("{token}.{signature}"),
        format!(" {token}"),
        format!("{token}\n"),
        token.replace('.', ""),
    ] {
        assert_eq!(read(&keys(OLD), &wrong), Err(InvalidToken), "{wrong}");
    }
}

#[test]
fn what_a_token_says_must_be_all_that_we_say_and_nothing_else() {
    let whole = serde_json::to_value(claims()).unwrap();
    for name in whole.as_object().unwrap().keys() {
        let mut lacking = whole.clone();
        lacking.as_object_mut().unwrap().remove(name);
        assert_eq!(read(&keys(OLD), &signed(HEADER, &lacking)), Err(InvalidToken), "{name}");
    }
    for (name, value) in [
        ("iss", json!("https://id.example.evil")),
        ("iss", json!("https://id.example/")),
        ("sub", json!("ss_01890000-0000-7000-8000-000000000000")),
        ("aud", json!(["a", "b"])),
        ("exp", json!("1900000000")),
        ("exp", json!(1_800_000_000)),
        ("aal", json!("aal3")),
        ("admin", json!(true)),
    ] {
        let mut other = whole.clone();
        other[name] = value;
        assert_eq!(read(&keys(OLD), &signed(HEADER, &other)), Err(InvalidToken), "{name}");
    }
}

#[test]
fn a_token_ends_after_ten_minutes_and_with_its_session() {
    let token = keys(OLD).sign_access_token(&claims()).unwrap();
    let at = |span| keys(OLD).read_access_token(&issuer(), &token, now() + span);
    assert!(at(Span::millis(599_999)).is_ok());
    assert_eq!(at(Span::minutes(10)), Err(InvalidToken));

    let granted_at = now();
    let of = TokenSession {
        account: entropy::id(now()),
        session: entropy::id(now()),
        client: None,
        amr: &[],
        aal: Aal::Aal1,
        granted_at,
        expires_at: now() + Span::seconds(90),
    };
    let short = Claims::new(&issuer(), &of, now());
    assert_eq!((short.expires_in(), short.aud.as_str()), (90, "https://id.example"));
}

#[test]
fn every_key_of_the_keyring_is_published_the_current_one_first() {
    let published = keys(&format!("{NEW},{OLD}")).published_keys().unwrap();
    let kids: Vec<String> = published.iter().map(|key| key.kid.to_string()).collect();
    assert_eq!(kids, ["new", "old"]);
    let bytes = URL_SAFE_NO_PAD.decode(&published[1].x).unwrap();
    let key = keys(OLD).access_token_key(&"old".parse().unwrap()).unwrap().verifying_key();
    assert_eq!(bytes, key.as_bytes());
}
