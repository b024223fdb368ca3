//! How the connection that writes to a SQLite file is set, and who can reach the file.

use std::fs::Metadata;
use std::path::Path;

use super::Finding;
use crate::database::DatabaseError;
use crate::database::sql::Statement;
use crate::database::sqlite::SqliteDatabase;

/// `PRAGMA synchronous` where every commit is on the disk before it is acknowledged
const FULL: &str = "2";

const SETTINGS: &str = "SELECT 'journal_mode', journal_mode FROM pragma_journal_mode \
     UNION ALL SELECT 'synchronous', CAST(synchronous AS text) FROM pragma_synchronous \
     UNION ALL SELECT 'file', file FROM pragma_database_list WHERE name = 'main'";

pub(super) async fn findings(sqlite: &SqliteDatabase) -> Result<Vec<Finding>, DatabaseError> {
    let rows = Statement::new(SETTINGS).sqlite_rows::<(String, String)>(&sqlite.writer).await;
    let mut findings = Vec::new();
    for (name, value) in rows.map_err(DatabaseError::Sql)? {
        match name.as_str() {
            "journal_mode" => findings.push(journal_mode(value)),
            "synchronous" => findings.push(synchronous(value)),
            _ => findings.extend(of_file(Path::new(&value))),
        }
    }
    Ok(findings)
}

fn journal_mode(value: String) -> Finding {
    let differs = value != "wal";
    let complaint = differs.then_some("the file system refuses a shared log: it may be a network's");
    Finding::new("journal_mode", value, complaint)
}

fn synchronous(value: String) -> Finding {
    let differs = value != FULL;
    Finding::new("synchronous", value, differs.then_some("a power cut can lose what was acknowledged"))
}

#[cfg(unix)]
fn of_file(path: &Path) -> Vec<Finding> {
    let folder = path.parent().and_then(|folder| std::fs::metadata(folder).ok());
    let file = std::fs::metadata(path).ok();
    file.iter().flat_map(of_file_itself).chain(folder.iter().map(of_folder)).collect()
}

#[cfg(not(unix))]
fn of_file(_path: &Path) -> Vec<Finding> {
    Vec::new()
}

#[cfg(unix)]
fn of_file_itself(file: &Metadata) -> [Finding; 2] {
    use std::os::unix::fs::MetadataExt;

    let (owner, mode) = (file.uid(), file.mode() & 0o777);
    let is_foreign = owner != rustix::process::geteuid().as_raw();
    let is_open = mode & 0o077 != 0;
    [
        Finding::new("file_owner", owner.to_string(), is_foreign.then_some("the file is another user's")),
        Finding::new(
            "file_mode",
            format!("{mode:o}"),
            is_open.then_some("other users can read or change the file"),
        ),
    ]
}

/// Who may write to the folder can put another file in the place of this one; but for a folder that is everybody's,
/// like `/tmp`, where each keeps their own.
#[cfg(unix)]
fn of_folder(folder: &Metadata) -> Finding {
    use std::os::unix::fs::MetadataExt;

    let mode = folder.mode() & 0o7777;
    let is_open = mode & 0o022 != 0 && mode & 0o1000 == 0;
    Finding::new("folder_mode", format!("{mode:o}"), is_open.then_some("other users can replace the file"))
}

#[cfg(all(test, unix))]
#[expect(clippy::unwrap_used, reason = "what the tests share fails by a panic, as they do")]
mod tests {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    async fn complaints(file_mode: u32, folder_mode: u32) -> Vec<&'static str> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("countersign.db");
        let database = SqliteDatabase::open(path.to_str().unwrap()).await.unwrap();
        set_permissions(&path, Permissions::from_mode(file_mode)).unwrap();
        set_permissions(folder.path(), Permissions::from_mode(folder_mode)).unwrap();
        let found = findings(&database).await.unwrap();
        assert_eq!(found.len(), 5, "{found:?}");
        found.into_iter().filter(|found| found.complaint.is_some()).map(|found| found.name).collect()
    }

    #[tokio::test]
    async fn a_file_as_the_service_makes_it_is_sound() {
        assert_eq!(complaints(0o600, 0o755).await, [""; 0]);
        assert_eq!(complaints(0o600, 0o1777).await, [""; 0], "a folder where each keeps their own");
    }

    #[tokio::test]
    async fn a_file_that_others_can_read_change_or_replace_is_complained_of() {
        assert_eq!(complaints(0o640, 0o700).await, ["file_mode"]);
        assert_eq!(complaints(0o600, 0o770).await, ["folder_mode"]);
    }

    #[tokio::test]
    async fn a_connection_that_acknowledges_what_is_not_on_the_disk_is_complained_of() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("countersign.db");
        let database = SqliteDatabase::open(path.to_str().unwrap()).await.unwrap();
        sqlx::query("PRAGMA synchronous = NORMAL").execute(&database.writer).await.unwrap();

        let found = findings(&database).await.unwrap();

        let told = found.into_iter().find(|finding| finding.name == "synchronous").unwrap();
        assert_eq!((told.value.as_str(), told.complaint.is_some()), ("1", true));
    }
}
