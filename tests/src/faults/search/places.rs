//! Where to look: the rows of the database, its files, the logs, and what commands printed.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::finder::{Finder, Finding};
use super::needles::Needles;
use crate::database::TestDatabase;
use crate::process::installation::Installation;

/// A place to look at.
#[derive(Debug, Clone)]
pub enum Place {
    /// A text that is here.
    Text(String, Vec<u8>),
    /// A file that this run wrote.
    File(PathBuf),
    /// A file that other tests write to as well: the log that a PostgreSQL server writes ahead.
    SharedFile(PathBuf),
}

/// All places to look at.
#[derive(Debug, Clone, Default)]
pub struct Places(Vec<Place>);

impl Places {
    /// The database and the logs of an installation.
    pub async fn of(installation: &Installation) -> Self {
        let mut places = Self::default();
        let database = installation.database();
        if database.is_postgres() {
            places.add_rows(database).await;
            places.add_server_files(database, installation.began()).await;
        } else {
            places.add_file_of_sqlite(database);
        }
        places.0.extend(installation.logs().into_iter().map(Place::File));
        places
    }

    /// A text to look at.
    pub fn add_text(&mut self, name: &str, text: &[u8]) {
        self.0.push(Place::Text(name.to_owned(), text.to_vec()));
    }

    /// Everything that is found.
    pub fn search(&self, needles: &Needles) -> Vec<Finding> {
        let finder = Finder::of(needles);
        let alone = Finder::of(&needles.of_this_run_alone());
        let found = self.0.iter().flat_map(|place| match place {
            Place::Text(name, text) => finder.find(name, text),
            Place::File(path) => finder.find(&path.display().to_string(), &read(path)),
            Place::SharedFile(path) => alone.find(&path.display().to_string(), &read(path)),
        });
        found.collect()
    }

    /// Every row of every table.
    async fn add_rows(&mut self, database: &TestDatabase) {
        let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
        for table in database.texts(tables).await {
            let rows = database.texts(&format!("SELECT t::text FROM \"{table}\" t")).await;
            self.add_text(&format!("the rows of {table}"), rows.join("\n").as_bytes());
        }
    }

    /// The files of the database, and what was written ahead since the run began. Whoever may not read them
    /// has only the rows to look at.
    async fn add_server_files(&mut self, database: &TestDatabase, began: SystemTime) {
        // Only a superuser may ask for it; without it the newest pages are in what was written ahead.
        drop(database.execute("CHECKPOINT").await);
        let about = "SELECT current_setting('data_directory') || '/base/' || oid \
             FROM pg_database WHERE datname = current_database()";
        for folder in database.texts(about).await {
            let folder = PathBuf::from(folder);
            self.0.extend(files_in(&folder).map(Place::File));
            let ahead = folder.join("../../pg_wal");
            let written = files_in(&ahead).filter(|path| modified(path).is_some_and(|at| at >= began));
            self.0.extend(written.map(Place::SharedFile));
        }
    }

    /// The file and what belongs to it. The log is read first: whoever closes the file last copies the log
    /// into it, and removes the log.
    fn add_file_of_sqlite(&mut self, database: &TestDatabase) {
        let path = database.url().trim_start_matches("sqlite://");
        for file in ["-wal", "-shm", ".lock", ""].map(|end| format!("{path}{end}")) {
            self.add_text(&file, &read(Path::new(&file)));
        }
    }
}

/// The files of a folder; none if it may not be read.
fn files_in(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_file())
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|about| about.modified()).ok()
}

/// A server's file can go at any time, and what was in it with it.
fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_default()
}
