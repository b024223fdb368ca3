-- Events: added and read, never changed. The columns are those of the adapter (sqlite-es).

CREATE TABLE events
(
    aggregate_type text                          NOT NULL,
    aggregate_id   text                          NOT NULL,
    sequence       integer CHECK (sequence >= 1) NOT NULL,
    event_type     text                          NOT NULL,
    event_version  text                          NOT NULL,
    payload        text                          NOT NULL,
    metadata       text                          NOT NULL,
    -- The lock of optimistic concurrency, and the only unique constraint there may be.
    PRIMARY KEY (aggregate_type, aggregate_id, sequence)
    -- No rowid: it would be a second key, by which INSERT OR REPLACE could remove an event.
) STRICT, WITHOUT ROWID;

-- Events that have no place in the one order of all events yet, written in the commit of the event.
CREATE TABLE events_pending
(
    aggregate_type text    NOT NULL,
    aggregate_id   text    NOT NULL,
    sequence       integer NOT NULL,
    PRIMARY KEY (aggregate_type, aggregate_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER events_are_pending
    AFTER INSERT
    ON events
BEGIN
    -- A row that is left from an event that is not there any more must not pass for a lost race.
    INSERT OR IGNORE INTO events_pending (aggregate_type, aggregate_id, sequence)
    VALUES (NEW.aggregate_type, NEW.aggregate_id, NEW.sequence);
END;

CREATE TRIGGER events_never_change
    BEFORE UPDATE
    ON events
BEGIN
    SELECT RAISE(ABORT, 'events never change');
END;

CREATE TRIGGER events_are_never_deleted
    BEFORE DELETE
    ON events
BEGIN
    SELECT RAISE(ABORT, 'events never change');
END;

-- INSERT OR REPLACE removes the old row without asking the trigger above, unless the connection turned
-- recursive_triggers on: a setting of each connection, which another program's lacks.
-- So a taken place is guarded in two steps, neither of which a connection can turn off. The first repeats
-- the one row of a table: an ordinary INSERT fails here with the code of a primary key (1555), which is
-- how the adapter knows a lost race. OR REPLACE and OR IGNORE also hold inside a trigger and get past
-- the first step, and are refused by the second.
CREATE TABLE events_never_replaced
(
    place text PRIMARY KEY NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO events_never_replaced (place)
VALUES ('taken');

CREATE TRIGGER events_are_never_replaced
    BEFORE INSERT
    ON events
    WHEN EXISTS (SELECT 1
                 FROM events
                 WHERE aggregate_type = NEW.aggregate_type
                   AND aggregate_id = NEW.aggregate_id
                   AND sequence = NEW.sequence)
BEGIN
    INSERT INTO events_never_replaced (place) VALUES ('taken');
    SELECT RAISE(ABORT, 'events never change');
END;
