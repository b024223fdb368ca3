//! What durability rests on: said at the start, and refused where that was asked for.

use countersign_stores::Database;
use countersign_stores::database::durability::Finding;

use crate::failure::Failure;
use crate::settings::Settings;

/// Says how the database was found, a line each; with `strict`, refuses one that can lose what was acknowledged, with
/// all complaints together.
pub(crate) async fn check_durability(database: &Database, settings: &Settings) -> Result<(), Failure> {
    let mut findings = database.durability().await?;
    findings.extend((!settings.dev).then(|| heads(settings)));
    findings.iter().for_each(say);
    let complaints: Vec<_> = findings.iter().filter_map(complaint).collect();
    if settings.strict && !complaints.is_empty() {
        let complaints = complaints.join("\n  ");
        return Err(Failure::Usage(format!("the database is refused with --strict:\n  {complaints}")));
    }
    Ok(())
}

/// A database alone cannot tell that it was restored from a backup: what was published has to lie elsewhere.
fn heads(settings: &Settings) -> Finding {
    let folder = settings.checkpoint_dir.as_ref();
    Finding {
        name: "checkpoint_dir",
        value: folder.map_or_else(|| "none".to_owned(), |folder| folder.display().to_string()),
        complaint: folder.is_none().then_some("a restored backup forks the ledger in silence"),
    }
}

fn say(finding: &Finding) {
    let Finding { name, value, complaint } = finding;
    match complaint {
        None => tracing::info!(name, value, "durability rests on this"),
        Some(complaint) => {
            tracing::warn!(name, value, complaint, "durability rests on this, and it is not sound");
        }
    }
}

fn complaint(finding: &Finding) -> Option<String> {
    let Finding { name, value, complaint } = finding;
    complaint.map(|complaint| format!("{name} = {value}: {complaint}"))
}
