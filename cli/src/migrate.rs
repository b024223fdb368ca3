//! `countersign migrate`: bring the database to the newest migration.

use countersign_stores::Database;

use crate::failure::Failure;
use crate::print;
use crate::settings::Settings;

pub(crate) async fn migrate(settings: Settings) -> Result<(), Failure> {
    std::fs::create_dir_all(&settings.data_dir)?;
    let database = Database::connect(&settings.database_url).await?;
    database.migrate().await?;
    database.close().await;
    print::note("the database has every migration");
    Ok(())
}
