//! What durability rests on, as the program says it at its start, and refuses where that was asked for.

use std::time::Duration;

use countersign_tests::process::eventually;
use countersign_tests::process::installation::Installation;

/// How long a line of the log may take to be there.
const LOGGED_WITHIN: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn a_sound_database_is_served_where_soundness_is_demanded() {
    let installation = Installation::new().await.with("COUNTERSIGN_STRICT", "true");
    let server = installation.serve().await;

    let account = installation.person(&server).become_account().await;

    assert!(account.is_ok(), "{account:?}: {}", server.logged());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_folder_for_heads_each_start_warns_and_a_strict_one_is_refused() {
    let installation = Installation::new().await;
    let refused = installation.operate(&["serve", "--strict"]).await;
    let warned = installation.serve_for_keys().await;
    let heads = installation.folder().join("heads").display().to_string();
    let installation = installation.with("COUNTERSIGN_CHECKPOINT_DIR", &heads);
    let strict = installation.with("COUNTERSIGN_STRICT", "true");

    let served = strict.serve_for_keys().await;

    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2), "{told}");
    assert!(told.contains("checkpoint_dir = none: "), "{told}");
    let warnings = |log: &str| log.lines().filter(|line| line.contains("it is not sound")).count();
    assert_eq!(warnings(&warned.logged()), 1, "{}", warned.logged());
    assert_eq!(warnings(&served.logged()), 0, "{}", served.logged());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_serves_others_with_mail_that_reaches_nobody_or_an_address_of_their_own_machine_is_warned() {
    let installation = Installation::new().await;
    let warnings = |log: &str| {
        let words = ["reach nobody", "only this machine reaches"];
        words.iter().filter(|words| log.contains(**words)).count()
    };
    let warned = installation.serve_for_keys().await;
    let told = || std::future::ready((warnings(&warned.logged()) == 2).then_some(()));
    eventually(LOGGED_WITHIN, told).await.unwrap_or_else(|| panic!("{}", warned.logged()));
    let installation = installation
        .mailing_to("smtps://user:password@mail.example.org".to_owned())
        .with("COUNTERSIGN_PUBLIC_URL", "https://id.example.org");

    let served = installation.serve_for_keys().await;

    assert_eq!(warnings(&served.logged()), 0, "{}", served.logged());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_cannot_be_meant_is_told_of_before_the_database_is_touched() {
    let installation = Installation::new().await;
    installation.database().execute("DELETE FROM realm").await.unwrap();
    let installation = installation.mailing_to("smtp://mail.example.org?tls=nope".to_owned());

    let refused = installation.operate(&["serve"]).await;

    assert_eq!(refused.status.code(), Some(2), "{}", String::from_utf8_lossy(&refused.stderr));
    assert_eq!(installation.database().texts("SELECT mode FROM realm").await, [""; 0], "it was marked");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_others_can_read_is_refused_where_soundness_is_demanded_and_left_as_it_was() {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;

    let installation = Installation::new().await;
    let Some(path) = installation.database().url().strip_prefix("sqlite://").map(str::to_owned) else {
        return;
    };
    set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    installation.database().execute("DROP TABLE realm; DROP TABLE _sqlx_migrations").await.unwrap();

    let refused = installation.operate(&["serve", "--dev", "--strict"]).await;

    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2), "{told}");
    assert!(told.contains("file_mode = 644: "), "{told}");
    let made = "SELECT name FROM sqlite_master WHERE name IN ('realm', '_sqlx_migrations')";
    assert_eq!(installation.database().texts(made).await, [""; 0], "it was migrated");
}
