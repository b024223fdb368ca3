//! Where the database, its backup and the published heads lie in this drill: what the page has examples for.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use countersign_tests::database::{ServiceRole, TestDatabase};
use countersign_tests::drill::site::Site;
use countersign_tests::process::installation::Installation;
use url::Url;

/// The setting that says where the database is.
const DATABASE: &str = "COUNTERSIGN_DATABASE_URL";

/// What the examples of the page stand for.
pub(super) struct Place {
    examples: Vec<(&'static str, String)>,
    /// The database that the backup is restored into, and how the service reaches it; none where it is a file.
    restored: Option<(TestDatabase, String)>,
}

impl Place {
    /// An installation in service, with the role of its own that it has on PostgreSQL.
    pub(super) async fn opened() -> (Arc<Site>, Self) {
        let installation = Installation::new().await;
        let role = installation.database().service_role().await;
        let place = match &role {
            Some(role) => Self::on_postgres(&installation, role),
            None => Self::in_file(&installation),
        };
        let installation = match &role {
            Some(role) => installation.with(DATABASE, &role.url),
            None => installation,
        };
        (Arc::new(Site::over(installation).await), place)
    }

    pub(super) fn is_postgres(&self) -> bool {
        self.restored.is_some()
    }

    /// Commands of the page, for this place.
    pub(super) fn here(&self, commands: &str) -> String {
        self.examples.iter().fold(commands.to_owned(), |text, (example, real)| text.replace(example, real))
    }

    /// Has the servers that start from now on use the restored database.
    pub(super) fn moved_to(&self, site: &mut Site) {
        if let Some((_, url)) = &self.restored {
            site.installation.tell(DATABASE, url);
        }
    }

    fn in_file(installation: &Installation) -> Self {
        let file = installation.database().url().trim_start_matches("sqlite://");
        let folder = Path::new(file).parent().unwrap().display().to_string();
        let mut examples = folders(installation);
        examples.push(("/var/lib/countersign", folder));
        Self { examples, restored: None }
    }

    fn on_postgres(installation: &Installation, role: &ServiceRole) -> Self {
        let database = installation.database();
        let restored = database.beside("restored").unwrap();
        let restored_name = restored.name().unwrap().to_owned();
        let owner = Url::parse(database.url()).unwrap().username().to_owned();
        let mut examples = vec![
            ("postgres://countersign_owner:…@host/countersign_restored", restored.url().to_owned()),
            ("postgres://countersign_owner:…@host/countersign", database.url().to_owned()),
            ("postgres://postgres@host/postgres", std::env::var("COUNTERSIGN_TEST_DATABASE").unwrap()),
            ("countersign_restored", restored_name.clone()),
            ("countersign_owner", owner),
            ("countersign_service", role.name.clone()),
        ];
        examples.extend(folders(installation));
        let (server, _) = role.url.rsplit_once('/').unwrap();
        let url = format!("{server}/{restored_name}");
        Self { examples, restored: Some((restored, url)) }
    }
}

fn folders(installation: &Installation) -> Vec<(&'static str, String)> {
    let [backup, heads] = ["backup", "heads"].map(|name| installation.folder().join(name));
    fs::create_dir_all(&backup).unwrap();
    vec![("/backup", backup.display().to_string()), ("/mnt/heads", heads.display().to_string())]
}
