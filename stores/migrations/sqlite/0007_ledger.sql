-- The one order of all events: each has one index, dense from 0, given after its commit by the sequencer.

CREATE TABLE ledger
(
    idx            integer PRIMARY KEY NOT NULL CHECK (idx >= 0),
    aggregate_type text                NOT NULL,
    aggregate_id   text                NOT NULL,
    sequence       integer             NOT NULL,
    -- The leaf data: SHA-256 of the canonical form of the event as it is stored.
    leaf           blob                NOT NULL CHECK (length(leaf) = 32),
    UNIQUE (aggregate_type, aggregate_id, sequence)
) STRICT;

CREATE TRIGGER ledger_never_changes
    BEFORE UPDATE
    ON ledger
BEGIN
    SELECT RAISE(ABORT, 'the ledger never changes');
END;

CREATE TRIGGER ledger_is_never_deleted
    BEFORE DELETE
    ON ledger
BEGIN
    SELECT RAISE(ABORT, 'the ledger never changes');
END;

-- INSERT OR REPLACE removes the old row without asking the trigger above.
CREATE TRIGGER ledger_is_never_replaced
    BEFORE INSERT
    ON ledger
    WHEN EXISTS (SELECT 1 FROM ledger WHERE idx = NEW.idx)
        OR EXISTS (SELECT 1
                   FROM ledger
                   WHERE aggregate_type = NEW.aggregate_type
                     AND aggregate_id = NEW.aggregate_id
                     AND sequence = NEW.sequence)
BEGIN
    SELECT RAISE(ABORT, 'the ledger never changes');
END;
