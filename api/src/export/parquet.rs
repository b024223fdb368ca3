//! Parquet: a column a field, in groups of rows that are written as soon as they are full.

use std::io::{self, Write};
use std::sync::Arc;

use countersign_domain::time::Timestamp;
use countersign_stores::audit::AuditEvent;
use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;
use serde_json::Value;

/// The most events of a row group: so many are in memory, each of some kilobytes at most.
pub(super) const GROUP_ROWS: usize = 10_000;

/// The columns, in their order.
const COLUMNS: [(&str, Cell); 20] = [
    ("index", Cell::Number(|event| event.row.index)),
    ("type", Cell::Text(|event| &event.row.event_type)),
    ("version", Cell::Text(|event| &event.stored.event_version)),
    ("at", Cell::Moment(|event| event.row.at)),
    ("stream_type", Cell::Text(|event| &event.row.aggregate_type)),
    ("stream", Cell::Text(|event| &event.row.stream)),
    ("sequence", Cell::Number(|event| event.row.sequence)),
    ("account", Cell::Perhaps(|event| event.row.account.as_deref())),
    ("sign_in", Cell::Perhaps(|event| event.row.sign_in.as_deref())),
    ("session", Cell::Perhaps(|event| event.row.session.as_deref())),
    ("client", Cell::Perhaps(|event| event.row.client.as_deref())),
    ("actor", Cell::Perhaps(|event| event.row.actor.as_deref())),
    ("request_id", Cell::Perhaps(|event| event.row.request_id.as_deref())),
    ("ip", Cell::Perhaps(|event| event.ip.as_deref())),
    ("user_agent", Cell::Perhaps(|event| event.user_agent.as_deref())),
    ("outcome", Cell::Perhaps(|event| event.row.outcome.as_deref())),
    ("factor", Cell::Perhaps(|event| event.row.factor.as_deref())),
    ("payload", Cell::Json(|event| &event.stored.payload)),
    ("metadata", Cell::Json(|event| &event.stored.metadata)),
    ("leaf", Cell::Hex(|event| &event.leaf)),
];

/// What a column holds of an event.
enum Cell {
    Number(fn(&AuditEvent) -> u64),
    Moment(fn(&AuditEvent) -> Timestamp),
    Text(fn(&AuditEvent) -> &str),
    Perhaps(fn(&AuditEvent) -> Option<&str>),
    Json(fn(&AuditEvent) -> &Value),
    Hex(fn(&AuditEvent) -> &[u8]),
}

/// A Parquet file in the making.
pub(super) struct File<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    held: [Held; COLUMNS.len()],
    rows: usize,
    group_rows: usize,
}

/// What a column of the next row group holds.
#[derive(Default)]
struct Held {
    numbers: Vec<i64>,
    texts: Vec<ByteArray>,
    /// 1 for each text that is there, 0 for each that is not; empty where all of them have to be.
    levels: Vec<i16>,
}

impl<W: Write + Send> File<W> {
    pub(super) fn new(sink: W, group_rows: usize) -> io::Result<Self> {
        let schema = Arc::new(parse_message_type(&schema())?);
        let writer = SerializedFileWriter::new(sink, schema, Arc::new(properties()))?;
        Ok(Self { writer, held: Default::default(), rows: 0, group_rows })
    }

    pub(super) fn event(&mut self, event: &AuditEvent) -> io::Result<()> {
        for (held, (_, cell)) in self.held.iter_mut().zip(&COLUMNS) {
            held.take(cell, event)?;
        }
        self.rows += 1;
        if self.rows >= self.group_rows { self.close_group() } else { Ok(()) }
    }

    pub(super) fn sink_mut(&mut self) -> &mut W {
        self.writer.inner_mut()
    }

    pub(super) fn finish(mut self) -> io::Result<W> {
        if self.rows > 0 {
            self.close_group()?;
        }
        Ok(self.writer.into_inner()?)
    }

    /// Writes what is held as a row group, through to the sink.
    fn close_group(&mut self) -> io::Result<()> {
        let mut group = self.writer.next_row_group()?;
        for (held, (_, cell)) in self.held.iter_mut().zip(&COLUMNS) {
            let mut column = group.next_column()?.ok_or_else(|| io::Error::other("a column is missing"))?;
            held.write(cell, &mut column)?;
            column.close()?;
        }
        group.close()?;
        self.rows = 0;
        self.writer.flush()
    }
}

impl Held {
    fn take(&mut self, cell: &Cell, event: &AuditEvent) -> io::Result<()> {
        match cell {
            Cell::Number(of) => self.numbers.push(i64::try_from(of(event)).map_err(io::Error::other)?),
            Cell::Moment(of) => self.numbers.push(of(event).as_millis()),
            Cell::Text(of) => self.texts.push(of(event).into()),
            Cell::Json(of) => self.texts.push(of(event).to_string().into_bytes().into()),
            Cell::Hex(of) => self.texts.push(hex::encode(of(event)).into_bytes().into()),
            Cell::Perhaps(of) => {
                let text = of(event);
                self.levels.push(text.is_some().into());
                self.texts.extend(text.map(ByteArray::from));
            }
        }
        Ok(())
    }

    /// Writes what is held, and holds nothing after it.
    fn write(&mut self, cell: &Cell, column: &mut SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        match cell {
            Cell::Number(_) | Cell::Moment(_) => {
                column.typed::<Int64Type>().write_batch(&self.numbers, None, None)?;
            }
            Cell::Text(_) | Cell::Json(_) | Cell::Hex(_) => {
                column.typed::<ByteArrayType>().write_batch(&self.texts, None, None)?;
            }
            Cell::Perhaps(_) => {
                column.typed::<ByteArrayType>().write_batch(&self.texts, Some(&self.levels), None)?;
            }
        }
        self.numbers.clear();
        self.texts.clear();
        self.levels.clear();
        Ok(())
    }
}

/// The columns in the language of Parquet.
fn schema() -> String {
    let columns: String = COLUMNS.iter().map(|(name, cell)| cell.declared(name)).collect();
    format!("message event {{ {columns}}}")
}

impl Cell {
    fn declared(&self, name: &str) -> String {
        match self {
            Self::Number(_) => format!("REQUIRED INT64 {name}; "),
            Self::Moment(_) => format!("REQUIRED INT64 {name} (TIMESTAMP(MILLIS,true)); "),
            Self::Text(_) | Self::Hex(_) => format!("REQUIRED BYTE_ARRAY {name} (STRING); "),
            Self::Perhaps(_) => format!("OPTIONAL BYTE_ARRAY {name} (STRING); "),
            Self::Json(_) => format!("REQUIRED BYTE_ARRAY {name} (JSON); "),
        }
    }
}

fn properties() -> WriterProperties {
    let told = |key: &str, value: &str| KeyValue::new(key.to_owned(), value.to_owned());
    WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        // What is known of each page would stay in memory until the end: of each group is enough to skip some.
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_key_value_metadata(Some(vec![
            told("countersign.version", env!("CARGO_PKG_VERSION")),
            told("countersign.object", "events"),
        ]))
        .build()
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use parquet::file::metadata::RowGroupMetaData;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    use super::super::tests::event;
    use super::*;

    fn reader(file: Vec<u8>) -> SerializedFileReader<Bytes> {
        SerializedFileReader::new(Bytes::from(file)).unwrap()
    }

    fn written(events: &[AuditEvent], group_rows: usize) -> SerializedFileReader<Bytes> {
        let mut file = File::new(Vec::new(), group_rows).unwrap();
        for event in events {
            file.event(event).unwrap();
        }
        reader(file.finish().unwrap())
    }

    /// What a row has to hold, field by field.
    fn row(event: &AuditEvent) -> Vec<(String, Field)> {
        let number = |number: u64| Field::Long(number.try_into().unwrap());
        let text = |text: &str| Field::Str(text.to_owned());
        let perhaps = |text: &Option<String>| text.clone().map_or(Field::Null, Field::Str);
        let (row, stored) = (&event.row, &event.stored);
        let fields = [
            ("index", number(row.index)),
            ("type", text(&row.event_type)),
            ("version", text(&stored.event_version)),
            ("at", Field::TimestampMillis(row.at.as_millis())),
            ("stream_type", text(&row.aggregate_type)),
            ("stream", text(&row.stream)),
            ("sequence", number(row.sequence)),
            ("account", perhaps(&row.account)),
            ("sign_in", perhaps(&row.sign_in)),
            ("session", perhaps(&row.session)),
            ("client", perhaps(&row.client)),
            ("actor", perhaps(&row.actor)),
            ("request_id", perhaps(&row.request_id)),
            ("ip", perhaps(&event.ip)),
            ("user_agent", perhaps(&event.user_agent)),
            ("outcome", perhaps(&row.outcome)),
            ("factor", perhaps(&row.factor)),
            ("payload", text(&stored.payload.to_string())),
            ("metadata", text(&stored.metadata.to_string())),
            ("leaf", text(&hex::encode(&event.leaf))),
        ];
        fields.map(|(name, field)| (name.to_owned(), field)).to_vec()
    }

    #[test]
    fn what_is_read_from_a_file_of_some_row_groups_is_what_was_written() {
        let events: Vec<_> = (0..7).map(event).collect();

        let reader = written(&events, 3);

        let groups = reader.metadata().row_groups().iter().map(RowGroupMetaData::num_rows);
        assert_eq!(groups.collect::<Vec<_>>(), [3, 3, 1]);
        let rows: Vec<_> =
            reader.get_row_iter(None).unwrap().map(|row| row.unwrap().into_columns()).collect();
        assert_eq!(rows, events.iter().map(row).collect::<Vec<_>>());
    }

    #[test]
    fn a_full_row_group_is_in_the_sink_at_once() {
        let mut file = File::new(Vec::new(), 2).unwrap();
        file.event(&event(0)).unwrap();
        assert!(file.sink_mut().is_empty());

        file.event(&event(1)).unwrap();

        let length = file.sink_mut().len();
        let group = file.writer.flushed_row_groups()[0].compressed_size();
        assert_eq!(length, "PAR1".len() + usize::try_from(group).unwrap());
    }

    #[test]
    fn a_file_without_events_has_its_columns() {
        let reader = written(&[], 3);

        let schema = reader.metadata().file_metadata().schema_descr();
        assert_eq!((schema.num_columns(), reader.metadata().num_row_groups()), (COLUMNS.len(), 0));
        assert_eq!(reader.get_row_iter(None).unwrap().count(), 0);
    }

    #[test]
    fn a_file_says_what_wrote_it_and_what_it_holds() {
        let reader = written(&[], 3);

        let told = reader.metadata().file_metadata().key_value_metadata().unwrap();
        let told: Vec<_> = told.iter().map(|told| (told.key.as_str(), told.value.as_deref())).collect();
        let version = Some(env!("CARGO_PKG_VERSION"));
        assert_eq!(told, [("countersign.version", version), ("countersign.object", Some("events"))]);
    }
}
