//! What durability rests on: said at the start, and refused where that was asked for.

use countersign_stores::Database;
use countersign_stores::database::durability::Finding;

use crate::failure::Failure;

/// Says how the database was found, a line each; with `strict`, refuses one that can lose what was acknowledged, with
/// all complaints together.
pub(crate) async fn check_durability(database: &Database, strict: bool) -> Result<(), Failure> {
    let findings = database.durability().await?;
    findings.iter().for_each(say);
    let complaints: Vec<_> = findings.iter().filter_map(complaint).collect();
    if strict && !complaints.is_empty() {
        let complaints = complaints.join("\n  ");
        return Err(Failure::Usage(format!("the database is refused with --strict:\n  {complaints}")));
    }
    Ok(())
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
