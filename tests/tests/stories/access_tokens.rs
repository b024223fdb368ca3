//! Access tokens: what they say, who can check them, and that saying it is not enough.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_domain::id::SessionId;
use countersign_service::access_token::{Claims, Issuer};
use countersign_tests::app::{ISSUER, OLD_KEY, Reply, Session, Setup, TestApp};
use ed25519_dalek::{Signature, Verifier, VerifyingKey};
use serde_json::{Value, json};

/// The key that takes the old one's place.
const NEW_KEY: &str = "new:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

#[tokio::test(flavor = "multi_thread")]
async fn an_access_token_says_who_it_is_for_and_how_they_signed_in() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let session = app.session(&person).await;

    let (header, claims) = checked(&session.access, &app.get("/.well-known/jwks.json", "").await);

    assert_eq!(header, json!({ "alg": "EdDSA", "kid": "old", "typ": "at+jwt" }));
    let now = app.now().as_millis() / 1_000;
    let jti = claims["jti"].clone();
    let expected = json!({
        "iss": ISSUER, "sub": person.account, "aud": ISSUER, "client_id": ISSUER, "sid": session.id,
        "jti": jti, "amr": ["pwd", "email"], "aal": "aal1", "auth_time": now, "iat": now, "exp": now + 600,
    });
    assert_eq!(claims, expected);
    let again = Session::refreshed(&app.refresh(&session.refresh).await.expect(200));
    let (_, refreshed) = checked(&again.access, &app.get("/.well-known/jwks.json", "").await);
    assert_ne!(refreshed["jti"], jti, "each token has an id of its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_is_published_before_it_signs_and_the_old_one_afterwards() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let behind = app.another_server_with(Setup::keyring(&format!("{OLD_KEY},{NEW_KEY}"))).await;
    let front = app.another_server_with(Setup::keyring(&format!("{NEW_KEY},{OLD_KEY}"))).await;
    let before = app.signed_in(&person).await;
    let after = front.signed_in(&person).await;

    let published = behind.get("/.well-known/jwks.json", "").await.expect(200);

    assert_eq!(kids(&published), ["old", "new"]);
    assert_eq!(kids(&front.get("/.well-known/jwks.json", "").await), ["new", "old"]);
    assert_eq!(published.header("cache-control"), Some("public, max-age=300"));
    for access in [&before, &after] {
        checked(access, &published);
        behind.get("/v1/me", access).await.expect(200);
        front.get("/v1/me", access).await.expect(200);
    }
    app.get("/v1/me", &after).await.refused(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_we_signed_for_somebody_else_or_elsewhere_opens_nothing() {
    let app = TestApp::start().await;
    let (person, _) = app.enrolled().await;
    let session = app.session(&person).await;
    let other = app.session(&app.enrolled().await.0).await;
    let issuer = Issuer::new(ISSUER);
    let honest = app.keys.read_access_token(&issuer, &session.access, app.now()).unwrap();
    let others: SessionId = other.id.parse().unwrap();
    let client = "cl_01890000-0000-7000-8000-000000000001".to_owned();
    let forged = [
        Claims { aud: client.clone(), ..honest.clone() },
        Claims { aud: client.clone(), client_id: client, ..honest.clone() },
        Claims { iss: "https://elsewhere.example".to_owned(), ..honest.clone() },
        Claims { sid: others, ..honest.clone() },
        Claims { exp: honest.iat, ..honest.clone() },
    ];
    app.get("/v1/me", &app.keys.sign_access_token(&honest).unwrap()).await.expect(200);
    for claims in forged {
        let token = app.keys.sign_access_token(&claims).unwrap();
        app.get("/v1/me", &token).await.refused(401, "unauthenticated");
        assert_eq!(app.introspect(&token).await.body, json!({ "active": false }), "{claims:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_another_algorithm_type_or_key_opens_nothing() {
    let app = TestApp::start().await;
    let session = app.session(&app.enrolled().await.0).await;
    let parts: Vec<&str> = session.access.split('.').collect();
    for header in [
        json!({ "alg": "none", "kid": "old", "typ": "at+jwt" }),
        json!({ "alg": "HS256", "kid": "old", "typ": "at+jwt" }),
        json!({ "alg": "EdDSA", "kid": "old", "typ": "JWT" }),
        json!({ "alg": "EdDSA", "kid": "k9", "typ": "at+jwt" }),
        json!({ "alg": "EdDSA", "kid": "old", "typ": "at+jwt", "jku": "https://evil.example" }),
    ] {
        let header = URL_SAFE_NO_PAD.encode(header.to_string());
        for signature in [parts[2], ""] {
            let token = format!("{header}.{}.{signature}", parts[1]);
            app.get("/v1/me", &token).await.refused(401, "unauthenticated");
        }
    }
    app.get("/v1/me", &format!("{}.{}.", parts[0], parts[1])).await.refused(401, "unauthenticated");
}

/// Checks a token as any other program does that has the published keys: its header and what it says.
#[track_caller]
fn checked(token: &str, published: &Reply) -> (Value, Value) {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    let [header, claims] = [header, claims]
        .map(|part| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap());
    let keys = published.body["keys"].as_array().unwrap();
    let key = keys.iter().find(|key| key["kid"] == header["kid"]).unwrap();
    assert_eq!(
        (&key["kty"], &key["crv"], &key["alg"], &key["use"]),
        (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA"), &json!("sig"))
    );
    let key: [u8; 32] = URL_SAFE_NO_PAD.decode(key["x"].as_str().unwrap()).unwrap().try_into().unwrap();
    let signature = Signature::from_slice(&URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    VerifyingKey::from_bytes(&key).unwrap().verify(signed.as_bytes(), &signature).unwrap();
    (header, claims)
}

fn kids(published: &Reply) -> Vec<&str> {
    published.body["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap()).collect()
}
