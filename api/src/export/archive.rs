//! An export as one stream: a ZIP archive of the file, its manifest, and the ledger's signature over that.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use countersign_service::Service;
use countersign_service::flow::AuditExport;
use countersign_stores::audit::AuditEvent;
use tokio::task::spawn_blocking;
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, StreamWriter, ZipWriter};

use super::manifest::Asked;
use super::{Export, Format, MANIFEST, SIGNATURE, Summary, manifest};

/// An archive that is being made; never more than a page of events, and a row group, of it is in memory.
pub struct Archive {
    service: Service,
    export: AuditExport,
    asked: Asked,
    /// The file that is written into; nothing once the archive is whole.
    file: Option<Export<Zip>>,
    made: Shared,
}

type Zip = ZipWriter<StreamWriter<Shared>>;

/// Bytes that were made and not yet taken.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Archive {
    /// Begins an archive of what an export gives.
    pub fn new(service: Service, export: AuditExport, asked: Asked) -> io::Result<Self> {
        let made = Shared::default();
        let mut zip = ZipWriter::new_stream(made.clone());
        // Parquet is compressed already.
        let method = if asked.format == Format::Parquet {
            CompressionMethod::Stored
        } else {
            CompressionMethod::Deflated
        };
        zip.start_file(asked.format.file_name(), options().compression_method(method).large_file(true))?;
        let file = Some(Export::new(asked.format, zip)?);
        Ok(Self { service, export, asked, file, made })
    }

    /// The next bytes; nothing once the archive is whole.
    pub async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        while self.file.is_some() {
            match self.export.next().await.map_err(io::Error::other)? {
                Some(events) => self.write(events).await?,
                None => self.finish().await?,
            }
            let made = self.made.take();
            if !made.is_empty() {
                return Ok(Some(made));
            }
        }
        Ok(None)
    }

    /// Writes events where nobody waits for an answer meanwhile: to encode a row group takes some time.
    async fn write(&mut self, events: Vec<AuditEvent>) -> io::Result<()> {
        let Some(mut file) = self.file.take() else { return Ok(()) };
        let written = spawn_blocking(move || {
            events.iter().try_for_each(|event| file.event(event))?;
            io::Result::Ok(file)
        });
        self.file = Some(written.await??);
        Ok(())
    }

    async fn finish(&mut self) -> io::Result<()> {
        let Some(file) = self.file.take() else { return Ok(()) };
        let (mut zip, summary) = file.finish()?;
        let (manifest, signature) = self.manifest(&summary).await?;
        zip.start_file(MANIFEST, options())?;
        zip.write_all(&manifest)?;
        if let Some(signature) = signature {
            zip.start_file(SIGNATURE, options())?;
            zip.write_all(signature.as_bytes())?;
        }
        zip.finish()?;
        Ok(())
    }

    async fn manifest(&self, summary: &Summary) -> io::Result<(Vec<u8>, Option<String>)> {
        let signed = manifest::signed(&self.service, &self.asked, self.export.bound(), summary).await;
        signed.map_err(io::Error::other)
    }
}

fn options() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
}

impl Shared {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
