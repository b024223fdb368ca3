//! What somebody who owns the database could do to the stored log; and the log as it was, to be put back.

#![expect(clippy::indexing_slicing, reason = "a test fails by a panic")]

mod sql;

use serde_json::Value;

use crate::database::TestDatabase;

/// What is kept of a log; behind a table the ones that its triggers write.
const TABLES: [&str; 7] =
    ["events", "events_pending", "follow_ups", "ledger", "ledger_tiles", "ledger_origins", "tree_heads"];

/// From a place to the next one: a prime, so that every place of a shorter log comes once in each pass.
const STRIDE: u64 = 7919;

/// A way to alter the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A bit of what happened is flipped, or one of who asked for it.
    BitFlipped,
    /// Something else happened.
    PayloadForged,
    /// Something else happened, and the leaf is made anew to fit.
    ForgedWithItsLeaf,
    /// Somebody else asked for it.
    MetadataForged,
    /// An event has another name.
    Renamed,
    /// Events are gone.
    EventsDeleted,
    /// Indexes are gone.
    IndexesDeleted,
    /// Events are gone with their indexes, and the later ones moved down.
    TakenOut,
    /// There is an event more, without an index.
    PutIn,
    /// There is an event more, with an index and the leaf that fits, and the later ones moved up.
    PutInBetween,
    /// Two events have each other's index.
    Swapped,
    /// The last indexes are gone.
    IndexesCut,
    /// The last events are gone with their indexes.
    TailCut,
    /// The whole database is what it was before some event, signed heads and all.
    RolledBack,
    /// A leaf is another one, and every event is what it was.
    LeafAltered,
}

/// The ways that alter events, or their order: who reads the events alone can find them.
pub const OF_EVENTS: [Kind; 14] = [
    Kind::BitFlipped,
    Kind::PayloadForged,
    Kind::ForgedWithItsLeaf,
    Kind::MetadataForged,
    Kind::Renamed,
    Kind::EventsDeleted,
    Kind::IndexesDeleted,
    Kind::TakenOut,
    Kind::PutIn,
    Kind::PutInBetween,
    Kind::Swapped,
    Kind::IndexesCut,
    Kind::TailCut,
    Kind::RolledBack,
];

impl Kind {
    /// Every way, also the one that alters no event.
    pub fn all() -> Vec<Self> {
        [&OF_EVENTS[..], &[Self::LeafAltered]].concat()
    }
}

/// One alteration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mutation {
    /// The way.
    pub kind: Kind,
    /// The first index that it is about.
    pub at: u64,
    /// The other index of a swap; else it makes one mutation differ from the next.
    pub other: u64,
    /// How many more events it takes away, where it takes some away.
    pub more: u64,
}

/// A log whose protection is gone, with a copy of it.
#[derive(Debug)]
pub struct MutableLog<'a> {
    database: &'a TestDatabase,
    events: Vec<Value>,
}

impl Mutation {
    /// One of as many as one likes, over a log of a size: every kind in turn, at every place in turn, and then
    /// the same with other places and more events.
    pub fn numbered(number: u64, kinds: &[Kind], size: u64) -> Self {
        let of_kinds = kinds.len() as u64;
        let (turn, kind) = (number / of_kinds, number % of_kinds);
        let kind = kinds[usize::try_from(kind).expect("it is less than there are kinds")];
        // Places that lie apart come one after the other, so that a short run is about all of the log.
        let (at, pass) = ((turn + 1) * STRIDE % size, turn / size);
        // Another one in each pass, and never the place itself.
        let other = (at + 1 + pass * 7 % (size - 1)) % size;
        Self { kind, at, other, more: pass.min(size - 1 - at) }
    }
}

impl<'a> MutableLog<'a> {
    /// Takes away what protects the log of a database, and copies it.
    pub async fn of(database: &'a TestDatabase) -> Self {
        database.unprotect_events().await;
        let copy = TABLES.map(|table| format!("CREATE TABLE kept_{table} AS SELECT * FROM {table};"));
        database.execute(&copy.concat()).await.expect("a log can be copied");
        let log = Self { database, events: Vec::new() };
        let read = |line: &str| serde_json::from_str(line).expect("an event is JSON");
        let events = log.dumped().await.lines().map(read).collect();
        Self { events, ..log }
    }

    /// How many events it has.
    pub fn size(&self) -> u64 {
        self.events.len() as u64
    }

    /// Alters it.
    pub async fn mutate(&self, mutation: &Mutation) {
        let at = usize::try_from(mutation.at).expect("it is an index");
        let statements = sql::statements(mutation, &self.events[at], self.database.is_postgres());
        self.at_once(&statements).await;
    }

    /// Puts everything back.
    pub async fn restore(&self) {
        let put_back =
            |table| format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept_{table};");
        self.at_once(&TABLES.map(put_back).concat()).await;
    }

    /// Every event as it is stored, in the order of the indexes, one a line, as `docs/verify/verify.py` takes it.
    pub async fn dumped(&self) -> String {
        self.database.texts(&sql::dump(self.database.is_postgres())).await.join("\n") + "\n"
    }

    async fn at_once(&self, statements: &str) {
        let altered = self.database.execute(&format!("BEGIN; {statements}; COMMIT")).await;
        altered.unwrap_or_else(|cause| panic!("{cause}: {statements}"));
    }
}
