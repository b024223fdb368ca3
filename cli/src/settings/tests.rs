use super::*;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn read(
    flags: &[(&str, &str)],
    dev: bool,
    environment: &[(&str, &str)],
    file: &str,
) -> Result<Settings, SettingsError> {
    let mut overrides = Overrides::in_mode(dev);
    for (name, value) in flags {
        overrides.set(name, Some((*value).to_owned()));
    }
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Settings::read(&overrides, &Sources::new(environment, file))
}

#[test]
fn without_any_setting_everything_is_in_the_data_directory_and_on_loopback() {
    let settings = read(&[], true, &[], "").unwrap();
    assert_eq!(settings.database_url, "sqlite://countersign-data/countersign.db");
    assert_eq!(settings.mail, "dir:countersign-data/mailbox");
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.public_url.as_str(), "http://127.0.0.1:8080/");
    assert_eq!(settings.mail_from, "no-reply@localhost");
}

#[test]
fn flags_come_before_the_environment_and_the_environment_before_the_file() {
    let file = "database_url = \"sqlite://file\"\nlisten = \"127.0.0.1:1\"\nhash_threads = 3";
    let environment =
        [("COUNTERSIGN_DATABASE_URL", "sqlite://environment"), ("COUNTERSIGN_LISTEN", "127.0.0.1:2")];
    let settings = read(&[("database_url", "sqlite://flag")], false, &environment, file).unwrap();
    assert_eq!(settings.database_url, "sqlite://flag");
    assert_eq!(settings.listen.port(), 2);
    assert_eq!(settings.hash_threads, 3);
}

#[test]
fn everything_that_is_wrong_is_told_together_and_by_name() {
    let environment = [
        ("COUNTERSIGN_LISTEN", "nowhere"),
        ("COUNTERSIGN_TYPO", "1"),
        ("COUNTERSIGN_SMS_WEBHOOK", "1"),
        ("COUNTERSIGN_TEST_DATABASE", "x"),
    ];
    let file =
        "hash_threads = 0\nunknown = 1\nmail = \"pigeon:\"\nmail_from = \"nobody\"\nsecret_key = \"short\"";
    let told = read(&[("database_url", "mysql://x")], false, &environment, file).unwrap_err().to_string();
    assert!(!told.contains("short"), "{told}");
    for name in [
        "listen:",
        "COUNTERSIGN_TYPO:",
        "COUNTERSIGN_SMS_WEBHOOK:",
        "hash_threads:",
        "unknown:",
        "mail:",
        "mail_from:",
        "secret_key:",
        "database_url:",
    ] {
        assert!(told.contains(name), "{name} in {told}");
    }
    assert!(!told.contains("TEST_DATABASE"), "{told}");
}

#[test]
fn what_is_set_to_nothing_is_not_taken_for_set() {
    let environment = [("COUNTERSIGN_CHECKPOINT_DIR", ""), ("COUNTERSIGN_MAIL", " ")];
    let told = read(&[], false, &environment, "data_dir = \"\"").unwrap_err().to_string();
    for name in ["checkpoint_dir: is empty", "mail: is empty", "data_dir: is empty"] {
        assert!(told.contains(name), "{name} in {told}");
    }
}

#[test]
fn the_limits_of_the_database_have_defaults_and_bounds() {
    assert_eq!(read(&[], false, &[], "").unwrap().database_limits, Limits::default());
    let file = "database_connections = 50\ndatabase_wait = 10";
    let limits = read(&[], false, &[], file).unwrap().database_limits;
    assert_eq!((limits.connections, limits.wait), (50, Duration::from_secs(10)));
    for (name, value) in [
        ("database_connections", "3"),
        ("database_connections", "1001"),
        ("database_connections", "many"),
        ("database_wait", "0"),
        ("database_wait", "61"),
    ] {
        let told = read(&[(name, value)], false, &[], "").unwrap_err().to_string();
        assert!(told.contains(name), "{value}: {told}");
    }
}

#[test]
fn development_mode_refuses_to_be_reachable_from_elsewhere() {
    for (name, value) in
        [("listen", "0.0.0.0:8080"), ("ops_listen", "10.0.0.1:1"), ("public_url", "https://id.example.org")]
    {
        let told = read(&[(name, value)], true, &[], "").unwrap_err().to_string();
        assert!(told.contains(name) && told.contains("loopback"), "{told}");
        assert!(read(&[(name, value)], false, &[], "").is_ok(), "{name}");
    }
}

#[test]
fn a_secret_can_be_given_as_a_file_but_not_twice() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("{KEY}\n")).unwrap();
    let path = file.path().to_str().unwrap();
    let settings = read(&[], false, &[("COUNTERSIGN_SECRET_KEY_FILE", path)], "").unwrap();
    assert_eq!(settings.secret_key, SecretKey::Given(KEY.to_owned()));
    assert!(!format!("{settings:?}").contains(KEY));
    let twice = [("COUNTERSIGN_SECRET_KEY_FILE", path), ("COUNTERSIGN_SECRET_KEY", KEY)];
    assert!(read(&[], false, &twice, "").unwrap_err().to_string().contains("twice"));
}

#[test]
fn all_that_makes_development_reachable_is_told_together() {
    let flags = [
        ("listen", "0.0.0.0:8080"),
        ("ops_listen", "0.0.0.0:8081"),
        ("public_url", "https://id.example.org"),
    ];
    let told = read(&flags, true, &[], "").unwrap_err().to_string();
    assert_eq!(told.matches("loopback").count(), 3, "{told}");
}

#[test]
fn addresses_are_limited_unless_in_development_or_told_otherwise() {
    let rates = |dev, environment: &[_]| {
        let rates = read(&[], dev, environment, "").unwrap().serving.rates;
        [rates.sign_in, rates.api, rates.public].map(|rate| rate.map_or(0, std::num::NonZeroU32::get))
    };
    assert_eq!(rates(false, &[]), [30, 6_000, 1_200]);
    assert_eq!(rates(true, &[]), [0, 0, 0]);
    assert_eq!(rates(true, &[("COUNTERSIGN_LIMIT_API", "7")]), [0, 7, 0]);
    assert_eq!(rates(false, &[("COUNTERSIGN_LIMIT_SIGN_IN", "0")]), [0, 6_000, 1_200]);
}

#[test]
fn behind_trusted_proxies_connections_are_not_counted_by_address_unless_told_so() {
    let per_address =
        |environment: &[_]| read(&[], false, environment, "").unwrap().serving.bounds.connections_per_address;
    let (hops, all) = (("COUNTERSIGN_TRUSTED_HOPS", "1"), ("COUNTERSIGN_CONNECTIONS", "1000"));
    assert_eq!(per_address(&[all]), 256);
    assert_eq!(per_address(&[hops, all]), 1_000);
    assert_eq!(per_address(&[hops, all, ("COUNTERSIGN_CONNECTIONS_PER_ADDRESS", "9")]), 9);
}

#[test]
fn what_is_wrong_with_how_requests_are_served_is_told_together() {
    let file = "trusted_hops = 17\nconnections = 0\nconnections_per_address = 0\nlimit_api = \"many\"\nlog = \"xml\"";
    let told = read(&[], false, &[], file).unwrap_err().to_string();
    for name in ["trusted_hops:", "connections:", "connections_per_address:", "limit_api:", "log:"] {
        assert!(told.contains(name), "{name} in {told}");
    }
}

#[test]
fn soundness_is_demanded_by_a_setting_as_by_a_flag() {
    let strict = |environment: &[(&str, &str)], file| read(&[], true, environment, file);
    assert!(!strict(&[], "").unwrap().strict);
    assert!(strict(&[("COUNTERSIGN_STRICT", "true")], "").unwrap().strict);
    assert!(strict(&[], "strict = true").unwrap().strict);
    assert!(strict(&[("COUNTERSIGN_STRICT", "perhaps")], "").unwrap_err().to_string().contains("strict:"));
}
