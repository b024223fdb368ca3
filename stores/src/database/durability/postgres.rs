//! How a PostgreSQL server is set, for our role in our database.

use std::collections::BTreeMap;

use super::Finding;
use crate::database::DatabaseError;
use crate::database::postgres::PostgresDatabase;
use crate::database::sql::Statement;

/// The oldest server that the service is tested with, as the server numbers its versions.
const OLDEST_VERSION: u32 = 15_00_00;
/// The isolation that the service is written for.
const ISOLATION: &str = "read committed";

/// All that is looked at, as our connections have it: a role and a database can be set otherwise than the server.
const SETTINGS: &str = "SELECT name, setting FROM pg_settings WHERE name IN \
     ('server_version_num', 'fsync', 'full_page_writes', 'synchronous_commit', 'synchronous_standby_names', \
      'wal_level', 'default_transaction_isolation', 'default_transaction_read_only', 'data_checksums', \
      'data_sync_retry', 'ignore_checksum_failure', 'zero_damaged_pages') \
     UNION ALL SELECT 'in_recovery', CASE WHEN pg_is_in_recovery() THEN 'on' ELSE 'off' END \
     UNION ALL SELECT 'line', CASE \
         WHEN ssl THEN 'encrypted' \
         WHEN inet_server_addr() IS NULL THEN 'socket' \
         WHEN inet_server_addr() <<= '127.0.0.0/8' OR inet_server_addr() = '::1' THEN 'loopback' \
         ELSE 'plain' END FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

type Settings = BTreeMap<String, String>;

pub(super) async fn findings(postgres: &PostgresDatabase) -> Result<Vec<Finding>, DatabaseError> {
    let rows = Statement::new(SETTINGS).postgres_rows::<(String, String)>(&postgres.pool).await;
    Ok(judged(&rows.map_err(DatabaseError::Sql)?.into_iter().collect()))
}

fn judged(settings: &Settings) -> Vec<Finding> {
    let judge = |(name, complaint): &(&'static str, fn(&Settings) -> Option<&'static str>)| {
        Finding::new(name, value(settings, name), complaint(settings))
    };
    [
        ("server_version_num", version as fn(&Settings) -> _),
        ("in_recovery", in_recovery),
        ("default_transaction_read_only", read_only),
        ("default_transaction_isolation", isolation),
        ("fsync", fsync),
        ("full_page_writes", full_page_writes),
        ("synchronous_commit", synchronous_commit),
        ("synchronous_standby_names", |_| None),
        ("wal_level", |_| None),
        ("data_checksums", |_| None),
        ("data_sync_retry", data_sync_retry),
        ("ignore_checksum_failure", ignore_checksum_failure),
        ("zero_damaged_pages", zero_damaged_pages),
        ("line", line),
    ]
    .iter()
    .map(judge)
    .collect()
}

fn value<'a>(settings: &'a Settings, name: &str) -> &'a str {
    settings.get(name).map_or("", String::as_str)
}

fn version(settings: &Settings) -> Option<&'static str> {
    let version: u32 = value(settings, "server_version_num").parse().unwrap_or_default();
    (version < OLDEST_VERSION).then_some("the service is tested with PostgreSQL 15 and newer")
}

fn in_recovery(settings: &Settings) -> Option<&'static str> {
    (value(settings, "in_recovery") != "off").then_some("this is a standby: nothing can be written")
}

fn read_only(settings: &Settings) -> Option<&'static str> {
    (value(settings, "default_transaction_read_only") != "off").then_some("nothing can be written")
}

fn isolation(settings: &Settings) -> Option<&'static str> {
    let differs = value(settings, "default_transaction_isolation") != ISOLATION;
    differs.then_some("the service is written for read committed: others make commands fail that need not")
}

fn fsync(settings: &Settings) -> Option<&'static str> {
    (value(settings, "fsync") != "on")
        .then_some("a power cut can lose what was acknowledged, and the whole database")
}

fn full_page_writes(settings: &Settings) -> Option<&'static str> {
    (value(settings, "full_page_writes") != "on")
        .then_some("a page that a power cut left half written cannot be repaired")
}

fn data_sync_retry(settings: &Settings) -> Option<&'static str> {
    (value(settings, "data_sync_retry") != "off")
        .then_some("what the disk refused once can be lost although it is said to be written")
}

fn ignore_checksum_failure(settings: &Settings) -> Option<&'static str> {
    (value(settings, "ignore_checksum_failure") != "off")
        .then_some("a damaged page is read as if it were whole")
}

fn zero_damaged_pages(settings: &Settings) -> Option<&'static str> {
    (value(settings, "zero_damaged_pages") != "off").then_some("a damaged page is emptied instead of told")
}

fn line(settings: &Settings) -> Option<&'static str> {
    let is_safe = ["encrypted", "socket", "loopback"].contains(&value(settings, "line"));
    (!is_safe).then_some("whoever stands between reads and changes everything: use sslmode=verify-full")
}

fn synchronous_commit(settings: &Settings) -> Option<&'static str> {
    let has_standbys = !value(settings, "synchronous_standby_names").is_empty();
    match value(settings, "synchronous_commit") {
        "local" if has_standbys => Some("a commit does not wait for the standbys: a failover can lose it"),
        "remote_write" if has_standbys => {
            Some("a commit does not wait for a standby's disk: a failover after a power cut can lose it")
        }
        "on" | "remote_apply" | "local" | "remote_write" => None,
        _ => Some("a crash of the server can lose what was acknowledged"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound() -> Settings {
        let settings = [
            ("server_version_num", "150014"),
            ("in_recovery", "off"),
            ("default_transaction_read_only", "off"),
            ("default_transaction_isolation", "read committed"),
            ("fsync", "on"),
            ("full_page_writes", "on"),
            ("synchronous_commit", "on"),
            ("synchronous_standby_names", ""),
            ("wal_level", "replica"),
            ("data_checksums", "off"),
            ("data_sync_retry", "off"),
            ("ignore_checksum_failure", "off"),
            ("zero_damaged_pages", "off"),
            ("line", "loopback"),
        ];
        settings.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// The names that are complained of, where these settings are otherwise.
    fn complaints(changes: &[(&str, &str)]) -> Vec<&'static str> {
        let mut settings = sound();
        for (name, value) in changes {
            settings.insert((*name).to_owned(), (*value).to_owned());
        }
        let findings = judged(&settings).into_iter().filter(|finding| finding.complaint.is_some());
        findings.map(|finding| finding.name).collect()
    }

    #[test]
    fn a_server_as_it_comes_is_sound_and_every_setting_is_told() {
        assert_eq!(complaints(&[]), [""; 0]);
        assert_eq!(judged(&sound()).len(), sound().len());
    }

    #[test]
    fn each_setting_that_durability_rests_on_is_complained_of() {
        for (name, value) in [
            ("server_version_num", "140011"),
            ("in_recovery", "on"),
            ("default_transaction_read_only", "on"),
            ("default_transaction_isolation", "serializable"),
            ("fsync", "off"),
            ("full_page_writes", "off"),
            ("synchronous_commit", "off"),
            ("data_sync_retry", "on"),
            ("ignore_checksum_failure", "on"),
            ("zero_damaged_pages", "on"),
            ("line", "plain"),
        ] {
            assert_eq!(complaints(&[(name, value)]), [name]);
        }
    }

    #[test]
    fn what_a_commit_waits_for_matters_where_there_are_standbys() {
        let standbys = ("synchronous_standby_names", "ANY 1 (a, b)");
        for level in ["local", "remote_write"] {
            let level = ("synchronous_commit", level);
            assert_eq!(complaints(&[level]), [""; 0]);
            assert_eq!(complaints(&[level, standbys]), ["synchronous_commit"]);
        }
        assert_eq!(complaints(&[("synchronous_commit", "remote_apply"), standbys]), [""; 0]);
    }

    #[test]
    fn a_setting_that_the_server_does_not_tell_is_complained_of() {
        let mut settings = sound();
        settings.remove("fsync");
        assert!(
            judged(&settings).iter().any(|finding| finding.name == "fsync" && finding.complaint.is_some())
        );
    }
}
