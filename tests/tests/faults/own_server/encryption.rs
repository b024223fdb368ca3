//! The encryption of the line to PostgreSQL, mode by mode.

use countersign_stores::Database;
use countersign_tests::database::TestDatabase;
use countersign_tests::outside::certificates::Certified;
use countersign_tests::outside::cluster::{Cluster, Stop};

/// Two roles that sign in only with, and only without encryption: who gets in says whether the line was encrypted.
const WHO: &str = "local all all trust\nhostssl all encrypted,postgres 127.0.0.1/32 trust\n\
     hostnossl all plain 127.0.0.1/32 trust\n";

struct Stage {
    cluster: Cluster,
    server: Certified,
}

impl Stage {
    /// A server that encrypts, and is called `localhost` and nothing else.
    async fn new() -> Self {
        let server = Certified::for_server("DNS:localhost");
        let cluster = Cluster::start("");
        let roles = "CREATE ROLE encrypted LOGIN; CREATE ROLE plain LOGIN";
        TestDatabase::on(&cluster.url()).await.execute(roles).await.expect("the roles can be made");
        let (certificate, key) = (cluster.adopt(&server.certificate), cluster.adopt(&server.key));
        cluster.set(&format!(
            "ssl = on\nssl_cert_file = '{}'\nssl_key_file = '{}'\n",
            certificate.display(),
            key.display()
        ));
        cluster.let_in(WHO);
        cluster.restart(Stop::Fast);
        Self { cluster, server }
    }

    /// What the check of durability finds of the line.
    async fn line(&self, options: &str) -> String {
        let url = format!("postgres://postgres@127.0.0.1:{}/postgres{options}", self.cluster.port());
        let database = Database::connect(&url).await.expect("the server lets its superuser in");
        let findings = database.durability().await.expect("it says how it is set");
        database.close().await;
        let line = findings.into_iter().find(|finding| finding.name == "line");
        line.expect("the line is looked at").value
    }

    async fn lets_in(&self, role: &str, host: &str, options: &str) -> bool {
        let url = format!("postgres://{role}@{host}:{}/postgres{options}", self.cluster.port());
        match Database::connect(&url).await {
            Ok(database) => {
                database.close().await;
                true
            }
            Err(_) => false,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mode_encrypts_and_checks_what_it_says() {
    if !TestDatabase::is_postgres_chosen() {
        return;
    }
    let stage = Stage::new().await;
    let stranger = Certified::for_server("DNS:localhost");
    let (authority, other) = (stage.server.authority.display(), stranger.authority.display());
    let verified = |mode: &str| format!("?sslmode={mode}&sslrootcert={authority}");
    let falsely = |mode: &str| format!("?sslmode={mode}&sslrootcert={other}");
    for (role, host, options, expected) in [
        ("plain", "127.0.0.1", "?sslmode=disable".to_owned(), true),
        ("encrypted", "127.0.0.1", "?sslmode=disable".to_owned(), false),
        ("encrypted", "127.0.0.1", String::new(), true),
        ("encrypted", "127.0.0.1", "?sslmode=prefer".to_owned(), true),
        ("encrypted", "127.0.0.1", "?sslmode=require".to_owned(), true),
        ("plain", "127.0.0.1", "?sslmode=require".to_owned(), false),
        ("encrypted", "localhost", verified("verify-ca"), true),
        ("encrypted", "localhost", falsely("verify-ca"), false),
        ("encrypted", "localhost", "?sslmode=verify-ca".to_owned(), false),
        // The driver looks at the name here as well, which `psql` does not: stricter than it says.
        ("encrypted", "127.0.0.1", verified("verify-ca"), false),
        ("encrypted", "localhost", verified("verify-full"), true),
        ("encrypted", "127.0.0.1", verified("verify-full"), false),
        ("encrypted", "localhost", falsely("verify-full"), false),
        ("encrypted", "localhost", "?sslmode=verify-full".to_owned(), false),
    ] {
        assert_eq!(stage.lets_in(role, host, &options).await, expected, "{role} {host} {options}");
    }
    assert_eq!(stage.line("?sslmode=require").await, "encrypted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_encrypt_is_refused_unless_that_is_allowed() {
    if !TestDatabase::is_postgres_chosen() {
        return;
    }
    let stage = Stage { cluster: Cluster::start(""), server: Certified::for_server("DNS:localhost") };
    let verified = format!("?sslmode=verify-ca&sslrootcert={}", stage.server.authority.display());
    for (options, expected) in [
        ("?sslmode=disable", true),
        ("?sslmode=prefer", true),
        ("?sslmode=require", false),
        (verified.as_str(), false),
    ] {
        assert_eq!(stage.lets_in("postgres", "127.0.0.1", options).await, expected, "{options}");
    }
    assert_eq!(stage.line("").await, "loopback");
}
