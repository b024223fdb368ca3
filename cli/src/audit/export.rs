//! `countersign audit export`: events by filter into a file, and a signed manifest of what is in it.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use countersign_api::export::{self, Asked, MANIFEST, SIGNATURE, Summary};
use countersign_projections::read_model::Model;
use countersign_service::Service;
use countersign_service::flow::AuditExport;

use super::arguments::Export;
use super::{events, reader};
use crate::failure::Failure;
use crate::{bar, print, projections};

/// Writes what is asked for, the oldest first, as far as the history has read: never more than a page of it,
/// and a row group, is in memory. The file appears whole or not at all, and its manifest behind it.
pub(super) async fn export(service: &Service, asked: &Export) -> Result<(), Failure> {
    let which = &asked.which;
    let query = events::query(which)?;
    projections::note_lag(service.store(), Model::History).await?;
    let words = which.filter.clone().unwrap_or_default();
    let mut events = service.audit_export(&reader(which.open), query, words, which.limit).await?;
    fs::create_dir_all(&asked.into)?;
    let name = asked.format.file_name();
    let unfinished = asked.into.join(format!(".{name}.new"));
    let mut file = export::Export::new(asked.format, BufWriter::new(File::create(&unfinished)?))?;
    write(&mut events, &mut file).await?;
    let (file, summary) = file.finish()?;
    file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    fs::rename(&unfinished, asked.into.join(name))?;
    finish(service, asked, events.bound(), &summary).await
}

async fn write(events: &mut AuditExport, file: &mut export::Export<BufWriter<File>>) -> Result<(), Failure> {
    let bar = bar::bar("export");
    while let Some(page) = events.next().await? {
        page.iter().try_for_each(|event| file.event(event))?;
        bar::show(&bar, events.looked_at(), events.bound());
    }
    bar.finish_and_clear();
    Ok(())
}

/// Writes the manifest, and its signature.
async fn finish(service: &Service, asked: &Export, bound: u64, summary: &Summary) -> Result<(), Failure> {
    let which = &asked.which;
    let asked_for = Asked {
        format: asked.format,
        filter: which.filter.clone().unwrap_or_default(),
        account: which.account,
        from: which.from,
        to: which.to,
        limit: which.limit,
        opened: which.open,
    };
    let (manifest, signature) = export::signed(service, &asked_for, bound, summary).await?;
    write_whole(&asked.into, MANIFEST, &manifest)?;
    match signature {
        Some(note) => write_whole(&asked.into, SIGNATURE, note.as_bytes())?,
        None => print::note("the ledger has no name yet, so that the manifest is not signed"),
    }
    let file = asked.into.join(asked.format.file_name());
    print::note(&format!("{} events are in {}", summary.rows, file.display()));
    if summary.left_out > 0 {
        print::note(&format!("{} events have no form in {}", summary.left_out, asked.format));
    }
    Ok(())
}

fn write_whole(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), Failure> {
    let unfinished = folder.join(format!(".{name}.new"));
    let mut file = File::create(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(fs::rename(unfinished, folder.join(name))?)
}
